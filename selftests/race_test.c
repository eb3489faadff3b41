// SPDX-License-Identifier: GPL-2.0
/*
 * Races, by brute force: each of these does for a second or two what can go
 * wrong, at random times, and looks at every single result.
 */
#include <stdlib.h>

#define ON_EVERY_NODE
#include "ring_fixture.h"

/* One who reads, and signals */

/**
 * struct storm - one who reads again and again, and what came of it
 * @fd:      to read from
 * @stop:    tells it to end
 * @thread:  that reads
 * @samples: how many it got, each with the next number
 * @eintr:   how many were interrupted, and left the buffer alone
 * @wrong:   anything else
 * @last:    the last sample's number
 */
struct storm {
	int fd;
	atomic_bool stop;
	pthread_t thread;
	_Atomic uint64_t samples;
	_Atomic uint64_t eintr;
	_Atomic uint64_t wrong;
	uint64_t last;
};

static void storm_read(struct storm *storm)
{
	struct cancelsafe_sample sample;
	ssize_t ret;

	memset(&sample, POISON, sizeof(sample));
	ret = read(storm->fd, &sample, sizeof(sample));
	if (ret == SAMPLE_SIZE && is_sample(&sample) &&
	    sample.sequence == storm->last + 1) {
		storm->last++;
		storm->samples++;
	} else if (ret == -1 && errno == EINTR &&
		   is_untouched(&sample, sizeof(sample))) {
		storm->eintr++;
	} else {
		storm->wrong++;
	}
}

static void *storm_run(void *arg)
{
	struct storm *storm = arg;

	while (!storm->stop)
		storm_read(storm);
	return NULL;
}

/* The signals come at random, about as often as the samples. */
static void storm_blow(struct storm *storm)
{
	unsigned int settle = 200;
	uint64_t begun = now_ns();

	settle_us(settle);
	if (pthread_create(&storm->thread, NULL, storm_run, storm))
		die("cannot start a thread");
	while (go_on(begun, 2000, storm->samples > 5 &&
		     (storm->eintr > 5 || node_starts()))) {
		settle = keep_pace(settle, storm->samples, storm->eintr);
		pthread_kill(storm->thread, SIGUSR1);
		usleep(random() % 800);
	}
	storm->stop = true;
	settle_us(0);
	acquire_us(0);
	if (pthread_join(storm->thread, NULL))
		die("cannot join a thread");
}

/*
 * The device needs as long to settle as to acquire, so that the signals find
 * the reads anywhere: before the insert, queued, being claimed, in service, and
 * done. Those that found them too late are seen as cancels that did not cancel.
 */
TEST_F(node, A1_A2_A3_A7_L2_L3_signal_against_claim)
{
	struct storm storm = {
		.fd = self->bench.fd,
		.last = self->bench.sequence,
	};
	struct counts counts;

	handle_signals(0);
	acquire_us(200);
	storm_blow(&storm);

	counts = file_counts(self->bench.fd);
	TH_LOG("%ju signals: %ju samples, %ju interrupted",
	       (uintmax_t)signals_handled(), (uintmax_t)storm.samples,
	       (uintmax_t)storm.eintr);
	EXPECT_EQ(0, storm.wrong);
	EXPECT_LT(5, storm.samples);
	if (!node_starts())	/* in lasting service it gets the sample */
		EXPECT_LT(5, storm.eintr);
	EXPECT_LT(storm.eintr, signals_handled());
	EXPECT_EQ(storm.samples, counts.completed);
	EXPECT_EQ(storm.eintr, counts.cancelled);
	EXPECT_EQ(storm.samples + storm.eintr, counts.submitted);
}

/* Two who read at about the same time, and then wait for each other */

#define ROUNDS 2000
#define ROUNDS_MS 10000

/**
 * struct pair - two threads and their rounds
 * @fd:      to read from
 * @barrier: where they meet after each read, and once more
 * @begun:   when they began
 * @rounds:  how many there were: ROUNDS, or what a slow machine does of them
 * @over:    that was the last; between the two meetings
 * @samples: how many they got
 * @ended:   how many threads have done all rounds
 */
struct pair {
	int fd;
	pthread_barrier_t barrier;
	uint64_t begun;
	unsigned int rounds;
	bool over;
	atomic_uint samples;
	atomic_uint ended;
};

static void spin(unsigned int ns)
{
	uint64_t end = now_ns() + ns;

	while (now_ns() < end)
		;
}

static bool pair_meet(struct pair *pair)
{
	if (pthread_barrier_wait(&pair->barrier)) {
		pair->over = pair->rounds == ROUNDS ||
			     !go_on(pair->begun, ROUNDS_MS, pair->rounds > 10);
		pair->rounds += !pair->over;
	}
	pthread_barrier_wait(&pair->barrier);
	return !pair->over;
}

static void *pair_run(void *arg)
{
	struct cancelsafe_sample sample;
	struct pair *pair = arg;

	while (pair_meet(pair)) {
		spin(random() % 50000);
		pair->samples += read(pair->fd, &sample, sizeof(sample)) ==
				 SAMPLE_SIZE;
	}
	pair->ended++;
	return NULL;
}

/*
 * One of them submits while the server has just done with the other, and finds
 * nothing more to do. Nobody comes after them whose request would wake it.
 */
TEST_F(node, A1_no_request_is_left_behind)
{
	static struct pair pair;
	pthread_t threads[2];
	int i;

	pair.fd = self->bench.fd;
	pair.begun = now_ns();
	pthread_barrier_init(&pair.barrier, NULL, 2);
	settle_us(0);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, pair_run,
					    &pair));
	ASSERT_TRUE(WAIT_UNTIL(pair.ended == 2)) {
		TH_LOG("after %u samples nothing moves, with %ju waiting",
		       pair.samples, (uintmax_t)node_counts().waiting);
	}
	EXPECT_LT(10, pair.rounds);
	EXPECT_EQ(2 * pair.rounds, pair.samples);
}

/* A ring's reads, and cancels */

/* The cancel comes a random while later: listed, starting, inserting, queued. */
TEST_F(ring, A2_A3_L5_cancel_between_the_list_and_the_queue)
{
	unsigned int rounds = 0, wrong = 0;
	struct ring *ring = self->ring;
	uint64_t begun = now_ns();
	struct counts counts;

	do {
		ring_read(ring, 0, self->bench.fd);
		usleep(random() % 100);
		wrong += ring_cancel_until_ended(ring, 0) != -ECANCELED ||
			 !ring_is_untouched(ring, 0) ||
			 ring->reads[0].ends != 1;
		rounds++;
	} while (!wrong && go_on(begun, 1000, rounds > 10));

	counts = file_counts(self->bench.fd);
	log_answers(_metadata, &ring->answers);
	TH_LOG("%u reads, %ju got to the driver", rounds,
	       (uintmax_t)counts.submitted);
	EXPECT_EQ(0, wrong) {
		TH_LOG("a read ended with %d", ring->reads[0].result);
	}
	EXPECT_LT(10, rounds);
	EXPECT_LT(0, counts.submitted);
	EXPECT_EQ(counts.submitted, counts.cancelled);
	check_answers(_metadata, &ring->answers);
}

/* Many reads, each cancelled at random or not, and what came of them. */

#define READS 8

static void storm_round(struct tally *tally, struct ring *ring, int fd)
{
	unsigned int i;

	for (i = 0; i < READS; i++) {
		struct ring_read *read = &ring->reads[i];

		if (read->ends)
			tally_end(tally, read->result, read->bytes, RING_BUFFER);
		if (read->ends || !read->begun)
			ring_prepare_read(ring, i, fd);
		if (random() % 3 == 0)
			ring_prepare_cancel(ring, i);
	}
	ring_submit(ring);
	while (ring_reap(ring))
		if (io_uring_cq_ready(&ring->uring) == 0)
			break;
}

TEST_F(ring, A1_A2_A3_A7_L2_L5_L21_cancel_against_claim)
{
	static struct tally tally;
	uint64_t begun = now_ns();
	struct counts counts = {};
	int i;

	acquire_us(100);
	tally_begin(&tally, self->bench.sequence, 100);
	while (!tally.wrong &&
	       go_on(begun, 1500, tally.samples > 5 && counts.cancelled > 5)) {
		storm_round(&tally, self->ring, self->bench.fd);
		counts = file_counts(self->bench.fd);
		tally.settle = keep_pace(tally.settle, tally.samples,
					 counts.cancelled);
	}
	bench_release();
	for (i = 0; i < READS; i++)
		tally_end(&tally, ring_result(self->ring, i),
			  self->ring->reads[i].bytes, RING_BUFFER);

	counts = file_counts(self->bench.fd);
	log_answers(_metadata, &self->ring->answers);
	TH_LOG("%ju samples, %ju cancelled, %ju of them by the driver",
	       (uintmax_t)tally.samples, (uintmax_t)tally.cancelled,
	       (uintmax_t)counts.cancelled);
	EXPECT_EQ(0, tally.wrong);
	EXPECT_EQ(tally.samples, counts.completed);
	EXPECT_LE(counts.cancelled, tally.cancelled);
	EXPECT_LT(5, tally.samples);
	EXPECT_LT(5, counts.cancelled);
	check_answers(_metadata, &self->ring->answers);
}

TEST_F(ring, A1_A2_A3_L6_link_timeout_against_completion)
{
	race_link_timeouts(_metadata, self->ring, &self->bench);
}

TEST_HARNESS_MAIN
