// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring's cancels of a READ that waits in an io-wq worker, and at every point
 * before and after.
 */
#include "ring_fixture.h"

/* Reads that arrived at the driver one after the other. */
static void queue_reads(struct ring *ring, int n, int fd)
{
	int i;

	for (i = 0; i < n; i++) {
		ring_read(ring, i, fd);
		if (wait_waiting(i + 1) != i + 1)
			die("read %d does not wait", i);
	}
}

TEST_F(ring, A2_A3_B_L21_async_cancel_queued)
{
	queue_reads(self->ring, 1, self->bench.fd);
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(self->ring, 0));
	EXPECT_TRUE(ring_is_untouched(self->ring, 0));
	check_answers(_metadata, &self->ring->answers);
	log_answers(_metadata, &self->ring->answers);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

TEST_F(ring, A6_order_is_kept_when_the_middle_is_cancelled)
{
	uint64_t next = self->bench.sequence + 1;
	struct ring *ring = self->ring;
	int i;

	queue_reads(ring, 8, self->bench.fd);
	for (i = 2; i < 8; i += 3)
		ASSERT_EQ(-ECANCELED, ring_cancel_until_ended(ring, i));
	settle_us(0);
	for (i = 0; i < 8; i++) {
		if (i % 3 == 2)
			continue;
		ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, i));
		EXPECT_EQ(next++, ring->reads[i].sample.sequence);
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 8, .completed = 6,
		      .cancelled = 2, .acquired = 6);
}

TEST_F(ring, A3_A8_B_async_cancel_in_short_service_gets_the_sample)
{
	struct ring *ring = self->ring;

	NEEDS_SHORT_SERVICE();
	START_SERVICE_TEST();
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	ring_cancel(ring, 0);
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_EQ(0, ring->reads[0].ends);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_TRUE(is_sample(&ring->reads[0].sample));
	check_answers(_metadata, &ring->answers);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/* The only worker is busy, so the second read never gets to the driver. */
TEST_F(ring, A2_L5_cancel_on_the_list_before_a_worker_starts)
{
	unsigned int workers[2] = { 1, 1 };
	struct ring *ring = self->ring;

	ASSERT_EQ(0, io_uring_register_iowq_max_workers(&ring->uring, workers));
	queue_reads(ring, 1, self->bench.fd);
	ring_read(ring, 1, self->bench.fd);
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 1));
	EXPECT_TRUE(ring_is_untouched(ring, 1));
	EXPECT_EQ(0, ring->reads[0].ends);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
}

TEST_F(ring, A3_A8_L5_cancel_of_a_read_that_is_done)
{
	struct ring *ring = self->ring;

	settle_us(0);
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	ring_cancel(ring, 0);
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	EXPECT_EQ(-ENOENT, ring->answers.last);
	EXPECT_EQ(1, ring->reads[0].ends);
	EXPECT_TRUE(is_sample(&ring->reads[0].sample));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(ring, A2_A3_L22_submit_and_cancel_in_one_batch)
{
	struct ring *ring = self->ring;

	ring_prepare_read(ring, 0, self->bench.fd);
	ring_prepare_cancel(ring, 0);
	ring_submit(ring);
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	check_answers(_metadata, &ring->answers);
}

/* It finds nothing, and does not come back for what was submitted after it. */
TEST_F(ring, L22_cancel_before_its_target_in_the_batch)
{
	struct ring *ring = self->ring;

	ring_prepare_cancel(ring, 0);
	ring_prepare_read(ring, 0, self->bench.fd);
	ring_submit(ring);
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	EXPECT_EQ(-ENOENT, ring->answers.last);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(0, ring->reads[0].ends);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
}

TEST_F(ring, A1_L24_two_cancels_of_one_read)
{
	struct ring *ring = self->ring;
	int round;

	for (round = 0; round < 20; round++) {
		queue_reads(ring, 1, self->bench.fd);
		ring_prepare_cancel(ring, 0);
		ring_prepare_cancel(ring, 0);
		ring_submit(ring);
		ASSERT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
		ASSERT_EQ(1, ring->reads[0].ends);
		ASSERT_EQ(0, wait_waiting(0));
	}
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_TRUE(ring_wait_answered(ring, 40));
	check_answers(_metadata, &ring->answers);
	EXPECT_COUNTS(self->bench.fd, .submitted = 20, .cancelled = 20);
}

TEST_F(ring, A1_A2_L24_cancel_all_during_cancel_one)
{
	struct ring *ring = self->ring;
	struct io_uring_sqe *sqe;
	int i;

	queue_reads(ring, 8, self->bench.fd);
	ring_prepare_cancel(ring, 3);
	sqe = ring_prepare_cancel(ring, 0);
	sqe->fd = self->bench.fd;
	sqe->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
	ring_prepare_cancel(ring, 5);
	ring_submit(ring);
	ASSERT_TRUE(ring_wait_answered(ring, 3));
	for (i = 0; i < 8; i++) {
		EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, i));
		EXPECT_TRUE(ring_is_untouched(ring, i));
	}
	log_answers(_metadata, &ring->answers);
	EXPECT_COUNTS(self->bench.fd, .submitted = 8, .cancelled = 8);
}

/*
 * Which of the two goes is the kernel's choice. One does, and none twice. Both
 * completions come as read 0's.
 */
TEST_F(ring, A1_A3_L28_user_data_used_twice)
{
	struct ring *ring = self->ring;
	struct ring_read *both = &ring->reads[0];
	struct counts counts;

	queue_reads(ring, 1, self->bench.fd);
	ring_prepare_read(ring, 1, self->bench.fd)->user_data = 0;
	ring->reads[1].begun = false;
	ring_submit(ring);
	ASSERT_EQ(2, wait_waiting(2));
	ASSERT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));

	settle_us(0);
	while (both->ends < 2 && WAIT_UNTIL(ring_reap(ring)))
		;
	EXPECT_EQ(2, both->ends);
	both->begun = false;
	EXPECT_FALSE(ring_reap(ring));
	counts = file_counts(self->bench.fd);
	TH_LOG("cancelled: %ju of 2", (uintmax_t)counts.cancelled);
	EXPECT_LE(1, counts.cancelled);
	EXPECT_EQ(2, counts.cancelled + counts.completed);
	EXPECT_EQ(counts.cancelled, ring_is_untouched(ring, 0) +
				    ring_is_untouched(ring, 1));
}

static struct __kernel_timespec in_100_ms = { .tv_nsec = 100000000 };

TEST_F(ring, A2_B_link_timeout_queued)
{
	struct ring *ring = self->ring;
	struct io_uring_sqe *sqe;

	ring_prepare_read(ring, 0, self->bench.fd)->flags |= IOSQE_IO_LINK;
	sqe = ring_prepare(ring);
	io_uring_prep_link_timeout(sqe, &in_100_ms, 0);
	io_uring_sqe_set_data64(sqe, RING_CANCEL);
	ring_submit(ring);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	TH_LOG("the timeout said %d", ring->answers.last);
}

/* Always with a timeout, and never without another means: it may find nothing. */
TEST_F(ring, A2_B_sync_cancel_queued)
{
	struct io_uring_sync_cancel_reg reg = {
		.addr = 0,
		.fd = -1,
		.timeout = { .tv_nsec = 100000000 },
	};
	struct ring *ring = self->ring;

	queue_reads(ring, 1, self->bench.fd);
	TH_LOG("the cancel said %d",
	       io_uring_register_sync_cancel(&ring->uring, &reg));
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

TEST_HARNESS_MAIN
