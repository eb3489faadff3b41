// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe bench: what cancelling costs, beside what else there is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "files.h"
#include "node.h"
#include "ring.h"
#include "stage.h"

#define DEFAULT_MOST 16384
#define LIMIT "queue_limit"
#define QUEUE_LIMIT 4194304	/* as many as may wait at all */

enum { SCENARIO, MOST, INSTRUCTIONS, REASONS, JSON, MARKDOWN, PLOT, OPTIONS };

static const char help[] =
"usage: cancelsafe bench [--scenario NAME,...] [--most N] [--instructions NS]\n"
"                        [--reasons FILE] [--json | --markdown]\n"
"       cancelsafe bench [--most N] [--instructions NS] --plot\n"
"\n"
"Measures what an operation costs: ours, what a person would use instead, and a floor\n"
"that can hardly be lower; in one process and in turn, so that the ratios hold on any\n"
"machine. The node must not be used by others meanwhile; its settings are changed, and\n"
"set back afterwards. This is for root.\n"
"\n"
"      --scenario NAME,...  only these of\n"
"                           memory       what one that waits costs\n"
"                           threads      and how many threads\n"
"                           cancel-one   submit and cancel one request\n"
"                           cancel-file  cancel all of an open file\n"
"                           killed       kill -9 of who has many waiting\n"
"                           ring-closed  close a ring with many waiting\n"
"                           serve        serve those that wait\n"
"                           late         how late the device serves\n"
"                           signal       a signal to a blocking read(2)\n"
"                           aio          submit and io_cancel one request\n"
"                           cancel-many  cancel any of many that wait\n"
"                           contend      two processes, at one node and at two\n"
"      --most N             at most N requests wait, 1 to 1000000 (default 16384);\n"
"                           each takes about 700 bytes of memory\n"
"      --instructions NS    the machine's clock counts instructions, each as so many\n"
"                           ns, as QEMU's does with -icount: 2 for shift=1\n"
"      --reasons FILE       a goal that is missed is excused if the file has a line\n"
"                           that begins with \"- `GOAL`: \"\n"
"      --json               print one JSON object instead of the tables\n"
"      --markdown           print the tables as Markdown\n"
"      --plot               print a program for gnuplot that makes an SVG of\n"
"                           cancel-many, and nothing else\n"
NODE_HELP
"\n"
"contend needs two nodes of each model: load the module with instances=2.\n"
"\n"
"Ends with 0 if all goals were met, excused or not judged, and 1 if one was missed or\n"
"something failed.\n";

/*
 * Memory first: what others have left there would be used again. Many late: a million
 * leave the kernel's memory in another order, which costs whoever comes next some percent.
 */
const unsigned int bench_batches[BENCH_BATCHES] = { 1, BENCH_BATCH_MOST };

const struct scenario scenarios[SCENARIOS] = {
	{ "memory", "what a request that waits costs", "bytes", .run = bench_memory },
	{ "threads", "what it costs in threads", "threads", .run = bench_threads },
	{ "cancel-one", "submit and cancel one request", .run = bench_one },
	{ "cancel-file", "cancel all of an open file, for each", .run = bench_file },
	{ "killed", "kill -9 of who has many waiting, for each", .run = bench_killed },
	{ "ring-closed", "close a ring with many waiting, for each", .run = bench_closed },
	{ "serve", "serve those that wait, with no settling time",
	  .rate = true, .run = bench_serve },
	{ "late", "how much later than asked for", .run = bench_late },
	{ "signal", "a signal to a blocking read(2), which then reads again",
	  .run = bench_signal },
	{ "aio", "submit and cancel one request with libaio", .run = bench_aio },
	{ "cancel-many", "cancel any of many that wait", .run = bench_many },
	{ "contend", "submit, cancel and serve at once, all processes together",
	  "in a second", .run = bench_contend },
};

/* The scenario with this name, of so many characters; or SCENARIOS: none. */
static unsigned int find_scenario(const char *name, size_t length)
{
	unsigned int i = 0;

	while (i < SCENARIOS && (strlen(scenarios[i].name) != length ||
				 strncmp(scenarios[i].name, name, length)))
		i++;
	return i;
}

/* Of "NAME,..." a set. Returns NULL, or the name that there is not. */
static const char *parse_names(const char *text, unsigned int *set)
{
	for (*set = 0;; text++) {
		size_t length = strcspn(text, ",");
		unsigned int i = find_scenario(text, length);

		if (i == SCENARIOS)
			return text;
		*set |= 1U << i;
		text += length;
		if (!*text)
			return NULL;
	}
}

static bool is_emulated(void)
{
	char text[4096];

	return !text_of_file("/proc/cpuinfo", text, sizeof(text)) && strstr(text, "QEMU TCG");
}

/* The node is ours meanwhile. */
static struct stage stage;

static int release_others(void)
{
	return stage.waiting ? stage_serve(&stage) : 0;
}

/* Where the server starts the first request at once, that one cannot be cancelled. */
int bench_hold(void)
{
	bool others;

	if (release_others() || node_model_is("startio", &others) || stage_hold())
		return -1;
	return others ? stage_invite(&stage) : 0;
}

static int run_scenarios(struct bench *bench, const struct bench_show *show)
{
	int err = 0;

	show->begin(bench);
	for (unsigned int i = 0; i < SCENARIOS && !err; i++) {
		unsigned int first = bench->nr_figures;

		if (!(bench->wanted & 1U << i))
			continue;
		progress("%s", scenarios[i].name);
		err = scenarios[i].run(bench) ?: release_others();
		progress("%s", "");
		if (err)
			break;
		if (scenarios[i].rate && !bench->ns)
			bench_rates(bench, first);
		show->scenario(bench, &scenarios[i], first);
	}
	show->end(bench);
	return err;
}

/* It has room for all. */
static int run_on_node(struct bench *bench, const struct bench_show *show)
{
	__u64 limit;
	int err;

	if (!node_has(LIMIT))
		return complain("%s: nothing is queued there, and it has no commands: --node cancelsafe",
				node_device);
	if (node_setting(LIMIT, &limit) || stage_open(&stage, PATH_CMD))
		return -1;
	err = node_set_number(LIMIT, QUEUE_LIMIT) ?: run_scenarios(bench, show);
	err |= stage_serve(&stage) | node_set_number(LIMIT, limit);
	return stage_close(&stage) ?: err;
}

static int judge(const struct bench *bench)
{
	int status = STATUS_HELD;

	for (unsigned int i = 0; i < bench->nr_goals; i++)
		if (bench->goals[i].state == MISSED)
			status = complain("the goal %s is missed, and no reason is given: see --reasons",
					  bench->goals[i].name);
	return status;
}

static int measure(struct bench *bench, const struct bench_show *show)
{
	int err;

	if (ring_probe())
		return STATUS_FAILED;
	bench->emulated = is_emulated();
	stage_catch_signals();
	err = run_on_node(bench, show);
	if (stage_interrupted)
		return complain("ended by a signal; the node has its settings again");
	return err ? STATUS_FAILED : judge(bench);
}

static const struct bench_show *show_as(const struct command_option *options)
{
	if (options[PLOT].given)
		return &bench_plot;
	if (options[JSON].given)
		return &bench_json;
	return options[MARKDOWN].given ? &bench_markdown : &bench_terminal;
}

static int bench(int argc, char **argv)
{
	static struct bench found;
	const char *unknown = NULL;
	struct command_option options[OPTIONS] = {
		[SCENARIO] = { "scenario", .kind = TEXT,
			       .wants = "names, as in --scenario cancel-one,aio" },
		[MOST] = { "most", 0, 1, 1000000, .value = DEFAULT_MOST },
		[INSTRUCTIONS] = { "instructions", 0, 1, 1024, .value = 0 },
		[REASONS] = { "reasons", .kind = TEXT,
			      .wants = "a file, as in --reasons docs/performance.md" },
		[JSON] = { "json", .kind = FLAG },
		[MARKDOWN] = { "markdown", .kind = FLAG },
		[PLOT] = { "plot", .kind = FLAG },
	};
	int status = options_parse(&command_bench, argc, argv, options, OPTIONS);

	if (status != STATUS_GO_ON)
		return status;
	if (options[JSON].given + options[MARKDOWN].given + options[PLOT].given > 1)
		return bad_usage(&command_bench, "--json, --markdown or --plot, not both");
	if (options[PLOT].given && options[SCENARIO].given)
		return bad_usage(&command_bench, "--plot is of cancel-many: no --scenario");
	found.wanted = (1U << SCENARIOS) - 1;
	if (options[PLOT].given)
		unknown = parse_names("cancel-many", &found.wanted);
	else if (options[SCENARIO].given)
		unknown = parse_names(options[SCENARIO].text, &found.wanted);
	if (unknown)
		return bad_usage(&command_bench, "--scenario: there is no scenario \"%s\"",
				 unknown);
	if (options[REASONS].text) {
		found.reasons = fopen(options[REASONS].text, "r");
		if (!found.reasons)
			return complain("cannot open %s: %m", options[REASONS].text);
	}
	found.most = options[MOST].value;
	found.ns = options[INSTRUCTIONS].value;
	return measure(&found, show_as(options));
}

const struct command command_bench = {
	.name = "bench",
	.summary = "what cancelling costs, beside what else there is",
	.help = help,
	.run = bench,
};
