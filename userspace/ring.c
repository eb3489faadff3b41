// SPDX-License-Identifier: GPL-2.0
/*
 * What the commands need of io_uring, over liburing 2.3.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "ring.h"

/* Why io_uring_setup(2) may not be had, and what to do. */
static const char *setup_advice(int err)
{
	switch (err) {
	case ENOSYS:
		return "this kernel was built without io_uring";
	case EPERM:
		return "io_uring is switched off here: look at sysctl kernel.io_uring_disabled, "
		       "or at the container's seccomp profile";
	case ENOMEM:
		return "raise ulimit -l (RLIMIT_MEMLOCK), or take fewer threads";
	case EMFILE:
		return "raise ulimit -n, or take fewer threads";
	case EAGAIN:
		return "raise ulimit -u (RLIMIT_NPROC), or take fewer threads";
	default:
		return "the kernel's log may say more";
	}
}

int ring_open(struct io_uring *ring, unsigned int entries)
{
	int err = io_uring_queue_init(entries, ring, 0);

	if (err < 0) {
		complain("cannot set up an io_uring: %s: %s", strerror(-err), setup_advice(-err));
		return -1;
	}
	return 0;
}

void ring_read(struct io_uring *ring, int fd, void *buffer, size_t size,
	       __u64 user_data, bool async)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, buffer, size, 0);
	io_uring_sqe_set_data64(sqe, user_data);
	if (async)
		io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
}

void ring_cancel(struct io_uring *ring, __u64 target, __u64 user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, target, 0);
	io_uring_sqe_set_data64(sqe, user_data);
}

int ring_wait(struct io_uring *ring, __u64 timeout_ns)
{
	struct __kernel_timespec timeout = {
		.tv_sec = timeout_ns / 1000000000,
		.tv_nsec = timeout_ns % 1000000000,
	};
	struct io_uring_cqe *cqe;
	int err;

	err = io_uring_submit_and_wait_timeout(ring, &cqe, 1, &timeout, NULL);
	switch (err) {
	case -ETIME:	/* nothing has come */
	case -EINTR:	/* a signal has: the caller waits again */
	case -EAGAIN:	/* short of memory: the batch stays, and is sent next time */
	case -EBUSY:	/* too many CQEs unread: the caller reads them next */
		return 0;
	default:
		return err < 0 ? err : 0;
	}
}

const char *result_name(int res, char name[static RESULT_NAME_SIZE])
{
	const char *errno_name = res < 0 ? strerrorname_np(-res) : NULL;

	if (errno_name)
		snprintf(name, RESULT_NAME_SIZE, "-%s (%d)", errno_name, res);
	else
		snprintf(name, RESULT_NAME_SIZE, "%d", res);
	return name;
}

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}
