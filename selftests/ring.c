// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

/* A wait for a completion ends after this, to look at the watchdog. */
#define REAP_NS 2000000

/* NULL: the kernel did not make one, for the reason in errno. */
struct ring *ring_try_new(unsigned int flags)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		die("no memory for a ring");
	errno = -io_uring_queue_init(2 * RING_READS, &ring->uring, flags);
	if (errno) {
		free(ring);
		return NULL;
	}
	ring->open = true;
	return ring;
}

struct ring *ring_new(unsigned int flags)
{
	struct ring *ring = ring_try_new(flags);

	if (!ring)
		die("cannot make a ring with flags %#x: %s", flags,
		    strerror(errno));
	return ring;
}

void ring_close(struct ring *ring)
{
	io_uring_queue_exit(&ring->uring);
	ring->open = false;
}

/* An SQPOLL ring's thread may be behind. */
struct io_uring_sqe *ring_prepare(struct ring *ring)
{
	struct io_uring_sqe *sqe;

	WAIT_UNTIL(sqe = io_uring_get_sqe(&ring->uring));
	if (!sqe)
		die("no room for another submission");
	return sqe;
}

struct io_uring_sqe *ring_prepare_read(struct ring *ring, unsigned int i,
				       int fd)
{
	struct io_uring_sqe *sqe = ring_prepare(ring);
	struct ring_read *read = &ring->reads[i];

	memset(read->bytes, POISON, sizeof(read->bytes));
	read->begun = true;
	read->ends = 0;
	io_uring_prep_read(sqe, fd, read->bytes, sizeof(read->bytes), 0);
	io_uring_sqe_set_data64(sqe, i);
	return sqe;
}

struct io_uring_sqe *ring_prepare_cancel(struct ring *ring, unsigned int i)
{
	struct io_uring_sqe *sqe = ring_prepare(ring);

	io_uring_prep_cancel64(sqe, i, 0);
	io_uring_sqe_set_data64(sqe, RING_CANCEL);
	return sqe;
}

void ring_submit(struct ring *ring)
{
	int ret = io_uring_submit(&ring->uring);

	if (ret < 0)
		die("cannot submit: %s", strerror(-ret));
}

void ring_read(struct ring *ring, unsigned int i, int fd)
{
	ring_prepare_read(ring, i, fd);
	ring_submit(ring);
}

void ring_cancel(struct ring *ring, unsigned int i)
{
	ring_prepare_cancel(ring, i);
	ring_submit(ring);
}

static void take_answer(struct ring_answers *answers, int res)
{
	answers->all++;
	answers->last = res;
	if (res >= 0)
		answers->positive++;
	else if (res == -EALREADY)
		answers->ealready++;
	else if (res == -ENOENT)
		answers->enoent++;
	else
		answers->other++;
}

static void take(struct ring *ring, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data == RING_CANCEL) {
		take_answer(&ring->answers, cqe->res);
	} else if (cqe->user_data < RING_READS) {
		ring->reads[cqe->user_data].result = cqe->res;
		ring->reads[cqe->user_data].ends++;
	} else {
		die("a completion of nothing that was submitted: %llu",
		    cqe->user_data);
	}
}

/* Take the next completion, if there is one before long. */
bool ring_reap(struct ring *ring)
{
	struct __kernel_timespec ts = { .tv_nsec = REAP_NS };
	struct io_uring_cqe *cqe;
	int err;

	err = io_uring_wait_cqe_timeout(&ring->uring, &cqe, &ts);
	if (err == -ETIME || err == -EINTR)
		return false;
	if (err)
		die("cannot wait for a completion: %s", strerror(-err));
	take(ring, cqe);
	io_uring_cqe_seen(&ring->uring, cqe);
	return true;
}

/* Waits for the read's end. Returns its result, or -ETIMEDOUT. */
int ring_result(struct ring *ring, unsigned int i)
{
	struct ring_read *read = &ring->reads[i];

	if (!WAIT_UNTIL(read->ends || (ring_reap(ring) && read->ends)))
		return -ETIMEDOUT;
	return read->result;
}

/* Waits for every read's end, and for a completion too many. */
bool ring_all_ended_once(struct ring *ring)
{
	unsigned int i;

	for (i = 0; i < RING_READS; i++)
		if (ring->reads[i].begun)
			ring_result(ring, i);
	while (ring_reap(ring))
		;
	for (i = 0; i < RING_READS; i++)
		if (ring->reads[i].begun && ring->reads[i].ends != 1)
			return false;
	return true;
}

bool ring_wait_answered(struct ring *ring, unsigned int n)
{
	return WAIT_UNTIL(ring->answers.all >= n ||
			  (ring_reap(ring) && ring->answers.all >= n));
}

/*
 * A read that a link timeout may cancel after @ns nanoseconds. Returns its result,
 * when both have ended.
 */
int ring_read_until(struct ring *ring, unsigned int i, int fd, unsigned int ns)
{
	struct __kernel_timespec ts = { .tv_nsec = ns };
	unsigned int before = ring->answers.all;
	struct io_uring_sqe *sqe;

	ring_prepare_read(ring, i, fd)->flags |= IOSQE_IO_LINK;
	sqe = ring_prepare(ring);
	io_uring_prep_link_timeout(sqe, &ts, 0);
	io_uring_sqe_set_data64(sqe, RING_CANCEL);
	ring_submit(ring);
	if (!ring_wait_answered(ring, before + 1))
		return -ETIMEDOUT;
	return ring_result(ring, i);
}

/*
 * Cancel, until the read has ended: one cancel may meet it between io-wq's list
 * and a worker, where nobody finds it. Returns its result, or -ETIMEDOUT.
 */
int ring_cancel_until_ended(struct ring *ring, unsigned int i)
{
	uint64_t end = now_ns() + WATCHDOG_NS;

	while (!ring->reads[i].ends && now_ns() < end) {
		ring_cancel(ring, i);
		if (!ring_wait_answered(ring, ring->answers.all + 1))
			break;
		if (!ring->reads[i].ends)
			ring_reap(ring);
	}
	return ring->reads[i].ends ? ring->reads[i].result : -ETIMEDOUT;
}

bool ring_is_untouched(const struct ring *ring, unsigned int i)
{
	return is_untouched(ring->reads[i].bytes, RING_BUFFER);
}
