// SPDX-License-Identifier: GPL-2.0
/*
 * The model in which nothing is queued: its crowd of sleepers, and what it costs,
 * in numbers.
 */
#include <stdlib.h>
#include <sys/resource.h>

#define ON_NODE "cancelsafe-wait-queue"
#include "cancelsafe_test.h"

TEST_F(node, B_what_the_model_does_not_have_is_absent)
{
	char text[64];

	ASSERT_EQ(0, read_file(node_path("model"), text, sizeof(text)));
	EXPECT_STREQ("wait_queue\n", text);
	EXPECT_TRUE(node_has("settle_us"));
	EXPECT_TRUE(node_has("acquire_us"));
	EXPECT_FALSE(node_has("queue_limit"));
}

/* A crowd of sleepers */

/**
 * struct sleeper - a thread that reads a number of samples
 * @fd:     to read from
 * @thread: that reads
 * @left:   how many samples it still wants
 * @first:  the number of the first sample it got
 * @slept:  how often it went to sleep
 * @eintr:  how many reads were interrupted, and left the buffer alone
 * @wrong:  anything else
 */
struct sleeper {
	int fd;
	pthread_t thread;
	atomic_int left;
	uint64_t first;
	long slept;
	_Atomic uint64_t eintr;
	_Atomic uint64_t wrong;
};

static void sleeper_read(struct sleeper *sleeper)
{
	struct cancelsafe_sample sample;
	ssize_t ret;

	memset(&sample, POISON, sizeof(sample));
	ret = read(sleeper->fd, &sample, sizeof(sample));
	if (ret == SAMPLE_SIZE && is_sample(&sample)) {
		sleeper->first = sleeper->first ?: sample.sequence;
		sleeper->left--;
	} else if (ret == -1 && errno == EINTR &&
		   is_untouched(&sample, sizeof(sample))) {
		sleeper->eintr++;
	} else {
		sleeper->wrong++;
	}
}

static long times_slept(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		die("cannot get this thread's usage: %s", strerror(errno));
	return usage.ru_nvcsw;
}

static void *sleeper_run(void *arg)
{
	struct sleeper *sleeper = arg;
	long before = times_slept();

	while (sleeper->left && !sleeper->wrong)
		sleeper_read(sleeper);
	sleeper->slept = times_slept() - before;
	return NULL;
}

static void sleeper_start(struct sleeper *sleeper, int fd, int samples)
{
	*sleeper = (struct sleeper){ .fd = fd, .left = samples };
	if (pthread_create(&sleeper->thread, NULL, sleeper_run, sleeper))
		die("cannot start a thread");
}

/* @n of them, each for one sample, asleep one after the other. */
static void start_crowd(struct sleeper *crowd, int n, int fd)
{
	int i;

	for (i = 0; i < n; i++) {
		sleeper_start(&crowd[i], fd, 1);
		if (wait_waiting(i + 1) != i + 1)
			die("reader %d does not sleep", i);
	}
}

/* Returns how often they slept, all of them. */
static long join_crowd(struct sleeper *crowd, int n)
{
	long slept = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (pthread_join(crowd[i].thread, NULL))
			die("cannot join a thread");
		slept += crowd[i].slept;
	}
	return slept;
}

#define CROWD 16

/* Samples are so far apart that everybody sleeps again in between. */
static long sleeps_of_a_crowd(int fd)
{
	struct sleeper crowd[CROWD];

	start_crowd(crowd, CROWD, fd);
	settle_us(20000);
	return join_crowd(crowd, CROWD);
}

TEST_F(csq, B_who_queues_is_woken_for_its_own_sample)
{
	long slept = sleeps_of_a_crowd(self->bench.fd);

	TH_LOG("%d samples for %d readers, who slept %ld times", CROWD, CROWD,
	       slept);
	EXPECT_GT(3 * CROWD, slept);
}

TEST_F(node, B_a_crowd_is_woken_for_one_sample)
{
	long slept = sleeps_of_a_crowd(self->bench.fd);

	TH_LOG("%d samples for %d readers, who slept %ld times", CROWD, CROWD,
	       slept);
	EXPECT_LT(3 * CROWD, slept);
}

static int out_of_order(const struct sleeper *crowd, int n)
{
	int i, count = 0;

	for (i = 1; i < n; i++)
		count += crowd[i].first < crowd[i - 1].first;
	return count;
}

/* Each once, and no gap: the teardown sees to that. The order is only shown. */
TEST_F(node, A1_A7_a_crowd_and_its_order)
{
	struct sleeper crowd[CROWD];
	int i;

	start_crowd(crowd, CROWD, self->bench.fd);
	settle_us(2000);
	join_crowd(crowd, CROWD);
	for (i = 0; i < CROWD; i++)
		EXPECT_EQ(0, crowd[i].left);
	TH_LOG("of %d readers %d got a sample before the one who came before them",
	       CROWD, out_of_order(crowd, CROWD));
	EXPECT_COUNTS(self->bench.fd, .submitted = CROWD, .completed = CROWD,
		      .acquired = CROWD);
}

/* One has the device, the others sleep on, and are woken when it is done. */
TEST_F(node, A1_A7_L26_a_crowd_while_acquisitions_take_time)
{
	struct sleeper crowd[4];
	int i;

	acquire_us(2000);
	settle_us(500);
	for (i = 0; i < 4; i++)
		sleeper_start(&crowd[i], self->bench.fd, 10);
	for (i = 0; i < 4; i++)
		ASSERT_TRUE(WAIT_UNTIL(!crowd[i].left)) {
			TH_LOG("reader %d has been forgotten", i);
		}
	join_crowd(crowd, 4);
	EXPECT_COUNTS(self->bench.fd, .submitted = 40, .completed = 40,
		      .acquired = 40);
}

/* Until all of them have what they want, or the watchdog barks. */
static bool storm(struct sleeper *crowd, int n)
{
	uint64_t end = now_ns() + WATCHDOG_NS;
	bool all = false;
	int i;

	while (!all && now_ns() < end) {
		all = true;
		for (i = 0; i < n; i++) {
			if (!crowd[i].left)
				continue;
			all = false;
			if (random() % 4 == 0)
				pthread_kill(crowd[i].thread, SIGUSR1);
		}
		usleep(random() % 1000);
	}
	return all;
}

#define STORMY 8
#define EACH 100

/* Returns how many were interrupted while all got their samples, or -1. */
static int storm_round(struct __test_metadata *_metadata, int fd)
{
	struct sleeper crowd[STORMY];
	int i, eintr = 0;

	for (i = 0; i < STORMY; i++)
		sleeper_start(&crowd[i], fd, EACH);
	if (!storm(crowd, STORMY)) {
		TH_LOG("nothing moves, with %ju waiting",
		       (uintmax_t)node_counts().waiting);
		return -1;
	}
	join_crowd(crowd, STORMY);
	for (i = 0; i < STORMY; i++) {
		EXPECT_EQ(0, crowd[i].wrong);
		eintr += crowd[i].eintr;
	}
	return eintr;
}

/*
 * Signals meet sleepers that were woken and have not looked yet, and the last
 * ones have nobody left whose look or read would help them. While they sleep no
 * setting is touched, which would, too; but a slow machine's device has to be slower
 * for anybody to sleep.
 */
TEST_F(node, A1_A2_A3_A7_L25_signals_against_wake_ups)
{
	unsigned int settle = 500, samples = 0, eintr = 0;
	uint64_t begun = now_ns();
	int n;

	handle_signals(0);
	do {
		settle_us(settle);
		n = storm_round(_metadata, self->bench.fd);
		ASSERT_LE(0, n);
		samples += STORMY * EACH;
		eintr += n;
		settle *= 2;
	} while (go_on(begun, 0, eintr > 20));
	TH_LOG("%u samples, %u interrupted", samples, eintr);
	EXPECT_LT(20, eintr);
	EXPECT_COUNTS(self->bench.fd, .submitted = samples + eintr,
		      .cancelled = eintr, .completed = samples,
		      .acquired = samples);
}

/**
 * struct thief - a thread that takes samples without sleeping for them
 * @fd:     to read from
 * @left:   how many more it steals
 * @thread: the thread
 */
struct thief {
	int fd;
	int left;
	pthread_t thread;
};

static void *steal(void *arg)
{
	struct cancelsafe_sample sample;
	struct thief *thief = arg;

	while (thief->left)
		if (read(thief->fd, &sample, sizeof(sample)) == SAMPLE_SIZE)
			thief->left--;
	return NULL;
}

/* Whoever was woken in vain is woken again, after the thief has gone as well. */
TEST_F(node, A1_A7_L26_wake_ups_are_stolen)
{
	struct thief thief = { .fd = node_open(O_RDONLY | O_NONBLOCK),
			       .left = 200 };
	struct sleeper crowd[4];
	int i;

	self->bench.others = true;
	settle_us(500);
	ASSERT_EQ(0, pthread_create(&thief.thread, NULL, steal, &thief));
	for (i = 0; i < 4; i++)
		sleeper_start(&crowd[i], self->bench.fd, 100);
	ASSERT_EQ(0, pthread_join(thief.thread, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_TRUE(WAIT_UNTIL(!crowd[i].left)) {
			TH_LOG("reader %d has been forgotten", i);
		}
	join_crowd(crowd, 4);
	EXPECT_COUNTS(thief.fd, .submitted = 200, .completed = 200,
		      .acquired = 200);
	EXPECT_COUNTS(self->bench.fd, .submitted = 400, .completed = 400,
		      .acquired = 400);
	close(thief.fd);
}

TEST_HARNESS_MAIN
