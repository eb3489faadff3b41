// SPDX-License-Identifier: GPL-2.0
/*
 * A request that was cancelled, but does not end: its reader is let go after
 * watchdog_s, and the log says so once.
 */
#define ON_EVERY_NODE
#include "cancelsafe_test.h"
#include "klog.h"
#include "ring.h"

static unsigned int logged_of(pid_t pid)
{
	char what[64];

	snprintf(what, sizeof(what), "of process %d was cancelled 1 s ago", pid);
	return klog_count(what);
}

/* One that is detached is not done: it is accounted for when it is. */
static void check_detached(struct __test_metadata *_metadata, int fd, pid_t pid,
			   unsigned int logged_before)
{
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);
	EXPECT_EQ(logged_before + 1, logged_of(pid));
	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(fd, .submitted = 1, .failed = 1, .acquired = 1,
		      .undeliverable = 1);
}

TEST_F(node, A1_A9_G3_a_signalled_reader_in_service_is_let_go)
{
	unsigned int before = logged_of(getpid());
	struct reader *reader;

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	handle_signals(0);
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	reader_signal(reader);
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	check_detached(_metadata, self->bench.fd, getpid(), before);
}

/* Its reader was not woken by the cancel, and sleeps still. */
TEST_F(node, A1_A2_G3_a_closed_files_read_in_service_is_let_go)
{
	unsigned int before = logged_of(getpid());
	struct reader *reader;

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	close_policy("cancel");
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	close(dup(self->bench.fd));
	EXPECT_EQ(-ECANCELED, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	check_detached(_metadata, self->bench.fd, getpid(), before);
}

TEST_F(queue, A1_A2_G3_a_closed_files_rings_read_in_service_is_let_go)
{
	unsigned int before = logged_of(getpid());
	struct ring *ring = ring_new(0);

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	close_policy("cancel");
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	close(dup(self->bench.fd));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	check_detached(_metadata, self->bench.fd, getpid(), before);
}

/* It was looking already, after another one, when the cancel came. */
TEST_F(node, G3_not_before_its_time)
{
	struct reader *first, *second;
	uint64_t cancelled;

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	handle_signals(0);
	first = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	reader_signal(first);
	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(first));

	acquire_us(NEVER);
	second = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_claimed(2));
	usleep(700000);
	cancelled = now_ns();
	reader_signal(second);
	EXPECT_EQ(-EINTR, reader_result(second));
	EXPECT_LE(1000000000, now_ns() - cancelled);
	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
}

/* Who was not cancelled may be in service for as long as it takes. */
TEST_F(node, A3_G3_who_was_not_cancelled_is_left_alone)
{
	struct reader *served, *signalled;

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	handle_signals(0);
	served = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	signalled = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	reader_signal(signalled);
	EXPECT_EQ(-EINTR, reader_result(signalled));
	sleep(3);
	EXPECT_FALSE(served->ended);
	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(served));
}

TEST_F(node, B_G3_watchdog_s_has_a_range)
{
	EXPECT_EQ(300, node_get("watchdog_s"));
	EXPECT_EQ(-EINVAL, node_write("watchdog_s", "0"));
	EXPECT_EQ(-EINVAL, node_write("watchdog_s", "86401"));
	EXPECT_EQ(0, node_write("watchdog_s", "86400"));
	EXPECT_EQ(86400, node_get("watchdog_s"));
}

TEST_HARNESS_MAIN
