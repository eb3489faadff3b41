// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side in an io_uring: READs, cancelled by their user_data, and
 * READ commands, cancelled by their tag. Either may have a LINK_TIMEOUT, whose CQE is
 * the answer then.
 */
#include <stddef.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "ring.h"

/* A read's index is in its user_data, and in that of its cancels. */
static __u64 name_of(const struct bench *bench, const struct bench_read *read)
{
	return 2 * (read - bench->reads) + 2;	/* not 0, which is no tag */
}

static __u64 name_of_cancel(const struct bench *bench, const struct bench_read *read)
{
	return name_of(bench, read) + 1;
}

static int ring_bench_open(struct bench *bench)
{
	return ring_open(&bench->ring, 2 * bench->size);
}

static int send_batch(struct bench *bench)
{
	int submitted = io_uring_submit(&bench->ring);

	if (submitted >= 0)
		return 0;
	complain("cannot submit to the io_uring: %s", strerror(-submitted));
	return -1;
}

static unsigned int flags(const struct bench *bench)
{
	return bench->timeout_ns ? IOSQE_IO_LINK : 0;
}

/* The read is in the batch. When its time is over counts as when it is cancelled. */
static int submit_with_timeout(struct bench *bench, struct bench_read *read)
{
	struct __kernel_timespec after = {
		.tv_sec = bench->timeout_ns / 1000000000,
		.tv_nsec = bench->timeout_ns % 1000000000,
	};

	if (bench->timeout_ns) {
		ring_link_timeout(&bench->ring, &after, name_of_cancel(bench, read));
		read->cancels = 1;
		read->cancelled_at = now_ns() + bench->timeout_ns;
	}
	return send_batch(bench);
}

static int ring_submit(struct bench *bench, struct bench_read *read)
{
	ring_read(&bench->ring, bench->fd, &read->sample, sizeof(read->sample),
		  name_of(bench, read), flags(bench));
	return submit_with_timeout(bench, read);
}

static int ring_bench_cancel(struct bench *bench, struct bench_read *read)
{
	ring_cancel(&bench->ring, name_of(bench, read), name_of_cancel(bench, read));
	return send_batch(bench);
}

static int cmd_submit(struct bench *bench, struct bench_read *read)
{
	const struct cancelsafe_cmd_read payload = {
		.buffer = (__u64)(unsigned long)&read->sample,
		.tag = name_of(bench, read),
	};

	ring_command(&bench->ring, bench->fd, CANCELSAFE_CMD_READ, &payload,
		     name_of(bench, read), flags(bench));
	return submit_with_timeout(bench, read);
}

static int cmd_cancel(struct bench *bench, struct bench_read *read)
{
	const struct cancelsafe_cmd_cancel payload = {
		.tag = name_of(bench, read),
		.which = CANCELSAFE_CANCEL_TAG,
	};

	ring_command(&bench->ring, bench->fd, CANCELSAFE_CMD_CANCEL, &payload,
		     name_of_cancel(bench, read), 0);
	return send_batch(bench);
}

static void take(struct bench *bench, const struct io_uring_cqe *cqe)
{
	struct bench_read *read = &bench->reads[cqe->user_data / 2 - 1];

	if (cqe->user_data % 2)
		bench_answer(read, cqe->res);
	else
		bench_end(read, cqe->res);
}

static int ring_bench_wait(struct bench *bench, __u64 until)
{
	__u64 now = now_ns();
	struct io_uring_cqe *cqe;
	int err = ring_wait(&bench->ring, until > now ? until - now : 0);

	if (err) {
		complain("cannot wait at the io_uring: %s", strerror(-err));
		return -1;
	}
	while (!io_uring_peek_cqe(&bench->ring, &cqe)) {
		take(bench, cqe);
		io_uring_cqe_seen(&bench->ring, cqe);
	}
	return 0;
}

static void ring_close(struct bench *bench)
{
	io_uring_queue_exit(&bench->ring);
}

const struct bench_ops bench_ring_ops = {
	.open = ring_bench_open,
	.submit = ring_submit,
	.cancel = ring_bench_cancel,
	.wait = ring_bench_wait,
	.close = ring_close,
};

const struct bench_ops bench_cmd_ops = {
	.open = ring_bench_open,
	.submit = cmd_submit,
	.cancel = cmd_cancel,
	.wait = ring_bench_wait,
	.close = ring_close,
};
