// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe cancel: one read, one cancel, and what each of them was told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cancelsafe.h"
#include "command.h"
#include "node.h"
#include "ring.h"

#define POISON 0xa5
#define READY_NS 20000000	/* how long the device may take to have a first sample */
#define ARRIVE_NS 100000000	/* how long the read may take to arrive in the driver */
#define REPEAT_NS 100000000	/* from a cancel to its repetition */
#define REPEATS 600		/* then the read hangs */

enum { READ = 1, CANCEL = 2 };	/* user_data */

static const char help[] =
"usage: cancelsafe cancel [--node NAME]\n"
"\n"
"Submits one read to io_uring, cancels it, and explains what both were told. A\n"
"device that has settled answers before any cancel can come, so a sample is taken\n"
"first, and the next has to wait. If it is still too quick, let it settle longer;\n"
"as root:\n"
"\n"
"  echo 1000000 >/sys/class/misc/cancelsafe/settle_us\n"
"\n"
NODE_HELP
"\n"
"userspace/examples/cancel.c is the same, to copy.\n";

/*
 * What was seen. Nothing is printed before all is over: that would take longer
 * than the device needs to settle. Where the node has ->poll, @polled, io_uring
 * keeps the read to itself until a poll says that it can be served.
 */
struct trial {
	int fd;
	bool polled;
	struct io_uring ring;
	struct snapshot before, at_cancel, after;
	union {
		struct cancelsafe_sample sample;
		unsigned char bytes[sizeof(struct cancelsafe_sample)];
	} buffer;
	bool read_ended, ended_first, cancel_answered;
	int read_result, cancel_result;
	unsigned int cancels;
};

static void reap(struct trial *trial)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&trial->ring, &cqe)) {
		if (cqe->user_data == READ) {
			trial->read_result = cqe->res;
			trial->read_ended = true;
		} else {
			trial->cancel_result = cqe->res;
			trial->cancel_answered = true;
		}
		io_uring_cqe_seen(&trial->ring, cqe);
	}
}

/* Takes a sample, if one can be had soon, so that the device has to settle for the next. */
static int take_what_is_ready(int fd)
{
	__u64 deadline = now_ns() + READY_NS;
	struct cancelsafe_sample sample;
	struct iovec iov = { &sample, sizeof(sample) };

	while (preadv2(fd, &iov, 1, 0, RWF_NOWAIT) < 0 && now_ns() < deadline)
		if (errno != EAGAIN)
			return complain("cannot read %s: %s", node_device, strerror(errno));
	return 0;
}

/* Until the driver has the read, or it has ended: an io-wq worker carries it there. */
static int submit_and_let_arrive(struct trial *trial)
{
	__u64 deadline = now_ns() + ARRIVE_NS;
	int submitted;

	memset(trial->buffer.bytes, POISON, sizeof(trial->buffer));
	ring_read(&trial->ring, trial->fd, trial->buffer.bytes, sizeof(trial->buffer), READ, 0);
	submitted = io_uring_submit(&trial->ring);
	if (submitted < 0)
		return complain("cannot submit to the io_uring: %s", strerror(-submitted));
	do {
		reap(trial);
		if (file_snapshot(trial->fd, &trial->at_cancel))
			return STATUS_FAILED;
	} while (!trial->read_ended && !trial->at_cancel.count[WAITING] && now_ns() < deadline);
	trial->ended_first = trial->read_ended;
	return 0;
}

/*
 * The buffer is the kernel's until the read's own CQE has come. A cancel's answer
 * is no proof: if it says "not found", the read may go on; so cancel again.
 */
static int cancel_until_ended(struct trial *trial)
{
	__u64 again;
	int err;

	do {
		ring_cancel(&trial->ring, READ, CANCEL);
		trial->cancels++;
		trial->cancel_answered = false;
		again = now_ns() + REPEAT_NS;
		while ((!trial->read_ended || !trial->cancel_answered) && now_ns() < again) {
			err = ring_wait(&trial->ring, REPEAT_NS);
			if (err)
				return complain("cannot submit to the io_uring: %s",
						strerror(-err));
			reap(trial);
		}
	} while (!trial->read_ended && trial->cancels < REPEATS);
	return file_snapshot(trial->fd, &trial->after) ? STATUS_FAILED : 0;
}

static void explain_cancel(const struct trial *trial)
{
	char name[RESULT_NAME_SIZE];

	printf("the cancel's CQE: %s\n", result_name(trial->cancel_result, name));
	if (trial->cancel_result == 0 && trial->polled)
		printf("  io_uring found the read, for which it polled the node, and ended the poll.\n");
	else if (trial->cancel_result == 0)
		printf("  io_uring found the read, not begun, and took it off its list.\n");
	else if (trial->cancel_result == -EALREADY)
		printf("  io_uring found the read running in a worker thread, and signalled that\n"
		       "  worker. Whether in time, only the read's CQE says.\n");
	else if (trial->cancel_result == -ENOENT && trial->ended_first)
		printf("  io_uring found no such read: it had ended.\n");
	else if (trial->cancel_result == -ENOENT)
		printf("  io_uring found no such read. It may have ended, it may be between list\n"
		       "  and worker, it may even have been signalled: only its CQE says.\n");
	if (trial->cancels > 1)
		printf("  That was the last of %u: the read had not ended, so it was repeated.\n",
		       trial->cancels);
}

static bool has_grown(const struct trial *trial, unsigned int count)
{
	return trial->after.count[count] > trial->before.count[count];
}

static int explain_cancelled(const struct trial *trial)
{
	if (has_grown(trial, CANCELLED))
		printf("  Cancelled while it waited in the driver, which counts 1 cancelled.\n");
	else if (has_grown(trial, WAITING) || has_grown(trial, FAILED))
		printf("  Given up while the driver served it, which it goes on to do for nobody: it\n"
		       "  counts 1 waiting, and in the end 1 failed.\n");
	else if (trial->polled)
		printf("  Cancelled in io_uring: the driver was not told, and has counted nothing.\n");
	else
		printf("  Cancelled before the driver saw it: the driver has counted nothing.\n");
	for (size_t i = 0; i < sizeof(trial->buffer); i++)
		if (trial->buffer.bytes[i] != POISON)
			return complain("the buffer of a cancelled read was written to (A2)");
	printf("  Its buffer is as it was, and ours again from this CQE on.\n");
	return STATUS_HELD;
}

static int explain_sample(const struct trial *trial)
{
	printf("  It got sample %llu, value %u. ",
	       trial->buffer.sample.sequence, trial->buffer.sample.value);
	if (trial->ended_first)
		printf("The cancel came too late: the read had ended\n"
		       "  before it could be made. Let the device settle longer and try again:\n"
		       "  echo 1000000 %s%s/settle_us\n",
		       geteuid() ? "| sudo tee " : ">", node_sysfs);
	else
		printf("The cancel came too late: the device had\n"
		       "  settled, and the driver had claimed the read to serve it. No sample is lost.\n");
	return STATUS_HELD;
}

static int explain(const struct trial *trial)
{
	char name[RESULT_NAME_SIZE];

	printf("A read was submitted to io_uring. ");
	if (trial->ended_first)
		printf("It had ended before its cancel followed.\n");
	else if (trial->at_cancel.count[WAITING])
		printf("When it waited in the driver, its cancel followed.\n");
	else if (trial->polled)
		printf("When io_uring polled the node for it, its cancel followed.\n");
	else
		printf("Before it had reached the driver, its cancel followed.\n");
	putchar('\n');
	explain_cancel(trial);
	if (!trial->read_ended)
		return complain("the read has not ended after %u cancels: either the device takes "
				"that long to acquire (acquire_us), or it hangs (A1)",
				trial->cancels);
	printf("the read's CQE: %s\n", result_name(trial->read_result, name));
	if (trial->read_result == -ECANCELED)
		return explain_cancelled(trial);
	if (trial->read_result == sizeof(struct cancelsafe_sample))
		return explain_sample(trial);
	return complain("a read should end with %zu or -ECANCELED, not with %s",
			sizeof(struct cancelsafe_sample), name);
}

static int cancel(int argc, char **argv)
{
	int status = options_parse(&command_cancel, argc, argv, NULL, 0);
	struct trial trial = { 0 };

	if (status != STATUS_GO_ON)
		return status;
	trial.fd = node_open();
	/* The only model with ->poll is the one that queues nothing. */
	if (trial.fd < 0 || node_model_is("wait_queue", &trial.polled) ||
	    ring_open(&trial.ring, 4) || file_snapshot(trial.fd, &trial.before) ||
	    take_what_is_ready(trial.fd) || submit_and_let_arrive(&trial) ||
	    cancel_until_ended(&trial))
		return STATUS_FAILED;
	return explain(&trial);
}

const struct command command_cancel = {
	.name = "cancel",
	.summary = "one read, one cancel, and what each of them was told",
	.help = help,
	.run = cancel,
};
