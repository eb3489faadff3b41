// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes submit requests and cancel them while the device serves as fast as it
 * can: at one node, and each at its own. With one lock for all nodes of a model both
 * should come to the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "contest.h"
#include "node.h"
#include "nodes.h"
#include "path.h"
#include "stage.h"

#define TIMES 9		/* odd, so that one is in the middle */
#define LINEUPS 3
#define ENTRIES (NODES * LINEUPS)
#define NAME_SIZE 48

/**
 * struct entry - who contends, and how well
 * @name:  for the table
 * @nodes: each process's
 * @count: of processes
 * @rates: each time's
 */
struct entry {
	char name[NAME_SIZE];
	const char *nodes[2];
	unsigned int count;
	__u64 rates[TIMES];
};

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

static void enter(struct entry *entry, const struct found_node *found, unsigned int lineup)
{
	snprintf(entry->name, NAME_SIZE, "%s, %s", found->model, lineups[lineup].words);
	entry->count = lineups[lineup].count;
	for (unsigned int i = 0; i < entry->count; i++)
		entry->nodes[i] = found[lineups[lineup].node[i]].name;
}

/* Every model that has commands. Returns how many entries there are. */
static unsigned int enter_all(const struct nodes *nodes, struct entry *entries)
{
	unsigned int entered = 0, alike;

	for (unsigned int i = 0; i < nodes->count; i += alike) {
		alike = nodes_alike(nodes, i);
		node_choose(nodes->found[i].name);
		if (!(paths_of_node() & PATH_BIT(PATH_CMD)))
			continue;
		for (unsigned int lineup = 0; lineup < LINEUPS; lineup++)
			if (lineups[lineup].node[1] < alike)
				enter(&entries[entered++], &nodes->found[i], lineup);
	}
	return entered;
}

static void tell_what_is_missing(const struct entry *entries, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (strcmp(entries[i].nodes[0], entries[i].nodes[entries[i].count - 1]))
			return;
	complain("contend: no model has two nodes, so two processes have one: load the module with instances=2");
}

/* In turn, so that what slows one slows the others. */
static int contend(struct entry *entries, unsigned int count)
{
	struct contest contest;

	for (unsigned int time = 0; time < TIMES; time++)
		for (unsigned int i = 0; i < count; i++) {
			struct entry *entry = &entries[i];

			if (stage_interrupted ||
			    contest_hold(entry->nodes, entry->count, &contest))
				return -1;
			entry->rates[time] = contest.cancelled + contest.served;
		}
	return 0;
}

/* With devices that need no time; afterwards they need as much as before. */
static int contend_settled(const struct nodes *nodes, struct entry *entries, unsigned int count)
{
	__u64 settle_us[NODES];
	unsigned int settled;
	int err;

	for (settled = 0; settled < nodes->count; settled++) {
		node_choose(nodes->found[settled].name);
		if (node_setting("settle_us", &settle_us[settled]) ||
		    node_set_number("settle_us", 0))
			break;
	}
	err = settled < nodes->count ? -1 : contend(entries, count);
	while (settled--) {
		node_choose(nodes->found[settled].name);
		err |= node_set_number("settle_us", settle_us[settled]);
	}
	return err;
}

static int compare_rates(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static void note(struct bench *bench, struct entry *entry)
{
	static const struct bench_trial trial = { "contend", 0, 64 };
	__u64 *rates = entry->rates;

	qsort(rates, TIMES, sizeof(rates[0]), compare_rates);
	bench_note(bench, &trial, entry->name, OURS, rates[0], rates[TIMES / 2],
		   rates[TIMES - 1]);
}

int bench_contend(struct bench *bench)
{
	static struct entry entries[ENTRIES];
	char usual[NODE_NAME_SIZE];
	struct nodes nodes;
	unsigned int count;
	int err;

	node_chosen(usual);
	err = nodes_find(&nodes);
	if (!err) {
		count = enter_all(&nodes, entries);
		tell_what_is_missing(entries, count);
		err = contend_settled(&nodes, entries, count);
		for (unsigned int i = 0; i < count && !err; i++)
			note(bench, &entries[i]);
	}
	node_choose(usual);
	return err;
}
