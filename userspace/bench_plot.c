// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to cancel one of many, over how many there are, as a program for gnuplot:
 * one a system call.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

static void begin(const struct bench *bench)
{
	(void)bench;
	printf("# gnuplot: makes an SVG of this, unless text is set\n\n");
}

/* Whether an earlier figure has this name: its line is there. */
static bool is_known(const struct bench *bench, unsigned int first, unsigned int index)
{
	for (unsigned int i = first; i < index; i++)
		if (!strcmp(bench->figures[i].name, bench->figures[index].name))
			return true;
	return false;
}

static void put_data(const struct bench *bench, unsigned int first, unsigned int index)
{
	printf("$line%u << END\n", index);
	for (unsigned int i = first; i < bench->nr_figures; i++) {
		const struct figure *figure = &bench->figures[i];

		if (!figure->absent && figure->trial.batch == 1 &&
		    !strcmp(figure->name, bench->figures[index].name))
			printf("%u %.0f\n", figure->trial.waiting,
			       bench_value(bench, figure->median));
	}
	printf("END\n\n");
}

static void show(const struct bench *bench, const struct scenario *scenario, unsigned int first)
{
	const char *separator = "plot";
	struct utsname kernel;

	if (strcmp(scenario->name, "cancel-many"))
		return;
	for (unsigned int i = first; i < bench->nr_figures; i++)
		if (!is_known(bench, first, i) && !bench->figures[i].absent)
			put_data(bench, first, i);
	uname(&kernel);
	printf("if (!exists(\"text\")) set terminal svg noenhanced size 800,500 background \"white\"\n"
	       "set title \"Linux %s: to cancel one of those that wait\"\n"
	       "set xlabel \"requests that wait\"\n"
	       "set ylabel \"%s\"\n"
	       "set logscale xy\n"
	       "set key below\n"
	       "set format \"%%.0f\"\n", kernel.release, bench_unit(bench));
	for (unsigned int i = first; i < bench->nr_figures; i++) {
		if (is_known(bench, first, i) || bench->figures[i].absent)
			continue;
		printf("%s \\\n  $line%u with linespoints title \"%s\"", separator, i,
		       bench->figures[i].name);
		separator = ",";
	}
	putchar('\n');
}

static void end(const struct bench *bench)
{
	(void)bench;
}

const struct bench_show bench_plot = { begin, show, end };
