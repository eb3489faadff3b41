// SPDX-License-Identifier: GPL-2.0
/*
 * What a run of `cancelsafe stress` saw, held against what the driver counted.
 *
 * Each thread has an open file of its own, so the driver's counters of that file
 * are about this thread and nobody else: those must agree exactly. They can be
 * read when its process is gone, because the process that watches has it open, too.
 * The node's counters include whoever else uses it; what they rose by beyond
 * the sum of our files is called others', and is no breach.
 */
#include <stdio.h>
#include <unistd.h>

#include "ring.h"
#include "verify.h"

#define QUIET_NS (30 * 1000000000ULL)

/* Whose process was gone, asked or not, before its reads had ended. */
static bool was_cut_off(const struct run *run, const struct worker *worker)
{
	return run->abrupt || run_instance_of(run, worker)->died;
}

/*
 * Where every read's CQE has come, nothing can wait: the driver counts before it
 * tells. What it had to abandon may take until it is served; and of a process
 * that is gone the kernel needs a moment to take the ring down.
 */
static int quiet_file(struct run *run, struct worker *worker, __u64 deadline)
{
	bool cut_off = was_cut_off(run, worker);

	for (;;) {
		if (file_snapshot(worker->fd, &worker->file))
			return -1;
		if (!worker->file.count[WAITING] || worker->hung)
			return 0;
		if (now_ns() > deadline)
			break;
		usleep(1000);
	}
	law_broken(&run->shared.law, cut_off ? "A9" : "A1",
		   "thread %u: %s, but in the driver %llu wait", worker->index + 1,
		   cut_off ? "its process is gone" : "every read has ended",
		   worker->file.count[WAITING]);
	return 0;
}

/* The driver counts what was made of reads whose end nobody was there to see. */
static void check_cut_off(struct run *run, const struct worker *worker, const char *whose)
{
	__u64 completed = worker->file.count[COMPLETED];
	__u64 samples = tally_ended_as(&worker->tally, GOT_SAMPLE);

	if (completed < samples)
		law_broken(&run->shared.law, "A1",
			   "%s: %llu reads completed, but at least %llu got a sample",
			   whose, completed, samples);
	else
		run->unseen += completed - samples;
}

/*
 * Of a READ's cancel the driver hears nothing while io_uring polls for it, or has it
 * in a list for a worker; of read(2)'s and libaio's it hears always.
 */
static void check_ended(struct run *run, const struct worker *worker, const char *whose)
{
	const __u64 *file = worker->file.count;
	__u64 samples = tally_ended_as(&worker->tally, GOT_SAMPLE);
	__u64 without = tally_ended(&worker->tally) - samples;
	__u64 seen = worker->tally.ended[PATH_READ][WAS_CANCELLED] +
		     worker->tally.ended[PATH_AIO][WAS_CANCELLED];
	struct law *law = &run->shared.law;

	if (file[COMPLETED] != samples)
		law_broken(law, "A1", "%s: %llu reads completed, but %llu got a sample",
			   whose, file[COMPLETED], samples);
	if (file[CANCELLED] + file[FAILED] > without)
		law_broken(law, "A1",
			   "%s: %llu reads cancelled or failed, but %llu ended without a sample",
			   whose, file[CANCELLED] + file[FAILED], without);
	if (file[CANCELLED] + file[FAILED] < seen)
		law_broken(law, "A1",
			   "%s: %llu reads cancelled or failed, but %llu by read(2) and libaio were cancelled",
			   whose, file[CANCELLED] + file[FAILED], seen);
	if (tally_in_flight(&worker->tally))
		law_broken(law, "A1", "thread %u: %llu reads have not ended", worker->index + 1,
			   tally_in_flight(&worker->tally));
}

static void check_file(struct run *run, const struct worker *worker)
{
	char whose[40];

	snprintf(whose, sizeof(whose), "the open file of thread %u", worker->index + 1);
	law_snapshot(&run->shared.law, whose, "after the run", &worker->file);
	if (was_cut_off(run, worker) || worker->hung)
		check_cut_off(run, worker, whose);
	else
		check_ended(run, worker, whose);
}

static int verify_files(struct run *run)
{
	__u64 deadline = now_ns() + QUIET_NS + run->shared.acquire_ns;

	run->own = (struct snapshot){ 0 };
	for (unsigned int i = 0; i < run->nr_workers; i++) {
		struct worker *worker = &run->workers[i];

		if (quiet_file(run, worker, deadline))
			return -1;
		check_file(run, worker);
		for (int c = 0; c < COUNTERS; c++)
			run->own.count[c] += worker->file.count[c];
	}
	run->quiet_ns = now_ns() - run->ended_ns;
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
 * A process that dies has perhaps noted a sample that it had no time to count:
 * one for each of its threads at most, those for libaio and read(2) included, which
 * is then not missing.
 */
static void check_missing(struct run *run, __u64 last, __u64 expected)
{
	__u64 missing = run->samples.missing;
	__u64 slack = 0;

	for (unsigned int i = 0; i < run->nr_workers; i++)
		if (was_cut_off(run, &run->workers[i]))
			slack += 2 + run->workers[i].readers_used;
	if (missing <= expected && missing + slack >= expected)
		return;
	law_broken(&run->shared.law, "A7",
		   "%llu of samples %llu to %llu were not read; that should be %llu: %llu were undeliverable, %llu others', %llu unseen",
		   missing, run->shared.ledger.base + 1, last, expected,
		   run_rise(run, UNDELIVERABLE), run_others(run, COMPLETED), run->unseen);
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
	check_missing(run, limits.last, undeliverable + others + beyond + run->unseen);
}

/* Has a cancel been sent that ends as many as it finds? */
static bool ends_many(const struct run *run)
{
	static const enum way ways[] = { BY_FDALL, BY_ALL, BY_FILE, BY_RING };

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (tally_way(&run->total, ways[i]).cancels)
			return true;
	return false;
}

/*
 * A cancel of one read cancels one at the most. Only by file it may be two: one that
 * is in a worker's hands is interrupted, and io_uring goes on to look for one for
 * which it polls. Which cancel it was of several nobody can tell, so all are added
 * up.
 */
static void verify_cancels(struct run *run)
{
	struct way_tally sum = tally_ways(&run->total);
	__u64 most = sum.cancels + run->total.repeated + tally_way(&run->total, BY_FD).cancels;

	if (sum.cancelled > most && !ends_many(run) && !tally_in_flight(&run->total))
		law_broken(&run->shared.law, "A2",
			   "%llu reads were told that they are cancelled, and all that can have done it are %llu cancels of one read each",
			   sum.cancelled, most);
}

int run_verify(struct run *run)
{
	if (verify_files(run) || verify_node(run))
		return -1;
	verify_samples(run);
	verify_cancels(run);
	return 0;
}
