// SPDX-License-Identifier: GPL-2.0
/*
 * What the commands need of io_uring, over liburing 2.3.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "files.h"
#include "ring.h"

#define NEAR_NS 100000	/* so short a time is not slept */

#define FORBIDDEN_TO_ALL \
	"kernel.io_uring_disabled is 2, which forbids io_uring to everybody: type: "
#define ALLOW "sysctl kernel.io_uring_disabled=0"

/* Since 6.6 a sysctl can forbid io_uring: to the unprivileged (1), or to all (2). */
static const char *forbidden_advice(void)
{
	__u64 disabled = 0;

	if (!number_of_file("/proc/sys/kernel/io_uring_disabled", &disabled))
		disabled = 0;
	switch (disabled) {
	case 1:
		return "kernel.io_uring_disabled is 1, which forbids io_uring to who is not "
		       "privileged: use sudo, or join the group of kernel.io_uring_group, or "
		       "type: sudo " ALLOW;
	case 2:
		return geteuid() ? FORBIDDEN_TO_ALL "sudo " ALLOW : FORBIDDEN_TO_ALL ALLOW;
	default:
		return "io_uring is forbidden here, most likely by a container's seccomp "
		       "profile: run outside of it, or allow io_uring_setup(2) there";
	}
}

/* Why io_uring_setup(2) may not be had, and what to do. */
static const char *setup_advice(int err)
{
	switch (err) {
	case ENOSYS:
		return "this kernel was built without io_uring: boot another, or type: make demo";
	case EPERM:
		return forbidden_advice();
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
	return ring_open_for(ring, entries, 0);
}

int ring_open_for(struct io_uring *ring, unsigned int entries, unsigned int ends)
{
	struct io_uring_params params = { 0 };
	int err;

	if (ends > 2 * entries) {
		params.flags = IORING_SETUP_CQSIZE;
		params.cq_entries = ends;
	}
	err = io_uring_queue_init_params(entries, ring, &params);
	if (err < 0) {
		complain("cannot set up an io_uring: %s: %s", strerror(-err), setup_advice(-err));
		return -1;
	}
	return 0;
}

int ring_probe(void)
{
	struct io_uring ring;

	if (ring_open(&ring, 1))
		return -1;
	io_uring_queue_exit(&ring);
	return 0;
}

void ring_read(struct io_uring *ring, int fd, void *buffer, size_t size,
	       __u64 user_data, unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, buffer, size, 0);
	io_uring_sqe_set_data64(sqe, user_data);
	io_uring_sqe_set_flags(sqe, flags);
}

void ring_cancel(struct io_uring *ring, __u64 target, __u64 user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, target, 0);
	io_uring_sqe_set_data64(sqe, user_data);
}

void ring_cancel_fd(struct io_uring *ring, int fd, bool all, __u64 user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel_fd(sqe, fd, all ? IORING_ASYNC_CANCEL_ALL : 0);
	io_uring_sqe_set_data64(sqe, user_data);
}

void ring_cancel_all(struct io_uring *ring, __u64 user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ANY);
	io_uring_sqe_set_data64(sqe, user_data);
}

/* liburing 2.3 knows only the opcode: the rest of the SQE is filled in here. */
void ring_command(struct io_uring *ring, int fd, unsigned int op, const void *payload,
		  __u64 user_data, unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
	sqe->cmd_op = op;
	memcpy(sqe->cmd, payload, 16);
	io_uring_sqe_set_data64(sqe, user_data);
	io_uring_sqe_set_flags(sqe, flags);
}

static struct __kernel_timespec timespec_of(__u64 ns)
{
	return (struct __kernel_timespec){ ns / 1000000000, ns % 1000000000 };
}

int ring_sync_cancel(struct io_uring *ring, __u64 target, __u64 timeout_ns)
{
	struct io_uring_sync_cancel_reg reg = {
		.addr = target,
		.fd = -1,
		.timeout = timespec_of(timeout_ns),
	};
	int err;

	io_uring_submit(ring);	/* what fails now is submitted by ring_wait() */
	do
		err = io_uring_register_sync_cancel(ring, &reg);
	while (err == -EINTR);
	return err;
}

void ring_link_timeout(struct io_uring *ring, struct __kernel_timespec *after, __u64 user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_link_timeout(sqe, after, 0);
	io_uring_sqe_set_data64(sqe, user_data);
}

int ring_wait(struct io_uring *ring, __u64 timeout_ns)
{
	struct __kernel_timespec timeout = timespec_of(timeout_ns);
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

const char *result_word(int res, char word[static RESULT_NAME_SIZE])
{
	const char *errno_name = res < 0 ? strerrorname_np(-res) : NULL;

	if (errno_name)
		snprintf(word, RESULT_NAME_SIZE, "-%s", errno_name);
	else
		snprintf(word, RESULT_NAME_SIZE, "%d", res);
	return word;
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

__u64 clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

__u64 now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* A sleep ends late: so the last of it is none. */
void sleep_until(__u64 time)
{
	struct timespec near = {
		.tv_sec = (time - NEAR_NS) / 1000000000,
		.tv_nsec = (time - NEAR_NS) % 1000000000,
	};

	while (now_ns() + NEAR_NS < time)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &near, NULL);
	while (now_ns() < time)
		;
}

/* What would be rounded to 1000 has one of the next unit. */
const char *time_name(__u64 ns, char name[static TIME_NAME_SIZE])
{
	if (ns < 999950)
		snprintf(name, TIME_NAME_SIZE, "%.1f us", ns / 1e3);
	else if (ns < 999950000)
		snprintf(name, TIME_NAME_SIZE, "%.1f ms", ns / 1e6);
	else
		snprintf(name, TIME_NAME_SIZE, "%.1f s", ns / 1e9);
	return name;
}
