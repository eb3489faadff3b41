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

#define TIMES 3		/* of which the best counts: others only slow it down */

static int hold_contests(const char *const *names, unsigned int count, __u64 *best)
{
	struct contest contest;
	int err = 0;

	*best = 0;
	for (int i = 0; i < TIMES && !err; i++) {
		err = contest_hold(names, count, &contest);
		if (!err && *best < contest.cancelled)
			*best = contest.cancelled;
	}
	return err;
}

/* The nodes are held; each number of them, from one on. */
static int measure(const struct found_node *found, unsigned int count, struct lock_rates *rates)
{
	const char *names[LOCKS_NODES];
	int err = 0;

	for (unsigned int i = 0; i < count; i++)
		names[i] = found[i].name;
	for (unsigned int n = 1; n <= count && !err && !stage_interrupted; n++) {
		err = hold_contests(names, n, &rates->per_second[n - 1]);
		rates->count = n;
	}
	return err;
}

int locks_measure(const struct nodes *nodes, unsigned int first, struct lock_rates *rates)
{
	unsigned int count = nodes_alike(nodes, first), open = 0;
	const struct found_node *found = &nodes->found[first];
	struct stage stages[LOCKS_NODES];
	int err = 0;

	*rates = (struct lock_rates){ .model = found->model };
	node_choose(found->name);
	if (!(paths_of_node() & PATH_BIT(PATH_CMD)))
		return 0;
	if (count > LOCKS_NODES)
		count = LOCKS_NODES;
	while (open < count && !err) {
		node_choose(found[open].name);
		err = stage_open(&stages[open], PATH_CMD);
		if (!err) {
			open++;
			err = stage_hold() ?: stage_invite(&stages[open - 1]);
		}
	}
	err = err ?: measure(found, count, rates);
	while (open--) {
		node_choose(found[open].name);
		err |= stage_serve(&stages[open]) | stage_close(&stages[open]);
	}
	return err || stage_interrupted ? -1 : 0;
}

/* The plot */

static const char *title_of(const char *model)
{
	return strcmp(model, "cancel_lock") ? "a lock for each queue" : "one lock for all queues";
}

static void plot_data(const struct lock_rates *rates)
{
	printf("$%s << END\n", rates->model);
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
	       "set format y \"%%.0f\"\n", kernel.release, sysconf(_SC_NPROCESSORS_ONLN), TIMES);
	for (unsigned int i = 0; i < count; i++, separator = ",")
		printf("%s \\\n  $%s with linespoints title \"%s: %s\"", separator, rates[i].model,
		       rates[i].model, title_of(rates[i].model));
	putchar('\n');
}
