/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bench with a ring. Each test runs on every kind of ring (rule L21), and on every
 * node that queues; its teardown checks that each read had exactly one completion.
 */
#ifndef RING_FIXTURE_H
#define RING_FIXTURE_H

#include <stdlib.h>

#include "cancelsafe_test.h"
#include "ring.h"
#include "tally.h"

FIXTURE(ring) {
	struct bench bench;
	struct ring *ring;
};

FIXTURE_VARIANT(ring) {
	unsigned int flags;
	const char *name;
};

FIXTURE_VARIANT_ADD(ring, plain) {
	.flags = 0,
};

FIXTURE_VARIANT_ADD(ring, sqpoll) {
	.flags = IORING_SETUP_SQPOLL,
};

FIXTURE_VARIANT_ADD(ring, single_issuer_defer_taskrun) {
	.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};

#ifndef ON_NODE
OTHER_QUEUES(ring, );
#endif

FIXTURE_SETUP(ring)
{
	if (variant->name)
		node_name = variant->name;
	bench_setup(_metadata, &self->bench);
	self->ring = ring_new(variant->flags);
}

FIXTURE_TEARDOWN(ring)
{
	bench_release();
	if (self->ring->open) {
		EXPECT_TRUE(ring_all_ended_once(self->ring));
		ring_close(self->ring);
	}
	bench_teardown(_metadata, &self->bench);
}

/* What a cancel answers is one of these, and proves nothing. */
static inline void check_answers(struct __test_metadata *_metadata,
				 const struct ring_answers *answers)
{
	EXPECT_EQ(0, answers->other) {
		TH_LOG("the last cancel answered %d", answers->last);
	}
}

static inline void log_answers(struct __test_metadata *_metadata,
			       const struct ring_answers *answers)
{
	TH_LOG("%u cancels: %u found it, %u EALREADY, %u ENOENT, %u other",
	       answers->all, answers->positive, answers->ealready,
	       answers->enoent, answers->other);
}

/*
 * Reads with a timeout that comes about when the device has settled. It finds its
 * read by itself, waiting, at a worker's or done, and has its own completion.
 */
static inline void race_link_timeouts(struct __test_metadata *_metadata,
				      struct ring *ring, struct bench *bench)
{
	static struct tally tally;
	uint64_t begun = now_ns();

	tally_begin(&tally, bench->sequence, 1000);
	while (!tally.wrong &&
	       go_on(begun, 1000, tally.samples > 5 && tally.cancelled > 5)) {
		tally_keep_pace(&tally);
		tally_end(&tally,
			  ring_read_until(ring, 0, bench->fd,
					  random() % (3000 * tally.settle)),
			  ring->reads[0].bytes, RING_BUFFER);
	}
	TH_LOG("%ju samples, %ju cancelled", (uintmax_t)tally.samples,
	       (uintmax_t)tally.cancelled);
	EXPECT_EQ(0, tally.wrong) {
		TH_LOG("a read ended with %ld", tally.last);
	}
	EXPECT_EQ(tally.samples, file_counts(bench->fd).completed);
	EXPECT_LT(5, tally.samples);
	EXPECT_LT(5, tally.cancelled);
}

#endif /* RING_FIXTURE_H */
