// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side in an io_uring: READs, cancelled by their user_data, and
 * READ commands, cancelled by their tag. Either may have a LINK_TIMEOUT, whose CQE is
 * the answer then.
 */
#include <stddef.h>
#include <string.h>

#include "crowd.h"
#include "command.h"
#include "ring.h"

/* A read's index is in its user_data, and in that of its cancels. */
static __u64 name_of(const struct crowd *crowd, const struct crowd_read *read)
{
	return 2 * (read - crowd->reads) + 2;	/* not 0, which is no tag */
}

static __u64 name_of_cancel(const struct crowd *crowd, const struct crowd_read *read)
{
	return name_of(crowd, read) + 1;
}

static int ring_crowd_open(struct crowd *crowd)
{
	return ring_open(&crowd->ring, 2 * crowd->size);
}

static int send_batch(struct crowd *crowd)
{
	int submitted = io_uring_submit(&crowd->ring);

	if (submitted >= 0)
		return 0;
	complain("cannot submit to the io_uring: %s", strerror(-submitted));
	return -1;
}

static unsigned int flags(const struct crowd *crowd)
{
	return crowd->timeout_ns ? IOSQE_IO_LINK : 0;
}

/* The read is in the batch. When its time is over counts as when it is cancelled. */
static int submit_with_timeout(struct crowd *crowd, struct crowd_read *read)
{
	struct __kernel_timespec after = {
		.tv_sec = crowd->timeout_ns / 1000000000,
		.tv_nsec = crowd->timeout_ns % 1000000000,
	};

	if (crowd->timeout_ns) {
		ring_link_timeout(&crowd->ring, &after, name_of_cancel(crowd, read));
		read->cancels = 1;
		read->cancelled_at = now_ns() + crowd->timeout_ns;
	}
	return send_batch(crowd);
}

static int ring_submit(struct crowd *crowd, struct crowd_read *read)
{
	ring_read(&crowd->ring, crowd->fd, &read->sample, sizeof(read->sample),
		  name_of(crowd, read), flags(crowd));
	return submit_with_timeout(crowd, read);
}

static int ring_crowd_cancel(struct crowd *crowd, struct crowd_read *read)
{
	ring_cancel(&crowd->ring, name_of(crowd, read), name_of_cancel(crowd, read));
	return send_batch(crowd);
}

static int cmd_submit(struct crowd *crowd, struct crowd_read *read)
{
	const struct cancelsafe_cmd_read payload = {
		.buffer = (__u64)(unsigned long)&read->sample,
		.tag = name_of(crowd, read),
	};

	ring_command(&crowd->ring, crowd->fd, CANCELSAFE_CMD_READ, &payload,
		     name_of(crowd, read), flags(crowd));
	return submit_with_timeout(crowd, read);
}

static int cmd_cancel(struct crowd *crowd, struct crowd_read *read)
{
	const struct cancelsafe_cmd_cancel payload = {
		.tag = name_of(crowd, read),
		.which = CANCELSAFE_CANCEL_TAG,
	};

	ring_command(&crowd->ring, crowd->fd, CANCELSAFE_CMD_CANCEL, &payload,
		     name_of_cancel(crowd, read), 0);
	return send_batch(crowd);
}

static void take(struct crowd *crowd, const struct io_uring_cqe *cqe)
{
	struct crowd_read *read = &crowd->reads[cqe->user_data / 2 - 1];

	if (cqe->user_data % 2)
		crowd_answer(read, cqe->res);
	else
		crowd_end(read, cqe->res);
}

static int ring_crowd_wait(struct crowd *crowd, __u64 until)
{
	__u64 now = now_ns();
	struct io_uring_cqe *cqe;
	int err = ring_wait(&crowd->ring, until > now ? until - now : 0);

	if (err) {
		complain("cannot wait at the io_uring: %s", strerror(-err));
		return -1;
	}
	while (!io_uring_peek_cqe(&crowd->ring, &cqe)) {
		take(crowd, cqe);
		io_uring_cqe_seen(&crowd->ring, cqe);
	}
	return 0;
}

static void ring_close(struct crowd *crowd)
{
	io_uring_queue_exit(&crowd->ring);
}

const struct crowd_ops crowd_ring_ops = {
	.open = ring_crowd_open,
	.submit = ring_submit,
	.cancel = ring_crowd_cancel,
	.wait = ring_crowd_wait,
	.close = ring_close,
};

const struct crowd_ops crowd_cmd_ops = {
	.open = ring_crowd_open,
	.submit = cmd_submit,
	.cancel = cmd_cancel,
	.wait = ring_crowd_wait,
	.close = ring_close,
};
