// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe compare: what becomes of cancelled reads, for each model, each path and
 * each situation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "compare.h"
#include "locks.h"

#define DEFAULT_ROUNDS 100

enum { ROUNDS, PATH, JSON, MARKDOWN, PLOT, OPTIONS };

static const char help[] =
"usage: cancelsafe compare [--node NAME] [--path PATH,...] [--rounds N]\n"
"                          [--json | --markdown]\n"
"       cancelsafe compare --plot\n"
"\n"
"Has reads wait at one node of each model, by each path, and has somebody no longer\n"
"want them, in each situation: cancelled behind others, while the device settles for\n"
"them, in service, or when they are just being completed; their file closed, their\n"
"process killed, their time over, the node unplugged. Tells what the read was told and\n"
"what the cancel, who completed it and how long that took, then what waiting costs,\n"
"and whether who waits is served in order. A node that has a route, or a protocol for\n"
"the current read, is taken as it is set. The nodes must not be used by others\n"
"meanwhile: they are unplugged, so who has one open has to open it again; and their\n"
"settings are changed, and set back afterwards, unless by kill -9 there is no\n"
"afterwards. This is for root.\n"
"\n"
"      --node NAME      only this node\n"
"      --path PATH,...  only these paths: read, iowq, poll, aio, cmd\n"
"      --rounds N       so many reads in each situation, 1 to 100000 (default 100),\n"
"                       but none begins after ten seconds\n"
"      --json           print one JSON object instead of the tables\n"
"      --markdown       print the tables as Markdown\n"
"      --plot           measure something else: how many requests processes queue and\n"
"                       cancel, each at a node of its own, so that those of a model\n"
"                       with one lock for all can be told from those of one with a\n"
"                       lock for each queue. Prints a program for gnuplot that makes\n"
"                       an SVG. For more than one node, load the module with\n"
"                       instances=8\n"
"\n"
"Ends with 0 if all could be compared, and 1 if not.\n";

/**
 * struct plan - what the user asked for
 * @rounds: how many reads in each situation
 * @paths:  which paths; 0: all
 * @node:   the only node, or NULL
 * @show:   how it is shown; NULL: the plot
 */
struct plan {
	__u64 rounds;
	unsigned int paths;
	const char *node;
	const struct compare_show *show;
};

static int look_at(struct stage *stage, const struct plan *plan, struct comparison *comparison)
{
	const char *model = comparison->node->model;
	const char *path = path_words[comparison->path].name;
	int err;

	progress("%s %s: what waiting costs", model, path);
	err = cost_find(stage, &comparison->cost);
	progress("%s", "");
	if (err || comparison->cost.refused)
		return err;
	for (unsigned int i = 0; i < SITUATIONS && !err; i++) {
		if (situations[i].paths & PATH_BIT(comparison->path)) {
			progress("%s %s: %s", model, path, situations[i].name);
			err = situation_run(&situations[i], stage, plan->rounds,
					    &comparison->endings[i]);
			progress("%s", "");
		}
		if (!err)
			plan->show->situation(comparison, i);
	}
	return err;
}

static int compare_path(const struct plan *plan, struct comparison *comparison)
{
	struct stage stage;
	int err;

	if (stage_open(&stage, comparison->path))
		return -1;
	err = look_at(&stage, plan, comparison);
	if (!err)
		plan->show->path(comparison);
	return stage_close(&stage) ?: err;
}

/* What the node has not got is asked for all the same: it will say so. */
static unsigned int paths_to(const struct plan *plan)
{
	unsigned int paths = paths_of_node() | PATH_BIT(PATH_AIO) | PATH_BIT(PATH_CMD);

	return plan->paths ? paths & plan->paths : paths;
}

static int compare_node(const struct plan *plan, const struct found_node *node,
			struct comparison *all, unsigned int *count)
{
	unsigned int paths;

	node_choose(node->name);
	paths = paths_to(plan);
	for (enum path path = 0; path < PATHS; path++) {
		if (!(paths & PATH_BIT(path)))
			continue;
		all[*count].node = node;
		all[*count].path = path;
		if (compare_path(plan, &all[*count]))
			return -1;
		++*count;
	}
	return 0;
}

/* Is there anything to compare? */
static bool has_path(const struct plan *plan, const struct nodes *nodes)
{
	for (unsigned int i = 0; i < nodes->count; i += nodes_alike(nodes, i)) {
		node_choose(nodes->found[i].name);
		if (paths_to(plan))
			return true;
	}
	return false;
}

/* Of each model the first. */
static int compare_nodes(const struct plan *plan, const struct nodes *nodes,
			 struct comparison *all)
{
	unsigned int count = 0;

	if (!has_path(plan, nodes))
		return complain("no read comes to these nodes by this path: iowq is for those that cannot be polled, poll for the others");
	plan->show->begin(plan->rounds);
	for (unsigned int i = 0; i < nodes->count; i += nodes_alike(nodes, i))
		if (compare_node(plan, &nodes->found[i], all, &count))
			return STATUS_FAILED;
	plan->show->end(all, count);
	return STATUS_HELD;
}

static void forget(struct comparison *all, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = 0; j < SITUATIONS; j++)
			endings_free(&all[i].endings[j]);
	free(all);
}

static int tabulate(const struct plan *plan, const struct nodes *nodes)
{
	unsigned int most = nodes->count * PATHS;
	struct comparison *all = calloc(most, sizeof(*all));
	int status;

	if (!all)
		return complain("no memory for what is found out");
	status = compare_nodes(plan, nodes, all);
	forget(all, most);
	return status;
}

static int plot(const struct nodes *nodes)
{
	struct lock_rates rates[NODES];
	int count = locks_measure(nodes, rates);

	if (count < 0)
		return STATUS_FAILED;
	locks_plot(rates, count);
	return STATUS_HELD;
}

static int keep_only(const char *name, struct nodes *nodes)
{
	if (!name)
		return 0;
	for (unsigned int i = 0; i < nodes->count; i++) {
		if (strcmp(name, nodes->found[i].name))
			continue;
		nodes->found[0] = nodes->found[i];
		nodes->count = 1;
		return 0;
	}
	return complain("there is no node %s: %s", name, node_advice());
}

static int compare_with(const struct plan *plan)
{
	struct nodes nodes;
	int status;

	if (nodes_find(&nodes) || keep_only(plan->node, &nodes))
		return STATUS_FAILED;
	stage_catch_signals();
	status = plan->show ? tabulate(plan, &nodes) : plot(&nodes);
	if (stage_interrupted)
		return complain("ended by a signal; the nodes have their settings again");
	return status;
}

static const struct compare_show *show_as(const struct command_option *options)
{
	if (options[PLOT].given)
		return NULL;
	if (options[JSON].given)
		return &compare_json;
	return options[MARKDOWN].given ? &compare_markdown : &compare_terminal;
}

static int compare(int argc, char **argv)
{
	struct command_option options[OPTIONS] = {
		[ROUNDS] = { "rounds", 0, 1, 100000, .value = DEFAULT_ROUNDS },
		[PATH] = { "path", .kind = TEXT, .wants = "paths, as in --path read,cmd" },
		[JSON] = { "json", .kind = FLAG },
		[MARKDOWN] = { "markdown", .kind = FLAG },
		[PLOT] = { "plot", .kind = FLAG },
	};
	const char *usual = node_device;
	char node[NODE_NAME_SIZE], wrong[120];
	struct plan plan = { 0 };
	int status = options_parse(&command_compare, argc, argv, options, OPTIONS);

	if (status != STATUS_GO_ON)
		return status;
	if (options[JSON].given + options[MARKDOWN].given + options[PLOT].given > 1)
		return bad_usage(&command_compare, "--json, --markdown or --plot, not both");
	if (options[PLOT].given && (options[PATH].given || options[ROUNDS].given))
		return bad_usage(&command_compare, "--plot measures something else: no --path, no --rounds");
	if (options[PATH].given &&
	    !paths_parse(options[PATH].text, &plan.paths, wrong, sizeof(wrong)))
		return bad_usage(&command_compare, "--path: %s", wrong);
	plan.rounds = options[ROUNDS].value;
	plan.show = show_as(options);
	if (node_device != usual) {
		node_chosen(node);
		plan.node = node;
	}
	return compare_with(&plan);
}

const struct command command_compare = {
	.name = "compare",
	.summary = "cancelled reads of every model, by every path, in every situation",
	.help = help,
	.run = compare,
};
