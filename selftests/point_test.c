// SPDX-License-Identifier: GPL-2.0
/*
 * The scripts themselves: that they order threads, fail when the order cannot
 * be kept, and leave nobody behind.
 */
#include "points_fixture.h"

TEST_F(points, script_in_order_passes)
{
	struct reader *reader;

	script_start("reader@submit\n"
		     "test@setting\n"
		     SERVER "@claimed\n"
		     SERVER "@before-complete\n"
		     "reader@returning\n");
	reader = thread_named("reader", self->bench.fd);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_PASSED();
	EXPECT_STREQ("passed\n"
		     "fired reader@submit\n"
		     "fired test@setting\n"
		     "fired cancelsafe@claimed\n"
		     "fired cancelsafe@before-complete\n"
		     "fired reader@returning\n", script_state());
}

/* Each line fires once; who comes again goes on. */
TEST_F(points, script_that_passed_holds_nobody)
{
	int i;

	script_start("reader@returning\n");
	settle_us(0);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(SAMPLE_SIZE,
			  reader_result(thread_named("reader", self->bench.fd)));
		EXPECT_PASSED();
	}
}

TEST_F(points, script_holds_nobody_else)
{
	struct reader *reader;

	script_start("nobody@unplug\n"
		     "reader@queued\n");
	reader = thread_named("stranger", self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_STREQ("running\n"
		     "awaited nobody@unplug\n"
		     "awaited reader@queued\n", script_state());
}

/* Nobody can keep this order. All who wait are let go. */
TEST_F(points, script_in_a_wrong_order_fails_in_time)
{
	struct reader *reader, *other;

	script_start("reader@queued\n"
		     "reader@submit\n"
		     "other@queued\n");
	reader = thread_named("reader", self->bench.fd);
	ASSERT_TRUE(wait_held("reader", "submit"));
	other = thread_named("other", self->bench.fd);
	ASSERT_TRUE(wait_held("other", "queued"));
	EXPECT_TRUE(script_is("running"));

	ASSERT_TRUE(WAIT_UNTIL(!script_is("running")));
	EXPECT_STREQ("failed: timed out\n"
		     "awaited reader@queued\n"
		     "held reader@submit\n"
		     "held other@queued\n", script_state());
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_EQ(SAMPLE_SIZE, reader_result(other));
}

TEST_F(points, killed_waiter_leaves)
{
	struct reader *reader;

	script_start("test@setting\n"
		     "reader@queued\n");
	reader = process_named("reader", self->bench.fd);
	ASSERT_TRUE(wait_held("reader", "queued"));
	kill(reader->pid, SIGKILL);
	EXPECT_TRUE(WIFSIGNALED(reap(reader->pid)));
	EXPECT_STREQ("failed: killed\n"
		     "awaited test@setting\n"
		     "held reader@queued\n", script_state());
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/* Nor does a signal with a handler, or a cancel, end the wait. */
TEST_F(points, signalled_waiter_stays)
{
	struct reader *reader;

	handle_signals(0);
	script_start("test@setting\n"
		     "reader@submit\n"
		     "reader@interrupted\n");
	reader = thread_named("reader", self->bench.fd);
	ASSERT_TRUE(wait_held("reader", "submit"));
	reader_signal(reader);
	EXPECT_EQ(0, node_counts().waiting);
	EXPECT_TRUE(script_is("running"));
	settle_us(NEVER);
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_PASSED();
}

TEST_F(points, cleared_script_lets_go)
{
	script_start("test@setting\n"
		     "reader@submit\n");
	thread_named("reader", self->bench.fd);
	ASSERT_TRUE(wait_held("reader", "submit"));
	script_clear();
	EXPECT_EQ(1, wait_waiting(1));
	EXPECT_STREQ("none\n", script_state());
}

TEST_F(points, replaced_script_lets_go)
{
	script_start("test@setting\n"
		     "reader@submit\n");
	thread_named("reader", self->bench.fd);
	ASSERT_TRUE(wait_held("reader", "submit"));
	script_start("test@setting\n"
		     "reader@submit\n");
	EXPECT_EQ(1, wait_waiting(1));
	EXPECT_STREQ("running\n"
		     "awaited test@setting\n"
		     "awaited reader@submit\n", script_state());
}

TEST_F(points, wrong_script_is_refused_and_changes_nothing)
{
	static const char *const wrong[] = {
		"reader", "@", "reader@", "@queued", "reader@nowhere",
		"reader@queued@queued", "reader@queue", "reader@queued ",
		"reader @ queued", "reader@Queued", "sixteen_letters_@queued",
		"reader@queued\nreader\n", "reader@queued\n\nreader@nowhere\n",
	};
	const char *before;
	size_t i;

	script_start("test@setting\n"
		     "reader@queued\n");
	settle_us(NEVER);
	before = script_state();
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EINVAL, script_write(wrong[i])) {
			TH_LOG("the script: \"%s\"", wrong[i]);
		}
		EXPECT_STREQ(before, script_state());
	}
	EXPECT_EQ(0, script_write("fifteen_letters@queued"));
	EXPECT_EQ(0, script_write("\n\nthree words 1@queued\n\n"));
}

static const char *lines(unsigned int n)
{
	static char text[8192];

	text[0] = '\0';
	while (n--)
		strcat(text, "a@open\n");
	return text;
}

TEST_F(points, script_of_too_many_lines_is_refused)
{
	EXPECT_EQ(0, script_write(lines(32)));
	EXPECT_EQ(-E2BIG, script_write(lines(33)));
	EXPECT_EQ(-E2BIG, script_write(lines(1000)));
	EXPECT_TRUE(script_is("running"));
}

TEST_HARNESS_MAIN
