// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe bench` found, as tables, at a terminal or as Markdown.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench.h"
#include "table.h"

#define CELL_SIZE 32
#define HEAD_SIZE 32

static struct table table;

static void put_heading(const char *text)
{
	printf(table.markdown ? "\n### %s\n\n" : "\n%s\n\n", text);
}

static void begin(const struct bench *bench, bool markdown)
{
	struct utsname kernel;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	table.markdown = markdown;
	uname(&kernel);
	printf("Linux %s, %ld processor%s%s\n", kernel.release, processors,
	       processors == 1 ? "" : "s", bench->emulated ? ", emulated" : "");
	printf("Of each %d laps: the median, the least and the most; of memory, once.\n",
	       BENCH_LAPS);
	if (bench->ns)
		printf("What is counted are instructions, the kernel's and the program's.\n");
	else if (bench->emulated)
		printf("An emulated processor's time is no time of any machine: only compare.\n");
}

static void begin_terminal(const struct bench *bench)
{
	begin(bench, false);
}

static void begin_markdown(const struct bench *bench)
{
	begin(bench, true);
}

static void put_number(char cell[static CELL_SIZE], double number)
{
	snprintf(cell, CELL_SIZE, number < 100 ? "%.1f" : "%.0f", number);
}

/* How much more it is than ours, which stands before it. */
static void put_ratio(char cell[static CELL_SIZE], const struct bench *bench, unsigned int first,
		      unsigned int index)
{
	const struct figure *figure = &bench->figures[index];

	*cell = '\0';
	while (figure->role != OURS && index-- > first) {
		const struct figure *ours = &bench->figures[index];

		if (ours->role != OURS || ours->absent || ours->median <= 0)
			continue;
		snprintf(cell, CELL_SIZE, "%.2f", figure->median / ours->median);
		return;
	}
}

static void put_figure(const struct bench *bench, const struct scenario *scenario,
		       unsigned int first, unsigned int index)
{
	const struct figure *figure = &bench->figures[index];
	char waiting[CELL_SIZE], batch[CELL_SIZE], numbers[3][CELL_SIZE], ratio[CELL_SIZE];
	double values[3] = { figure->median, figure->low, figure->high };
	const char *cells[TABLE_COLUMNS] = {
		figure->name, waiting, batch, numbers[0], numbers[1], numbers[2], ratio,
	};

	snprintf(waiting, CELL_SIZE, "%u", figure->trial.waiting);
	snprintf(batch, CELL_SIZE, "%u", figure->trial.batch);
	if (!figure->trial.batch)
		snprintf(batch, CELL_SIZE, "any");
	for (int i = 0; i < 3; i++)
		put_number(numbers[i], scenario->unit ? values[i] : bench_value(bench, values[i]));
	put_ratio(ratio, bench, first, index);
	if (figure->absent)
		cells[3] = "not on this kernel", cells[4] = NULL;
	table_row(&table, cells);
}

static void show(const struct bench *bench, const struct scenario *scenario, unsigned int first)
{
	const struct column columns[] = {
		{ { "", "what" }, 31, false },
		{ { "", "waiting" }, 7, true },
		{ { "", "batch" }, 5, true },
		{ { "", bench_unit_of(bench, scenario) }, 12, true },
		{ { "", "least" }, 10, true },
		{ { "", "most" }, 10, true },
		{ { "of", "ours" }, 6, true },
	};
	char heading[160];

	table.columns = columns;
	table.count = sizeof(columns) / sizeof(columns[0]);
	snprintf(heading, sizeof(heading), "%s: %s", scenario->name, scenario->title);
	put_heading(heading);
	table_head(&table);
	for (unsigned int i = first; i < bench->nr_figures; i++)
		put_figure(bench, scenario, first, i);
}

static void put_goal(const struct goal *goal)
{
	char limit[CELL_SIZE], measured[CELL_SIZE];
	const char *cells[TABLE_COLUMNS] = {
		goal->name, goal->meaning, limit, measured, goal_words[goal->state],
	};

	snprintf(limit, CELL_SIZE, "%g", goal->limit);
	snprintf(measured, CELL_SIZE, goal->measured < 100 ? "%.2f" : "%.0f", goal->measured);
	table_row(&table, cells);
}

static void end(const struct bench *bench)
{
	static const struct column columns[] = {
		{ { "", "goal" }, 18, false },
		{ { "", "what" }, 44, false },
		{ { "at", "most" }, 5, true },
		{ { "", "is" }, 6, true },
		{ { "", "" }, 20, false },
	};

	if (!bench->nr_goals)
		return;
	table.columns = columns;
	table.count = sizeof(columns) / sizeof(columns[0]);
	put_heading("Goals");
	table_head(&table);
	for (unsigned int i = 0; i < bench->nr_goals; i++)
		put_goal(&bench->goals[i]);
}

const struct bench_show bench_terminal = { begin_terminal, show, end };
const struct bench_show bench_markdown = { begin_markdown, show, end };
