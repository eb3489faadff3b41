// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side in an AIO context; io_cancel(2) has answered when it
 * returns.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "ring.h"

#define EVENTS 64

static int aio_open(struct bench *bench)
{
	int err = -io_setup(bench->size, &bench->context);

	if (!err)
		return 0;
	complain("cannot set up libaio: %s: raise the sysctl fs.aio-max-nr?", strerror(err));
	return -1;
}

/* What is refused has no event. */
static int aio_submit(struct bench *bench, struct bench_read *read)
{
	struct iocb *iocb = &read->iocb;
	int submitted;

	io_prep_pread(iocb, bench->fd, &read->sample, sizeof(read->sample), 0);
	iocb->data = read;
	submitted = io_submit(bench->context, 1, &iocb);
	if (submitted != 1)
		bench_end(read, submitted ?: -EAGAIN);
	return 0;
}

static int aio_cancel(struct bench *bench, struct bench_read *read)
{
	struct io_event unused;

	bench_answer(read, io_cancel(bench->context, &read->iocb, &unused));
	return 0;
}

static int aio_wait(struct bench *bench, __u64 until)
{
	__u64 now = now_ns(), wait = until > now ? until - now : 0;
	struct timespec timeout = { wait / 1000000000, wait % 1000000000 };
	struct io_event events[EVENTS];
	int n = io_getevents(bench->context, 1, EVENTS, events, &timeout);

	for (int i = 0; i < n; i++)
		bench_end(events[i].data, events[i].res);
	if (n >= 0 || n == -EINTR)
		return 0;
	complain("cannot wait for libaio's events: %s", strerror(-n));
	return -1;
}

static void aio_close(struct bench *bench)
{
	io_destroy(bench->context);
}

const struct bench_ops bench_aio_ops = {
	.open = aio_open,
	.submit = aio_submit,
	.cancel = aio_cancel,
	.wait = aio_wait,
	.close = aio_close,
};
