// SPDX-License-Identifier: GPL-2.0
/*
 * Races of the node's io_uring commands, by brute force: each of these does for a
 * second or two what can go wrong, at random times, and looks at every result.
 */
#include <stdlib.h>

#define ON_EVERY_NODE
#include "cmd_fixture.h"
#include "tally.h"

/* Many commands, and what came of them */

#define READS 8
#define ENOUGH 10

/* Everything that was submitted has ended as it was told. */
static void check_tally(struct __test_metadata *_metadata,
			const struct tally *tally, struct counts counts)
{
	TH_LOG("%ju samples, %ju cancelled; %s", (uintmax_t)tally->samples,
	       (uintmax_t)tally->cancelled, counts_text(counts));
	EXPECT_EQ(0, tally->wrong) {
		TH_LOG("one ended with %ld", tally->last);
	}
	EXPECT_EQ(tally->samples, counts.completed);
	EXPECT_EQ(tally->cancelled, counts.cancelled + counts.failed);
	EXPECT_LT(ENOUGH, tally->samples);
	EXPECT_LT(ENOUGH, tally->cancelled);
}

/* Submit what has ended anew, cancel some, and take what has come. */
static void storm_round(struct tally *tally, struct ring *ring, int fd,
			unsigned int sqe_flags)
{
	unsigned int i;

	for (i = 0; i < READS; i++) {
		struct ring_read *read = &ring->reads[i];

		if (read->ends)
			tally_end(tally, read->result, read->bytes, RING_BUFFER);
		if (read->ends || !read->begun)
			with_flags(cmd_prepare_read(ring, i, fd, i + 1),
				   sqe_flags);
		if (random() % 3 == 0)
			with_flags(cmd_prepare_cancel(ring, fd,
						      CANCELSAFE_CANCEL_TAG,
						      i + 1), sqe_flags);
	}
	ring_submit(ring);
	while (ring_reap(ring))
		if (io_uring_cq_ready(&ring->uring) == 0)
			break;
}

static void end_storm(struct tally *tally, struct ring *ring)
{
	unsigned int i;

	bench_release();
	for (i = 0; i < READS; i++)
		tally_end(tally, ring_result(ring, i), ring->reads[i].bytes,
			  RING_BUFFER);
}

/*
 * Each cancel that said so did it. Who met the insert was told that it is at work, and
 * cancelled it all the same.
 */
TEST_F(cmd, A1_A2_A3_A7_A8_L21_L22_L24_cancel_by_tag_against_claim)
{
	static struct tally tally;
	uint64_t begun = now_ns();
	struct counts counts = {};

	acquire_us(100);
	tally_begin(&tally, self->bench.sequence, 100);
	while (!tally.wrong && go_on(begun, 1500, tally.samples > ENOUGH &&
						  counts.cancelled > ENOUGH)) {
		storm_round(&tally, self->ring, self->fd, variant->sqe_flags);
		counts = file_counts(self->bench.fd);
		tally_keep_pace(&tally);
	}
	end_storm(&tally, self->ring);
	while (ring_reap(self->ring))
		;
	counts = file_counts(self->bench.fd);
	check_tally(_metadata, &tally, counts);
	EXPECT_EQ(0, self->ring->answers.other);
	EXPECT_LE(self->ring->answers.positive, counts.cancelled);
}

/* Two rings, and two threads */

/**
 * struct storm - one who cancels all of the file, again and again
 * @fd:     the file
 * @stop:   tells it to end
 * @thread: that cancels
 * @sum:    of what the cancels have answered
 * @wrong:  they answered an error
 */
struct storm {
	int fd;
	atomic_bool stop;
	pthread_t thread;
	_Atomic uint64_t sum;
	_Atomic uint64_t wrong;
};

static void *cancel_all(void *arg)
{
	struct storm *storm = arg;
	struct ring *ring = ring_new(0);
	int answer;

	while (!storm->stop) {
		answer = cmd_cancel(ring, storm->fd, CANCELSAFE_CANCEL_FILE, 0);
		if (answer < 0)
			storm->wrong++;
		else
			storm->sum += answer;
		usleep(random() % 500);
	}
	ring_close(ring);
	return NULL;
}

/*
 * One submits, and cancels by tag; another, whose ring is not under the same lock,
 * cancels all, and meets commands that are being submitted, too.
 */
TEST_F(cmd, A1_A2_A3_A7_L23_L24_cancel_all_during_cancel_one)
{
	static struct tally tally;
	struct storm storm = { .fd = self->bench.fd };
	uint64_t begun = now_ns();
	struct counts counts = {};

	acquire_us(50);
	tally_begin(&tally, self->bench.sequence, 50);
	ASSERT_EQ(0, pthread_create(&storm.thread, NULL, cancel_all, &storm));
	while (!tally.wrong && go_on(begun, 1500, tally.samples > ENOUGH &&
						  counts.cancelled > ENOUGH)) {
		storm_round(&tally, self->ring, self->fd, variant->sqe_flags);
		counts = file_counts(self->bench.fd);
		tally_keep_pace(&tally);
	}
	storm.stop = true;
	ASSERT_EQ(0, pthread_join(storm.thread, NULL));
	end_storm(&tally, self->ring);
	while (ring_reap(self->ring))
		;
	counts = file_counts(self->bench.fd);
	check_tally(_metadata, &tally, counts);
	EXPECT_EQ(0, storm.wrong);
	EXPECT_EQ(0, self->ring->answers.other);
	EXPECT_LE(self->ring->answers.positive + storm.sum, counts.cancelled);
}

/* The end of a ring */

/*
 * Rings come and go; each is closed a random while after its commands were
 * submitted: listed for a worker, marked, published, queued, in service, in task
 * work, done; and while some are being cancelled by tag.
 */
TEST_F(cmd, A1_A7_A9_L11_L12_L13_L23_ring_torn_down_against_everything)
{
	uint64_t begun = now_ns();
	unsigned int i, rounds = 0;
	struct counts counts;
	struct ring *ring;
	int fd;

	do {
		acquire_us(random() % 2 * 100);
		settle_us(random() % 2 ? 50 : 20000);
		fd = new_cmd_ring(variant, self->bench.fd, &ring);
		for (i = 0; i < READS; i++)
			with_flags(cmd_prepare_read(ring, i, fd, i + 1),
				   variant->sqe_flags);
		for (i = 0; i < READS / 2; i++)
			with_flags(cmd_prepare_cancel(ring, fd,
						      CANCELSAFE_CANCEL_TAG,
						      1 + random() % READS),
				   variant->sqe_flags);
		ring_submit(ring);
		usleep(random() % 1000);
		ring_close(ring);
		rounds++;
		counts = file_counts(self->bench.fd);
	} while (go_on(begun, 1500, counts.acquired > ENOUGH &&
				    counts.cancelled > ENOUGH));
	bench_release();
	counts = file_counts(self->bench.fd);
	TH_LOG("%u rings: %s", rounds, counts_text(counts));
	EXPECT_EQ(0, counts.waiting);
	EXPECT_LT(ENOUGH, counts.acquired);
	EXPECT_LT(ENOUGH, counts.cancelled);
}

/* A crowd */

#define CROWD 10000
#define BATCH 100

/* How long it may take to bring them together; a slow machine has fewer. */
#define GATHERING_NS 3000000000ull

/**
 * struct crowd - very many commands in one ring
 * @uring:   the ring
 * @fd:      of the node
 * @n:       how many there are
 * @samples: where they read to
 * @ends:    how many completions each had
 * @results: of its last
 * @answers: how many cancels were answered
 * @sum:     of what they answered
 */
struct crowd {
	struct io_uring uring;
	int fd;
	unsigned int n;
	struct cancelsafe_sample samples[CROWD];
	unsigned char ends[CROWD];
	int results[CROWD];
	unsigned int answers;
	long sum;
};

static struct crowd *new_crowd(int fd)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQSIZE,
		.cq_entries = 2 * CROWD,
	};
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	if (!crowd || io_uring_queue_init_params(BATCH, &crowd->uring, &params))
		die("cannot make a big ring");
	crowd->fd = fd;
	return crowd;
}

static void crowd_prepare(struct crowd *crowd, unsigned int op,
			  const void *payload, uint64_t user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&crowd->uring);

	if (!sqe)
		die("no room for another submission");
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, crowd->fd, NULL, 0, 0);
	sqe->cmd_op = op;
	memcpy(sqe->cmd, payload, 16);
	io_uring_sqe_set_data64(sqe, user_data);
}

static void crowd_prepare_read(struct crowd *crowd, unsigned int i)
{
	const struct cancelsafe_cmd_read read = {
		.buffer = (uintptr_t)&crowd->samples[i],
		.tag = i + 1,
	};

	crowd_prepare(crowd, CANCELSAFE_CMD_READ, &read, i);
}

static void crowd_submit_reads(struct crowd *crowd)
{
	uint64_t end = now_ns() + GATHERING_NS;

	while (crowd->n < CROWD && now_ns() < end) {
		do
			crowd_prepare_read(crowd, crowd->n++);
		while (crowd->n % BATCH);
		io_uring_submit(&crowd->uring);
	}
}

static void crowd_reap(struct crowd *crowd)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&crowd->uring, &cqe)) {
		if (cqe->user_data < CROWD) {
			crowd->ends[cqe->user_data]++;
			crowd->results[cqe->user_data] = cqe->res;
		} else {
			crowd->answers++;
			crowd->sum += cqe->res;
		}
		io_uring_cqe_seen(&crowd->uring, cqe);
	}
}

static void crowd_prepare_cancel(struct crowd *crowd, unsigned int which,
				 uint64_t tag)
{
	struct cancelsafe_cmd_cancel cancel = { .tag = tag, .which = which };

	crowd_prepare(crowd, CANCELSAFE_CMD_CANCEL, &cancel, CROWD);
}

/* Until so many cancels were answered. Returns the sum of what they answered. */
static long crowd_answers(struct crowd *crowd, unsigned int n)
{
	io_uring_submit(&crowd->uring);
	if (!WAIT_UNTIL((crowd_reap(crowd), crowd->answers >= n)))
		return -ETIMEDOUT;
	return crowd->sum;
}

static unsigned int crowd_ended(const struct crowd *crowd, int result)
{
	unsigned int i, n = 0;

	for (i = 0; i < crowd->n; i++)
		n += crowd->ends[i] == 1 && crowd->results[i] == result;
	return n;
}

TEST_F(queue, A1_A2_ten_thousand_cancelled_in_random_order)
{
	static unsigned int order[CROWD];
	struct crowd *crowd = new_crowd(self->bench.fd);
	unsigned int i;

	crowd_submit_reads(crowd);
	ASSERT_EQ(crowd->n, wait_waiting(crowd->n));
	shuffle(order, crowd->n);
	for (i = 0; i < crowd->n; i++) {
		crowd_prepare_cancel(crowd, CANCELSAFE_CANCEL_TAG, order[i] + 1);
		if (i % BATCH == BATCH - 1)
			ASSERT_EQ(0, crowd_answers(crowd, i + 1));
	}
	EXPECT_TRUE(WAIT_UNTIL((crowd_reap(crowd), crowd_ended(crowd, -ECANCELED) ==
						   crowd->n)));
	EXPECT_COUNTS(self->bench.fd, .submitted = crowd->n, .cancelled = crowd->n);
	io_uring_queue_exit(&crowd->uring);
}

TEST_F(queue, A1_A2_B_ten_thousand_cancelled_at_once)
{
	struct crowd *crowd = new_crowd(self->bench.fd);

	crowd_submit_reads(crowd);
	ASSERT_EQ(crowd->n, wait_waiting(crowd->n));
	crowd_prepare_cancel(crowd, CANCELSAFE_CANCEL_RING, 0);
	EXPECT_EQ(crowd->n, crowd_answers(crowd, 1));
	EXPECT_TRUE(WAIT_UNTIL((crowd_reap(crowd), crowd_ended(crowd, -ECANCELED) ==
						   crowd->n)));
	EXPECT_COUNTS(self->bench.fd, .submitted = crowd->n, .cancelled = crowd->n);
	io_uring_queue_exit(&crowd->uring);
}

TEST_F(queue, A9_L11_a_ring_torn_down_with_ten_thousand)
{
	struct crowd *crowd = new_crowd(self->bench.fd);

	crowd_submit_reads(crowd);
	ASSERT_EQ(crowd->n, wait_waiting(crowd->n));
	io_uring_queue_exit(&crowd->uring);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = crowd->n, .cancelled = crowd->n);
}

/* How long one cancel takes, by a system call of its own. In nanoseconds. */
static uint64_t time_of_cancel(struct crowd *crowd, unsigned int i)
{
	uint64_t begun;

	crowd_prepare_cancel(crowd, CANCELSAFE_CANCEL_TAG, i + 1);
	begun = now_ns();
	io_uring_submit_and_wait(&crowd->uring, 1);
	return now_ns() - begun;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

#define TIMED 101

static uint64_t middle(uint64_t *times)
{
	qsort(times, TIMED, sizeof(*times), by_size);
	return times[TIMED / 2];
}

/*
 * Who would look for it along the others, would pass by five thousand on the way:
 * that takes far longer than the system call, and a busy machine is slow for both.
 */
TEST_F(queue, A10_among_ten_thousand_one_is_found_as_fast_as_alone)
{
	uint64_t among[TIMED], alone[TIMED], ratio;
	static unsigned int order[CROWD];
	struct crowd *crowd;
	unsigned int i;

	if (node_model_is("driver_queue"))
		SKIP(return, "its cancel routine walks along the queue (rule F2)");
	crowd = new_crowd(self->bench.fd);
	crowd_submit_reads(crowd);
	ASSERT_EQ(crowd->n, wait_waiting(crowd->n));
	shuffle(order, crowd->n);
	for (i = 0; i < TIMED; i++) {
		among[i] = time_of_cancel(crowd, order[i]);
		crowd_reap(crowd);
	}
	crowd_prepare_cancel(crowd, CANCELSAFE_CANCEL_RING, 0);
	EXPECT_EQ(crowd->n - TIMED, crowd_answers(crowd, TIMED + 1));
	ASSERT_EQ(0, wait_waiting(0));

	for (i = 0; i < TIMED; i++) {
		crowd_prepare_read(crowd, i);
		io_uring_submit(&crowd->uring);
		alone[i] = time_of_cancel(crowd, i);
		crowd_reap(crowd);
	}
	ratio = middle(among) / middle(alone);
	TH_LOG("a cancel takes %llu ns alone, %llu ns among %d others",
	       (unsigned long long)middle(alone),
	       (unsigned long long)middle(among), crowd->n - 1);
	EXPECT_GT(8, ratio);
	EXPECT_COUNTS(self->bench.fd, .submitted = crowd->n + TIMED,
		      .cancelled = crowd->n + TIMED);
	io_uring_queue_exit(&crowd->uring);
}

TEST_HARNESS_MAIN
