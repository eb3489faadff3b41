// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe info: the node, its settings and its counters.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "node.h"

static const char help[] =
"usage: cancelsafe info [--node NAME]\n"
"\n"
"Prints the node, its settings, and its counters, which are one consistent\n"
"snapshot. Ends with 1 if they do not add up.\n"
"\n"
NODE_HELP;

static const struct {
	const char *name;
	const char *meaning;
} settings[] = {
	{ "settle_us", "microseconds that the device needs between two samples" },
	{ "acquire_us", "microseconds that an acquisition takes" },
	{ "queue_limit", "reads that may wait; one more is refused with EBUSY" },
	{ "watchdog_s", "seconds after which a cancelled read is let go" },
	{ "close_policy", "what close(2) does to reads that wait" },
	{ "current_ended_by", "who ends the current read when it is cancelled" },
	{ "route", "where a read waits that was delivered" },
	{ "lower", "what the route of this name leads to" },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static const char *const meanings[COUNTERS] = {
	[SUBMITTED] = "reads accepted; each is exactly one of the next four:",
	[COMPLETED] = "  got a sample",
	[CANCELLED] = "  were cancelled",
	[FAILED] = "  ended with an error, or their reader was gone",
	[WAITING] = "  wait for the device",
	[ACQUIRED] = "samples that the device took",
	[UNDELIVERABLE] = "  of these: nobody could be given them",
};

static int print_node(void)
{
	char model[32];
	struct stat st;

	if (node_text("model", model, sizeof(model)))
		return -1;
	printf("node %s, model %s", node_device, model);
	if (stat(node_device, &st))
		printf(" (there is no such file)");
	else
		printf(", mode %04o, user %u, group %u%s", st.st_mode & 07777, st.st_uid,
		       st.st_gid, access(node_device, R_OK) ? " (you may not read it)" : "");
	putchar('\n');
	return 0;
}

static int print_settings(void)
{
	char value[32];

	printf("\nsettings, in %s\n", node_sysfs);
	for (unsigned int i = 0; i < SETTINGS; i++) {
		if (!node_has(settings[i].name))
			continue;
		if (node_text(settings[i].name, value, sizeof(value)))
			return -1;
		printf("  %-16s%12s  %s\n", settings[i].name, value, settings[i].meaning);
	}
	return 0;
}

static int print_counters(void)
{
	struct snapshot snapshot;

	if (node_snapshot(&snapshot))
		return STATUS_FAILED;
	printf("\ncounters\n");
	for (int i = 0; i < COUNTERS; i++)
		printf("  %-14s%14llu  %s\n", counter_names[i], snapshot.count[i],
		       meanings[i]);
	if (requests_add_up(&snapshot) && samples_add_up(&snapshot)) {
		printf("  They add up.\n");
		return STATUS_HELD;
	}
	printf("  THEY DO NOT ADD UP%s%s\n",
	       requests_add_up(&snapshot) ? "" : ": reads accepted (A1)",
	       samples_add_up(&snapshot) ? "" : ": samples (A7)");
	return STATUS_FAILED;
}

static int info(int argc, char **argv)
{
	int status = options_parse(&command_info, argc, argv, NULL, 0);

	if (status != STATUS_GO_ON)
		return status;
	if (print_node() || print_settings())
		return STATUS_FAILED;
	return print_counters();
}

const struct command command_info = {
	.name = "info",
	.summary = "the node, its settings and its counters",
	.help = help,
	.run = info,
};
