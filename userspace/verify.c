// SPDX-License-Identifier: GPL-2.0
/*
 * What a run of `cancelsafe stress` saw, held against what the driver counted.
 *
 * Each thread has opened the node for itself, so the driver's counters of that
 * open file are about this thread and nobody else: those must agree exactly.
 * The node's counters include whoever else uses it; what they rose by beyond
 * the sum of our files is called others', and is no breach.
 */
#include <stdio.h>
#include <unistd.h>

#include "ring.h"
#include "verify.h"

#define QUIET_NS (30 * 1000000000ULL)

/*
 * Every read's CQE has come, so nothing of it can wait: the driver counts
 * before it tells. Only what it had to abandon may take until it is served.
 */
static int quiet_file(struct run *run, struct worker *worker)
{
	__u64 deadline = now_ns() + QUIET_NS + run->shared.acquire_ns;

	for (;;) {
		if (file_snapshot(worker->fd, &worker->file))
			return -1;
		if (!worker->file.count[WAITING] || worker->hung)
			return 0;
		if (now_ns() > deadline)
			break;
		usleep(1000);
	}
	law_broken(&run->shared.law, "A1",
		   "thread %u: every read has ended, but in the driver %llu wait",
		   worker->index + 1, worker->file.count[WAITING]);
	return 0;
}

static void check_file(struct run *run, struct worker *worker)
{
	const __u64 *file = worker->file.count;
	__u64 samples = worker->tally.ended[GOT_SAMPLE];
	__u64 without = worker->tally.ended[WAS_CANCELLED] +
			   worker->tally.ended[ENDED_OTHERWISE];
	struct law *law = &run->shared.law;
	char whose[40];

	snprintf(whose, sizeof(whose), "the open file of thread %u", worker->index + 1);
	law_snapshot(law, whose, "after the run", &worker->file);
	if (worker->hung || worker->error)
		return;
	if (file[COMPLETED] != samples)
		law_broken(law, "A1", "%s: %llu reads completed, but %llu got a sample",
			   whose, file[COMPLETED], samples);
	if (file[CANCELLED] + file[FAILED] > without)
		law_broken(law, "A1",
			   "%s: %llu reads cancelled or failed, but %llu ended without a sample",
			   whose, file[CANCELLED] + file[FAILED], without);
	if (io_uring_cq_ready(&worker->ring))
		law_broken(law, "A1", "thread %u: a CQE came after every read had ended",
			   worker->index + 1);
}

static int verify_files(struct run *run)
{
	run->own = (struct snapshot){ 0 };
	for (unsigned int i = 0; i < run->threads; i++) {
		struct worker *worker = &run->workers[i];

		if (quiet_file(run, worker))
			return -1;
		check_file(run, worker);
		for (int c = 0; c < COUNTERS; c++)
			run->own.count[c] += worker->file.count[c];
	}
	return 0;
}

static int verify_node(struct run *run)
{
	struct law *law = &run->shared.law;

	if (node_snapshot(&run->after))
		return -1;
	law_snapshot(law, "the node", "before the run", &run->before);
	law_snapshot(law, "the node", "after the run", &run->after);
	for (int c = 0; c < COUNTERS; c++) {
		if (c == WAITING)
			continue;
		if (run->after.count[c] < run->before.count[c] ||
		    run_rise(run, c) < run->own.count[c])
			law_broken(law, "A1",
				   "the node's %s went from %llu to %llu, but our files' rose by %llu",
				   counter_names[c], run->before.count[c],
				   run->after.count[c], run->own.count[c]);
	}
	return 0;
}

/*
 * The numbers up to the last one acquired are ours, or undeliverable, or others'.
 * Others may hold numbers that are not counted yet, as many as they have reads
 * waiting: so ours may lie beyond what is counted, by that many.
 */
static void verify_samples(struct run *run)
{
	__u64 acquired = run->after.count[ACQUIRED];
	__u64 undeliverable = run_rise(run, UNDELIVERABLE);
	__u64 others = run_others(run, COMPLETED);
	struct ledger *ledger = &run->shared.ledger;
	struct ledger_limits limits = {
		.last = acquired,
		.settle_ns = run->settle_us * 1000,
		.not_before = run->started_ns,
		.not_after = run->ended_ns,
	};
	__u64 beyond = 0;

	if (ledger->last > acquired && ledger->last - acquired <= run->after.count[WAITING])
		beyond = ledger->last - acquired;
	limits.last += beyond;
	ledger_check(ledger, &run->shared.law, &limits, &run->samples);
	if (run->samples.missing != undeliverable + others + beyond)
		law_broken(&run->shared.law, "A7",
			   "%llu of samples %llu to %llu were not read; %llu were undeliverable, %llu others'",
			   run->samples.missing, ledger->base + 1, limits.last, undeliverable,
			   others);
}

int run_verify(struct run *run)
{
	if (verify_files(run) || verify_node(run))
		return -1;
	verify_samples(run);
	return 0;
}
