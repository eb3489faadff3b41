// SPDX-License-Identifier: GPL-2.0
/*
 * What a read of the node is: the ABI, blocking and not, and in which order.
 */
#include <sys/uio.h>

#define ON_EVERY_NODE
#include "cancelsafe_test.h"
#include "klog.h"

static long errno_or(long ret)
{
	return ret < 0 ? -errno : ret;
}

static void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("cannot set O_NONBLOCK: %s", strerror(errno));
}

static long read_nowait(int fd, void *buffer, size_t size)
{
	struct iovec iov = { buffer, size };

	return errno_or(preadv2(fd, &iov, 1, 0, RWF_NOWAIT));
}

TEST_F(node, A1_A7_one_read_one_acquisition_one_sample)
{
	struct reader *reader = reader_new(self->bench.fd);

	settle_us(0);
	reader_run(reader);
	ASSERT_EQ(SAMPLE_SIZE, reader->result);
	EXPECT_TRUE(is_sample(&reader->sample));
	EXPECT_EQ(self->bench.sequence + 1, reader->sample.sequence);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(node, A1_a_buffer_too_small_is_refused_and_not_counted)
{
	static const size_t sizes[] = { 0, 1, 31 };
	struct reader *reader = reader_new(self->bench.fd);
	size_t i;

	settle_us(0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		reader->size = sizes[i];
		reader_run(reader);
		EXPECT_EQ(-EINVAL, reader->result) {
			TH_LOG("into %zu bytes", sizes[i]);
		}
	}
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

TEST_F(node, A1_a_bigger_buffer_holds_one_sample_and_nothing_else)
{
	static const size_t sizes[] = { 32, 33, 4096, 1 << 20 };
	static unsigned char buffer[1 << 20];
	size_t i;

	settle_us(0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(buffer, POISON, sizeof(buffer));
		EXPECT_EQ(SAMPLE_SIZE,
			  read(self->bench.fd, buffer, sizes[i])) {
			TH_LOG("into %zu bytes", sizes[i]);
		}
		EXPECT_TRUE(is_sample((void *)buffer));
		EXPECT_TRUE(is_untouched(buffer + SAMPLE_SIZE,
					 sizeof(buffer) - SAMPLE_SIZE));
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .completed = 4,
		      .acquired = 4);
}

/* The second piece is empty, the last one has more room than is needed. */
TEST_F(node, A1_readv_split_inside_the_sample)
{
	unsigned char pieces[4][32], sample[32];
	struct iovec iov[] = {
		{ pieces[0], 5 }, { pieces[1], 0 },
		{ pieces[2], 20 }, { pieces[3], 32 },
	};

	memset(pieces, POISON, sizeof(pieces));
	settle_us(0);
	ASSERT_EQ(SAMPLE_SIZE, readv(self->bench.fd, iov, 4));
	memcpy(sample, pieces[0], 5);
	memcpy(sample + 5, pieces[2], 20);
	memcpy(sample + 25, pieces[3], 7);
	EXPECT_TRUE(is_sample((void *)sample));
	EXPECT_EQ(self->bench.sequence + 1,
		  ((struct cancelsafe_sample *)sample)->sequence);
	EXPECT_TRUE(is_untouched(pieces[0] + 5, 27));
	EXPECT_TRUE(is_untouched(pieces[1], 32));
	EXPECT_TRUE(is_untouched(pieces[2] + 20, 12));
	EXPECT_TRUE(is_untouched(pieces[3] + 7, 25));

	iov[3].iov_len = 6;
	EXPECT_EQ(-EINVAL, errno_or(readv(self->bench.fd, iov, 4)));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(node, B_offsets_are_ignored)
{
	struct cancelsafe_sample sample;
	int fd = self->bench.fd;

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, pread(fd, &sample, sizeof(sample), 0));
	EXPECT_EQ(SAMPLE_SIZE, pread(fd, &sample, sizeof(sample), 1ll << 40));
	EXPECT_LE(0, lseek(fd, 12345, SEEK_SET));
	EXPECT_EQ(SAMPLE_SIZE, read(fd, &sample, sizeof(sample)));
	EXPECT_LE(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(self->bench.sequence + 3, sample.sequence);
}

TEST_F(node, A7_samples_are_numbered_timed_and_not_constant)
{
	const uint64_t spacing_ns = 2000000;
	struct cancelsafe_sample last, sample;
	unsigned int i, different = 0;
	uint64_t before;

	settle_us(spacing_ns / 1000);
	ASSERT_EQ(SAMPLE_SIZE, read(self->bench.fd, &last, sizeof(last)));
	for (i = 0; i < 50; i++) {
		before = now_ns();
		ASSERT_EQ(SAMPLE_SIZE,
			  read(self->bench.fd, &sample, sizeof(sample)));
		EXPECT_TRUE(is_sample(&sample));
		EXPECT_EQ(last.sequence + 1, sample.sequence);
		EXPECT_LE(last.acquired_ns + spacing_ns, sample.acquired_ns);
		EXPECT_LE(before, sample.acquired_ns);
		different += sample.value != last.value;
		last = sample;
	}
	EXPECT_LT(10, different);
}

TEST_F(node, B_nonblocking_read_is_served_or_refused_never_waits)
{
	struct reader *reader = reader_new(self->bench.fd);

	set_nonblocking(self->bench.fd);
	reader_run(reader);
	EXPECT_EQ(-EAGAIN, reader->result);
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));

	settle_us(0);
	reader_run(reader);
	EXPECT_EQ(SAMPLE_SIZE, reader->result);
	EXPECT_TRUE(is_sample(&reader->sample));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(node, B_rwf_nowait_is_served_or_refused_never_waits)
{
	unsigned char buffer[64];

	memset(buffer, POISON, sizeof(buffer));
	EXPECT_EQ(-EAGAIN,
		  read_nowait(self->bench.fd, buffer, sizeof(buffer)));
	EXPECT_TRUE(is_untouched(buffer, sizeof(buffer)));
	EXPECT_EQ(-EINVAL, read_nowait(self->bench.fd, buffer, 31));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE,
		  read_nowait(self->bench.fd, buffer, sizeof(buffer)));
	EXPECT_TRUE(is_sample((void *)buffer));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/* An acquisition that takes time is a wait, too. */
TEST_F(node, B_nonblocking_read_does_not_wait_for_an_acquisition)
{
	unsigned char buffer[64];

	settle_us(0);
	acquire_us(1);
	EXPECT_EQ(-EAGAIN,
		  read_nowait(self->bench.fd, buffer, sizeof(buffer)));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

TEST_F(queue, B_eagain_comes_before_ebusy)
{
	struct cancelsafe_sample sample;
	struct reader *reader;

	bench_limit(_metadata, &self->bench, 1);
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(-EBUSY, errno_or(read(self->bench.fd, &sample,
					sizeof(sample))));
	EXPECT_EQ(-EAGAIN,
		  read_nowait(self->bench.fd, &sample, sizeof(sample)));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
}

TEST_F(queue, A1_queue_limit_refuses_and_does_not_count)
{
	struct cancelsafe_sample sample;
	int fd = self->bench.fd, i;

	bench_limit(_metadata, &self->bench, 3);
	for (i = 1; i <= 3; i++) {
		read_in_thread(fd);
		ASSERT_EQ(i, wait_waiting(i));
	}
	EXPECT_EQ(-EBUSY, errno_or(read(fd, &sample, sizeof(sample))));
	EXPECT_COUNTS(fd, .submitted = 3, .waiting = 3);

	bench_limit(_metadata, &self->bench, 4);
	read_in_thread(fd);
	ASSERT_EQ(4, wait_waiting(4));
	bench_limit(_metadata, &self->bench, 1);
	EXPECT_EQ(-EBUSY, errno_or(read(fd, &sample, sizeof(sample))));
	EXPECT_COUNTS(fd, .submitted = 4, .waiting = 4);

	settle_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(fd, .submitted = 4, .completed = 4, .acquired = 4);
}

/* The buffer begins well, and ends where nothing may be written. */
TEST_F(node, A1_A7_bad_address_is_failed_and_undeliverable)
{
	static const size_t usable[] = { 0, 1, 31 };
	size_t i;

	settle_us(0);
	for (i = 0; i < ARRAY_SIZE(usable); i++)
		EXPECT_EQ(-EFAULT,
			  errno_or(read(self->bench.fd,
					before_a_hole(usable[i]), 32))) {
			TH_LOG("with %zu writable bytes", usable[i]);
		}
	EXPECT_EQ(-EFAULT, read_nowait(self->bench.fd, before_a_hole(0), 32));
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .failed = 4,
		      .acquired = 4, .undeliverable = 4);

	EXPECT_EQ(SAMPLE_SIZE, read(self->bench.fd, before_a_hole(32), 33));
}

TEST_F(node, L20_buffer_unmapped_while_waiting)
{
	struct reader *reader = reader_new(self->bench.fd);

	reader->buffer = before_a_hole(32);
	reader_start_thread(reader);
	ASSERT_EQ(1, wait_waiting(1));
	unmap_before_a_hole(reader->buffer);
	settle_us(0);
	EXPECT_EQ(-EFAULT, reader_result(reader));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

TEST_F(node, B_a_descriptor_reads_only_if_it_was_opened_for_it)
{
	struct cancelsafe_sample sample = { .sequence = 1 };
	int fd = node_open(O_WRONLY);

	settle_us(0);
	EXPECT_EQ(-EBADF, errno_or(read(fd, &sample, sizeof(sample))));
	EXPECT_GT(0, write(fd, &sample, sizeof(sample)));
	EXPECT_STREQ("", counts_text(file_counts(fd)));
	close(fd);
}

TEST_F(queue, A6_served_in_order_of_arrival)
{
	struct reader *readers[8];
	int i;

	read_behind(readers, 8, self->bench.fd);
	settle_us(0);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(self->bench.sequence + 1 + i,
			  readers[i]->sample.sequence);
	}
}

TEST_F(queue, A6_order_is_kept_when_the_middle_is_cancelled)
{
	struct reader *readers[8];
	uint64_t next = self->bench.sequence + 1;
	int i;

	handle_signals(0);
	read_behind(readers, 8, self->bench.fd);
	for (i = 2; i < 8; i += 3) {
		reader_signal(readers[i]);
		ASSERT_EQ(-EINTR, reader_result(readers[i]));
	}
	settle_us(0);
	for (i = 0; i < 8; i++) {
		if (i % 3 == 2)
			continue;
		ASSERT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(next++, readers[i]->sample.sequence);
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 8, .completed = 6,
		      .cancelled = 2, .acquired = 6);
}

/* Ask again and again. Returns the first answer other than -EAGAIN. */
static long read_nowait_until_served(int fd, struct cancelsafe_sample *sample)
{
	uint64_t end = now_ns() + WATCHDOG_NS;
	long ret;

	do
		ret = read_nowait(fd, sample, sizeof(*sample));
	while (ret == -EAGAIN && now_ns() < end);
	return ret;
}

/*
 * Each time the device has settled, one who does not wait competes with those
 * who do. All of them were there first.
 */
TEST_F(queue, A6_nobody_overtakes_who_waits)
{
	struct cancelsafe_sample sample;
	struct reader *readers[24];
	int i;

	read_behind(readers, 24, self->bench.fd);
	settle_us(2000);
	ASSERT_EQ(SAMPLE_SIZE,
		  read_nowait_until_served(self->bench.fd, &sample));
	EXPECT_EQ(self->bench.sequence + 24 + 1, sample.sequence);
	for (i = 0; i < 24; i++)
		EXPECT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
}

/*
 * Who does not wait takes the locks of the file and of the queue, in this order. Who
 * completes takes the file's: if he holds the queue's, lockdep sees that the two could
 * meet.
 */
TEST_F(queue, R8_R9_nothing_is_completed_with_a_lock_held)
{
	struct cancelsafe_sample sample;
	struct reader *readers[3];
	int impatient, i;

	if (access("/proc/lockdep", F_OK))
		SKIP(return, "this kernel has no lockdep");
	impatient = node_open(O_RDONLY | O_NONBLOCK);
	handle_signals(0);
	read_behind(readers, 3, self->bench.fd);
	EXPECT_EQ(-1, read(impatient, &sample, sizeof(sample)));
	EXPECT_EQ(EAGAIN, errno);
	for (i = 1; i >= 0; i--) {
		reader_signal(readers[i]);
		EXPECT_EQ(-EINTR, reader_result(readers[i]));
	}
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(readers[2]));
	EXPECT_EQ(0, klog_count("possible circular locking dependency"));
	close(impatient);
}

TEST_HARNESS_MAIN
