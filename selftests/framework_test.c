// SPDX-License-Identifier: GPL-2.0
/*
 * The framework: what is undelivered, delivered, passed back or sent on, and how each
 * of them is cancelled. Every test runs on each of the driver's routes, and on none has
 * the driver done what the framework refuses.
 */
#include "aio_reads.h"
#include "cancelsafe_test.h"
#include "klog.h"

#define READERS 4
#define MANY 1000

static unsigned int told_of_unplugging(void)
{
	return klog_count("failed: the lower target is unplugged (rule H8)");
}

/* How often the framework has complained of its driver: by rules from H3 on. */
static unsigned int complaints(void)
{
	return klog_count("(rule H") - told_of_unplugging();
}

FIXTURE(route) {
	struct bench bench;
	unsigned int complaints;
	struct reader *readers[READERS];
};

FIXTURE_VARIANT(route) {
	const char *name;
};

FRAMEWORK_ROUTES(route);

FIXTURE_SETUP(route)
{
	node_name = "cancelsafe-framework";
	self->complaints = complaints();
	ASSERT_EQ(0, node_write("lower", "plugged"));
	bench_setup(_metadata, &self->bench);
	ASSERT_EQ(0, node_write("route", variant->name));
	handle_signals(0);
}

FIXTURE_TEARDOWN(route)
{
	EXPECT_EQ(0, node_write("lower", "plugged"));
	bench_teardown(_metadata, &self->bench);
	EXPECT_EQ(0, node_write("route", "direct"));
	EXPECT_EQ(self->complaints, complaints());
}

/* One after the other, so that their order is known. */
#define READ_MANY(n) do {						\
	int _i;								\
									\
	for (_i = 0; _i < (n); _i++) {					\
		self->readers[_i] = read_in_thread(self->bench.fd);	\
		ASSERT_EQ(_i + 1, wait_waiting(_i + 1));		\
	}								\
} while (0)

#define CANCEL(i) do {							\
	struct reader *_reader = self->readers[i];			\
									\
	reader_signal(_reader);						\
	ASSERT_EQ(-EINTR, reader_result(_reader));			\
	EXPECT_TRUE(reader_is_untouched(_reader));			\
} while (0)

/* The n-th sample since the test began. */
#define EXPECT_SAMPLE(i, n) do {					\
	struct reader *_reader = self->readers[i];			\
									\
	ASSERT_EQ(SAMPLE_SIZE, reader_result(_reader));			\
	EXPECT_EQ(self->bench.sequence + (n),				\
		  _reader->sample.sequence);				\
} while (0)

TEST_F(route, A1_A6_H6_H7_served_in_order)
{
	int i;

	READ_MANY(READERS);
	settle_us(100);
	for (i = 0; i < READERS; i++)
		EXPECT_SAMPLE(i, 1 + i);
}

TEST_F(route, A1_A2_H3_H4_H5_H8_the_drivers_own_is_cancelled_while_it_settles)
{
	READ_MANY(1);
	CANCEL(0);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

TEST_F(route, A1_A2_A6_H1_H2_those_behind_are_cancelled)
{
	READ_MANY(READERS);
	CANCEL(1);
	CANCEL(3);
	settle_us(0);
	EXPECT_SAMPLE(0, 1);
	EXPECT_SAMPLE(2, 2);
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .completed = 2,
		      .cancelled = 2, .acquired = 2);
}

/* Whatever it was that held up the queue, it does not any more. */
TEST_F(route, A1_A6_H2_H5_the_next_is_delivered_when_the_first_is_cancelled)
{
	READ_MANY(READERS);
	CANCEL(0);
	CANCEL(1);
	settle_us(0);
	EXPECT_SAMPLE(2, 1);
	EXPECT_SAMPLE(3, 2);
}

TEST_F(route, A1_A2_H1_H2_all_are_cancelled_and_others_served)
{
	READ_MANY(2);
	CANCEL(0);
	CANCEL(1);
	READ_MANY(2);
	settle_us(0);
	EXPECT_SAMPLE(0, 1);
	EXPECT_SAMPLE(1, 2);
}

/* Once the server has unmarked it, or the target claimed what was sent. */
TEST_F(route, A3_A8_B_H3_H8_too_late_in_service)
{
	START_SERVICE_TEST();
	self->readers[0] = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	reader_signal(self->readers[0]);
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_FALSE(self->readers[0]->ended);
	acquire_us(0);
	EXPECT_SAMPLE(0, 1);
}

/* A close that cancels, when the device has just settled or is about to. */
TEST_F(route, A1_A3_A7_H4_H5_H8_cancel_races_with_completion)
{
	uint64_t begun = now_ns();
	unsigned int i, j, served = 0, cancelled = 0;

	close_policy("cancel");
	settle_us(200);
	for (i = 0; go_on(begun, 500, served && cancelled); i++) {
		for (j = 0; j < 2; j++)
			self->readers[j] = read_in_thread(self->bench.fd);
		usleep(i * 37 % 400);
		close(dup(self->bench.fd));
		for (j = 0; j < 2; j++) {
			long result = reader_result(self->readers[j]);

			ASSERT_TRUE(result == -ECANCELED || result == SAMPLE_SIZE);
			served += result > 0;
			cancelled += result < 0;
		}
	}
	EXPECT_NE(0, served);
	EXPECT_NE(0, cancelled);
	EXPECT_COUNTS(self->bench.fd, .submitted = served + cancelled,
		      .completed = served, .cancelled = cancelled,
		      .acquired = served);
}

TEST_F(route, B_L16_unplugged)
{
	int i;

	READ_MANY(READERS);
	ASSERT_EQ(0, node_unplug());
	for (i = 0; i < READERS; i++)
		EXPECT_EQ(-ENODEV, reader_result(self->readers[i]));
	EXPECT_EQ(0, node_plug());
}

/*
 * Those behind are sent on in turn, and find that there is nobody; who comes is refused.
 * The log says why, once.
 */
TEST_F(route, A1_H8_lower_target_unplugged)
{
	unsigned int told = told_of_unplugging();
	int i;

	READ_MANY(2);
	ASSERT_EQ(0, node_write("lower", "unplugged"));
	if (!strcmp(variant->name, "lower")) {
		for (i = 0; i < 2; i++)
			EXPECT_EQ(-ENODEV, reader_result(self->readers[i]));
		self->readers[0] = read_in_thread(self->bench.fd);
		EXPECT_EQ(-ENODEV, reader_result(self->readers[0]));
		EXPECT_COUNTS(self->bench.fd, .submitted = 2, .failed = 2);
		told++;
		ASSERT_EQ(0, node_write("lower", "plugged"));
		READ_MANY(2);
	}
	EXPECT_EQ(told, told_of_unplugging());
	settle_us(0);
	EXPECT_SAMPLE(0, 1);
	EXPECT_SAMPLE(1, 2);
}

/*
 * More than a kernel stack has room for, if each were delivered within the delivery of
 * the one before, as it is refused there.
 */
TEST_F(route, A1_H8_R18_lower_target_unplugged_under_many)
{
	struct aio *aio = aio_new();
	bool lower = !strcmp(variant->name, "lower");
	int i;

	aio_open(aio);
	aio_read_many(aio, MANY, self->bench.fd);
	ASSERT_EQ(0, node_write("lower", "unplugged"));
	settle_us(0);
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(lower ? -ENODEV : SAMPLE_SIZE, aio_result(aio, i));
	aio_destroy(aio);
}

TEST_F(route, H2_route_is_kept_while_a_read_is_on_it)
{
	char text[64];

	READ_MANY(1);
	EXPECT_EQ(-EBUSY, node_write("route", "direct"));
	EXPECT_EQ(-EBUSY, node_write("route", "lower"));
	EXPECT_EQ(-EINVAL, node_write("route", "upper"));
	EXPECT_EQ(-EINVAL, node_write("lower", "1"));
	ASSERT_EQ(0, read_file(node_path("route"), text, sizeof(text)));
	text[strcspn(text, "\n")] = '\0';
	EXPECT_STREQ(variant->name, text);
	CANCEL(0);
	EXPECT_EQ(0, node_write("route", "direct"));
}

TEST_HARNESS_MAIN
