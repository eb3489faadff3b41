// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe read: samples, for people.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cancelsafe.h"
#include "command.h"
#include "node.h"

static const char help[] =
"usage: cancelsafe read [-n N] [--node NAME]\n"
"\n"
"Reads samples with read(2) and prints them, one a line: the sequence number, the\n"
"time since boot in seconds, and the value. Ctrl-C interrupts a read that waits.\n"
"\n"
"  -n, --count N    that many, 1 to 1000000000 (default 10)\n"
NODE_HELP;

/* What to do about it, if that is the node's to say. */
static int complain_of_read(int err)
{
	char name[NODE_NAME_SIZE];

	node_chosen(name);
	if (err == ENODEV && access(node_sysfs, F_OK))
		return complain("cannot read %s: it was unplugged: echo %s "
				">/sys/devices/cancelsafe/plug", node_device, name);
	if (err == ENODEV)
		return complain("cannot read %s: its lower target is unplugged: echo plugged "
				">%s/lower", node_device, node_sysfs);
	if (err == EBUSY)
		return complain("cannot read %s: as many reads wait as may: raise "
				"%s/queue_limit", node_device, node_sysfs);
	return complain("cannot read %s: %s", node_device, strerror(err));
}

static int print_sample(int fd)
{
	struct cancelsafe_sample sample;
	ssize_t got = read(fd, &sample, sizeof(sample));

	if (got < 0)
		return complain_of_read(errno);
	if (got != sizeof(sample))
		return complain("read %zd bytes from %s, and a sample has %zu: is this tool as new "
				"as the module?", got, node_device, sizeof(sample));
	printf("%8llu  %6llu.%09llu s  %5u\n",
	       sample.sequence, sample.acquired_ns / 1000000000,
	       sample.acquired_ns % 1000000000, sample.value);
	return fflush(stdout) ? STATUS_FAILED : STATUS_HELD;
}

static int read_samples(int argc, char **argv)
{
	struct command_option count = { "count", 'n', 1, 1000000000, .value = 10 };
	int status = options_parse(&command_read, argc, argv, &count, 1);
	int fd;

	if (status != STATUS_GO_ON)
		return status;
	fd = node_open();
	if (fd < 0)
		return STATUS_FAILED;
	status = STATUS_HELD;
	while (count.value-- && status == STATUS_HELD)
		status = print_sample(fd);
	close(fd);
	return status;
}

const struct command command_read = {
	.name = "read",
	.summary = "read samples, one a line",
	.help = help,
	.run = read_samples,
};
