// SPDX-License-Identifier: GPL-2.0
/*
 * The node of the cancel lock: what becomes of a current request that is cancelled,
 * by either protocol. All else the programs show that run on every node.
 */
#include "cancelsafe_test.h"
#include "cmd.h"
#include "ring.h"

FIXTURE(cancel_lock) {
	struct bench bench;
};

static void set_protocol(const char *protocol)
{
	int err = node_write("current_ended_by", protocol);

	if (err)
		die("cannot set current_ended_by to %s: %s", protocol,
		    strerror(-err));
}

FIXTURE_SETUP(cancel_lock)
{
	node_name = "cancelsafe-cancel-lock";
	bench_setup(_metadata, &self->bench);
	handle_signals(0);
}

FIXTURE_TEARDOWN(cancel_lock)
{
	set_protocol("routine");
	bench_teardown(_metadata, &self->bench);
}

static const char *text_of(const char *attribute)
{
	static char text[32];
	int err = read_file(node_path(attribute), text, sizeof(text));

	return err ? strerror(-err) : text;
}

TEST_F(cancel_lock, B_E3_the_model_has_two_protocols)
{
	EXPECT_STREQ("cancel_lock\n", text_of("model"));
	EXPECT_STREQ("routine\n", text_of("current_ended_by"));
	set_protocol("server\n");
	EXPECT_STREQ("server\n", text_of("current_ended_by"));
	EXPECT_EQ(-EINVAL, node_write("current_ended_by", "both"));
	EXPECT_EQ(-EINVAL, node_write("current_ended_by", "3"));
	EXPECT_STREQ("server\n", text_of("current_ended_by"));
}

TEST_F(cancel_lock, A6_E2_R15_routine_ends_the_current_one_and_starts_the_next)
{
	struct reader *readers[4];
	int i;

	read_behind(readers, 4, self->bench.fd);
	for (i = 0; i < 2; i++) {
		reader_signal(readers[i]);
		EXPECT_EQ(-EINTR, reader_result(readers[i]));
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .cancelled = 2,
		      .waiting = 2);
	settle_us(0);
	for (i = 2; i < 4; i++) {
		EXPECT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(self->bench.sequence + i - 1,
			  readers[i]->sample.sequence);
	}
}

TEST_F(cancel_lock, A6_E2_who_is_queued_is_taken_from_the_middle)
{
	struct reader *readers[5];
	uint64_t next = self->bench.sequence + 1;
	int i;

	read_behind(readers, 5, self->bench.fd);
	reader_signal(readers[2]);
	EXPECT_EQ(-EINTR, reader_result(readers[2]));
	reader_signal(readers[4]);
	EXPECT_EQ(-EINTR, reader_result(readers[4]));
	settle_us(0);
	for (i = 0; i < 4; i++) {
		if (i == 2)
			continue;
		EXPECT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(next++, readers[i]->sample.sequence);
	}
}

/* It takes no sample from anybody. */
TEST_F(cancel_lock, A6_A7_E1_E2_R15_server_sees_the_flag_and_starts_the_next)
{
	struct reader *readers[2];

	START_TRACE();
	set_protocol("server");
	read_behind(readers, 2, self->bench.fd);
	reader_signal(readers[0]);
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_FALSE(readers[0]->ended);
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .waiting = 2);

	settle_us(0);
	EXPECT_EQ(-EINTR, reader_result(readers[0]));
	EXPECT_EQ(SAMPLE_SIZE, reader_result(readers[1]));
	EXPECT_EQ(self->bench.sequence + 1, readers[1]->sample.sequence);
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .completed = 1, .acquired = 1);
}

TEST_F(cancel_lock, E2_by_the_servers_protocol_who_is_queued_ends_at_once)
{
	struct reader *readers[2];

	set_protocol("server");
	read_behind(readers, 2, self->bench.fd);
	reader_signal(readers[1]);
	EXPECT_EQ(-EINTR, reader_result(readers[1]));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(readers[0]));
}

/* The dying do not wait for the server. */
TEST_F(cancel_lock, A9_E1_L4_L29_killed_and_left_to_the_server)
{
	struct reader *dead, *next;

	START_TRACE();
	set_protocol("server");
	dead = read_in_process(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	next = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	kill(dead->pid, SIGKILL);
	ASSERT_NE(-ETIMEDOUT, reap(dead->pid));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .waiting = 2);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(next));
	EXPECT_EQ(self->bench.sequence + 1, next->sample.sequence);
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .completed = 1,
		      .failed = 1, .acquired = 1);
}

TEST_F(cancel_lock, A2_A8_B_E1_cancel_by_tag_by_either_protocol)
{
	const char *why = cmd_missing();
	struct ring *ring;
	int fd = self->bench.fd;

	if (why)
		SKIP(return, "%s", why);
	ring = ring_new(0);
	cmd_read(ring, 0, fd, 1);
	EXPECT_EQ(0, cmd_cancel(ring, fd, CANCELSAFE_CANCEL_TAG, 1));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));

	set_protocol("server");
	cmd_read(ring, 1, fd, 2);
	EXPECT_EQ(-EALREADY, cmd_cancel(ring, fd, CANCELSAFE_CANCEL_TAG, 2));
	EXPECT_EQ(-EALREADY, cmd_cancel(ring, fd, CANCELSAFE_CANCEL_TAG, 2));
	EXPECT_EQ(1, wait_waiting(1));
	settle_us(0);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 1));
	EXPECT_TRUE(ring_is_untouched(ring, 1));
	EXPECT_COUNTS(fd, .submitted = 2, .cancelled = 2);
	ring_close(ring);
}

/* Or nobody would end it. */
TEST_F(cancel_lock, E3_the_protocol_of_the_current_one_stays)
{
	struct reader *reader;

	START_TRACE();
	set_protocol("server");
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	set_protocol("routine");
	reader_signal(reader);
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_FALSE(reader->ended);
	settle_us(0);
	EXPECT_EQ(-EINTR, reader_result(reader));
}

TEST_F(cancel_lock, A1_A9_L16_L19_unplugged_by_the_servers_protocol)
{
	struct reader *readers[3];
	int i;

	set_protocol("server");
	read_behind(readers, 3, self->bench.fd);
	ASSERT_EQ(0, node_unplug());
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-ENODEV, reader_result(readers[i]));
	EXPECT_COUNTS(self->bench.fd, .submitted = 3, .failed = 3);
	ASSERT_EQ(0, node_plug());
}

TEST_HARNESS_MAIN
