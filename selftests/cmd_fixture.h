/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bench with a ring for commands. Each test runs on every kind of ring (rule
 * L21), with every way to submit, and on every node that queues; its teardown checks
 * that each command had exactly one completion.
 */
#ifndef CMD_FIXTURE_H
#define CMD_FIXTURE_H

#include "cancelsafe_test.h"
#include "cmd.h"

static void __attribute__((constructor)) skip_without_commands(void)
{
	const char *why = cmd_missing();

	if (why)
		ksft_exit_skip("%s\n", why);
}

/* @fd is what the sqe has: the bench's file, or its index in the ring. */
FIXTURE(cmd) {
	struct bench bench;
	struct ring *ring;
	int fd;
};

FIXTURE_VARIANT(cmd) {
	unsigned int flags;
	unsigned int sqe_flags;
	const char *name;
};

FIXTURE_VARIANT_ADD(cmd, plain) {
	.flags = 0,
};

FIXTURE_VARIANT_ADD(cmd, async) {
	.sqe_flags = IOSQE_ASYNC,
};

FIXTURE_VARIANT_ADD(cmd, fixed_file) {
	.sqe_flags = IOSQE_FIXED_FILE,
};

FIXTURE_VARIANT_ADD(cmd, sqpoll) {
	.flags = IORING_SETUP_SQPOLL,
};

FIXTURE_VARIANT_ADD(cmd, single_issuer_defer_taskrun) {
	.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};

FIXTURE_VARIANT_ADD(cmd, sqe128_cqe32) {
	.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32,
};

OTHER_QUEUES(cmd, );

/* A ring of this kind, for the file. Returns what the sqe has for it. */
static inline int new_cmd_ring(const FIXTURE_VARIANT(cmd) *variant, int fd,
			       struct ring **ring)
{
	*ring = ring_new(variant->flags);
	if (!(variant->sqe_flags & IOSQE_FIXED_FILE))
		return fd;
	if (io_uring_register_files(&(*ring)->uring, &fd, 1))
		die("cannot register a file with the ring");
	return 0;
}

FIXTURE_SETUP(cmd)
{
	if (variant->name)
		node_name = variant->name;
	bench_setup(_metadata, &self->bench);
	self->fd = new_cmd_ring(variant, self->bench.fd, &self->ring);
}

FIXTURE_TEARDOWN(cmd)
{
	bench_release();
	if (self->ring->open) {
		EXPECT_TRUE(ring_all_ended_once(self->ring));
		ring_close(self->ring);
	}
	bench_teardown(_metadata, &self->bench);
}

/* The same as in cmd.h, as the variant has it */
#define PREPARE_READ(_i, _tag)						\
	with_flags(cmd_prepare_read(self->ring, _i, self->fd, _tag),	\
		   variant->sqe_flags)
#define PREPARE_CANCEL(_which, _tag)					\
	with_flags(cmd_prepare_cancel(self->ring, self->fd, _which, _tag), \
		   variant->sqe_flags)
#define READ(_i, _tag) do {						\
	PREPARE_READ(_i, _tag);						\
	ring_submit(self->ring);					\
} while (0)
#define CANCEL(_which, _tag) ({						\
	PREPARE_CANCEL(_which, _tag);					\
	cmd_answer(self->ring);						\
})
#define CANCEL_TAG(_tag) CANCEL(CANCELSAFE_CANCEL_TAG, _tag)

static inline struct io_uring_sqe *with_flags(struct io_uring_sqe *sqe,
					      unsigned int flags)
{
	sqe->flags |= flags;
	return sqe;
}

/* Reads from 0 on, in this order, with the tags from 1 on. They wait. */
#define READ_MANY(_n) do {						\
	int _i, _before = node_counts().waiting;			\
									\
	for (_i = 0; _i < (_n); _i++) {					\
		READ(_i, _i + 1);					\
		ASSERT_EQ(_before + _i + 1,				\
			  wait_waiting(_before + _i + 1));		\
	}								\
} while (0)

#endif /* CMD_FIXTURE_H */
