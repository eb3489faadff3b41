// SPDX-License-Identifier: GPL-2.0
/*
 * What a request that waits costs in memory and threads.
 */
#include <stdio.h>

#include "bench.h"
#include "command.h"
#include "cost.h"
#include "files.h"
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

int bench_memory(struct bench *bench)
{
	unsigned int paths = paths_of_node();
	double bytes;

	for (enum path path = 0; path < PATHS; path++) {
		struct bench_trial trial = { "memory", 0, 1 };
		struct cost cost = { 0 };

		if (!(paths & PATH_BIT(path)))
			continue;
		if (find_cost(path, &cost))
			return -1;
		trial.waiting = cost.reads;
		bytes = (double)cost.bytes / cost.reads;
		bench_note(bench, &trial, path_words[path].meaning, OURS, bytes, bytes, bytes);
		if (path == PATH_CMD)
			bench_goal(bench, "memory/threads", "threads for a command",
				   cost.threads, 0);
	}
	judge_own(bench);
	return 0;
}
