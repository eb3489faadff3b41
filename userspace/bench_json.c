// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe bench` found, as JSON; and as a program for gnuplot.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"
#include "json.h"

static void begin(const struct bench *bench)
{
	struct utsname kernel;

	uname(&kernel);
	json_open(NULL, '{');
	json_text("kernel", kernel.release);
	json_text("unit", bench_unit(bench));
	json_bool("emulated", bench->emulated);
	json_number("laps", BENCH_LAPS);
	json_open("scenarios", '[');
}

static void put_figure(const struct bench *bench, const struct scenario *scenario,
		       const struct figure *figure)
{
	static const char *const roles[] = { [OURS] = "ours", [PEER] = "peer", [FLOOR] = "floor" };

	json_open(NULL, '{');
	json_text("name", figure->name);
	json_text("role", roles[figure->role]);
	json_number("waiting", figure->trial.waiting);
	json_number("batch", figure->trial.batch);
	json_bool("absent", figure->absent);
	if (!figure->absent) {
		bool plain = scenario->unit;

		json_real("median", plain ? figure->median : bench_value(bench, figure->median));
		json_real("least", plain ? figure->low : bench_value(bench, figure->low));
		json_real("most", plain ? figure->high : bench_value(bench, figure->high));
	}
	json_close('}');
}

static void show(const struct bench *bench, const struct scenario *scenario, unsigned int first)
{
	json_open(NULL, '{');
	json_text("scenario", scenario->name);
	json_text("unit", bench_unit_of(bench, scenario));
	json_open("figures", '[');
	for (unsigned int i = first; i < bench->nr_figures; i++)
		put_figure(bench, scenario, &bench->figures[i]);
	json_close(']');
	json_close('}');
}

static void end(const struct bench *bench)
{
	json_close(']');
	json_open("goals", '[');
	for (unsigned int i = 0; i < bench->nr_goals; i++) {
		const struct goal *goal = &bench->goals[i];

		json_open(NULL, '{');
		json_text("goal", goal->name);
		json_text("what", goal->meaning);
		json_real("at_most", goal->limit);
		json_real("measured", goal->measured);
		json_text("state", goal_words[goal->state]);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

const struct bench_show bench_json = { begin, show, end };
