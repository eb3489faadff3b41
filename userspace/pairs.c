// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that wait in io_urings, and their cancels.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "node.h"
#include "pairs.h"
#include "ring.h"

#define BATCH 128		/* to fill with */
#define PATIENCE_S 30

/* What liburing 2.3 does not know */
#define OP_FUTEX_WAIT 51
#define FUTEX_U32_PRIVATE (2 | 128)
#define FUTEX_ANY 0xffffffffU

/* A request's name is in its user_data and in that of its cancel; 0 would be no tag. */
static __u64 data_of(__u64 name)
{
	return 2 * name + 2;
}

static __u64 data_of_cancel(__u64 name)
{
	return data_of(name) + 1;
}

static void cancel_by_data(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	(void)pairs;
	ring_cancel(ring, data_of(name), data_of_cancel(name));
}

/* Commands to our node */

static int open_node(struct pairs *pairs)
{
	pairs->fd = node_open();
	return pairs->fd < 0 ? -1 : 0;
}

static void submit_cmd(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	const struct cancelsafe_cmd_read payload = {
		.buffer = (__u64)(unsigned long)&pairs->sample,
		.tag = name + 1,
	};

	ring_command(ring, pairs->fd, CANCELSAFE_CMD_READ, &payload, data_of(name), 0);
}

static void cancel_cmd(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	const struct cancelsafe_cmd_cancel payload = {
		.tag = name + 1,
		.which = CANCELSAFE_CANCEL_TAG,
	};

	ring_command(ring, pairs->fd, CANCELSAFE_CMD_CANCEL, &payload, data_of_cancel(name), 0);
}

const struct pair_kind pair_cmd = { open_node, submit_cmd, cancel_cmd, -ECANCELED };

/* READs of what has nothing to read: io_uring polls for them. */

static int open_eventfd(struct pairs *pairs)
{
	pairs->fd = eventfd(0, EFD_CLOEXEC);
	return pairs->fd < 0 ? complain("cannot make an eventfd: %s", strerror(errno)) : 0;
}

static int open_pipe(struct pairs *pairs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return complain("cannot make a pipe: %s", strerror(errno));
	pairs->fd = ends[0];
	pairs->other = ends[1];
	return 0;
}

static void submit_read(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	ring_read(ring, pairs->fd, &pairs->sample, sizeof(__u64), data_of(name), 0);
}

const struct pair_kind pair_eventfd = { open_eventfd, submit_read, cancel_by_data, -ECANCELED };
const struct pair_kind pair_pipe = { open_pipe, submit_read, cancel_by_data, -ECANCELED };

static void submit_poll(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_poll_add(sqe, pairs->fd, POLLIN);
	io_uring_sqe_set_data64(sqe, data_of(name));
}

const struct pair_kind pair_poll = { open_pipe, submit_poll, cancel_by_data, -ECANCELED };

/* Requests that wait for no file */

static int open_nothing(struct pairs *pairs)
{
	(void)pairs;
	return 0;
}

static void submit_timeout(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	static struct __kernel_timespec an_hour = { .tv_sec = 3600 };
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	(void)pairs;
	io_uring_prep_timeout(sqe, &an_hour, 0, 0);
	io_uring_sqe_set_data64(sqe, data_of(name));
}

static void cancel_timeout(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	(void)pairs;
	io_uring_prep_timeout_remove(sqe, data_of(name), 0);
	io_uring_sqe_set_data64(sqe, data_of_cancel(name));
}

const struct pair_kind pair_timeout = { open_nothing, submit_timeout, cancel_timeout,
					-ECANCELED };

static void submit_futex(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	static __u32 word;
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	(void)pairs;
	io_uring_prep_rw(OP_FUTEX_WAIT, sqe, FUTEX_U32_PRIVATE, &word, 0, word);
	sqe->addr3 = FUTEX_ANY;
	io_uring_sqe_set_data64(sqe, data_of(name));
}

const struct pair_kind pair_futex = { open_nothing, submit_futex, cancel_by_data, -ECANCELED };

/* Commands to a driver that does nothing: two of them are the floor. */

static int open_null(struct pairs *pairs)
{
	static const char path[] = "/dev/null";

	pairs->fd = open(path, O_RDWR | O_CLOEXEC);
	return pairs->fd < 0 ? complain("cannot open %s: %s", path, strerror(errno)) : 0;
}

static void submit_null(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	static const char payload[16];

	ring_command(ring, pairs->fd, 0, payload, data_of(name), 0);
}

static void cancel_null(struct pairs *pairs, struct io_uring *ring, __u64 name)
{
	static const char payload[16];

	ring_command(ring, pairs->fd, 0, payload, data_of_cancel(name), 0);
}

const struct pair_kind pair_null = { open_null, submit_null, cancel_null, 0 };

/* All of them */

static struct io_uring *ring_of(struct pairs *pairs, __u64 name)
{
	return &pairs->rings[name / PAIRS_A_RING];
}

void pairs_submit(struct pairs *pairs, __u64 name)
{
	pairs->kind->submit(pairs, ring_of(pairs, name), name);
}

void pairs_cancel(struct pairs *pairs, __u64 name)
{
	pairs->kind->cancel(pairs, ring_of(pairs, name), name);
}

int pairs_send(struct pairs *pairs, __u64 name)
{
	int err = io_uring_submit(ring_of(pairs, name));

	return err < 0 ? complain("cannot submit to the io_uring: %s", strerror(-err)) : 0;
}

static int next_cqe(struct io_uring *ring, struct io_uring_cqe **cqe)
{
	struct __kernel_timespec patience = { .tv_sec = PATIENCE_S };
	int err;

	do
		err = io_uring_wait_cqe_timeout(ring, cqe, &patience);
	while (err == -EINTR);
	return err ? complain("a cancelled request does not end: %s", strerror(-err)) : 0;
}

int pairs_meet(struct pairs *pairs, __u64 name)
{
	struct io_uring *ring = ring_of(pairs, name);
	struct io_uring_cqe *cqe;

	io_uring_prep_nop(io_uring_get_sqe(ring));
	if (pairs_send(pairs, name) || next_cqe(ring, &cqe))
		return -1;
	io_uring_cqe_seen(ring, cqe);
	return 0;
}

/*
 * Of a cancel, and of a request: whether it said what it should. A FUTEX_WAIT's cancel
 * says how many it found.
 */
static bool is_right(struct pairs *pairs, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data % 2)
		return cqe->res >= 0;
	pairs->ended++;
	return cqe->res == pairs->kind->ended;
}

int pairs_reap(struct pairs *pairs, __u64 name, unsigned int count)
{
	struct io_uring *ring = ring_of(pairs, name);
	char said[RESULT_NAME_SIZE];
	struct io_uring_cqe *cqe;

	for (unsigned int i = 0; i < 2 * count; i++) {
		if (next_cqe(ring, &cqe))
			return -1;
		if (!is_right(pairs, cqe))
			return complain("%s said %s", cqe->user_data % 2 ?
					"a cancel of a request that waits" :
					"a request that was cancelled",
					result_name(cqe->res, said));
		io_uring_cqe_seen(ring, cqe);
	}
	return 0;
}

int pairs_fill(struct pairs *pairs, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		pairs_submit(pairs, i);
		if ((i % BATCH == BATCH - 1 || i == count - 1) && pairs_send(pairs, i))
			return -1;
	}
	return 0;
}

/* One request and its cancel: does this kernel have them? */
static int probe(struct pairs *pairs)
{
	struct io_uring_cqe *cqe;
	char said[RESULT_NAME_SIZE];
	int res[2];

	pairs_submit(pairs, 0);
	if (pairs_send(pairs, 0))
		return -1;
	pairs_cancel(pairs, 0);
	if (pairs_send(pairs, 0))
		return -1;
	for (int i = 0; i < 2; i++) {
		if (next_cqe(&pairs->rings[0], &cqe))
			return -1;
		res[cqe->user_data % 2] = cqe->res;
		io_uring_cqe_seen(&pairs->rings[0], cqe);
	}
	pairs->ended++;
	if (res[0] == pairs->kind->ended)
		return 0;
	if (res[0] == -EINVAL || res[0] == -EOPNOTSUPP)
		return BENCH_ABSENT;
	return complain("a request that was cancelled said %s", result_name(res[0], said));
}

int pairs_open(const struct pair_kind *kind, unsigned int waiting, struct pairs **where)
{
	unsigned int rings = (waiting + PAIRS_A_RING - 1) / PAIRS_A_RING ?: 1;
	struct pairs *pairs = calloc(1, sizeof(*pairs));
	int err;

	if (!pairs)
		return complain("no memory for requests");
	pairs->kind = kind;
	pairs->fd = -1;
	pairs->other = -1;
	err = kind->open(pairs);
	while (pairs->count < rings && !err) {
		err = ring_open_for(&pairs->rings[pairs->count], BATCH,
				    waiting < PAIRS_A_RING ? waiting : PAIRS_A_RING);
		if (!err)
			pairs->count++;
	}
	err = err ?: probe(pairs);
	if (err)
		pairs_close(pairs);
	else
		*where = pairs;
	return err;
}

void pairs_close(struct pairs *pairs)
{
	while (pairs->count)
		io_uring_queue_exit(&pairs->rings[--pairs->count]);
	if (pairs->fd >= 0)
		close(pairs->fd);
	if (pairs->other >= 0)
		close(pairs->other);
	free(pairs);
}
