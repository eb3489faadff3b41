// SPDX-License-Identifier: GPL-2.0
/*
 * A read of libaio's: what it delivers and where, what refuses it, and io_cancel.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#define ON_EVERY_NODE
#include "aio_fixture.h"

/* Samples */

TEST_F(aio, A1_A7_B_L18_a_read_waits_and_gets_its_sample)
{
	aio_prepare(self->aio, 0, self->bench.fd)->u.c.offset = 12345;
	aio_submit(self->aio, 0);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	EXPECT_FALSE(aio_reap(self->aio));

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
	EXPECT_TRUE(is_sample(&self->aio->reads[0].sample));
	EXPECT_TRUE(is_untouched(self->aio->reads[0].bytes + SAMPLE_SIZE,
				 AIO_BUFFER - SAMPLE_SIZE));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(aio, A1_A6_A7_many_are_served_in_order)
{
	unsigned int i, wrong = 0;

	aio_read_many(self->aio, AIO_READS, self->bench.fd);
	EXPECT_EQ(AIO_READS, file_counts(self->bench.fd).waiting);
	settle_us(0);
	for (i = 0; i < AIO_READS; i++)
		wrong += aio_result(self->aio, i) != SAMPLE_SIZE ||
			 self->aio->reads[i].sample.sequence !=
				 self->bench.sequence + 1 + i;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(AIO_READS, file_counts(self->bench.fd).completed);
}

static int threads_of_all(void)
{
	char text[128], *slash;

	if (read_file("/proc/loadavg", text, sizeof(text)))
		die("cannot read /proc/loadavg");
	slash = strchr(text, '/');
	return slash ? atoi(slash + 1) : 0;
}

TEST_F(aio, B_a_thousand_wait_without_a_thread)
{
	int before = threads_of_all();

	aio_read_many(self->aio, 1000, self->bench.fd);
	EXPECT_EQ(1000, file_counts(self->bench.fd).waiting);
	EXPECT_GT(before + 20, threads_of_all()) {
		TH_LOG("%d threads, then %d", before, threads_of_all());
	}
}

TEST_F(aio, B_nonblock_and_nowait_mean_nothing)
{
	int fd = node_open(O_RDONLY | O_NONBLOCK);

	self->bench.others = true;
	aio_read(self->aio, 0, fd);
	aio_prepare(self->aio, 1, fd)->aio_rw_flags = RWF_NOWAIT;
	aio_submit(self->aio, 1);
	EXPECT_COUNTS(fd, .submitted = 2, .waiting = 2);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 1));
	close(fd);
}

/* Where to */

/* One byte, nothing, some, and the rest, each into memory of its own. */
TEST_F(aio, A7_B_preadv_into_a_split_buffer)
{
	unsigned char parts[4][AIO_BUFFER];
	struct cancelsafe_sample sample;
	struct iovec segments[4] = {
		{ .iov_base = parts[0], .iov_len = 1 },
		{ .iov_base = parts[1], .iov_len = 0 },
		{ .iov_base = parts[2], .iov_len = 14 },
		{ .iov_base = parts[3], .iov_len = 40 },
	};

	memset(parts, POISON, sizeof(parts));
	aio_prepare_vector(self->aio, 0, self->bench.fd, segments, 4);
	aio_submit(self->aio, 0);
	/* it has to have its own copy of these, see io_submit(2) */
	memset(segments, 0, sizeof(segments));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));

	memcpy(&sample, parts[0], 1);
	memcpy((char *)&sample + 1, parts[2], 14);
	memcpy((char *)&sample + 15, parts[3], 17);
	EXPECT_TRUE(is_sample(&sample));
	EXPECT_EQ(self->bench.sequence + 1, sample.sequence);
	EXPECT_TRUE(is_untouched(parts[0] + 1, AIO_BUFFER - 1));
	EXPECT_TRUE(is_untouched(parts[1], AIO_BUFFER));
	EXPECT_TRUE(is_untouched(parts[2] + 14, AIO_BUFFER - 14));
	EXPECT_TRUE(is_untouched(parts[3] + 17, AIO_BUFFER - 17));
}

TEST_F(aio, B_a_buffer_too_small_is_refused)
{
	struct iovec segments[2] = {
		{ .iov_base = self->aio->reads[1].bytes, .iov_len = 30 },
		{ .iov_base = self->aio->reads[1].bytes, .iov_len = 1 },
	};

	aio_prepare(self->aio, 0, self->bench.fd)->u.c.nbytes = 31;
	aio_submit(self->aio, 0);
	EXPECT_EQ(-EINVAL, aio_result(self->aio, 0));
	aio_prepare_vector(self->aio, 1, self->bench.fd, segments, 2);
	aio_submit(self->aio, 1);
	EXPECT_EQ(-EINVAL, aio_result(self->aio, 1));
	EXPECT_TRUE(aio_is_untouched(self->aio, 0));
	EXPECT_TRUE(aio_is_untouched(self->aio, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 0);
}

/* The sample is there, and nobody can have it. */
static void check_undeliverable(struct __test_metadata *_metadata,
				struct aio *aio, int fd)
{
	settle_us(0);
	EXPECT_EQ(-EFAULT, aio_result(aio, 0));
	EXPECT_COUNTS(fd, .submitted = 1, .failed = 1, .acquired = 1,
		      .undeliverable = 1);
}

TEST_F(aio, A7_B_a_buffer_that_ends_too_early)
{
	struct iocb *iocb = aio_prepare(self->aio, 0, self->bench.fd);

	iocb->u.c.buf = before_a_hole(SAMPLE_SIZE / 2);
	aio_submit(self->aio, 0);
	check_undeliverable(_metadata, self->aio, self->bench.fd);
}

TEST_F(aio, A7_B_L20_buffer_unmapped_while_waiting)
{
	struct iocb *iocb = aio_prepare(self->aio, 0, self->bench.fd);

	iocb->u.c.buf = before_a_hole(AIO_BUFFER);
	aio_submit(self->aio, 0);
	unmap_before_a_hole(iocb->u.c.buf);
	check_undeliverable(_metadata, self->aio, self->bench.fd);
}

/* As many as may */

TEST_F(aio, B_a_full_queue_refuses_by_an_event)
{
	bench_limit(_metadata, &self->bench, 2);
	aio_read_many(self->aio, 3, self->bench.fd);
	EXPECT_EQ(-EBUSY, aio_result(self->aio, 2));
	EXPECT_TRUE(aio_is_untouched(self->aio, 2));
	EXPECT_EQ(-EINVAL, aio_cancel(self->aio, 2));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .waiting = 2);

	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 0));
	EXPECT_EQ(-ECANCELED, aio_result(self->aio, 0));
	aio_read(self->aio, 2, self->bench.fd);
	EXPECT_COUNTS(self->bench.fd, .submitted = 3, .cancelled = 1,
		      .waiting = 2);
}

/* io_cancel(2) */

TEST_F(aio, A2_A3_B_io_cancel_queued)
{
	aio_read_many(self->aio, 3, self->bench.fd);
	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 1));
	EXPECT_EQ(-ECANCELED, aio_result(self->aio, 1));
	EXPECT_TRUE(aio_is_untouched(self->aio, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 3, .cancelled = 1,
		      .waiting = 2);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 2));
	EXPECT_EQ(self->bench.sequence + 2,
		  self->aio->reads[2].sample.sequence);
}

TEST_F(aio, A1_L24_io_cancel_twice)
{
	aio_read(self->aio, 0, self->bench.fd);
	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 0));
	EXPECT_EQ(-EINVAL, aio_cancel(self->aio, 0));
	EXPECT_EQ(-ECANCELED, aio_result(self->aio, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/* Two reads, one iocb: each cancel finds one of them, and both end. */
TEST_F(aio, A1_L28_one_iocb_submitted_twice)
{
	struct aio_read *read = &self->aio->reads[0];

	aio_read(self->aio, 0, self->bench.fd);
	aio_submit(self->aio, 0);
	read->begun = false;	/* it will not have ended once */
	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 0));
	EXPECT_EQ(-ECANCELED, aio_result(self->aio, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .waiting = 1);
	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 0));
	EXPECT_TRUE(WAIT_UNTIL(aio_reap(self->aio) && read->ends == 2));
	EXPECT_EQ(-EINVAL, aio_cancel(self->aio, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 2);
}

TEST_F(aio, A3_A8_B_R7_R10_io_cancel_in_short_service)
{
	NEEDS_SHORT_SERVICE();
	START_SERVICE_TEST();
	aio_read(self->aio, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(-EALREADY, aio_cancel(self->aio, 0));
	EXPECT_EQ(-EINVAL, aio_cancel(self->aio, 0));
	EXPECT_FALSE(aio_reap(self->aio));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
	EXPECT_TRUE(is_sample(&self->aio->reads[0].sample));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(aio, A3_A8_B_io_cancel_done)
{
	settle_us(0);
	aio_read(self->aio, 0, self->bench.fd);
	ASSERT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
	EXPECT_EQ(-EINVAL, aio_cancel(self->aio, 0));
	EXPECT_TRUE(is_sample(&self->aio->reads[0].sample));
}

/* Two contexts know nothing of each other. */
TEST_F(aio, G4_io_cancel_through_another_context)
{
	struct aio *other = aio_new();

	aio_open(other);
	aio_read(self->aio, 0, self->bench.fd);
	EXPECT_EQ(-EINVAL, io_cancel(other->context, &self->aio->reads[0].iocb,
				     &(struct io_event){}));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	EXPECT_EQ(0, aio_destroy(other));
}

/* Events by eventfd */

static bool is_ready(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

/* The event is there once poll(2) says so: no need to wait for it again. */
static void check_notified(struct __test_metadata *_metadata, struct aio *aio,
			   unsigned int i, int fd, long result)
{
	eventfd_t n;

	ASSERT_TRUE(WAIT_UNTIL(is_ready(fd)));
	ASSERT_EQ(0, eventfd_read(fd, &n));
	EXPECT_EQ(1, n);
	EXPECT_TRUE(aio_reap(aio));
	EXPECT_EQ(1, aio->reads[i].ends);
	EXPECT_EQ(result, aio->reads[i].result);
}

TEST_F(aio, B_each_end_is_told_through_an_eventfd)
{
	int i, fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT_LE(0, fd);
	for (i = 0; i < 2; i++) {
		io_set_eventfd(aio_prepare(self->aio, i, self->bench.fd), fd);
		aio_submit(self->aio, i);
	}
	EXPECT_FALSE(is_ready(fd));
	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 0));
	check_notified(_metadata, self->aio, 0, fd, -ECANCELED);
	EXPECT_FALSE(is_ready(fd));
	settle_us(0);
	check_notified(_metadata, self->aio, 1, fd, SAMPLE_SIZE);
	close(fd);
}

TEST_HARNESS_MAIN
