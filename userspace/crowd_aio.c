// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side in an AIO context; io_cancel(2) has answered when it
 * returns.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "crowd.h"
#include "command.h"
#include "ring.h"

#define EVENTS 64

static int aio_open(struct crowd *crowd)
{
	int err = -io_setup(crowd->size, &crowd->context);

	if (!err)
		return 0;
	complain("cannot set up libaio: %s: raise the sysctl fs.aio-max-nr?", strerror(err));
	return -1;
}

/* What is refused has no event. */
static int aio_submit(struct crowd *crowd, struct crowd_read *read)
{
	struct iocb *iocb = &read->iocb;
	int submitted;

	io_prep_pread(iocb, crowd->fd, &read->sample, sizeof(read->sample), 0);
	iocb->data = read;
	submitted = io_submit(crowd->context, 1, &iocb);
	if (submitted != 1)
		crowd_end(read, submitted ?: -EAGAIN);
	return 0;
}

static int aio_cancel(struct crowd *crowd, struct crowd_read *read)
{
	struct io_event unused;

	crowd_answer(read, io_cancel(crowd->context, &read->iocb, &unused));
	return 0;
}

static int aio_wait(struct crowd *crowd, __u64 until)
{
	__u64 now = now_ns(), wait = until > now ? until - now : 0;
	struct timespec timeout = { wait / 1000000000, wait % 1000000000 };
	struct io_event events[EVENTS];
	int n = io_getevents(crowd->context, 1, EVENTS, events, &timeout);

	for (int i = 0; i < n; i++)
		crowd_end(events[i].data, events[i].res);
	if (n >= 0 || n == -EINTR)
		return 0;
	complain("cannot wait for libaio's events: %s", strerror(-n));
	return -1;
}

static void aio_close(struct crowd *crowd)
{
	io_destroy(crowd->context);
}

const struct crowd_ops crowd_aio_ops = {
	.open = aio_open,
	.submit = aio_submit,
	.cancel = aio_cancel,
	.wait = aio_wait,
	.close = aio_close,
};
