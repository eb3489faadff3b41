// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "node.h"
#include "tracing.h"

#define TRACEFS "/sys/kernel/tracing"
#define INSTANCE TRACEFS "/instances/cancelsafe_test"
#define RECORD_CMD TRACEFS "/options/record-cmd"

/*
 * The new instance takes the option over from the kernel's own, and has no file
 * for it: it is switched off there, and is as it was when the instance is made.
 */
static int make_instance_without_names(void)
{
	char before[8];
	int err = read_file(RECORD_CMD, before, sizeof(before));

	if (!err)
		err = write_file(RECORD_CMD, "0", 1);
	if (err)
		return err;
	if (mkdir(INSTANCE, 0700) && errno != EEXIST)
		err = -errno;
	return write_file(RECORD_CMD, before, strlen(before)) ?: err;
}

/*
 * Trace all of the module's events from now on. Returns 0 or -errno.
 *
 * Without the tasks' names, for which the kernel would trace every switch of
 * tasks: that is code that is changed while all processors run it, and emulated
 * ones break on that within seconds. And by a clock that counts events: what two
 * processors trace within a tick of a coarse one is not in order.
 */
int tracing_start(void)
{
	int err;

	if (access(TRACEFS "/instances", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	err = make_instance_without_names();
	if (err)
		return err;
	write_file(INSTANCE "/trace", "\n", 1);
	return write_file(INSTANCE "/trace_clock", "counter", 7) ?:
	       write_file(INSTANCE "/events/cancelsafe/enable", "1", 1);
}

void tracing_stop(void)
{
	rmdir(INSTANCE);
}

static bool matches(const char *line, const char *event, const char *word)
{
	const char *name = strstr(line, event);

	return line[0] != '#' && name && name[strlen(event)] == ':' &&
	       strstr(name, word);
}

static int count_events(const char *event, const char *word,
			bool (*fits)(const char *line), char *line, size_t size)
{
	FILE *trace = fopen(INSTANCE "/trace", "r");
	char text[512];
	int n = 0;

	if (!trace)
		die("cannot open the trace: %s", strerror(errno));
	while (fgets(text, sizeof(text), trace)) {
		if (!matches(text, event, word) || (fits && !fits(text)))
			continue;
		n++;
		if (line)
			snprintf(line, size, "%s", text);
	}
	fclose(trace);
	return n;
}

/* How many events of this name have this word; the last one is left in @line. */
int tracing_find(const char *event, const char *word, char *line, size_t size)
{
	return count_events(event, word, NULL, line, size);
}

unsigned int tracing_count(const char *event, const char *word)
{
	return tracing_find(event, word, NULL, 0);
}

/* In "[001] ..s1." the third sign behind the processor says that it is a softirq. */
static bool is_in_softirq(const char *line)
{
	const char *processor = strchr(line, ']');

	return processor && strlen(processor) > 4 && processor[4] == 's';
}

/* How many of these a timer that fires in a softirq has brought about. */
unsigned int tracing_count_in_softirq(const char *event, const char *word)
{
	return count_events(event, word, is_in_softirq, NULL, 0);
}

/* Until the server has claimed so many since the start. Returns how many. */
unsigned int wait_claimed(unsigned int n)
{
	unsigned int seen;

	WAIT_UNTIL((seen = tracing_count("cs_claim", "who=server")) >= n);
	return seen;
}

/* Until so many cancels have reached the driver. Returns how many. */
unsigned int wait_cancels(unsigned int n)
{
	unsigned int seen;

	WAIT_UNTIL((seen = tracing_count("cs_cancel", "")) >= n);
	return seen;
}
