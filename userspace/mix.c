// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to cancel a read, how often each is chosen, and so each path.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "node.h"

#define NAMES "data, fd, fdall, all, sync, link, tag, file, ring, iocb, signal, none"

#define OF_CMD PATH_BIT(PATH_CMD)

const struct way_words way_words[WAYS] = {
	[BY_DATA] = { "data", "by user_data", PATHS_URING_READ },
	[BY_FD] = { "fd", "one of the file's", PATHS_URING_READ },
	[BY_FDALL] = { "fdall", "all of the file's", PATHS_URING_READ },
	[BY_ALL] = { "all", "all of the ring's", PATHS_URING_READ },
	[BY_SYNC] = { "sync", "SYNC_CANCEL", PATHS_URING_READ },
	[BY_LINK] = { "link", "LINK_TIMEOUT", PATHS_URING_READ },
	[BY_TAG] = { "tag", "CANCEL, by tag", OF_CMD },
	[BY_FILE] = { "file", "CANCEL, the file's", OF_CMD },
	[BY_RING] = { "ring", "CANCEL, the ring's", OF_CMD },
	[BY_IOCB] = { "iocb", "io_cancel", PATH_BIT(PATH_AIO) },
	[BY_SIGNAL] = { "signal", "signal to read(2)", PATH_BIT(PATH_READ) },
	[BY_NOBODY] = { "none", "at the run's end", 0 },
};

enum way way_again(enum path path)
{
	switch (path) {
	case PATH_READ:
		return BY_SIGNAL;
	case PATH_AIO:
		return BY_IOCB;
	case PATH_CMD:
		return BY_TAG;
	default:
		return BY_DATA;
	}
}

static enum way find(const char *name, size_t length)
{
	enum way way;

	for (way = 0; way < WAYS; way++)
		if (strlen(way_words[way].name) == length &&
		    !strncmp(way_words[way].name, name, length))
			break;
	return way;
}

static bool parse_weight(const char *text, const char *end, unsigned int *weight)
{
	char *stopped;
	unsigned long value;

	if (!isdigit((unsigned char)*text))
		return false;
	value = strtoul(text, &stopped, 10);
	*weight = value;
	return stopped == end && value <= MIX_WEIGHT_MAX;
}

/* One item, from @text to @end. */
static bool parse_item(const char *text, const char *end, struct mix *mix, bool *named,
		       char *wrong, size_t size)
{
	const char *equals = memchr(text, '=', end - text);
	int length = (equals ?: end) - text;
	enum way way = find(text, length);
	unsigned int weight = 1;

	if (way == WAYS) {
		snprintf(wrong, size, "\"%.*s\" is no way to cancel; these are: " NAMES,
			 length, text);
		return false;
	}
	if (named[way]) {
		snprintf(wrong, size, "%s stands there twice; name it once", way_words[way].name);
		return false;
	}
	if (equals && !parse_weight(equals + 1, end, &weight)) {
		snprintf(wrong, size, "%s needs a weight from 0 to %d, as in %s=4",
			 way_words[way].name, MIX_WEIGHT_MAX, way_words[way].name);
		return false;
	}
	named[way] = true;
	mix->weight[way] = weight;
	return true;
}

static unsigned int sum(const struct mix *mix)
{
	unsigned int all = 0;

	for (int way = 0; way < WAYS; way++)
		all += mix->weight[way];
	return all;
}

bool mix_parse(const char *text, struct mix *mix, char *wrong, size_t size)
{
	bool named[WAYS] = { false };
	const char *end;

	*mix = (struct mix){ 0 };
	for (;; text = end + 1) {
		end = strchrnul(text, ',');
		if (!parse_item(text, end, mix, named, wrong, size))
			return false;
		if (!*end)
			break;
	}
	if (!sum(mix)) {
		snprintf(wrong, size, "all weights are 0; give one way a weight, as in data=1");
		return false;
	}
	return true;
}

/* Of the ways that are this path's own. */
static unsigned int own_weight(const struct mix *mix, enum path path)
{
	unsigned int own = 0;

	for (enum way way = 0; way < WAYS; way++)
		if (way_words[way].paths & PATH_BIT(path))
			own += mix->weight[way];
	return own;
}

static bool absent(enum path path, const char *option, const char *name, char *wrong, size_t size)
{
	snprintf(wrong, size, "%s %s: not with %s: %s", option, name, node_device,
		 path_words[path].absent);
	return false;
}

static enum path first_of(unsigned int paths)
{
	return __builtin_ctz(paths);
}

/* Which of the ways stay? */
static bool settle_ways(struct mix *mix, const struct mix_limits *limits, char *wrong, size_t size)
{
	unsigned int paths = limits->asked ?: limits->of_node, of_way;

	for (enum way way = 0; way < BY_NOBODY; way++) {
		of_way = way_words[way].paths;
		if (!mix->weight[way] || (of_way & paths))
			continue;
		if (limits->strict && !(of_way & limits->of_node))
			return absent(first_of(of_way), "--mix", way_words[way].name, wrong, size);
		if (limits->strict) {
			snprintf(wrong, size, "--mix %s is for --path %s, which you left out",
				 way_words[way].name,
				 path_words[first_of(of_way & limits->of_node)].name);
			return false;
		}
		mix->weight[way] = 0;
	}
	return true;
}

/* A mix of "none" alone is for every path that can do without another way. */
static unsigned int share_of(const struct mix *mix, enum path path)
{
	unsigned int none = mix->weight[BY_NOBODY];

	if (sum(mix) != none)
		return own_weight(mix, path);
	return path == PATH_READ ? 0 : none;
}

bool mix_settle(struct mix *mix, const struct mix_limits *limits, char *wrong, size_t size)
{
	unsigned int paths = limits->asked ?: limits->of_node;

	for (enum path path = 0; path < PATHS; path++)
		if (paths & ~limits->of_node & PATH_BIT(path))
			return absent(path, "--path", path_words[path].name, wrong, size);
	if (!settle_ways(mix, limits, wrong, size))
		return false;
	for (enum path path = 0; path < PATHS; path++) {
		mix->share[path] = paths & PATH_BIT(path) ? share_of(mix, path) : 0;
		if (mix->share[path] || !(limits->asked & PATH_BIT(path)))
			continue;
		snprintf(wrong, size, "--path %s has no way in --mix; weigh one, as in %s=1",
			 path_words[path].name, way_words[way_again(path)].name);
		return false;
	}
	return true;
}

static unsigned int shares(const struct mix *mix, unsigned int paths)
{
	unsigned int all = 0;

	for (enum path path = 0; path < PATHS; path++)
		if (paths & PATH_BIT(path))
			all += mix->share[path];
	return all;
}

unsigned int mix_part(const struct mix *mix, unsigned int paths, unsigned int reads)
{
	unsigned int share = shares(mix, paths), part = reads * share / shares(mix, ~0U);
	unsigned int others = 0;

	for (enum path path = 0; path < PATHS; path++)
		others += mix->share[path] && !(paths & PATH_BIT(path));
	if (share && !part)
		return 1;
	return part < reads - others ? part : reads - others;
}

enum path mix_choose_path(const struct mix *mix, unsigned int paths, unsigned long long random)
{
	unsigned int left = random % shares(mix, paths);
	enum path path;

	for (path = 0; path < PATHS - 1; path++) {
		if (!(paths & PATH_BIT(path)))
			continue;
		if (left < mix->share[path])
			break;
		left -= mix->share[path];
	}
	return path;
}

enum way mix_choose_way(const struct mix *mix, enum path path, unsigned long long random)
{
	unsigned int own = own_weight(mix, path), all = sum(mix), left;

	if (path != PATH_READ && random % all < mix->weight[BY_NOBODY])
		return BY_NOBODY;
	left = random / all % own;
	for (enum way way = 0; way < BY_NOBODY; way++) {
		if (!(way_words[way].paths & PATH_BIT(path)))
			continue;
		if (left < mix->weight[way])
			return way;
		left -= mix->weight[way];
	}
	return BY_NOBODY;
}
