// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to submit a request and cancel it; and to cancel any of many that wait.
 */
#include <errno.h>
#include <stdlib.h>

#include "bench.h"
#include "command.h"
#include "node.h"
#include "pairs.h"
#include "ring.h"

/* Requests, divisible by each batch */
#define IN_A_LAP 256
#define CANCELS_IN_A_LAP 64

/* From one to the next of a batch: distinct in a ring of no multiple of it. */
#define STRIDE 7919
/* With more, those which grow take most of the run; and the rest, too. */
#define GROWING_MOST 16384
#define PEERS_MOST 65536
#define CLOCK_READS 64
#define CLOCK_TRIES 16
#define SEED 0x9e3779b97f4a7c15ULL

static const unsigned int sizes[] = { 1, 128, 1024, 16384, 65536, 1000000 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/**
 * struct crosser - a contender's own
 * @pairs:  its requests
 * @trial:  what it is to do
 * @random: the state of a generator
 * @clock_ns: what it costs to ask what time it is
 * @before: the node's counters, before them
 */
struct crosser {
	struct pairs *pairs;
	struct bench_trial trial;
	__u64 random;
	double clock_ns;
	struct snapshot before;
};

static __u64 random_below(struct crosser *crosser, __u64 limit)
{
	crosser->random ^= crosser->random << 13;
	crosser->random ^= crosser->random >> 7;
	crosser->random ^= crosser->random << 17;
	return crosser->random % limit;
}

static int open_crosser(const struct contender *contender, const struct bench_trial *trial,
			void **state)
{
	struct crosser *crosser = calloc(1, sizeof(*crosser));
	int err;

	if (!crosser)
		return complain("no memory");
	crosser->trial = *trial;
	crosser->random = SEED;
	err = node_snapshot(&crosser->before) ?:
	      pairs_open(contender->kind, trial->waiting, &crosser->pairs);
	if (err)
		free(crosser);
	else
		*state = crosser;
	return err;
}

static int close_crosser(void *state)
{
	struct crosser *crosser = state;

	pairs_close(crosser->pairs);
	free(crosser);
	return 0;
}

/* Submit and cancel */

static int cross_batch(struct pairs *pairs, unsigned int batch)
{
	for (unsigned int i = 0; i < batch; i++)
		pairs_submit(pairs, i);
	if (pairs_send(pairs, 0))
		return -1;
	for (unsigned int i = 0; i < batch; i++)
		pairs_cancel(pairs, i);
	return pairs_send(pairs, 0) ?: pairs_reap(pairs, 0, batch);
}

static int cross(void *state, struct bench_lap *lap)
{
	struct crosser *crosser = state;
	__u64 start = now_ns();

	for (unsigned int i = 0; i < IN_A_LAP; i += crosser->trial.batch)
		if (cross_batch(crosser->pairs, crosser->trial.batch))
			return -1;
	lap->ns = now_ns() - start;
	lap->operations = IN_A_LAP;
	return 0;
}

static const struct contender one_contenders[] = {
	{ "command", OURS, &pair_cmd, open_crosser, cross, close_crosser },
	{ "READ of an eventfd", PEER, &pair_eventfd, open_crosser, cross, close_crosser },
	{ "READ of a pipe", PEER, &pair_pipe, open_crosser, cross, close_crosser },
	{ "TIMEOUT", PEER, &pair_timeout, open_crosser, cross, close_crosser },
	{ "FUTEX_WAIT", PEER, &pair_futex, open_crosser, cross, close_crosser },
	{ "2 commands to /dev/null", FLOOR, &pair_null, open_crosser, cross, close_crosser },
};

#define ONE_CONTENDERS (sizeof(one_contenders) / sizeof(one_contenders[0]))

static const struct figure *best_peer(const struct bench *bench, const struct bench_trial *trial)
{
	const struct figure *figure, *best = NULL;

	for (unsigned int i = 0; i < ONE_CONTENDERS; i++) {
		figure = bench_figure(bench, trial, one_contenders[i].name);
		if (figure && figure->role == PEER && (!best || figure->median < best->median))
			best = figure;
	}
	return best;
}

static void judge_one(struct bench *bench, const struct bench_trial *trial)
{
	const struct figure *ours = bench_figure(bench, trial, "command");

	bench_goal_ratio(bench, "cancel-one/floor", "a command, of two to /dev/null", ours,
			 bench_figure(bench, trial, "2 commands to /dev/null"), 1.3);
	bench_goal_ratio(bench, "cancel-one/peer", "a command, of the best peer", ours,
			 best_peer(bench, trial), 0.7);
}

int bench_one(struct bench *bench)
{
	for (unsigned int i = 0; i < BENCH_BATCHES; i++) {
		const struct bench_trial trial = { "cancel-one", 1, bench_batches[i] };

		if (bench_hold() || bench_race(bench, &trial, one_contenders, ONE_CONTENDERS))
			return -1;
		if (trial.batch == 1)
			judge_one(bench, &trial);
	}
	return 0;
}

/* Any of many */

static double clock_reads(void)
{
	__u64 start = now_ns();

	for (int i = 0; i < CLOCK_READS; i++)
		now_ns();
	return (double)(now_ns() - start) / (CLOCK_READS + 1);
}

/*
 * What is in each measurement, and is none of it: the least of some tries, since the
 * kernel may be freeing what a contender before has left.
 */
static double clock_cost(void)
{
	double least = clock_reads();

	for (int i = 1; i < CLOCK_TRIES; i++) {
		double cost = clock_reads();

		if (cost < least)
			least = cost;
	}
	return least;
}

static int open_many(const struct contender *contender, const struct bench_trial *trial,
		     void **state)
{
	struct crosser *crosser;
	int err = open_crosser(contender, trial, state);

	if (err)
		return err;
	crosser = *state;
	crosser->clock_ns = clock_cost();
	return pairs_fill(crosser->pairs, trial->waiting);
}

/* Some of one ring, so that one system call cancels them. */
static void choose(struct crosser *crosser, __u64 *names)
{
	const struct bench_trial *trial = &crosser->trial;
	const __u64 any = random_below(crosser, trial->waiting);
	const __u64 first = any - any % PAIRS_A_RING;	/* of its ring */
	const __u64 others = trial->waiting - first;
	const __u64 size = others < PAIRS_A_RING ? others : PAIRS_A_RING;

	for (unsigned int i = 0; i < trial->batch; i++)
		names[i] = first + (any - first + i * STRIDE) % size;
}

/* Only the cancels are timed: the requests come back before the next ones. */
static int cancel_some(struct crosser *crosser, struct bench_lap *lap)
{
	const unsigned int batch = crosser->trial.batch;
	struct pairs *pairs = crosser->pairs;
	__u64 names[BENCH_BATCH_MOST] = { 0 }, start;

	choose(crosser, names);
	if (pairs_meet(pairs, names[0]))
		return -1;
	start = now_ns();
	for (unsigned int i = 0; i < batch; i++)
		pairs_cancel(pairs, names[i]);
	if (pairs_send(pairs, names[0]) || pairs_reap(pairs, names[0], batch))
		return -1;
	lap->ns += now_ns() - start;
	for (unsigned int i = 0; i < batch; i++)
		pairs_submit(pairs, names[i]);
	return pairs_send(pairs, names[0]);
}

static int cancel_any(void *state, struct bench_lap *lap)
{
	struct crosser *crosser = state;
	const unsigned int times = CANCELS_IN_A_LAP / crosser->trial.batch;

	for (unsigned int i = 0; i < times; i++)
		if (cancel_some(crosser, lap))
			return -1;
	if (lap->ns > times * crosser->clock_ns)
		lap->ns -= times * crosser->clock_ns;
	lap->operations = CANCELS_IN_A_LAP;
	return 0;
}

static void shuffle(struct crosser *crosser, __u32 *names, __u32 count)
{
	for (__u32 i = 0; i < count; i++) {
		__u32 other = random_below(crosser, i + 1);

		names[i] = names[other];
		names[other] = i;
	}
}

/* Each once, in random order: each has to say that it was cancelled. */
static int cancel_all(struct crosser *crosser)
{
	__u32 count = crosser->trial.waiting, *names = malloc(count * sizeof(*names));
	int err = 0;

	if (!names)
		return complain("no memory");
	shuffle(crosser, names, count);
	for (__u32 i = 0; i < count && !err; i++) {
		pairs_cancel(crosser->pairs, names[i]);
		err = pairs_send(crosser->pairs, names[i]) ?:
		      pairs_reap(crosser->pairs, names[i], 1);
	}
	free(names);
	return err;
}

/* The driver has counted what we have. */
static int check_account(const struct crosser *crosser)
{
	__u64 ended = crosser->pairs->ended;
	struct snapshot now;

	if (node_snapshot(&now))
		return -1;
	if (now.count[WAITING] == crosser->before.count[WAITING] &&
	    now.count[CANCELLED] - crosser->before.count[CANCELLED] == ended &&
	    now.count[SUBMITTED] - crosser->before.count[SUBMITTED] == ended)
		return 0;
	return complain("%s: %llu requests were cancelled, but its counters say otherwise",
			node_device, ended);
}

static int close_ours(void *state)
{
	int err = cancel_all(state) ?: check_account(state);

	return close_crosser(state) ?: err;
}

static const struct contender many_contenders[] = {
	{ "command", OURS, &pair_cmd, open_many, cancel_any, close_ours },
	{ "READ of an eventfd", PEER, &pair_eventfd, open_many, cancel_any, close_crosser },
	{ "TIMEOUT", PEER, &pair_timeout, open_many, cancel_any, close_crosser },
	{ "FUTEX_WAIT", PEER, &pair_futex, open_many, cancel_any, close_crosser },
};

/* How many of them, from the first, there are among so many that wait. */
static unsigned int many_contend(unsigned int waiting)
{
	if (waiting > PEERS_MOST)
		return 1;
	if (waiting > GROWING_MOST)
		return 2;
	return sizeof(many_contenders) / sizeof(many_contenders[0]);
}

/* As instructions: memory that does not fit a cache makes the time grow. */
static void judge_many(struct bench *bench)
{
	const struct figure *figure, *least = NULL, *most = NULL;

	for (unsigned int i = 0; i < SIZES; i++) {
		const struct bench_trial trial = { "cancel-many", sizes[i], 1 };

		figure = bench_figure(bench, &trial, "command");
		if (!figure)
			continue;
		if (!least || figure->median < least->median)
			least = figure;
		if (!most || figure->median > most->median)
			most = figure;
	}
	if (bench->ns && least != most)
		bench_goal_ratio(bench, "cancel-many/flat",
				 "the dearest number that waits, of the cheapest", most, least,
				 1.15);
}

/* The batches are for the peers. */
static int race_many(struct bench *bench, unsigned int waiting)
{
	const unsigned int count = many_contend(waiting);

	for (unsigned int i = 0; i < (count > 1 ? BENCH_BATCHES : 1); i++) {
		const struct bench_trial trial = { "cancel-many", waiting, bench_batches[i] };

		if (waiting >= trial.batch &&
		    (bench_hold() || bench_race(bench, &trial, many_contenders, count)))
			return -1;
	}
	return 0;
}

int bench_many(struct bench *bench)
{
	for (unsigned int i = 0; i < SIZES && sizes[i] <= bench->most; i++)
		if (race_many(bench, sizes[i]))
			return -1;
	judge_many(bench);
	return 0;
}
