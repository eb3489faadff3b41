// SPDX-License-Identifier: GPL-2.0
/*
 * Contenders, lap by lap; and what that comes to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "stage.h"

#define CONTENDERS 8	/* at most */

const char *const goal_words[GOAL_STATES] = {
	[MET] = "met",
	[MISSED] = "MISSED",
	[EXCUSED] = "missed, for a reason",
	[UNJUDGED] = "not judged",
};

/**
 * struct runner - a contender in a race
 * @state:   its own
 * @absent:  it has none
 * @results: what an operation cost, in each lap
 */
struct runner {
	void *state;
	bool absent;
	double results[BENCH_LAPS];
};

static int compare_results(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct figure *new_figure(struct bench *bench, const struct bench_trial *trial,
				 const char *name, enum bench_role role)
{
	struct figure *figure = &bench->figures[bench->nr_figures];

	if (bench->nr_figures < BENCH_FIGURES - 1)	/* the last one is for what is too much */
		bench->nr_figures++;
	*figure = (struct figure){ .trial = *trial, .name = name, .role = role };
	return figure;
}

void bench_note(struct bench *bench, const struct bench_trial *trial, const char *name,
		enum bench_role role, double low, double median, double high)
{
	struct figure *figure = new_figure(bench, trial, name, role);

	figure->low = low;
	figure->median = median;
	figure->high = high;
}

static void note_runner(struct bench *bench, const struct bench_trial *trial,
			const struct contender *contender, struct runner *runner)
{
	double *results = runner->results;

	if (runner->absent) {
		new_figure(bench, trial, contender->name, contender->role)->absent = true;
		return;
	}
	qsort(results, BENCH_LAPS, sizeof(results[0]), compare_results);
	bench_note(bench, trial, contender->name, contender->role, results[0],
		   results[BENCH_LAPS / 2], results[BENCH_LAPS - 1]);
}

/* The first lap is for the caches, and counts for nothing. */
static int run_lap(const struct contender *contender, struct runner *runner, int number)
{
	struct bench_lap lap = { 0 };

	if (contender->lap(runner->state, &lap))
		return -1;
	if (number)
		runner->results[number - 1] = (double)lap.ns / lap.operations;
	return 0;
}

static int run_laps(const struct contender *contenders, struct runner *runners,
		    unsigned int count)
{
	for (int number = 0; number <= BENCH_LAPS; number++) {
		for (unsigned int i = 0; i < count; i++) {
			if (stage_interrupted)
				return -1;
			if (!runners[i].absent && run_lap(&contenders[i], &runners[i], number))
				return -1;
		}
	}
	return 0;
}

static int open_runner(const struct contender *contender, const struct bench_trial *trial,
		       struct runner *runner)
{
	int err = contender->open(contender, trial, &runner->state);

	runner->absent = err == BENCH_ABSENT;
	return runner->absent ? 0 : err;
}

int bench_race(struct bench *bench, const struct bench_trial *trial,
	       const struct contender *contenders, unsigned int count)
{
	struct runner runners[CONTENDERS] = { 0 };
	unsigned int open = 0;
	int err = 0;

	while (open < count && !err) {
		err = open_runner(&contenders[open], trial, &runners[open]);
		if (!err)
			open++;
	}
	err = err ?: run_laps(contenders, runners, count);
	while (open--)
		if (!runners[open].absent)
			err |= contenders[open].close(runners[open].state);
	for (unsigned int i = 0; i < count && !err; i++)
		note_runner(bench, trial, &contenders[i], &runners[i]);
	return err ? -1 : 0;
}

const struct figure *bench_figure(const struct bench *bench, const struct bench_trial *trial,
				  const char *name)
{
	for (unsigned int i = 0; i < bench->nr_figures; i++) {
		const struct figure *figure = &bench->figures[i];

		if (!strcmp(figure->trial.scenario, trial->scenario) &&
		    figure->trial.waiting == trial->waiting &&
		    figure->trial.batch == trial->batch && !strcmp(figure->name, name))
			return figure->absent ? NULL : figure;
	}
	return NULL;
}

/* Whether the reasons have a line that begins with this name. */
static bool is_excused(const struct bench *bench, const char *name)
{
	char line[256], start[64];
	bool found = false;

	if (!bench->reasons)
		return false;
	rewind(bench->reasons);
	snprintf(start, sizeof(start), "- `%s`: ", name);
	while (!found && fgets(line, sizeof(line), bench->reasons))
		found = !strncmp(line, start, strlen(start));
	return found;
}

void bench_goal(struct bench *bench, const char *name, const char *meaning, double measured,
		double limit)
{
	struct goal *goal = &bench->goals[bench->nr_goals];

	if (bench->nr_goals == BENCH_GOALS)
		return;
	bench->nr_goals++;
	*goal = (struct goal){ name, meaning, limit, measured, MET };
	if (measured > limit)
		goal->state = is_excused(bench, name) ? EXCUSED : MISSED;
}

/* What an emulated processor takes says nothing about how long a real one does. */
void bench_goal_ratio(struct bench *bench, const char *name, const char *meaning,
		      const struct figure *one, const struct figure *other, double limit)
{
	if (!one || !other || other->median <= 0)
		return;
	bench_goal(bench, name, meaning, one->median / other->median, limit);
	if (bench->emulated && !bench->ns)
		bench->goals[bench->nr_goals - 1].state = UNJUDGED;
}

/* What took longest makes the least. */
void bench_rates(struct bench *bench, unsigned int first)
{
	for (unsigned int i = first; i < bench->nr_figures; i++) {
		struct figure *figure = &bench->figures[i];
		double slowest = figure->high;

		figure->high = 1e9 / figure->low;
		figure->median = 1e9 / figure->median;
		figure->low = 1e9 / slowest;
	}
}

double bench_value(const struct bench *bench, double ns)
{
	return bench->ns ? ns / bench->ns : ns;
}

const char *bench_unit(const struct bench *bench)
{
	return bench->ns ? "instructions" : "ns";
}

const char *bench_unit_of(const struct bench *bench, const struct scenario *scenario)
{
	if (scenario->rate && !bench->ns)
		return "in a second";
	return scenario->unit ?: bench_unit(bench);
}
