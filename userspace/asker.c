// SPDX-License-Identifier: GPL-2.0
/*
 * A ring, for one read after the other and its cancels.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "asker.h"
#include "command.h"
#include "files.h"

#define POISON 0xa5
#define REPEAT_NS 10000000	/* from a cancel to its repetition */
#define GIVE_UP_NS 2000000000	/* from the first one to our losing patience */
#define KERNEL_ERESTARTSYS 512	/* the kernel's own; some let it out */

enum { READ = 1, FIRST_CANCEL, NEXT_CANCEL };	/* user_data */

static void reap(struct asker *asker)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&asker->ring, &cqe)) {
		if (cqe->user_data == READ) {
			asker->ended = true;
			asker->result = cqe->res;
			asker->after_ns = now_ns() - asker->first_ns;
		} else {
			asker->answered++;
			if (cqe->user_data == FIRST_CANCEL)
				asker->answer = cqe->res;
		}
		io_uring_cqe_seen(&asker->ring, cqe);
	}
}

/* Submits what there is, sleeps until there is a CQE, and reads it. */
static int sleep_and_reap(struct asker *asker, __u64 ns)
{
	int err = ring_wait(&asker->ring, ns);

	if (err) {
		complain("cannot submit to the io_uring: %s", strerror(-err));
		return -1;
	}
	reap(asker);
	return 0;
}

/* How often this thread went to sleep. */
static long sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

int asker_begin(struct asker *asker)
{
	long slept = sleeps();
	int submitted;

	asker->ended = false;
	asker->cancels = 0;
	asker->answered = 0;
	asker->after_ns = 0;
	memset(asker->buffer, POISON, sizeof(asker->buffer));
	ring_read(&asker->ring, asker->fd, asker->buffer, sizeof(asker->buffer), READ,
		  asker->flags);
	*asker->submitting = now_ns();
	submitted = io_uring_submit(&asker->ring);
	*asker->submitting = 0;
	if (submitted < 0) {
		complain("cannot submit to the io_uring: %s", strerror(-submitted));
		return -1;
	}
	asker->at_once = io_uring_cq_ready(&asker->ring) > 0;
	asker->held = asker->at_once && sleeps() != slept;
	return 0;
}

int asker_await(struct asker *asker, __u64 until)
{
	__u64 now;

	while (!asker->ended && (now = now_ns()) < until)
		if (sleep_and_reap(asker, until - now))
			return -1;
	return 0;
}

static void cancel_once(struct asker *asker)
{
	if (!asker->cancels)
		asker->first_ns = now_ns();
	ring_cancel(&asker->ring, READ, asker->cancels ? NEXT_CANCEL : FIRST_CANCEL);
	asker->cancels++;
}

/* Its cancels have answered, too, so that the next read's are not taken for them. */
static bool is_over(const struct asker *asker)
{
	return asker->ended && asker->answered == asker->cancels;
}

int asker_cancel(struct asker *asker)
{
	__u64 give_up = now_ns() + GIVE_UP_NS, again = 0, now;

	while (!is_over(asker) && (now = now_ns()) < give_up) {
		if (!asker->ended && asker->answered == asker->cancels && now >= again) {
			cancel_once(asker);
			again = now + REPEAT_NS;
		}
		if (sleep_and_reap(asker, REPEAT_NS))
			return -1;
	}
	asker->ended = is_over(asker);
	return 0;
}

bool asker_was_cancelled(const struct asker *asker)
{
	return asker->cancels &&
	       (asker->result == -ECANCELED || asker->result == -EINTR ||
		asker->result == -KERNEL_ERESTARTSYS);
}

bool asker_buffer_touched(const struct asker *asker)
{
	return asker->buffer[0] != POISON ||
	       memcmp(asker->buffer, asker->buffer + 1, sizeof(asker->buffer) - 1);
}

/* The ring's fdinfo lists what it polls, if it can have the ring's lock. */
int asker_polls(const struct asker *asker)
{
	char path[64], text[4096], read[32];
	const char *list;
	int err;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", asker->ring.ring_fd);
	err = text_of_file(path, text, sizeof(text));
	if (err) {
		complain("cannot read %s: %s: is /proc mounted?", path, strerror(-err));
		return -1;
	}
	snprintf(read, sizeof(read), "op=%d,", IORING_OP_READ);
	list = strstr(text, "PollList:");
	return list && strstr(list, read);
}
