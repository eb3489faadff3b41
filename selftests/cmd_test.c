// SPDX-License-Identifier: GPL-2.0
/*
 * The node's io_uring commands: what READ returns, what CANCEL answers, and to
 * whom.
 */
#include <stdlib.h>
#include <sys/wait.h>

#define ON_EVERY_NODE
#include "cmd_fixture.h"

/* READ */

TEST_F(cmd, A1_A7_L21_read_of_a_settled_device)
{
	struct ring_read *read = &self->ring->reads[0];

	settle_us(0);
	READ(0, 0);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	EXPECT_TRUE(is_sample(&read->sample));
	EXPECT_EQ(self->bench.sequence + 1, read->sample.sequence);
	EXPECT_TRUE(is_untouched(read->bytes + SAMPLE_SIZE,
				 RING_BUFFER - SAMPLE_SIZE));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(cmd, A1_A6_A7_L18_L21_reads_wait_and_are_served_in_order)
{
	struct ring *ring = self->ring;
	int i;

	READ_MANY(8);
	EXPECT_FALSE(ring_reap(ring));
	settle_us(100);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, i));
		EXPECT_EQ(self->bench.sequence + 1 + i,
			  ring->reads[i].sample.sequence);
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 8, .completed = 8,
		      .acquired = 8);
}

TEST_F(cmd, A6_served_in_order_though_one_in_the_middle_is_cancelled)
{
	struct ring *ring = self->ring;

	READ_MANY(3);
	ASSERT_EQ(0, CANCEL_TAG(2));
	settle_us(0);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 2));
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_EQ(self->bench.sequence + 1, ring->reads[0].sample.sequence);
	EXPECT_EQ(self->bench.sequence + 2, ring->reads[2].sample.sequence);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 1));
}

/* Two READs do not pass each other on their way to the driver, either. */
TEST_F(cmd, A6_L21_linked_reads)
{
	struct ring *ring = self->ring;

	PREPARE_READ(0, 1)->flags |= IOSQE_IO_LINK;
	PREPARE_READ(1, 2);
	ring_submit(ring);
	ASSERT_EQ(1, wait_waiting(1));
	settle_us(0);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 1));
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_EQ(self->bench.sequence + 1, ring->reads[0].sample.sequence);
	EXPECT_EQ(self->bench.sequence + 2, ring->reads[1].sample.sequence);
}

TEST_F(cmd, A2_L21_a_cancelled_read_ends_its_link)
{
	struct ring *ring = self->ring;

	PREPARE_READ(0, 1)->flags |= IOSQE_IO_LINK;
	PREPARE_READ(1, 2);
	ring_submit(ring);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(0, CANCEL_TAG(1));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 1));
	EXPECT_TRUE(ring_is_untouched(ring, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/* How many it cancelled is no error, which would end the chain. */
TEST_F(cmd, B_L21_L22_a_cancel_of_all_and_a_read_linked_to_it)
{
	READ_MANY(2);
	PREPARE_CANCEL(CANCELSAFE_CANCEL_FILE, 0)->flags |= IOSQE_IO_LINK;
	PREPARE_READ(2, 3);
	EXPECT_EQ(2, cmd_answer(self->ring));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 1));
	/* on some rings what is linked is submitted while we wait */
	ASSERT_TRUE(WAIT_UNTIL(!ring_reap(self->ring) &&
			       node_counts().waiting == 1));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 2));
}

TEST_F(cmd, B_read_waits_whatever_o_nonblock_says)
{
	int fd = node_open(O_RDONLY | O_NONBLOCK);

	self->bench.others = true;
	cmd_read(self->ring, 0, fd, 0);
	ASSERT_EQ(1, wait_waiting(1));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	close(fd);
}

TEST_F(cmd, A1_queue_limit_refuses_and_does_not_count)
{
	bench_limit(_metadata, &self->bench, 1);
	READ_MANY(1);
	READ(1, 2);
	EXPECT_EQ(-EBUSY, ring_result(self->ring, 1));
	EXPECT_TRUE(ring_is_untouched(self->ring, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	/* it has left nothing behind, its tag neither */
	EXPECT_EQ(-ENOENT, CANCEL_TAG(2));
	bench_limit(_metadata, &self->bench, 2);
	READ(1, 2);
	ASSERT_EQ(2, wait_waiting(2));
	EXPECT_EQ(0, CANCEL_TAG(2));
}

TEST_F(cmd, A1_A7_L20_buffer_unmapped_while_waiting)
{
	void *buffer = before_a_hole(SAMPLE_SIZE);
	struct io_uring_sqe *sqe = PREPARE_READ(0, 0);

	((struct cancelsafe_cmd_read *)sqe->cmd)->buffer = (uintptr_t)buffer;
	ring_submit(self->ring);
	ASSERT_EQ(1, wait_waiting(1));
	unmap_before_a_hole(buffer);
	settle_us(0);
	EXPECT_EQ(-EFAULT, ring_result(self->ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

/* CANCEL by tag */

TEST_F(cmd, A2_A3_B_cancel_by_tag_queued)
{
	READ_MANY(3);
	EXPECT_EQ(0, CANCEL_TAG(2));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 1));
	EXPECT_TRUE(ring_is_untouched(self->ring, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 3, .cancelled = 1,
		      .waiting = 2);
	EXPECT_EQ(-ENOENT, CANCEL_TAG(2));
}

TEST_F(cmd, A3_A8_B_cancel_by_tag_in_service)
{
	START_SERVICE_TEST();
	READ(0, 1);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(-EALREADY, CANCEL_TAG(1));
	EXPECT_EQ(-EALREADY, CANCEL_TAG(1));
	EXPECT_FALSE(ring_reap(self->ring));
	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(cmd, A3_A8_B_cancel_by_tag_done)
{
	settle_us(0);
	READ(0, 1);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	EXPECT_EQ(-ENOENT, CANCEL_TAG(1));
}

TEST_F(cmd, B_cancel_by_a_tag_that_nobody_has)
{
	EXPECT_EQ(-ENOENT, CANCEL_TAG(1));
	READ(0, 0);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(-ENOENT, CANCEL_TAG(1));
	EXPECT_EQ(-ENOENT, CANCEL_TAG(UINT64_MAX));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
}

/* CANCEL of all */

TEST_F(cmd, A2_B_cancel_all_of_the_file)
{
	int i, fd = node_open(O_RDONLY);

	self->bench.others = true;
	READ_MANY(4);
	cmd_read(self->ring, 4, fd, 1);
	ASSERT_EQ(5, wait_waiting(5));
	EXPECT_EQ(4, CANCEL(CANCELSAFE_CANCEL_FILE, 0));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-ECANCELED, ring_result(self->ring, i));
		EXPECT_TRUE(ring_is_untouched(self->ring, i));
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .cancelled = 4);
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);
	EXPECT_EQ(0, CANCEL(CANCELSAFE_CANCEL_FILE, 0));
	EXPECT_EQ(1, cmd_cancel(self->ring, fd, CANCELSAFE_CANCEL_FILE, 0));
	close(fd);
}

TEST_F(cmd, A2_A8_B_cancel_all_does_not_count_one_in_service)
{
	START_SERVICE_TEST();
	READ(0, 1);
	ASSERT_EQ(1, wait_claimed(1));
	READ(1, 2);
	READ(2, 3);
	ASSERT_EQ(3, wait_waiting(3));
	EXPECT_EQ(2, CANCEL(CANCELSAFE_CANCEL_FILE, 0));
	EXPECT_EQ(0, CANCEL(CANCELSAFE_CANCEL_RING, 0));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 1));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 2));
	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
}

/* Its own, whichever way they came: as CancelIoEx() has it. */
TEST_F(cmd, A2_B_cancel_all_of_the_file_ends_a_read2)
{
	struct reader *reader = read_in_thread(self->bench.fd);

	ASSERT_EQ(1, wait_waiting(1));
	READ(0, 1);
	ASSERT_EQ(2, wait_waiting(2));
	EXPECT_EQ(1, CANCEL(CANCELSAFE_CANCEL_RING, 0));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
	EXPECT_EQ(1, CANCEL(CANCELSAFE_CANCEL_FILE, 0));
	EXPECT_EQ(-ECANCELED, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
}

TEST_F(cmd, A2_B_cancel_all_of_the_ring)
{
	struct ring *other;
	int i, fd = new_cmd_ring(variant, self->bench.fd, &other);

	READ_MANY(4);
	with_flags(cmd_prepare_read(other, 0, fd, 1), variant->sqe_flags);
	ring_submit(other);
	ASSERT_EQ(5, wait_waiting(5));
	EXPECT_EQ(4, CANCEL(CANCELSAFE_CANCEL_RING, 0));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-ECANCELED, ring_result(self->ring, i));
		EXPECT_TRUE(ring_is_untouched(self->ring, i));
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 5, .cancelled = 4,
		      .waiting = 1);
	EXPECT_EQ(0, CANCEL(CANCELSAFE_CANCEL_RING, 0));
	EXPECT_EQ(1, CANCEL(CANCELSAFE_CANCEL_FILE, 0));
	EXPECT_EQ(-ECANCELED, ring_result(other, 0));
	ring_close(other);
}

/* Tags */

TEST_F(cmd, B_L28_a_tag_in_use_is_refused)
{
	int fd = node_open(O_RDONLY);

	self->bench.others = true;
	READ_MANY(1);
	READ(1, 1);
	EXPECT_EQ(-EEXIST, ring_result(self->ring, 1));
	EXPECT_TRUE(ring_is_untouched(self->ring, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	/* through another file it is another request's */
	cmd_read(self->ring, 1, fd, 1);
	ASSERT_EQ(2, wait_waiting(2));
	EXPECT_EQ(0, CANCEL_TAG(1));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);
	close(fd);
}

/* Tag 0 is none: it can be had twice, and cancels nothing. */
TEST_F(cmd, B_L28_no_tag)
{
	READ(0, 0);
	READ(1, 0);
	ASSERT_EQ(2, wait_waiting(2));
	EXPECT_EQ(-EINVAL, CANCEL_TAG(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .waiting = 2);
}

TEST_F(cmd, G4_L28_two_rings_with_the_same_tag_do_not_meet)
{
	struct ring *other;
	int fd = new_cmd_ring(variant, self->bench.fd, &other);

	READ_MANY(1);
	with_flags(cmd_prepare_read(other, 0, fd, 1), variant->sqe_flags);
	ring_submit(other);
	ASSERT_EQ(2, wait_waiting(2));
	EXPECT_EQ(0, CANCEL_TAG(1));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
	EXPECT_EQ(-ENOENT, CANCEL_TAG(1));
	EXPECT_FALSE(ring_reap(other));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(other, 0));
	ring_close(other);
}

/* As soon as its CQE was seen. */
TEST_F(cmd, L28_a_tag_is_used_again_and_again)
{
	int i, result = -ECANCELED;

	for (i = 0; i < 300 && result == -ECANCELED; i++) {
		READ(0, 1);
		WAIT_UNTIL(CANCEL_TAG(1) != -ENOENT);
		result = ring_result(self->ring, 0);
	}
	EXPECT_EQ(-ECANCELED, result);
}

/* What is cancelled is what has the tag, whatever user_data says. */
TEST_F(cmd, L28_user_data_used_twice)
{
	PREPARE_READ(0, 1);
	PREPARE_READ(1, 2)->user_data = 0;
	self->ring->reads[1].begun = false;
	ring_submit(self->ring);
	ASSERT_EQ(2, wait_waiting(2));
	EXPECT_EQ(0, CANCEL_TAG(2));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
	self->ring->reads[0].ends = 0;
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	EXPECT_TRUE(is_sample(&self->ring->reads[0].sample));
	EXPECT_TRUE(ring_is_untouched(self->ring, 1));
}

/* Batches. Of asynchronous commands nobody knows which comes first. */

TEST_F(cmd, A3_L22_read_and_cancel_in_one_batch)
{
	int answer;

	PREPARE_READ(0, 1);
	PREPARE_CANCEL(CANCELSAFE_CANCEL_TAG, 1);
	answer = cmd_answer(self->ring);
	if (answer == -ENOENT && (variant->sqe_flags & IOSQE_ASYNC)) {
		ASSERT_EQ(1, wait_waiting(1));
		answer = CANCEL_TAG(1);
	}
	EXPECT_TRUE(answer == 0 || (answer == -EALREADY &&
				    (variant->sqe_flags & IOSQE_ASYNC)));
	EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

TEST_F(cmd, A3_L22_cancel_before_its_target_in_one_batch)
{
	int answer;

	PREPARE_CANCEL(CANCELSAFE_CANCEL_TAG, 1);
	PREPARE_READ(0, 1);
	answer = cmd_answer(self->ring);
	if (answer != -ENOENT && (variant->sqe_flags & IOSQE_ASYNC)) {
		EXPECT_TRUE(answer == 0 || answer == -EALREADY);
		EXPECT_EQ(-ECANCELED, ring_result(self->ring, 0));
		return;
	}
	EXPECT_EQ(-ENOENT, answer);
	ASSERT_EQ(1, wait_waiting(1));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
}

/* What cannot be meant */

TEST_F(cmd, B_bad_commands_are_refused_and_nothing_is_lost)
{
	static const struct {
		unsigned int op;
		struct cancelsafe_cmd_cancel cancel;
		int answer;
	} bad[] = {
		{ 0, {}, -ENOTTY },
		{ 3, {}, -ENOTTY },
		{ 0x80000001, {}, -ENOTTY },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 0 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 1, .reserved = 1 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 1, .reserved = 1u << 31 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 1, .which = 1 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 1, .which = 2 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 0, .which = 3 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 1, .which = 3 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .tag = 0, .which = -1 }, -EINVAL },
		{ CANCELSAFE_CMD_CANCEL, { .which = 1, .reserved = 1 }, -EINVAL },
	};
	size_t i;

	READ_MANY(1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		with_flags(cmd_prepare(self->ring, self->fd, bad[i].op,
				       &bad[i].cancel), variant->sqe_flags);
		EXPECT_EQ(bad[i].answer, cmd_answer(self->ring)) {
			TH_LOG("the bad command was number %zu", i);
		}
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
}

TEST_F(cmd, B_registered_buffers_are_refused)
{
	struct iovec iov = { self->ring->reads[0].bytes, RING_BUFFER };
	struct io_uring_sqe *sqe;

	ASSERT_EQ(0, io_uring_register_buffers(&self->ring->uring, &iov, 1));
	sqe = PREPARE_READ(0, 1);
	sqe->uring_cmd_flags = IORING_URING_CMD_FIXED;
	ring_submit(self->ring);
	EXPECT_EQ(-EINVAL, ring_result(self->ring, 0));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

TEST_F(cmd, B_a_file_that_is_not_open_for_reading)
{
	int fd = node_open(O_WRONLY);

	cmd_read(self->ring, 0, fd, 0);
	EXPECT_EQ(-EBADF, ring_result(self->ring, 0));
	EXPECT_STREQ("", counts_text(file_counts(fd)));
	close(fd);
}

/* Its completions are polled for, and a request here has no one to poll. */
TEST_F(queue, B_L21_a_ring_for_polled_io)
{
	struct ring *ring = ring_new(IORING_SETUP_IOPOLL);
	int result;

	settle_us(0);
	cmd_read(ring, 0, self->bench.fd, 0);
	result = ring_result(ring, 0);
	TH_LOG("the command ended with %d", result);
	EXPECT_TRUE(result == -EOPNOTSUPP || result == SAMPLE_SIZE);
	ring_close(ring);
}

/* Somebody else's */

/* What a child of ours, with everything that we have open, is told. */
static int cancel_in_child(struct ring *ring, int fd, unsigned int which,
			   uint64_t tag)
{
	pid_t pid = fork_child();
	int answer, status;

	if (!pid) {
		answer = cmd_cancel(ring ?: ring_new(0), fd, which, tag);
		_exit(answer < 0 ? -answer : answer);
	}
	status = reap(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

/*
 * The child has the file, the ring and the tag. It is the ring's only user
 * meanwhile: we look at completions alone.
 */
TEST_F(queue, G4_B_nobody_cancels_what_another_process_made)
{
	int i, fd = self->bench.fd;
	struct ring *ring = ring_new(0);

	for (i = 0; i < 3; i++)
		cmd_read(ring, i, fd, i + 1);
	ASSERT_EQ(3, wait_waiting(3));

	EXPECT_EQ(0, cancel_in_child(NULL, fd, CANCELSAFE_CANCEL_FILE, 0));
	EXPECT_EQ(0, cancel_in_child(NULL, fd, CANCELSAFE_CANCEL_RING, 0));
	EXPECT_EQ(ENOENT, cancel_in_child(NULL, fd, CANCELSAFE_CANCEL_TAG, 1));
	EXPECT_EQ(ENOENT, cancel_in_child(ring, fd, CANCELSAFE_CANCEL_TAG, 1));
	EXPECT_COUNTS(fd, .submitted = 3, .waiting = 3);

	settle_us(0);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, i));
}

TEST_F(queue, G4_B_nobody_cancels_all_of_a_ring_that_is_shared)
{
	struct ring *ring = ring_new(0);
	int fd = self->bench.fd;

	cmd_read(ring, 0, fd, 1);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(0, cancel_in_child(ring, fd, CANCELSAFE_CANCEL_RING, 0));
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
}

TEST_HARNESS_MAIN
