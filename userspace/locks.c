// SPDX-License-Identifier: GPL-2.0
/*
 * What a lock for all queues costs, against a lock for each.
 *
 * Nobody is served meanwhile: others wait there for good, one of them perhaps in
 * service, and whatever waits behind them is cancelled.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "contest.h"
#include "locks.h"
#include "stage.h"

/* In turn with the others, so that what slows one slows all; the best counts. */
#define TURNS 5

/* The nodes are held; each number of them, from one on. */
static int contend(struct lock_rates *rates)
{
	const char *names[LOCKS_NODES];
	struct contest contest;

	for (unsigned int i = 0; i < rates->count; i++) {
		names[i] = rates->first[i].name;
		if (stage_interrupted || contest_hold(names, i + 1, &contest))
			return -1;
		if (rates->per_second[i] < contest.cancelled)
			rates->per_second[i] = contest.cancelled;
	}
	return 0;
}

static int take_turn(struct lock_rates *rates)
{
	const struct found_node *found = rates->first;
	struct stage stages[LOCKS_NODES];
	unsigned int open = 0;
	int err = 0;

	while (open < rates->count && !err) {
		node_choose(found[open].name);
		err = stage_open(&stages[open], PATH_CMD);
		if (!err) {
			open++;
			err = stage_hold() ?: stage_invite(&stages[open - 1]);
		}
	}
	err = err ?: contend(rates);
	while (open--) {
		node_choose(found[open].name);
		err |= stage_serve(&stages[open]) | stage_close(&stages[open]);
	}
	return err || stage_interrupted ? -1 : 0;
}

static unsigned int enter_all(const struct nodes *nodes, struct lock_rates *rates)
{
	unsigned int entered = 0, alike;

	for (unsigned int i = 0; i < nodes->count; i += alike) {
		alike = nodes_alike(nodes, i);
		node_choose(nodes->found[i].name);
		if (paths_of_node() & PATH_BIT(PATH_CMD))
			rates[entered++] = (struct lock_rates){
				.first = &nodes->found[i],
				.count = alike > LOCKS_NODES ? LOCKS_NODES : alike,
			};
	}
	return entered;
}

int locks_measure(const struct nodes *nodes, struct lock_rates rates[NODES])
{
	unsigned int count = enter_all(nodes, rates);

	for (unsigned int turn = 0; turn < TURNS; turn++)
		for (unsigned int i = 0; i < count; i++) {
			progress("%s: locks, turn %u of %u", rates[i].first->model, turn + 1,
				 TURNS);
			if (take_turn(&rates[i]))
				return -1;
			progress("%s", "");
		}
	return count;
}

/* The plot */

static const char *title_of(const char *model)
{
	return strcmp(model, "cancel_lock") ? "a lock for each queue" : "one lock for all queues";
}

static void plot_data(const struct lock_rates *rates)
{
	printf("$%s << END\n", rates->first->model);
	for (unsigned int i = 0; i < rates->count; i++)
		printf("%u %llu\n", i + 1, rates->per_second[i]);
	printf("END\n\n");
}

void locks_plot(const struct lock_rates *rates, unsigned int count)
{
	const char *separator = "plot";
	struct utsname kernel;

	uname(&kernel);
	printf("# gnuplot: makes an SVG of this, unless text is set\n\n");
	for (unsigned int i = 0; i < count; i++)
		plot_data(&rates[i]);
	printf("if (!exists(\"text\")) set terminal svg noenhanced size 800,500 background \"white\"\n"
	       "set title \"Linux %s, %ld processors: requests queued and cancelled\"\n"
	       "set xlabel \"nodes, with a process each\"\n"
	       "set ylabel \"in a second, all together; best of %d\"\n"
	       "set xrange [0.5:8.5]\n"
	       "set yrange [0:*]\n"
	       "set key below\n"
	       "set format y \"%%.0f\"\n", kernel.release, sysconf(_SC_NPROCESSORS_ONLN), TURNS);
	for (unsigned int i = 0; i < count; i++, separator = ",") {
		const char *model = rates[i].first->model;

		printf("%s \\\n  $%s with linespoints title \"%s: %s\"", separator, model, model,
		       title_of(model));
	}
	putchar('\n');
}
