// SPDX-License-Identifier: GPL-2.0
/*
 * Cancel an io_uring read, and know when its buffer is free again.
 *
 *	gcc -D_GNU_SOURCE -I../../module/uapi cancel.c -luring && ./a.out
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <liburing.h>

#include "cancelsafe.h"

enum { READ = 1, CANCEL };	/* user_data; never the same for two reads in flight */

static void submit_cancel(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, READ, 0);
	io_uring_sqe_set_data64(sqe, CANCEL);
	io_uring_submit(ring);
}

/*
 * Returns the read's own result. A cancel's is no substitute: -EALREADY leaves
 * the matter open, and -ENOENT may come although the read goes on, or was
 * cancelled. Until the read's CQE has come, repeat, and hands off the buffer.
 */
static int cancel_read(struct io_uring *ring)
{
	struct __kernel_timespec pause = { .tv_nsec = 10000000 };
	struct io_uring_cqe *cqe;
	__u64 whose;
	int res;

	for (;;) {
		submit_cancel(ring);
		while (!io_uring_wait_cqe_timeout(ring, &cqe, &pause)) {
			whose = cqe->user_data;
			res = cqe->res;
			io_uring_cqe_seen(ring, cqe);
			if (whose == READ)
				return res;
			printf("cancel: %s\n", res ? strerror(-res) : "done");
		}
	}
}

int main(void)
{
	int fd = open("/dev/cancelsafe", O_RDONLY);
	struct cancelsafe_sample sample;
	struct iovec iov = { &sample, sizeof(sample) };
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int res;

	if (fd < 0 || io_uring_queue_init(8, &ring, 0)) {
		fprintf(stderr, "There is no /dev/cancelsafe to read, or no io_uring.\n");
		return 1;
	}
	/* A device that has settled is quicker than any cancel: let it settle anew. */
	preadv2(fd, &iov, 1, 0, RWF_NOWAIT);

	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read(sqe, fd, &sample, sizeof(sample), 0);
	io_uring_sqe_set_data64(sqe, READ);
	io_uring_submit(&ring);
	res = cancel_read(&ring);
	if (res < 0)
		printf("read: %s\n", strerror(-res));
	else
		printf("read: %d bytes, sample %llu: the cancel came too late\n",
		       res, sample.sequence);
	return 0;
}
