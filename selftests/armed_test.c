// SPDX-License-Identifier: GPL-2.0
/*
 * READs of the node that queues nothing: io_uring arms a poll for them and keeps
 * them to itself.
 */
#include <stdlib.h>

#define ON_NODE "cancelsafe-wait-queue"
#include "ring_fixture.h"

/* Submitted, and tried in vain: now io_uring polls for them. */
static void arm_reads(struct ring *ring, int n, int fd)
{
	int i;

	if (tracing_start())
		die("the module's events cannot be traced");
	for (i = 0; i < n; i++)
		ring_read(ring, i, fd);
	if (!WAIT_UNTIL(tracing_count("cs_submit", "") >= (unsigned int)n))
		die("the reads have not come by");
}

TEST_F(ring, A7_an_armed_read_gets_its_sample)
{
	struct ring *ring = self->ring;

	arm_reads(ring, 1, self->bench.fd);
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_TRUE(is_sample(&ring->reads[0].sample));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/* It is cancelled, says so, and the driver has never heard of either. */
static void check_unknown(struct __test_metadata *_metadata, struct ring *ring,
			  int fd)
{
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_EQ(0, tracing_count("cs_queue", ""));
	EXPECT_EQ(0, tracing_count("cs_cancel", ""));
	EXPECT_STREQ("", counts_text(file_counts(fd)));
}

TEST_F(ring, A2_B_L21_async_cancel_of_an_armed_read)
{
	struct ring *ring = self->ring;

	arm_reads(ring, 1, self->bench.fd);
	ring_cancel(ring, 0);
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	EXPECT_EQ(0, ring->answers.last);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	check_unknown(_metadata, ring, self->bench.fd);
}

TEST_F(ring, A2_B_async_cancel_of_a_read_armed_by_a_worker)
{
	struct ring *ring = self->ring;

	START_TRACE();
	ring_prepare_read(ring, 0, self->bench.fd)->flags |= IOSQE_ASYNC;
	ring_submit(ring);
	ASSERT_TRUE(WAIT_UNTIL(tracing_count("cs_submit", "")));
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	check_unknown(_metadata, ring, self->bench.fd);
}

TEST_F(ring, A2_B_link_timeout_of_an_armed_read)
{
	struct ring *ring = self->ring;

	START_TRACE();
	EXPECT_EQ(-ECANCELED,
		  ring_read_until(ring, 0, self->bench.fd, 50000000));
	TH_LOG("the timeout said %d", ring->answers.last);
	check_unknown(_metadata, ring, self->bench.fd);
}

TEST_F(ring, A9_L11_ring_torn_down_with_armed_reads)
{
	arm_reads(self->ring, 4, self->bench.fd);
	ring_close(self->ring);
	check_unknown(_metadata, self->ring, self->bench.fd);
}

TEST_F(ring, A9_L10_exit_with_armed_reads)
{
	pid_t pid = fork_child();
	struct ring *ring;

	if (!pid) {
		ring = ring_new(variant->flags);
		ring_read(ring, 0, self->bench.fd);
		ring_read(ring, 1, self->bench.fd);
		_exit(42);
	}
	EXPECT_EQ(42 << 8, reap(pid));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

TEST_F(ring, A9_L9_exec_with_armed_reads)
{
	pid_t pid = fork_child();

	if (!pid) {
		ring_read(ring_new(variant->flags), 0, self->bench.fd);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	EXPECT_EQ(0, reap(pid));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

TEST_F(ring, A2_L22_submit_and_cancel_of_an_armed_read_in_one_batch)
{
	START_TRACE();
	ring_prepare_read(self->ring, 0, self->bench.fd);
	ring_prepare_cancel(self->ring, 0);
	ring_submit(self->ring);
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(self->ring, 0));
	check_unknown(_metadata, self->ring, self->bench.fd);
}

/* Which of the two goes is the kernel's choice. Both ends come as read 0's. */
TEST_F(ring, A1_L28_user_data_used_twice_by_armed_reads)
{
	struct ring_read *both = &self->ring->reads[0];

	arm_reads(self->ring, 1, self->bench.fd);
	ring_prepare_read(self->ring, 1, self->bench.fd)->user_data = 0;
	self->ring->reads[1].begun = false;
	ring_submit(self->ring);
	ASSERT_TRUE(WAIT_UNTIL(tracing_count("cs_submit", "") >= 2));
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(self->ring, 0));
	settle_us(0);
	EXPECT_TRUE(WAIT_UNTIL(both->ends == 2 || (ring_reap(self->ring) &&
						   both->ends == 2)));
	both->begun = false;
	EXPECT_FALSE(ring_reap(self->ring));
}

static void *arm_and_exit(void *arg)
{
	struct ring *ring = arg;

	ring_submit(ring);
	return NULL;
}

/* It stays armed until the device has settled; then it ends without a sample. */
TEST_F(node, A2_L27_the_thread_that_armed_a_read_exits)
{
	struct ring *ring = ring_new(0);
	pthread_t thread;

	ring_prepare_read(ring, 0, self->bench.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, arm_and_exit, ring));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_FALSE(ring_reap(ring));
	settle_us(0);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
	ring_close(ring);
}

TEST_F(ring, A1_A2_A3_L6_link_timeout_against_readiness)
{
	race_link_timeouts(_metadata, self->ring, &self->bench);
}

/* Each sample brings all of them back, to try, and all but one in vain. */
TEST_F(ring, A7_B_L26_a_crowd_of_armed_reads_is_woken_for_one_sample)
{
	struct ring *ring = self->ring;
	unsigned int tries;
	int i;

	arm_reads(ring, 8, self->bench.fd);
	settle_us(20000);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, i));
	tries = tracing_count("cs_submit", "");
	TH_LOG("8 samples for 8 armed reads, which came by %u times", tries);
	EXPECT_LT(8 + 8, tries);
	EXPECT_COUNTS(self->bench.fd, .submitted = 8, .completed = 8,
		      .acquired = 8);
}

/*
 * The device has settled, but who must not wait gets no sample. io_uring must not
 * be told otherwise: it would come again and again.
 */
TEST_F(ring, A2_B_async_cancel_while_acquisitions_take_time)
{
	struct ring *ring = self->ring;

	START_SERVICE_TEST();
	ring_read(ring, 0, self->bench.fd);
	ASSERT_TRUE(WAIT_UNTIL(tracing_count("cs_submit", "")));
	usleep(100000);
	EXPECT_GE(2, tracing_count("cs_submit", ""));
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	check_unknown(_metadata, ring, self->bench.fd);
}

/* Until the ring's read has ended. Returns how many samples others got. */
static int read_until_ended(struct ring *ring, int fd)
{
	uint64_t end = now_ns() + WATCHDOG_NS;
	struct cancelsafe_sample sample;
	int n = 0;

	while (!ring->reads[0].ends && now_ns() < end) {
		n += read(fd, &sample, sizeof(sample)) == SAMPLE_SIZE;
		ring_reap(ring);
	}
	return n;
}

/*
 * Woken and sent away so often, io_uring gives up on polling: the read gets a
 * thread after all, and waits in the driver as any other.
 */
TEST_F(ring, A1_A7_B_an_armed_read_that_comes_in_vain_gets_a_worker)
{
	struct ring *ring = self->ring;
	int fd = node_open(O_RDONLY), n;

	self->bench.others = true;
	acquire_us(1);
	settle_us(0);
	ring_read(ring, 0, self->bench.fd);
	n = read_until_ended(ring, fd);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	TH_LOG("it ended after %d samples for another", n);
	EXPECT_LT(100, n);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
	close(fd);
}

#define RIVALS 200

static void *read_samples(void *arg)
{
	const int *fd = arg;
	struct cancelsafe_sample sample;
	int n = 0;

	while (n < RIVALS)
		n += read(*fd, &sample, sizeof(sample)) == SAMPLE_SIZE;
	return NULL;
}

static void cancel_round(struct tally *tally, struct ring *ring, int fd)
{
	int i;

	for (i = 0; i < 8; i++)
		ring_read(ring, i, fd);
	usleep(random() % 2000);
	for (i = 0; i < 8; i++) {
		int result = ring_cancel_until_ended(ring, i);

		tally_end(tally, result, ring->reads[i].bytes, RING_BUFFER);
		tally->wrong += ring->reads[i].ends != 1;
	}
}

/* Cancels, and a sleeper who competes. Every end is looked at. */
TEST_F(ring, A1_A2_A3_A7_L5_L26_cancel_against_readiness)
{
	static struct tally tally;
	uint64_t begun = now_ns();
	pthread_t rival;

	tally_begin(&tally, self->bench.sequence, 300);
	ASSERT_EQ(0, pthread_create(&rival, NULL, read_samples,
				    &self->bench.fd));
	while (!tally.wrong &&
	       go_on(begun, 1500, tally.samples > 20 && tally.cancelled > 20)) {
		tally_keep_pace(&tally);
		cancel_round(&tally, self->ring, self->bench.fd);
	}
	settle_us(0);
	ASSERT_EQ(0, pthread_join(rival, NULL));
	TH_LOG("%ju samples, %ju cancelled", (uintmax_t)tally.samples,
	       (uintmax_t)tally.cancelled);
	EXPECT_EQ(0, tally.wrong) {
		TH_LOG("a read ended with %ld", tally.last);
	}
	EXPECT_LT(20, tally.samples);
	EXPECT_LT(20, tally.cancelled);
	EXPECT_COUNTS(self->bench.fd, .submitted = tally.samples + RIVALS,
		      .completed = tally.samples + RIVALS,
		      .acquired = tally.samples + RIVALS);
}

TEST_HARNESS_MAIN
