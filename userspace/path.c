// SPDX-License-Identifier: GPL-2.0
/*
 * The paths: the ways for a read to come in.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "path.h"

#define NAMES "read, iowq, poll, aio, cmd, or all of those that the node has"
#define NO_THREADLESS "it holds no read without a thread, and answers EOPNOTSUPP"

const struct path_words path_words[PATHS] = {
	[PATH_READ] = { "read", "read(2)", "" },
	[PATH_IOWQ] = { "iowq", "READ, in a thread of io-wq",
			"it can be polled, so io_uring needs no thread of io-wq" },
	[PATH_POLL] = { "poll", "READ, io_uring polls",
			"it cannot be polled, so a READ takes a thread of io-wq" },
	[PATH_AIO] = { "aio", "libaio, no thread", NO_THREADLESS },
	[PATH_CMD] = { "cmd", "READ command, no thread", NO_THREADLESS },
};

static enum path find(const char *name, size_t length)
{
	enum path path;

	for (path = 0; path < PATHS; path++)
		if (strlen(path_words[path].name) == length &&
		    !strncmp(path_words[path].name, name, length))
			break;
	return path;
}

bool paths_parse(const char *text, unsigned int *paths, char *wrong, size_t size)
{
	const char *end;
	enum path path;

	*paths = 0;
	if (!strcmp(text, "all"))
		return true;
	for (;; text = end + 1) {
		end = strchrnul(text, ',');
		path = find(text, end - text);
		if (path == PATHS) {
			snprintf(wrong, size, "\"%.*s\" is no path; these are: " NAMES,
				 (int)(end - text), text);
			return false;
		}
		*paths |= PATH_BIT(path);
		if (!*end)
			return true;
	}
}

/* What has no limit for its queue has no queue: there, readers sleep or poll. */
unsigned int paths_of_node(void)
{
	if (access(node_sysfs, F_OK))
		return PATH_BIT(PATHS) - 1;
	if (node_has("queue_limit"))
		return PATH_BIT(PATH_READ) | PATH_BIT(PATH_IOWQ) | PATH_BIT(PATH_AIO) |
		       PATH_BIT(PATH_CMD);
	return PATH_BIT(PATH_READ) | PATH_BIT(PATH_POLL);
}
