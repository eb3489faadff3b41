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

static int note_cost(struct bench *bench, enum path path)
{
	struct bench_trial trial = { "memory", 0, 1 };
	struct cost cost = { 0 };
	double bytes;

	if (find_cost(path, &cost))
		return -1;
	trial.waiting = cost.reads;
	bytes = (double)cost.bytes / cost.reads;
	bench_note(bench, &trial, path_words[path].meaning, OURS, bytes, bytes, bytes);
	if (path == PATH_CMD)
		bench_goal(bench, "memory/threads", "threads for a command", cost.threads, 0);
	return 0;
}

int bench_memory(struct bench *bench)
{
	char usual[NODE_NAME_SIZE];
	struct nodes nodes;
	int err = nodes_find(&nodes);

	node_chosen(usual);
	for (enum path path = 0; path < PATHS && !err; path++) {
		if (choose_node(&nodes, path))
			err = note_cost(bench, path);
		node_choose(usual);
	}
	if (!err)
		judge_own(bench);
	return err;
}
