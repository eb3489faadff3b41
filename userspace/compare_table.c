// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe compare` found out, as two tables, at a terminal or as Markdown.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "compare.h"
#include "table.h"

#define NAME_SIZE 64
#define NUMBER_SIZE 24
#define TEXT_SIZE 80

static const struct column endings_columns[] = {
	{ { "", "model path" }, 17, false },
	{ { "situ-", "ation" }, 7, false },
	{ { "", "reads" }, 5, true },
	{ { "the read", "said" }, 10, false },
	{ { "its cancel", "said" }, 12, false },
	{ { "completed", "by" }, 9, false },
	{ { "", "median" }, 8, true },
	{ { "to end:", "99 %" }, 8, true },
	{ { "", "worst" }, 8, true },
};

static const struct column costs_columns[] = {
	{ { "", "model path" }, 17, false },
	{ { "reads", "waiting" }, 7, true },
	{ { "threads", "for each" }, 8, true },
	{ { "of these", "io-wq's" }, 8, true },
	{ { "bytes", "for each" }, 8, true },
	{ { "served", "in order" }, 8, false },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct table table;
static const struct comparison *named;	/* whose name the last row has, at a terminal */

static const char *name_of(const struct comparison *comparison, char name[static NAME_SIZE])
{
	if (named == comparison && !table.markdown)
		return "";
	named = comparison;
	snprintf(name, NAME_SIZE, "%s %s", comparison->node->model,
		 path_words[comparison->path].name);
	return name;
}

/* A row: reads of which the same is to be said. */
static void put_alike(const struct comparison *comparison, const char *situation,
		      const struct alike *alike)
{
	const struct ending *ending = &alike->ending;
	char name[NAME_SIZE], count[NUMBER_SIZE], times[3][TIME_NAME_SIZE] = { 0 };
	char read[RESULT_NAME_SIZE], cancel[RESULT_NAME_SIZE];
	const char *cells[TABLE_COLUMNS] = {
		name_of(comparison, name), situation, count,
		told_word(ending->read, ending->read_said, read),
		told_word(ending->cancel, ending->cancel_said, cancel),
		who_words[ending->who], times[0], times[1], times[2],
	};

	snprintf(count, sizeof(count), "%llu", alike->count);
	if (latency_count(&alike->after)) {
		time_name(latency_quantile(&alike->after, 50), times[0]);
		time_name(latency_quantile(&alike->after, 99), times[1]);
		time_name(alike->after.worst, times[2]);
	}
	table_row(&table, cells);
}

static void put_reason(const struct comparison *comparison, const char *situation,
		       const char *reason)
{
	char name[NAME_SIZE];
	const char *cells[TABLE_COLUMNS] = { name_of(comparison, name), situation, reason };

	table_row(&table, cells);
}

static void show_situation(const struct comparison *comparison, unsigned int index)
{
	const struct situation *situation = &situations[index];
	const struct endings *endings = &comparison->endings[index];

	if (!(situation->paths & PATH_BIT(comparison->path)))
		put_reason(comparison, situation->name, situation->why_not);
	else if (!endings->kinds)
		put_reason(comparison, situation->name, "every read had ended before");
	for (unsigned int i = 0; i < endings->kinds; i++)
		put_alike(comparison, i && !table.markdown ? "" : situation->name,
			  &endings->alike[i]);
}

static const char *say_refused(const struct comparison *comparison, char text[static TEXT_SIZE])
{
	char said[RESULT_NAME_SIZE];

	snprintf(text, TEXT_SIZE, "a read is refused: %s",
		 result_name(comparison->cost.refused, said));
	return text;
}

static void show_path(const struct comparison *comparison)
{
	char text[TEXT_SIZE];

	if (comparison->cost.refused)
		put_reason(comparison, "all", say_refused(comparison, text));
}

static void say_order(const struct cost *cost, char text[static NUMBER_SIZE])
{
	if (cost->kept == ORDERS)
		snprintf(text, NUMBER_SIZE, "always");
	else
		snprintf(text, NUMBER_SIZE, "%u of %u", cost->kept, ORDERS);
}

static void put_cost(const struct comparison *comparison)
{
	const struct cost *cost = &comparison->cost;
	char name[NAME_SIZE], numbers[4][NUMBER_SIZE], order[NUMBER_SIZE];
	const char *cells[TABLE_COLUMNS] = {
		name_of(comparison, name), numbers[0], numbers[1], numbers[2], numbers[3], order,
	};

	snprintf(numbers[0], NUMBER_SIZE, "%u", cost->reads);
	snprintf(numbers[1], NUMBER_SIZE, "%.2f", (double)cost->threads / cost->reads);
	snprintf(numbers[2], NUMBER_SIZE, "%.2f", (double)cost->kernel / cost->reads);
	snprintf(numbers[3], NUMBER_SIZE, "%llu", cost->bytes / cost->reads);
	say_order(cost, order);
	table_row(&table, cells);
}

/* What the columns are, each in two lines at most. */
static const struct {
	const char *column;
	const char *lines[2];
} legend[] = {
	{ "said", { "(waits): nothing, it goes on waiting; (gone): there is nobody left to be told; a",
		    "signal is not told, either" } },
	{ "by", { "canceller, server, unplug: whoever had claimed it; abandoned: the server has it yet,",
		  "for nobody; io_uring: the driver was not told; nobody: it goes on waiting" } },
	{ "end", { "from the cancel, or what else happens, to when the reader is told" } },
	{ "bytes", { "of the kernel's own memory, slabs and stacks" } },
	{ "order", { "though one in the middle was cancelled" } },
};

static void put_meaning(const char *word, const char *const lines[2])
{
	const char *second = lines[1];

	printf(table.markdown ? "- %s: %s" : "%-9s%s", word, lines[0]);
	if (second)
		printf(table.markdown ? " %s" : "\n%9s%s", table.markdown ? second : "", second);
	putchar('\n');
}

static void put_legend(void)
{
	putchar('\n');
	for (unsigned int i = 0; i < SITUATIONS; i++)
		put_meaning(situations[i].name, situations[i].meaning);
	for (unsigned int i = 0; i < COUNT(legend); i++)
		put_meaning(legend[i].column, legend[i].lines);
}

static void show_end(const struct comparison *all, unsigned int count)
{
	table.columns = costs_columns;
	table.count = COUNT(costs_columns);
	named = NULL;
	putchar('\n');
	table_head(&table);
	for (unsigned int i = 0; i < count; i++)
		if (!all[i].cost.refused)
			put_cost(&all[i]);
	put_legend();
}

static void begin(__u64 rounds, bool markdown)
{
	struct utsname kernel;

	uname(&kernel);
	printf("Linux %s, up to %llu reads in each situation\n\n", kernel.release, rounds);
	table = (struct table){ endings_columns, COUNT(endings_columns), markdown };
	table_head(&table);
}

static void begin_terminal(__u64 rounds)
{
	begin(rounds, false);
}

static void begin_markdown(__u64 rounds)
{
	begin(rounds, true);
}

const struct compare_show compare_terminal = {
	begin_terminal, show_situation, show_path, show_end,
};

const struct compare_show compare_markdown = {
	begin_markdown, show_situation, show_path, show_end,
};
