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
 *
 * It is the node of the cancel-safe queue, unless a program says, by defining
 * ON_EVERY_NODE, that its tests of the fixture `node` hold for every model; or, by
 * defining ON_NODE, that they are about that one, whatever the fixture.
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
 * @sequence: of the last sample before those of the test
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

#ifdef ON_NODE
static void __attribute__((constructor)) choose_node(void)
{
	node_name = ON_NODE;
}
#endif

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
	node_plug();
	close_policy("linger");
	node_set("watchdog_s", 300);
	if (node_has("queue_limit"))
		queue_limit(65536);
	acquire_us(0);
	settle_us(0);
	return wait_waiting(0);
}

/*
 * Where an idle server starts a request at once, the first one is in lasting
 * service, and only those behind it are queued. So that the tests are about these,
 * somebody else is the first, and has the first sample.
 */
static inline void bench_keep_busy(struct __test_metadata *_metadata,
				   struct bench *bench)
{
	node_busy = node_open(O_RDONLY);
	read_in_thread(node_busy);
	ASSERT_TRUE(WAIT_UNTIL(file_counts(node_busy).waiting));
	bench->sequence++;
}

/*
 * As many as may be queued. Where the first is not queued, but the current one, that
 * is somebody else.
 */
static inline void bench_limit(struct __test_metadata *_metadata,
			       struct bench *bench, uint64_t limit)
{
	if (node_model_is("cancel_lock") && node_busy < 0)
		bench_keep_busy(_metadata, bench);
	queue_limit(limit);
}

/* A test that was killed may have left anything. */
static inline void bench_setup(struct __test_metadata *_metadata,
			       struct bench *bench)
{
	tracing_stop();
	node_plug();
	bench->found.settle_us = node_get("settle_us");
	bench->found.acquire_us = node_get("acquire_us");
	if (node_has("queue_limit"))
		bench->found.queue_limit = node_get("queue_limit");
	ASSERT_EQ(0, bench_release());

	bench->sequence = node_probe().sequence;
	bench->before = node_counts();
	bench->fd = node_open(O_RDONLY);
	settle_us(NEVER);
	if (node_starts())
		bench_keep_busy(_metadata, bench);
}

/* How many samples there were of which the counts tell. */
static inline uint64_t bench_samples(const struct bench *bench)
{
	uint64_t samples = node_probe().sequence - bench->sequence - 1;

	if (node_busy >= 0)
		samples += 1 - file_counts(node_busy).acquired;
	return samples;
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
	EXPECT_EQ(node.acquired, bench_samples(bench));
}

static inline void bench_teardown(struct __test_metadata *_metadata,
				  struct bench *bench)
{
	tracing_stop();
	EXPECT_EQ(0, bench_release());
	bench_check_counts(_metadata, bench);

	node_set("settle_us", bench->found.settle_us);
	node_set("acquire_us", bench->found.acquire_us);
	if (node_has("queue_limit"))
		node_set("queue_limit", bench->found.queue_limit);
	close(bench->fd);
}

/*
 * A variant of a fixture for each model that queues, but for the cancel-safe queue:
 * its field @name is the node, and what follows are others of its fields.
 */
#define OTHER_QUEUES(_fixture, _prefix, ...)				\
	FIXTURE_VARIANT_ADD(_fixture, _prefix##cancel_lock) {		\
		.name = "cancelsafe-cancel-lock",			\
		__VA_ARGS__						\
	};								\
	FIXTURE_VARIANT_ADD(_fixture, _prefix##driver_queue) {		\
		.name = "cancelsafe-driver-queue",			\
		__VA_ARGS__						\
	};								\
	FIXTURE_VARIANT_ADD(_fixture, _prefix##framework) {		\
		.name = "cancelsafe-framework",				\
		__VA_ARGS__						\
	};								\
	FIXTURE_VARIANT_ADD(_fixture, _prefix##startio) {		\
		.name = "cancelsafe-startio",				\
		__VA_ARGS__						\
	}

/* A variant of a fixture for each route of the framework: its field @name. */
#define FRAMEWORK_ROUTES(_fixture)					\
	FIXTURE_VARIANT_ADD(_fixture, direct) {				\
		.name = "direct",					\
	};								\
	FIXTURE_VARIANT_ADD(_fixture, requeue) {			\
		.name = "requeue",					\
	};								\
	FIXTURE_VARIANT_ADD(_fixture, forward) {			\
		.name = "forward",					\
	};								\
	FIXTURE_VARIANT_ADD(_fixture, lower) {				\
		.name = "lower",					\
	}

FIXTURE(node) {
	struct bench bench;
};

FIXTURE_VARIANT(node) {
	const char *name;
};

#ifdef ON_EVERY_NODE
FIXTURE_VARIANT_ADD(node, csq) {
	.name = "cancelsafe",
};

OTHER_QUEUES(node, );

FIXTURE_VARIANT_ADD(node, wait_queue) {
	.name = "cancelsafe-wait-queue",
};
#endif

FIXTURE_SETUP(node)
{
	if (variant)
		node_name = variant->name;
	bench_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(node)
{
	bench_teardown(_metadata, &self->bench);
}

/* For what every model that queues promises: an order, and a limit. */
FIXTURE(queue) {
	struct bench bench;
};

FIXTURE_VARIANT(queue) {
	const char *name;
};

#ifdef ON_EVERY_NODE
FIXTURE_VARIANT_ADD(queue, csq) {
	.name = "cancelsafe",
};

OTHER_QUEUES(queue, );
#endif

FIXTURE_SETUP(queue)
{
	if (variant)
		node_name = variant->name;
	bench_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(queue)
{
	bench_teardown(_metadata, &self->bench);
}

/* For what one node that queues shows for all of them. */
FIXTURE(csq) {
	struct bench bench;
};

FIXTURE_SETUP(csq)
{
	node_name = "cancelsafe";
	bench_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(csq)
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
	settle_us(0);							\
	acquire_us(NEVER);						\
} while (0)

/* For tests of short service. What startio_test tells of the other is not repeated. */
#define NEEDS_SHORT_SERVICE() do {					\
	if (node_starts())						\
		SKIP(return, "this model's service is always lasting");	\
} while (0)

#endif /* CANCELSAFE_TEST_H */
