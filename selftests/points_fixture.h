/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bench, and a test whose name is "test", with no script as yet.
 */
#ifndef POINTS_FIXTURE_H
#define POINTS_FIXTURE_H

#include "cancelsafe_test.h"
#include "points.h"

/* The node's poller, and that of the cancel lock's, as far as a thread's name goes */
#define SERVER "cancelsafe"
#define LOCKING_SERVER "cancelsafe-canc"

static void __attribute__((constructor)) skip_without_points(void)
{
	const char *why = points_missing();

	if (why)
		ksft_exit_skip("%s\n", why);
}

static inline void scripted_setup(struct __test_metadata *_metadata,
				  struct bench *bench)
{
	script_clear();
	bench_setup(_metadata, bench);
	name_me("test");
}

static inline void scripted_teardown(struct __test_metadata *_metadata,
				     struct bench *bench)
{
	script_clear();
	bench_teardown(_metadata, bench);
}

FIXTURE(points) {
	struct bench bench;
};

FIXTURE_SETUP(points)
{
	scripted_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(points)
{
	scripted_teardown(_metadata, &self->bench);
}

static inline struct reader *thread_named(const char *name, int fd)
{
	struct reader *reader;

	name_me(name);
	reader = read_in_thread(fd);
	name_me("test");
	return reader;
}

static inline struct reader *process_named(const char *name, int fd)
{
	struct reader *reader;

	name_me(name);
	reader = read_in_process(fd);
	name_me("test");
	return reader;
}

#define EXPECT_PASSED() do {						\
	EXPECT_TRUE(script_passed()) {					\
		TH_LOG("the script: %s", script_state());		\
	}								\
} while (0)

#endif /* POINTS_FIXTURE_H */
