// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"

/* In the order of struct counts, which is that of a snapshot's lines. */
const char *const count_names[NR_COUNTS] = {
	"submitted", "completed", "cancelled", "failed",
	"waiting", "acquired", "undeliverable",
};

const char *node_name = "cancelsafe";
int node_busy = -1;

/* To the harness this looks like an assertion that failed. */
void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * For what is tried again and again: so long, and on a slow machine longer,
 * until enough was seen.
 */
bool go_on(uint64_t begun, unsigned int ms, bool enough)
{
	uint64_t gone = now_ns() - begun;

	return gone < ms * 1000000ull || (!enough && gone < WATCHDOG_NS);
}

/* By one read(2), as a snapshot has to be read. Returns 0 or -errno. */
int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	int err;

	if (fd < 0)
		return -errno;
	len = read(fd, text, size - 1);
	err = len < 0 ? -errno : 0;
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return err;
}

/* By one write(2). Returns 0 or -errno. */
int write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write(fd, text, len) == (ssize_t)len ? 0 : -errno;
	close(fd);
	return err;
}

/* Settings */

/* Never freed: a test is a short process. */
const char *node_path(const char *attribute)
{
	char *path;

	if (asprintf(&path, "/sys/class/misc/%s/%s", node_name, attribute) < 0)
		die("no memory for a path");
	return path;
}

bool node_has(const char *attribute)
{
	return !access(node_path(attribute), F_OK);
}

bool node_model_is(const char *name)
{
	char model[32];

	if (read_file(node_path("model"), model, sizeof(model)))
		die("cannot read the model of %s", node_name);
	model[strcspn(model, "\n")] = '\0';
	return !strcmp(model, name);
}

/* Does an idle server start a request at once, and is busy with it from then on? */
bool node_starts(void)
{
	return node_model_is("startio");
}

int node_write(const char *setting, const char *text)
{
	return write_file(node_path(setting), text, strlen(text));
}

uint64_t node_get(const char *attribute)
{
	const char *path = node_path(attribute);
	char text[64], *end;
	uint64_t value;
	int err;

	err = read_file(path, text, sizeof(text));
	if (err)
		die("cannot read %s: %s", path, strerror(-err));
	value = strtoull(text, &end, 10);
	if (end == text || strcmp(end, "\n"))
		die("%s: \"%s\" is not a number and a newline", path, text);
	return value;
}

void node_set(const char *setting, uint64_t value)
{
	char text[32];
	int err;

	snprintf(text, sizeof(text), "%" PRIu64, value);
	err = node_write(setting, text);
	if (err)
		die("cannot set %s to %s: %s", setting, text, strerror(-err));
}

void settle_us(uint64_t us)
{
	node_set("settle_us", us);
	if (node_busy >= 0 && us < NEVER &&
	    !WAIT_UNTIL(!file_counts(node_busy).waiting))
		die("the device may settle, and the server stays busy");
}

void acquire_us(uint64_t us)
{
	node_set("acquire_us", us);
}

void queue_limit(uint64_t limit)
{
	node_set("queue_limit", limit);
}

void close_policy(const char *policy)
{
	int err = node_write("close_policy", policy);

	if (err)
		die("cannot set the close policy to %s: %s", policy,
		    strerror(-err));
}

int node_unplug(void)
{
	return write_file(PARENT_SYSFS "unplug", node_name, strlen(node_name));
}

int node_plug(void)
{
	return write_file(PARENT_SYSFS "plug", node_name, strlen(node_name));
}

/* Counts */

/* The seven lines, byte for byte as they have to be, and nothing after them. */
bool parse_counts(const char *text, struct counts *counts)
{
	uint64_t *values = (uint64_t *)counts;
	size_t i, len;
	char *end;

	for (i = 0; i < NR_COUNTS; i++) {
		len = strlen(count_names[i]);
		if (strncmp(text, count_names[i], len) ||
		    strncmp(text + len, ":\t", 2))
			return false;
		text += len + 2;
		values[i] = strtoull(text, &end, 10);
		if (end == text || *end != '\n')
			return false;
		text = end + 1;
	}
	return *text == '\0';
}

static struct counts all_counts(void)
{
	struct counts counts;
	char text[512];
	int err;

	err = read_file(node_path("stats/all"), text, sizeof(text));
	if (err)
		die("cannot read stats/all: %s", strerror(-err));
	if (!parse_counts(text, &counts))
		die("stats/all is no snapshot:\n%s", text);
	return counts;
}

/* Of the one who is not counted the file tells, at the same moment. */
struct counts node_counts(void)
{
	struct counts counts, busy, after;

	if (node_busy < 0)
		return all_counts();
	after = file_counts(node_busy);
	do {
		busy = after;
		counts = all_counts();
		after = file_counts(node_busy);
	} while (memcmp(&busy, &after, sizeof(busy)));
	return counts_since(counts, busy);
}

/* The kernel's own lines come first. */
struct counts file_counts(int fd)
{
	struct counts counts;
	char path[64], text[1024], *ours;
	int err;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	err = read_file(path, text, sizeof(text));
	if (err)
		die("cannot read %s: %s", path, strerror(-err));
	ours = strstr(text, "submitted:");
	if (!ours || !parse_counts(ours, &counts))
		die("%s does not end with a snapshot:\n%s", path, text);
	return counts;
}

struct counts counts_since(struct counts now, struct counts before)
{
	return (struct counts){
		.submitted = now.submitted - before.submitted,
		.completed = now.completed - before.completed,
		.cancelled = now.cancelled - before.cancelled,
		.failed = now.failed - before.failed,
		.waiting = now.waiting - before.waiting,
		.acquired = now.acquired - before.acquired,
		.undeliverable = now.undeliverable - before.undeliverable,
	};
}

bool law_holds(struct counts c)
{
	return c.submitted == c.completed + c.cancelled + c.failed + c.waiting &&
	       c.acquired == c.completed + c.undeliverable;
}

/* What is not zero, for a message. Never freed: a test is a short process. */
const char *counts_text(struct counts counts)
{
	const uint64_t *values = (const uint64_t *)&counts;
	char *text = NULL;
	size_t i, size;
	FILE *out;

	out = open_memstream(&text, &size);
	for (i = 0; i < NR_COUNTS; i++)
		if (values[i])
			fprintf(out, "%s %" PRId64 " ", count_names[i],
				values[i]);
	fclose(out);
	return text;
}

/* Until so many wait at the node. Returns how many did in the end. */
long wait_waiting(long n)
{
	long waiting;

	WAIT_UNTIL((waiting = node_counts().waiting) == n);
	return waiting;
}

/* The node, and what a read of it leaves behind */

/* Why no test can run here; NULL if they can. */
const char *node_missing(void)
{
	if (geteuid())
		return "these tests change settings: run them as root";
	if (access(NODE, F_OK))
		return "there is no " NODE ": load the module (insmod cancelsafe.ko)";
	return NULL;
}

/* Returns -errno, which is -ENODEV if the node is unplugged. */
int node_try_open(int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", node_name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	return fd;
}

int node_open(int flags)
{
	int fd = node_try_open(flags);

	if (fd < 0)
		die("cannot open %s: %s (is the module loaded?)", node_name,
		    strerror(-fd));
	return fd;
}

/* One sample, through a file of its own. The device has to settle for it. */
struct cancelsafe_sample node_probe(void)
{
	struct cancelsafe_sample sample;
	int fd = node_open(O_RDONLY);

	if (read(fd, &sample, sizeof(sample)) != SAMPLE_SIZE)
		die("cannot read a sample: %s", strerror(errno));
	close(fd);
	return sample;
}

bool is_untouched(const void *from, size_t len)
{
	const unsigned char *byte = from;
	size_t i;

	for (i = 0; i < len; i++)
		if (byte[i] != POISON)
			return false;
	return true;
}

/* Does it look like a sample? A poisoned buffer does not. */
bool is_sample(const struct cancelsafe_sample *sample)
{
	return sample->sequence && sample->acquired_ns <= now_ns() &&
	       sample->value <= 65535 && !sample->reserved[0] &&
	       !sample->reserved[1] && !sample->reserved[2];
}
