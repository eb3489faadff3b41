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

#define LOADED "/sys/module/cancelsafe"
#define NOT_LOADED(insmod) \
	"is the module loaded? make module builds it, " insmod " cancelsafe.ko loads it"

const char *node_device = "/dev/cancelsafe";
const char *node_sysfs = "/sys/class/misc/cancelsafe";

const char *const counter_names[COUNTERS] = {
	[SUBMITTED] = "submitted",
	[COMPLETED] = "completed",
	[CANCELLED] = "cancelled",
	[FAILED] = "failed",
	[WAITING] = "waiting",
	[ACQUIRED] = "acquired",
	[UNDELIVERABLE] = "undeliverable",
};

const char *node_advice(void)
{
	if (!access(LOADED, F_OK))
		return "the module has no such node, or it is unplugged; ls /dev/cancelsafe* "
		       "shows those it has";
	return geteuid() ? NOT_LOADED("sudo insmod") : NOT_LOADED("insmod");
}

bool node_choose(const char *name)
{
	static char device[64], sysfs[64];

	if (!*name || strlen(name) >= NODE_NAME_SIZE || strchr(name, '/'))
		return false;
	snprintf(device, sizeof(device), "/dev/%s", name);
	snprintf(sysfs, sizeof(sysfs), "/sys/class/misc/%s", name);
	node_device = device;
	node_sysfs = sysfs;
	return true;
}

void node_chosen(char name[NODE_NAME_SIZE])
{
	snprintf(name, NODE_NAME_SIZE, "%s", node_device + sizeof("/dev/") - 1);
}

int node_open(void)
{
	int fd = open(node_device, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		complain("cannot open %s: %s: %s", node_device, strerror(errno), node_advice());
	else if (errno == EACCES)
		permission_complain(node_device);
	else if (errno == EMFILE)
		complain("cannot open %s: %s: raise ulimit -n", node_device, strerror(errno));
	else
		complain("cannot open %s: %s", node_device, strerror(errno));
	return -1;
}

bool node_has(const char *attribute)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", node_sysfs, attribute);
	return !access(path, F_OK) || access(node_sysfs, F_OK);
}

int node_text(const char *attribute, char *text, size_t size)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "%s/%s", node_sysfs, attribute);
	err = line_of_file(path, text, size);
	if (err == -ENOENT) {
		complain("cannot read %s: %s: %s; is sysfs mounted?",
			 path, strerror(-err), node_advice());
		return -1;
	}
	if (err) {
		complain("cannot read %s: %s", path, strerror(-err));
		return -1;
	}
	return 0;
}

int node_model_is(const char *model, bool *is)
{
	char found[32];

	if (node_text("model", found, sizeof(found)))
		return -1;
	*is = !strcmp(found, model);
	return 0;
}

int node_setting(const char *attribute, __u64 *value)
{
	char text[32];

	if (node_text(attribute, text, sizeof(text)))
		return -1;
	if (number_of_text(text, value))
		return 0;
	complain("%s/%s: \"%s\" is no number: is this tool as new as the module?",
		 node_sysfs, attribute, text);
	return -1;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	if (!err)
		return 0;
	complain("cannot write %s to %s: %s%s", text, path, strerror(err),
		 err == EACCES || err == EPERM ? ": this is for root, use sudo" : "");
	return -1;
}

int node_set(const char *attribute, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", node_sysfs, attribute);
	return write_text(path, value);
}

int node_set_number(const char *attribute, __u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	return node_set(attribute, text);
}

int node_plug(const char *action)
{
	char path[64], name[NODE_NAME_SIZE];

	snprintf(path, sizeof(path), "/sys/devices/cancelsafe/%s", action);
	node_chosen(name);
	return write_text(path, name);
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
	char path[128];

	snprintf(path, sizeof(path), "%s/stats/all", node_sysfs);
	return read_snapshot(path, node_advice(), snapshot);
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
