// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe stress: many reads, many cancels, and was the law kept?
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "command.h"
#include "instance.h"
#include "module.h"
#include "report.h"
#include "report_json.h"
#include "terminal.h"
#include "verify.h"

#define MAX_THREADS 100
#define TICK_MS 100
#define DEFAULT_SECONDS 10

enum { THREADS, INSTANCES, SECONDS, READS, SEED, MIX, ABRUPT, JSON, LOAD, OPTIONS };

static const char help[] =
"usage: cancelsafe stress [-t N] [-i N] [--seconds S] [--reads N] [--seed N]\n"
"                         [--mix WAY=WEIGHT,...] [--abrupt] [--json] [--load [KO]]\n"
"\n"
"Keeps 64 reads in flight on each thread and cancels many of them, each again and\n"
"again until the read itself has ended. Then checks that every read ended once,\n"
"that no sample was lost, repeated or invented, that no cancelled read's buffer\n"
"was touched, and that all the driver's counters add up.\n"
"\n"
"  -t, --threads N    1 to 10 threads, as Microsoft's canclapp has them; up to\n"
"                     100 are taken, but each costs the kernel up to 64 threads\n"
"                     of its own, one for each read that waits (default 1)\n"
"  -i, --instances N  so many processes of so many threads, 1 to 100 (default 1)\n"
"      --seconds S    run that long, 1 to 86400 (default 10, unless --reads is\n"
"                     given)\n"
"      --reads N      submit that many reads in all, 1 to 1000000000\n"
"      --seed N       make the run's decisions with this seed (default: the time)\n"
"      --mix MIX      how often each way to cancel is chosen, see below\n"
"      --abrupt       end with everything in flight, then wait until the driver\n"
"                     has got rid of it\n"
"      --json         print one JSON object instead of the table\n"
"      --load [KO]    load the module if it is not there, and unload it at the\n"
"                     end; KO is cancelsafe.ko here, or beside this program\n"
"\n"
"The ways to cancel; the default mix is\n"
"  " MIX_DEFAULT "\n"
"\n"
"  data    ASYNC_CANCEL by user_data: just this read\n"
"  fd      ASYNC_CANCEL by descriptor: one of the file's reads, whichever is found\n"
"  fdall   ASYNC_CANCEL by descriptor: all of the file's reads in this ring\n"
"  all     ASYNC_CANCEL of all that the ring has in flight\n"
"  sync    SYNC_CANCEL by user_data, which waits 10 ms at most\n"
"  link    LINK_TIMEOUT: the read is submitted with a time limit\n"
"  signal  a signal to a thread in read(2): its share of the reads are such\n"
"  none    not before the run ends\n"
"\n"
"Weights are numbers from 0 to 1000; a way that is not named has weight 0, one\n"
"that is named without a weight has 1. Whatever the way, a read that has not ended\n"
"10 ms after its cancel answered, or 1 s if that said \"not found\", is cancelled\n"
"again, by user_data.\n"
"\n"
"At a terminal, `q` ends it gracefully: it submits nothing more, cancels what is\n"
"in flight, and prints its table. Any other key ends it as --abrupt does.\n"
"\n"
"Ends with 0 if the law held, 1 if not or if something failed.\n";

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

/* Only an abrupt run has to be told when all its reads are submitted. */
static bool is_over(const struct run *run)
{
	const struct plan *plan = &run->plan;

	return (plan->seconds && now_ns() >= run->started_ns + plan->seconds * 1000000000) ||
	       (plan->abrupt && plan->reads && run->total.submitted >= plan->reads) ||
	       ledger_nearly_full(&run->shared.ledger);
}

/* Returns when all processes have ended. */
static int attend(struct run *run)
{
	int err = 0, key;

	while (!instances_ended(run)) {
		key = terminal_key(TICK_MS);
		run_add_up(run);
		err = err ?: look(run);
		if (run->abrupt)
			continue;
		if ((key != NO_KEY && key != 'q') || (run->plan.abrupt && is_over(run)))
			instances_end_abruptly(run);
		else if (key == 'q' || err || is_over(run))
			atomic_store(&run->shared.stop, true);
		report_progress(run);
	}
	return err;
}

static int complain_if_one_died(const struct run *run)
{
	const struct instance *instance;
	int status = STATUS_HELD;

	for (unsigned int i = 0; i < run->plan.instances; i++) {
		instance = &run->instances[i];
		if (instance->died)
			status = complain("instance %u (process %d) died: %s: what it had in flight is "
					  "accounted for by its open files", i + 1, instance->pid,
					  strsignal(WTERMSIG(instance->status)));
		else if (instance->failed)
			return complain("instance %u failed, so nothing was verified", i + 1);
	}
	return status;
}

static bool one_failed(const struct run *run)
{
	for (unsigned int i = 0; i < run->plan.instances; i++)
		if (run->instances[i].failed)
			return true;
	return false;
}

/* From the first read to the last, and what there is to say of it. */
static int run_all(struct run *run, bool json)
{
	int err, status;

	run->started_ns = now_ns();
	err = instances_start(run);
	if (!json)
		report_start(run, terminal_open());
	err = attend(run) ?: err;
	run->ended_ns = now_ns();
	terminal_close();
	status = complain_if_one_died(run);
	run_add_up(run);
	if (err || one_failed(run) || run_verify(run))
		return STATUS_FAILED;
	if (json)
		report_json(run);
	else
		report_table(run);
	return run->shared.law.broken ? STATUS_FAILED : status;
}

static int make_plan(int argc, char **argv, struct command_option *options, struct plan *plan)
{
	int status = options_parse(&command_stress, argc, argv, options, OPTIONS);
	char wrong[160];

	if (status != STATUS_GO_ON)
		return status;
	if (!mix_parse(options[MIX].text, &plan->mix, wrong, sizeof(wrong)))
		return bad_usage(&command_stress, "--mix: %s", wrong);
	if (!options[SECONDS].given && !options[READS].given)
		options[SECONDS].value = DEFAULT_SECONDS;
	plan->mix_text = options[MIX].text;
	plan->threads = options[THREADS].value;
	plan->instances = options[INSTANCES].value;
	plan->seconds = options[SECONDS].value;
	plan->reads = options[READS].value;
	plan->seed = options[SEED].value;
	plan->abrupt = options[ABRUPT].given;
	return STATUS_GO_ON;
}

/* The module must be there before the run, and nothing of the run after it. */
static int run_plan(const struct plan *plan, const struct command_option *options)
{
	struct run *run;
	int status = STATUS_FAILED;

	if (options[LOAD].given && module_load(options[LOAD].text))
		return STATUS_FAILED;
	run = ring_probe() ? NULL : run_create(plan);
	if (run) {
		status = run_all(run, options[JSON].given);
		run_close(run);
	}
	return module_unload() ? STATUS_FAILED : status;
}

static int stress(int argc, char **argv)
{
	struct command_option options[OPTIONS] = {
		[THREADS] = { "threads", 't', 1, MAX_THREADS, .value = 1 },
		[INSTANCES] = { "instances", 'i', 1, MAX_INSTANCES, .value = 1 },
		[SECONDS] = { "seconds", 0, 1, 86400, .value = 0 },
		[READS] = { "reads", 0, 1, 1000000000, .value = 0 },
		[SEED] = { "seed", 0, 0, ULLONG_MAX, .value = now_ns() % 1000000000 },
		[MIX] = { "mix", .kind = TEXT, .text = MIX_DEFAULT,
			  .wants = "ways and weights, as in data=4,all=1" },
		[ABRUPT] = { "abrupt", .kind = FLAG },
		[JSON] = { "json", .kind = FLAG },
		[LOAD] = { "load", .kind = MAYBE_TEXT, .wants = "a module's file, or nothing" },
	};
	struct plan plan;
	int status = make_plan(argc, argv, options, &plan);

	return status == STATUS_GO_ON ? run_plan(&plan, options) : status;
}

const struct command command_stress = {
	.name = "stress",
	.summary = "many reads, many cancels, and was the law kept?",
	.help = help,
	.run = stress,
};
