// SPDX-License-Identifier: GPL-2.0
/*
 * What a request that waits costs in memory and threads.
 */
#include <stdbool.h>

#include "bench.h"
#include "cost.h"
#include "files.h"
#include "node.h"
#include "nodes.h"
#include "path.h"
#include "stage.h"

static int find_cost(enum path path, struct cost *cost)
{
	struct stage stage;
	int err = stage_open(&stage, path) ?: cost_find_waiting(&stage, cost);

	return stage_close(&stage) ?: err;
}

/* Bytes of our own: what the slab has for one, where the kernel says so. */
static void judge_own(struct bench *bench)
{
	static const struct bench_trial trial = { "memory", 1, 1 };
	__u64 bytes;

	if (!number_of_file("/sys/kernel/slab/cancelsafe_cmd/object_size", &bytes))
		return;
	bench_note(bench, &trial, "a command, of our own", OURS, bytes, bytes, bytes);
	bench_goal(bench, "memory/own", "bytes of our own for a command", bytes, 192);
}

/* The usual node, or else one whose model has this path. */
static bool choose_node(const struct nodes *nodes, enum path path)
{
	for (unsigned int i = 0; !(paths_of_node() & PATH_BIT(path)); i++) {
		if (i == nodes->count)
			return false;
		node_choose(nodes->found[i].name);
	}
	return true;
}

/* A path that no node has costs nothing: it has no reads. */
static int find_costs(struct cost costs[PATHS])
{
	char usual[NODE_NAME_SIZE];
	struct nodes nodes;
	int err = nodes_find(&nodes);

	node_chosen(usual);
	for (enum path path = 0; path < PATHS && !err; path++) {
		if (choose_node(&nodes, path))
			err = find_cost(path, &costs[path]);
		node_choose(usual);
	}
	return err;
}

/* Measured once, for memory and threads. NULL after having complained. */
static const struct cost *find_costs_once(void)
{
	static struct cost costs[PATHS];
	static bool found;

	if (!found && find_costs(costs))
		return NULL;
	found = true;
	return costs;
}

static void note_costs(struct bench *bench, const char *scenario,
		       const struct cost *costs, double (*of)(const struct cost *cost))
{
	for (enum path path = 0; path < PATHS; path++) {
		const struct bench_trial trial = { scenario, costs[path].reads, 1 };
		double each;

		if (!costs[path].reads)
			continue;
		each = of(&costs[path]) / costs[path].reads;
		bench_note(bench, &trial, path_words[path].meaning, OURS, each, each, each);
	}
}

static double bytes_of(const struct cost *cost)
{
	return cost->bytes;
}

static double threads_of(const struct cost *cost)
{
	return cost->threads;
}

int bench_memory(struct bench *bench)
{
	const struct cost *costs = find_costs_once();

	if (!costs)
		return -1;
	note_costs(bench, "memory", costs, bytes_of);
	judge_own(bench);
	return 0;
}

int bench_threads(struct bench *bench)
{
	const struct cost *costs = find_costs_once();

	if (!costs)
		return -1;
	note_costs(bench, "threads", costs, threads_of);
	bench_goal(bench, "threads/command", "threads for all commands",
		   costs[PATH_CMD].threads, 0);
	return 0;
}
