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

enum { THREADS, INSTANCES, SECONDS, READS, SEED, PATH, MIX, ABRUPT, JSON, LOAD, OPTIONS };

static const char help[] =
"usage: cancelsafe stress [-t N] [-i N] [--seconds S] [--reads N] [--seed N]\n"
"                         [--path PATH,...] [--mix WAY=WEIGHT,...] [--abrupt]\n"
"                         [--json] [--load [KO]] [--node NAME]\n"
"\n"
"Keeps 64 reads in flight on each thread and cancels many of them, each again and\n"
"again until the read itself has ended. Then checks that every read ended once,\n"
"that no sample was lost, repeated or invented, that no cancelled read's buffer\n"
"was touched, and that all the driver's counters add up.\n"
"\n"
"  -t, --threads N    1 to 10 threads, as Microsoft's canclapp has them; up to\n"
"                     100 are taken, but each costs the kernel up to 64 threads\n"
"                     of its own, one for each iowq read that waits (default 1)\n"
"  -i, --instances N  so many processes of so many threads, 1 to 100 (default 1)\n"
"      --seconds S    run that long, 1 to 86400 (default 10, unless --reads is\n"
"                     given)\n"
"      --reads N      submit that many reads in all, 1 to 1000000000\n"
"      --seed N       make the run's decisions with this seed (default: the time)\n"
"      --path PATHS   which ways in the reads take, see below (default all)\n"
"      --mix MIX      how often each way to cancel is chosen, see below\n"
"      --abrupt       end with everything in flight, then wait until the driver\n"
"                     has got rid of it\n"
"      --json         print one JSON object instead of the table\n"
"      --load [KO]    load the module if it is not there, and unload it at the\n"
"                     end; KO is cancelsafe.ko here, or beside this program\n"
"      --node NAME    another node than cancelsafe, as in /dev; each has its model:\n"
"                     cancelsafe-wait-queue queues nothing\n"
"\n"
"The paths; all are those that the node has, and the mix has ways for:\n"
"\n"
"  read    read(2), in threads that block\n"
"  iowq    io_uring READ, in a thread of io-wq; not with cancelsafe-wait-queue\n"
"  poll    io_uring READ, for which io_uring polls; with cancelsafe-wait-queue only\n"
"  aio     libaio, without a thread; not with cancelsafe-wait-queue\n"
"  cmd     io_uring command, without a thread; not with cancelsafe-wait-queue\n"
"\n"
"The ways to cancel; the default mix, as far as it is for the paths, is\n"
"  data=400,fd=40,fdall=1,all=1,sync=40,link=100,tag=400,file=1,ring=1,\n"
"  iocb=200,signal=100,none=100\n"
"\n"
"  data    iowq, poll: ASYNC_CANCEL by user_data: just this read\n"
"  fd      iowq, poll: ASYNC_CANCEL by descriptor: one of the file's reads,\n"
"          whichever is found\n"
"  fdall   iowq, poll: ASYNC_CANCEL by descriptor: all of the file's reads in\n"
"          this ring\n"
"  all     iowq, poll: ASYNC_CANCEL of all that the ring has in flight\n"
"  sync    iowq, poll: SYNC_CANCEL by user_data, which waits 10 ms at most\n"
"  link    iowq, poll: LINK_TIMEOUT: the read is submitted with a time limit\n"
"  tag     cmd: CANCEL command by tag: just this read\n"
"  file    cmd: CANCEL command: all of the file's reads, by whatever path\n"
"  ring    cmd: CANCEL command: all of the file's commands in this ring\n"
"  iocb    aio: io_cancel\n"
"  signal  read: a signal to the thread\n"
"  none    any but read: not before the run ends\n"
"\n"
"Weights are numbers from 0 to 1000; a way that is not named has weight 0, one\n"
"that is named without a weight has 1. A path's share of the reads is that of its\n"
"ways. Whatever the way, a read that has not ended 10 ms after its cancel answered,\n"
"or 1 s if that said \"not found\", is cancelled again, it alone.\n"
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

/* A process that has died keeps nobody waiting. */
static bool has_begun(const struct run *run)
{
	for (unsigned int i = 0; i < run->plan.instances; i++)
		if (run->instances[i].ended)
			return true;
	return atomic_load(&run->shared.begun) == run->nr_workers;
}

static bool time_is_over(const struct run *run)
{
	return run->plan.seconds && run->begun_ns &&
	       now_ns() >= run->begun_ns + run->plan.seconds * 1000000000;
}

/* Only an abrupt run has to be told when all its reads are submitted. */
static bool is_over(const struct run *run)
{
	const struct plan *plan = &run->plan;

	return time_is_over(run) ||
	       (plan->abrupt && plan->reads && tally_submitted(&run->total) >= plan->reads) ||
	       ledger_nearly_full(&run->shared.ledger);
}

/* Returns when all processes have ended. */
static int attend(struct run *run)
{
	int err = 0, key;

	while (!instances_ended(run)) {
		key = terminal_key(TICK_MS);
		run_add_up(run);
		if (!run->begun_ns && has_begun(run))
			run->begun_ns = now_ns();
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
			status = complain("instance %u (process %d) died: %s: what it had in "
					  "flight is accounted for by its open files",
					  i + 1, instance->pid,
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

/* What that means on this node, which is perhaps there only now. */
static int settle_mix(struct plan *plan, bool strict)
{
	struct mix_limits limits = {
		.asked = plan->paths,
		.of_node = paths_of_node(),
		.strict = strict,
	};
	char wrong[200];

	if (mix_settle(&plan->mix, &limits, wrong, sizeof(wrong)))
		return STATUS_GO_ON;
	return bad_usage(&command_stress, "%s", wrong);
}

static int make_plan(int argc, char **argv, struct command_option *options, struct plan *plan)
{
	int status = options_parse(&command_stress, argc, argv, options, OPTIONS);
	char wrong[160];

	if (status != STATUS_GO_ON)
		return status;
	if (!paths_parse(options[PATH].text, &plan->paths, wrong, sizeof(wrong)))
		return bad_usage(&command_stress, "--path: %s", wrong);
	if (!mix_parse(options[MIX].text, &plan->mix, wrong, sizeof(wrong)))
		return bad_usage(&command_stress, "--mix: %s", wrong);
	if (!options[SECONDS].given && !options[READS].given)
		options[SECONDS].value = DEFAULT_SECONDS;
	plan->threads = options[THREADS].value;
	plan->instances = options[INSTANCES].value;
	plan->seconds = options[SECONDS].value;
	plan->reads = options[READS].value;
	plan->seed = options[SEED].value;
	plan->abrupt = options[ABRUPT].given;
	return STATUS_GO_ON;
}

static int run_on_node(struct plan *plan, const struct command_option *options)
{
	int status = settle_mix(plan, options[MIX].given);
	struct run *run;

	if (status != STATUS_GO_ON)
		return status;
	run = ring_probe() ? NULL : run_create(plan);
	if (!run)
		return STATUS_FAILED;
	status = run_all(run, options[JSON].given);
	run_close(run);
	return status;
}

/* The module must be there before the run, and nothing of the run after it. */
static int run_plan(struct plan *plan, const struct command_option *options)
{
	int status;

	if (options[LOAD].given && module_load(options[LOAD].text))
		return STATUS_FAILED;
	status = run_on_node(plan, options);
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
		[PATH] = { "path", .kind = TEXT, .text = "all",
			   .wants = "paths, as in read,aio, or all" },
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
