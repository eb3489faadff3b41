// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to serve who waits, and how late that is.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "node.h"
#include "ring.h"
#include "stage.h"

#define IN_FLIGHT 64
#define EVENTFD_MOST (UINT64_MAX - 1)
#define IN_A_LAP 8192
#define LATE_IN_A_LAP 32
#define WAITING_LATE 8

/**
 * struct served - a contender's own: requests that are submitted anew when they end
 * @ring:    their ring
 * @fds:     what each is of
 * @submit:  submits one
 * @note:    notes one that has ended
 * @samples: where their data goes
 * @feeder:  of eventfds: a thread that lets data come
 * @settle_ns: of samples: what each waits for
 * @last:    of samples: the one before
 */
struct served {
	struct io_uring ring;
	int fds[IN_FLIGHT];
	void (*submit)(struct served *served, unsigned int index);
	void (*note)(struct served *served, unsigned int index, struct bench_lap *lap);
	struct cancelsafe_sample samples[IN_FLIGHT];
	pthread_t feeder;
	__u64 settle_ns;
	struct cancelsafe_sample last;
};

static void submit_cmd(struct served *served, unsigned int index)
{
	const struct cancelsafe_cmd_read payload = {
		.buffer = (__u64)(unsigned long)&served->samples[index],
	};

	ring_command(&served->ring, served->fds[index], CANCELSAFE_CMD_READ, &payload, index, 0);
}

static void submit_read(struct served *served, unsigned int index)
{
	ring_read(&served->ring, served->fds[index], &served->samples[index], sizeof(__u64),
		  index, 0);
}

static void note_one(struct served *served, unsigned int index, struct bench_lap *lap)
{
	(void)served;
	(void)index;
	lap->operations++;
}

/* Takes what has ended, and submits it anew: each as soon as there is one. */
static int serve_some(struct served *served, struct bench_lap *lap)
{
	unsigned int head, count = 0;
	struct io_uring_cqe *cqe;
	int err = io_uring_submit_and_wait(&served->ring, 1);

	if (err < 0 && err != -EINTR)
		return complain("cannot wait at the io_uring: %s", strerror(-err));
	io_uring_for_each_cqe(&served->ring, head, cqe) {
		if (cqe->res <= 0)
			return complain("a request that was to be served says: %s",
					strerror(-cqe->res));
		served->note(served, cqe->user_data, lap);
		served->submit(served, cqe->user_data);
		count++;
	}
	io_uring_cq_advance(&served->ring, count);
	return 0;
}

static int serve(void *state, struct bench_lap *lap)
{
	__u64 start = now_ns();

	while (lap->operations < IN_A_LAP)
		if (serve_some(state, lap))
			return -1;
	lap->ns = now_ns() - start;
	return 0;
}

/* NULL after having complained. */
static struct served *open_served(void (*submit)(struct served *, unsigned int))
{
	struct served *served = calloc(1, sizeof(*served));

	if (!served) {
		complain("no memory");
		return NULL;
	}
	served->submit = submit;
	served->note = note_one;
	if (!ring_open(&served->ring, 2 * IN_FLIGHT))
		return served;
	free(served);
	return NULL;
}

static void submit_all(struct served *served, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		served->submit(served, i);
}

static int open_samples(const struct contender *contender, const struct bench_trial *trial,
			void **state)
{
	struct served *served = open_served(submit_cmd);
	int fd;

	(void)contender;
	if (!served)
		return -1;
	*state = served;
	fd = node_open();
	if (fd < 0)
		return -1;
	for (unsigned int i = 0; i < IN_FLIGHT; i++)
		served->fds[i] = fd;
	submit_all(served, trial->waiting);
	return 0;
}

static int close_samples(void *state)
{
	struct served *served = state;

	io_uring_queue_exit(&served->ring);
	close(served->fds[0]);
	free(served);
	return 0;
}

/*
 * An eventfd that has as much as it can hold blocks its writer until it was read. So no
 * write is in vain: each is a READ's, as each sample is a command's.
 */
static void *feed(void *arg)
{
	struct served *served = arg;

	for (;;)
		for (unsigned int i = 0; i < IN_FLIGHT; i++)
			eventfd_write(served->fds[i], EVENTFD_MOST);
	return NULL;
}

static int open_events(const struct contender *contender, const struct bench_trial *trial,
		       void **state)
{
	struct served *served = open_served(submit_read);

	(void)contender;
	if (!served)
		return -1;
	*state = served;
	for (unsigned int i = 0; i < IN_FLIGHT; i++)
		served->fds[i] = eventfd(0, EFD_CLOEXEC);
	submit_all(served, trial->waiting);
	if (io_uring_submit(&served->ring) < 0 ||
	    pthread_create(&served->feeder, NULL, feed, served))
		return complain("cannot start a thread: raise ulimit -u (RLIMIT_NPROC)");
	return 0;
}

static int close_events(void *state)
{
	struct served *served = state;

	pthread_cancel(served->feeder);
	pthread_join(served->feeder, NULL);
	io_uring_queue_exit(&served->ring);
	for (unsigned int i = 0; i < IN_FLIGHT; i++)
		close(served->fds[i]);
	free(served);
	return 0;
}

static const struct contender serve_contenders[] = {
	{ "commands, with samples", OURS, NULL, open_samples, serve, close_samples },
	{ "READs of eventfds", PEER, NULL, open_events, serve, close_events },
};

int bench_serve(struct bench *bench)
{
	static const struct bench_trial trial = { "serve", IN_FLIGHT, 0 };

	if (node_set_number("settle_us", 0))
		return -1;
	return bench_race(bench, &trial, serve_contenders, 2);
}

/* How late */

static double earliest;		/* of all samples: less than 0 is too early */

/* One that is served after another has waited for the settling time alone. */
static void note_late(struct served *served, unsigned int index, struct bench_lap *lap)
{
	const struct cancelsafe_sample *sample = &served->samples[index];
	double late = (double)sample->acquired_ns - served->last.acquired_ns - served->settle_ns;

	if (served->last.sequence && sample->sequence == served->last.sequence + 1) {
		lap->ns += late > 0 ? late : 0;
		lap->operations++;
		if (late < earliest)
			earliest = late;
	}
	served->last = *sample;
}

static int open_late(const struct contender *contender, const struct bench_trial *trial,
		     void **state)
{
	struct served *served;

	if (open_samples(contender, trial, state))
		return -1;
	served = *state;
	served->settle_ns = 1000 * *(const __u64 *)contender->kind;
	return node_set_number("settle_us", served->settle_ns / 1000);
}

/* Until the others had their lap, the device had nobody to serve: that does not count. */
static int be_served_late(void *state, struct bench_lap *lap)
{
	struct served *served = state;
	struct bench_lap before = { 0 };

	served->note = note_one;
	while (before.operations < 2 * WAITING_LATE)
		if (serve_some(served, &before))
			return -1;
	served->note = note_late;
	served->last.sequence = 0;
	while (lap->operations < LATE_IN_A_LAP)
		if (serve_some(served, lap))
			return -1;
	return 0;
}

/* Without the 50 us by which the kernel may put off a sleep to save a wake-up. */
static int open_sleep(const struct contender *contender, const struct bench_trial *trial,
		      void **state)
{
	(void)trial;
	*state = (void *)contender->kind;
	if (prctl(PR_SET_TIMERSLACK, 1))
		return complain("cannot do without timer slack: %s", strerror(errno));
	return 0;
}

static int sleep_late(void *state, struct bench_lap *lap)
{
	const __u64 ns = 1000 * *(const __u64 *)state;

	for (unsigned int i = 0; i < LATE_IN_A_LAP; i++) {
		__u64 until = now_ns() + ns;
		struct timespec end = { until / 1000000000, until % 1000000000 };

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL))
			;
		lap->ns += now_ns() - until;
	}
	lap->operations = LATE_IN_A_LAP;
	return 0;
}

static int close_sleep(void *state)
{
	(void)state;
	prctl(PR_SET_TIMERSLACK, 0);	/* what it was at the start */
	return 0;
}

#define LENGTHS 3

static const __u64 lengths_us[LENGTHS] = { 100, 1000, 10000 };

/* What is said of each length */
static const struct {
	const char *sample, *sleep, *goal;
} words[LENGTHS] = {
	{ "a sample each 100 us", "clock_nanosleep, 100 us", "late/100" },
	{ "a sample each ms", "clock_nanosleep, 1 ms", "late/1000" },
	{ "a sample each 10 ms", "clock_nanosleep, 10 ms", "late/10000" },
};

int bench_late(struct bench *bench)
{
	static const struct bench_trial trial = { "late", WAITING_LATE, 1 };

	earliest = 0;
	for (unsigned int i = 0; i < LENGTHS; i++) {
		const struct contender contenders[] = {
			{ words[i].sample, OURS, &lengths_us[i], open_late, be_served_late,
			  close_samples },
			{ words[i].sleep, PEER, &lengths_us[i], open_sleep, sleep_late,
			  close_sleep },
		};

		if (bench_race(bench, &trial, contenders, 2))
			return -1;
		bench_goal_ratio(bench, words[i].goal, "how late, of a sleep",
				 bench_figure(bench, &trial, words[i].sample),
				 bench_figure(bench, &trial, words[i].sleep), 1.2);
	}
	bench_goal(bench, "late/early", "ns that a sample was too early", -earliest, 0);
	return 0;
}
