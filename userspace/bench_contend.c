// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes submit requests and cancel them while the device serves as fast as it
 * can: at one node, and each at its own. With one lock for all nodes of a model both
 * should come to the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "command.h"
#include "contest.h"
#include "node.h"
#include "nodes.h"
#include "path.h"
#include "stage.h"

#define TIMES 5		/* odd, so that one is in the middle */
#define LINEUPS 3
#define NAME_SIZE 48

/* Who contends where: so many processes, each at this one of two nodes. */
static const struct {
	const char *words;
	unsigned int count;
	unsigned int node[2];
} lineups[LINEUPS] = {
	{ "1 process", 1, { 0 } },
	{ "2 at one node", 2, { 0, 0 } },
	{ "2 at two nodes", 2, { 0, 1 } },
};

static int compare_rates(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static int contend(struct bench *bench, const struct found_node *found, unsigned int lineup)
{
	static char names[NODES * LINEUPS][NAME_SIZE];
	static unsigned int used;
	struct bench_trial trial = { "contend", 0, 64 };
	const char *nodes[2] = {
		found[lineups[lineup].node[0]].name,
		found[lineups[lineup].node[1]].name,
	};
	__u64 rates[TIMES];
	struct contest contest;

	for (int i = 0; i < TIMES; i++) {
		if (stage_interrupted || contest_hold(nodes, lineups[lineup].count, &contest))
			return -1;
		rates[i] = contest.cancelled + contest.served;
	}
	qsort(rates, TIMES, sizeof(rates[0]), compare_rates);
	snprintf(names[used], NAME_SIZE, "%s, %s", found->model, lineups[lineup].words);
	bench_note(bench, &trial, names[used++], OURS, rates[0], rates[TIMES / 2],
		   rates[TIMES - 1]);
	return 0;
}

/* With a device that needs no time; afterwards it needs as much as before. */
static int contend_settled(struct bench *bench, const struct found_node *found,
			   unsigned int count)
{
	__u64 settle_us[2];
	int err = 0;

	for (unsigned int i = 0; i < count; i++) {
		node_choose(found[i].name);
		if (node_setting("settle_us", &settle_us[i]) || node_set_number("settle_us", 0))
			return -1;
	}
	for (unsigned int i = 0; i < LINEUPS && !err; i++)
		if (lineups[i].node[1] < count)
			err = contend(bench, found, i);
	for (unsigned int i = 0; i < count; i++) {
		node_choose(found[i].name);
		err |= node_set_number("settle_us", settle_us[i]);
	}
	return err;
}

int bench_contend(struct bench *bench)
{
	char usual[NODE_NAME_SIZE];
	struct nodes nodes;
	int err = nodes_find(&nodes);

	node_chosen(usual);
	for (unsigned int i = 0; i < nodes.count && !err; i += nodes_alike(&nodes, i)) {
		unsigned int count = nodes_alike(&nodes, i);

		node_choose(nodes.found[i].name);
		if (paths_of_node() & PATH_BIT(PATH_CMD))
			err = contend_settled(bench, &nodes.found[i], count < 2 ? count : 2);
	}
	node_choose(usual);
	return err;
}
