/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the test programs share.
 *
 * A test's name begins with the rules of the cancel contract that it proves,
 * as in A2_A3_B_async_cancel_queued. Each starts with a device that never
 * settles and an open file of its own, `self->bench.fd`, and whatever it does,
 * its teardown checks that the law holds for the node and for the file, that
 * nothing waits any more, and that the device has acquired what is accounted
 * for: nothing lost, nothing repeated, nothing invented.
 */
#ifndef CANCELSAFE_TEST_H
#define CANCELSAFE_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include <kselftest_harness.h>

#include "node.h"
#include "reader.h"
#include "tracing.h"

/**
 * struct bench - the node, made ready for one test
 * @fd:       the test's open file
 * @others:   the test reads through other open files too
 * @found:    the settings as they were found
 * @before:   the node's counts
 * @sequence: of the last sample before the test
 */
struct bench {
	int fd;
	bool others;
	struct {
		uint64_t settle_us;
		uint64_t acquire_us;
		uint64_t queue_limit;
	} found;
	struct counts before;
	uint64_t sequence;
};

/*
 * Where the tests cannot run at all, the program says why, and that it was
 * skipped: before any test starts.
 */
static void __attribute__((constructor)) skip_without_node(void)
{
	const char *why = node_missing();

	if (why)
		ksft_exit_skip("%s\n", why);
}

/* Let everything that waits end with a sample. */
static inline long bench_release(void)
{
	queue_limit(65536);
	acquire_us(0);
	settle_us(0);
	return wait_waiting(0);
}

/* A test that was killed may have left anything. */
static inline void bench_setup(struct __test_metadata *_metadata,
			       struct bench *bench)
{
	tracing_stop();
	bench->found.settle_us = node_get("settle_us");
	bench->found.acquire_us = node_get("acquire_us");
	bench->found.queue_limit = node_get("queue_limit");
	ASSERT_EQ(0, bench_release());

	bench->sequence = node_probe().sequence;
	bench->before = node_counts();
	bench->fd = node_open(O_RDONLY);
	settle_us(NEVER);
}

static inline void bench_check_counts(struct __test_metadata *_metadata,
				      struct bench *bench)
{
	struct counts file = file_counts(bench->fd);
	struct counts node = counts_since(node_counts(), bench->before);

	EXPECT_TRUE(law_holds(node)) {
		TH_LOG("the law is broken at the node: %s", counts_text(node));
	}
	EXPECT_TRUE(law_holds(file)) {
		TH_LOG("the law is broken in the file: %s", counts_text(file));
	}
	if (!bench->others)
		EXPECT_STREQ(counts_text(node), counts_text(file));
	EXPECT_EQ(node.acquired, node_probe().sequence - bench->sequence - 1);
}

static inline void bench_teardown(struct __test_metadata *_metadata,
				  struct bench *bench)
{
	tracing_stop();
	EXPECT_EQ(0, bench_release());
	bench_check_counts(_metadata, bench);

	node_set("settle_us", bench->found.settle_us);
	node_set("acquire_us", bench->found.acquire_us);
	node_set("queue_limit", bench->found.queue_limit);
	close(bench->fd);
}

FIXTURE(node) {
	struct bench bench;
};

FIXTURE_SETUP(node)
{
	bench_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(node)
{
	bench_teardown(_metadata, &self->bench);
}

/* What a file has counted: EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1) */
#define EXPECT_COUNTS(_fd, ...) \
	EXPECT_STREQ(counts_text((struct counts){ __VA_ARGS__ }), \
		     counts_text(file_counts(_fd)))

/* For tests that cannot do without the trace. */
#define START_TRACE() do {						\
	int _err = tracing_start();					\
									\
	if (_err)							\
		SKIP(return, "the module's events cannot be traced: %s", \
		     strerror(-_err));					\
} while (0)

/*
 * For tests that look into service: the device settles, but an acquisition does
 * not end. When a request is in service, only the trace tells.
 */
#define START_SERVICE_TEST() do {					\
	START_TRACE();							\
	acquire_us(NEVER);						\
	settle_us(0);							\
} while (0)

#endif /* CANCELSAFE_TEST_H */
