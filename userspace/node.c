// SPDX-License-Identifier: GPL-2.0
/*
 * The device node: opening it, its settings and its counters.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "files.h"
#include "node.h"
#include "permission.h"

#define NOT_LOADED "is the module loaded? make module builds it, sudo insmod cancelsafe.ko loads it"

const char *const counter_names[COUNTERS] = {
	[SUBMITTED] = "submitted",
	[COMPLETED] = "completed",
	[CANCELLED] = "cancelled",
	[FAILED] = "failed",
	[WAITING] = "waiting",
	[ACQUIRED] = "acquired",
	[UNDELIVERABLE] = "undeliverable",
};

int node_open(void)
{
	int fd = open(NODE_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		complain("cannot open " NODE_DEVICE ": %s: " NOT_LOADED, strerror(errno));
	else if (errno == EACCES)
		permission_complain(NODE_DEVICE);
	else if (errno == EMFILE)
		complain("cannot open " NODE_DEVICE ": %s: raise ulimit -n", strerror(errno));
	else
		complain("cannot open " NODE_DEVICE ": %s", strerror(errno));
	return -1;
}

int node_text(const char *attribute, char *text, size_t size)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), NODE_SYSFS "/%s", attribute);
	err = line_of_file(path, text, size);
	if (err == -ENOENT) {
		complain("cannot read %s: %s: " NOT_LOADED "; is sysfs mounted?",
			 path, strerror(-err));
		return -1;
	}
	if (err) {
		complain("cannot read %s: %s", path, strerror(-err));
		return -1;
	}
	return 0;
}

int node_setting(const char *attribute, __u64 *value)
{
	char text[32];

	if (node_text(attribute, text, sizeof(text)))
		return -1;
	if (number_of_text(text, value))
		return 0;
	complain(NODE_SYSFS "/%s: \"%s\" is no number: is this tool as new as the module?",
		 attribute, text);
	return -1;
}

/* The value of the line "name:<TAB>value", wherever it stands in the text. */
static bool find_counter(const char *text, const char *name, __u64 *value)
{
	size_t length = strlen(name);
	char *end;

	for (; text; text = strchr(text, '\n')) {
		if (*text == '\n')
			text++;
		if (strncmp(text, name, length) || text[length] != ':')
			continue;
		text += length + 1;
		*value = strtoull(text, &end, 10);
		return end != text && (*end == '\n' || *end == '\0');
	}
	return false;
}

static int read_snapshot(const char *path, const char *advice, struct snapshot *snapshot)
{
	char text[4096];
	int err = text_of_file(path, text, sizeof(text));

	if (err) {
		complain("cannot read %s: %s: %s", path, strerror(-err), advice);
		return -1;
	}
	for (int i = 0; i < COUNTERS; i++) {
		if (!find_counter(text, counter_names[i], &snapshot->count[i])) {
			complain("%s has no counter \"%s\": is this tool as new as the module?",
				 path, counter_names[i]);
			return -1;
		}
	}
	return 0;
}

int node_snapshot(struct snapshot *snapshot)
{
	return read_snapshot(NODE_SYSFS "/stats/all", NOT_LOADED "; is sysfs mounted?", snapshot);
}

int file_snapshot(int fd, struct snapshot *snapshot)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return read_snapshot(path, "is /proc mounted?", snapshot);
}

bool requests_add_up(const struct snapshot *s)
{
	return s->count[SUBMITTED] == s->count[COMPLETED] + s->count[CANCELLED] +
				      s->count[FAILED] + s->count[WAITING];
}

bool samples_add_up(const struct snapshot *s)
{
	return s->count[ACQUIRED] == s->count[COMPLETED] + s->count[UNDELIVERABLE];
}
