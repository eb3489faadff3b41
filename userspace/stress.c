// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe stress: many reads, many cancels, and was the law kept?
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"
#include "terminal.h"
#include "verify.h"

#define MAX_THREADS 100
#define TICK_MS 100
#define DEFAULT_SECONDS 10

enum { THREADS, SECONDS, READS, SEED, OPTIONS };

static const char help[] =
"usage: cancelsafe stress [-t N] [--seconds S] [--reads N] [--seed N]\n"
"\n"
"Keeps 64 io_uring reads in flight on each thread and cancels many of them, each\n"
"again and again until the read itself has ended. Then checks that every read\n"
"ended once, that no sample was lost, repeated or invented, that no cancelled\n"
"read's buffer was touched, and that all the driver's counters add up.\n"
"\n"
"  -t, --threads N   1 to 10 threads, as Microsoft's canclapp has them; up to 100\n"
"                    are taken, but each costs the kernel up to 64 threads of its\n"
"                    own, one for each read that waits (default 1)\n"
"      --seconds S   run that long, 1 to 86400 (default 10, if --reads is not given)\n"
"      --reads N     submit that many reads in all, 1 to 1000000000\n"
"      --seed N      make the decisions of the run with this seed (default: the time)\n"
"\n"
"At a terminal, `q` ends it gracefully: it submits nothing more, cancels what is in\n"
"flight, and prints its table. Any other key ends it abruptly, with everything in\n"
"flight and nothing checked.\n"
"\n"
"Ends with 0 if the law held, 1 if not or if something failed.\n";

/* Ends at once: cleaning up after us is the kernel's and the driver's business. */
static void end_abruptly(const struct run *run)
{
	terminal_close();
	printf("Ended abruptly, with %llu reads in flight. Nothing was checked:\n"
	       "`cancelsafe info` shows what the driver makes of it.\n", run_in_flight(run));
	fflush(stdout);
	_exit(STATUS_FAILED);
}

static bool all_done(const struct run *run)
{
	for (unsigned int i = 0; i < run->threads; i++)
		if (!run->workers[i].done)
			return false;
	return true;
}

/* The law holds in every snapshot, not in the last one only. */
static int look(struct run *run)
{
	struct snapshot snapshot;
	__u64 settle_us;

	if (node_snapshot(&snapshot) || node_setting("settle_us", &settle_us))
		return -1;
	law_snapshot(&run->shared.law, "the node", "during the run", &snapshot);
	if (settle_us < run->settle_us)
		run->settle_us = settle_us;
	return 0;
}

static int attend(struct run *run, __u64 seconds)
{
	__u64 deadline = run->started_ns + seconds * 1000000000;
	int err = 0, key;

	while (!all_done(run)) {
		key = terminal_key(TICK_MS);
		if (key != NO_KEY && key != 'q')
			end_abruptly(run);
		err = err ?: look(run);
		if (key == 'q' || err || (seconds && now_ns() >= deadline) ||
		    ledger_nearly_full(&run->shared.ledger))
			atomic_store(&run->shared.stop, true);
		report_progress(run);
	}
	return err;
}

static int complain_if_a_ring_failed(const struct run *run)
{
	for (unsigned int i = 0; i < run->threads; i++) {
		int err = run->workers[i].error;

		if (err)
			return complain("thread %u: io_uring failed while it waited: %s",
					i + 1, strerror(-err));
	}
	return 0;
}

static int init(struct run *run, __u64 reads)
{
	__u64 acquire_us;

	law_init(&run->shared.law);
	run->workers = calloc(run->threads, sizeof(*run->workers));
	if (!run->workers) {
		complain("no memory for %u threads", run->threads);
		return -1;
	}
	for (unsigned int i = 0; i < run->threads; i++) {
		struct worker *worker = &run->workers[i];

		worker->shared = &run->shared;
		worker->index = i;
		worker->quota = reads / run->threads + (i < reads % run->threads);
		if (!reads)
			worker->quota = ULLONG_MAX;
		if (worker_init(worker))
			return -1;
	}
	if (node_setting("settle_us", &run->settle_us) ||
	    node_setting("acquire_us", &acquire_us) || node_snapshot(&run->before))
		return -1;
	run->shared.acquire_ns = acquire_us * 1000;
	return ledger_open(&run->shared.ledger, run->before.count[ACQUIRED]);
}

/* Returns when all threads have ended. */
static int run_threads(struct run *run, __u64 seconds)
{
	unsigned int started = 0;
	int err = 0;

	run->started_ns = now_ns();
	while (started < run->threads && !err) {
		err = worker_start(&run->workers[started]);
		started += !err;
	}
	if (err)
		atomic_store(&run->shared.stop, true);
	else
		err = attend(run, seconds);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(run->workers[i].thread, NULL);
	run->ended_ns = now_ns();
	terminal_close();
	return err;
}

static int stress(int argc, char **argv)
{
	struct number_option options[OPTIONS] = {
		[THREADS] = { "threads", 't', 1, MAX_THREADS, .value = 1 },
		[SECONDS] = { "seconds", 0, 1, 86400, .value = 0 },
		[READS] = { "reads", 0, 1, 1000000000, .value = 0 },
		[SEED] = { "seed", 0, 0, ULLONG_MAX, .value = now_ns() % 1000000000 },
	};
	struct run run = { 0 };
	int status = options_parse(&command_stress, argc, argv, options, OPTIONS);

	if (status != STATUS_GO_ON)
		return status;
	if (!options[SECONDS].given && !options[READS].given)
		options[SECONDS].value = DEFAULT_SECONDS;
	run.threads = options[THREADS].value;
	run.shared.seed = options[SEED].value;
	if (init(&run, options[READS].value))
		return STATUS_FAILED;
	report_start(&run, options[SECONDS].value, options[READS].value, terminal_open());
	if (run_threads(&run, options[SECONDS].value) || complain_if_a_ring_failed(&run) ||
	    run_verify(&run))
		return STATUS_FAILED;
	report_table(&run);
	return run.shared.law.broken ? STATUS_FAILED : STATUS_HELD;
}

const struct command command_stress = {
	.name = "stress",
	.summary = "many reads, many cancels, and was the law kept?",
	.help = help,
	.run = stress,
};
