// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool prints, where no machine could be made to give the numbers: the widest
 * ones.
 */
#include <stdarg.h>

#include "kselftest_harness.h"

#include "compare.h"
#include "findings.h"
#include "table.h"

#define WIDE 100	/* characters that a terminal may have */
#define ROWS 7
#define KINDS 100

/* The situation with the longest name that is over so soon, that a hundred thousand fit. */
const struct situation situations[SITUATIONS] = {
	{ .name = "kill -9", .paths = ~0U },
};

const struct path_words path_words[PATHS] = {
	[PATH_IOWQ] = { .name = "iowq" },
};

int complain(const char *fmt, ...)
{
	abort();
}

static const char *time_of(__u64 ns)
{
	static char name[TIME_NAME_SIZE];

	return time_name(ns, name);
}

/* The smallest time of each unit, and the longest of the one before. */
TEST(a_time_has_at_most_999_of_its_unit)
{
	EXPECT_STREQ("0.0 us", time_of(0));
	EXPECT_STREQ("999.9 us", time_of(999949));
	EXPECT_STREQ("1.0 ms", time_of(999950));
	EXPECT_STREQ("1.0 ms", time_of(999999));
	EXPECT_STREQ("1.0 ms", time_of(1000000));
	EXPECT_STREQ("999.9 ms", time_of(999949999));
	EXPECT_STREQ("1.0 s", time_of(999950000));
	EXPECT_STREQ("60.0 s", time_of(60000000000));
}

/* What a function prints, whose lines are counted from the last. */
static char printed[4096];

static void print(void (*show)(const void *), const void *what)
{
	FILE *terminal = stdout;

	memset(printed, 0, sizeof(printed));
	stdout = fmemopen(printed, sizeof(printed), "w");
	show(what);
	fclose(stdout);
	stdout = terminal;
}

static size_t longest_line(void)
{
	size_t longest = 0;

	for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > longest)
			longest = strcspn(line, "\n");
	return longest;
}

static void show_row(const void *cells)
{
	static const struct column columns[] = {
		{ { "", "name" }, 6, false },
		{ { "", "word" }, 4, false },
		{ { "", "much" }, 4, true },
		{ { "", "more" }, 4, true },
	};
	const struct table table = { columns, 4, false };

	table_row(&table, cells);
}

/* It has the spaces beside it, and others' rows stand below it as before. */
TEST(a_cell_that_is_too_long_moves_no_other)
{
	static const char *const rows[ROWS][4] = {
		{ "name", "word", "1234", "1" },
		{ "name", "word", "12345", "1" },
		{ "name", "words", "1234", "1" },
		{ "name", "words", "12345", "1" },
		{ "name", "word", "123456", "1" },
		{ "long name", "word", "1234", "1" },
		{ "name", "word", "the rest of the row" },
	};
	static const char *const lines[ROWS] = {
		"name    word  1234     1\n",
		"name    word 12345     1\n",
		"name    words 1234     1\n",
		"name    words 12345    1\n",
		"name    word 123456    1\n",
		"long name\n        word  1234     1\n",
		"name    word  the rest of the row\n",
	};

	for (int i = 0; i < ROWS; i++) {
		print(show_row, rows[i]);
		EXPECT_STREQ(lines[i], printed);
	}
}

/* All that compare may be asked for, in one situation; and no time is 1000 of a unit. */
static void show_widest(const void *endings)
{
	static const struct found_node node = { .model = "driver_queue" };
	static struct comparison comparison = { .node = &node, .path = PATH_IOWQ };

	comparison.endings[0] = *(const struct endings *)endings;
	compare_terminal.begin(100000);
	compare_terminal.situation(&comparison, 0);
}

TEST(compare_is_never_too_wide_for_a_terminal)
{
	static const struct ending ending = {
		.read_said = -ECANCELED, .cancel_said = -EINPROGRESS, .who = WHO_CANCELLER,
	};
	static struct endings endings;

	for (int i = 0; i < 100000; i++)
		endings_note(&endings, &ending, 999950 + i % 50);
	print(show_widest, &endings);
	EXPECT_NE(NULL, strstr(printed, "\ndriver_queue iowq  kill -9 100000  -ECANCELED  "));
	EXPECT_EQ(WIDE, longest_line());
	endings_free(&endings);
}

/* However many there are; and those of which there are most come first. */
TEST(each_kind_of_ending_is_kept)
{
	struct endings endings = { 0 };
	struct ending ending = { 0 };

	for (int kind = 1; kind <= KINDS; kind++)
		for (int i = 0; i < kind; i++) {
			ending.read_said = -kind;
			ASSERT_EQ(0, endings_note(&endings, &ending, 1000 * kind));
		}
	ASSERT_EQ(KINDS, endings.kinds);
	EXPECT_EQ(KINDS * (KINDS + 1) / 2, endings.count);
	for (int i = 0; i < KINDS; i++) {
		EXPECT_EQ(i - KINDS, endings.alike[i].ending.read_said);
		EXPECT_EQ(KINDS - i, endings.alike[i].count);
		EXPECT_EQ(1000 * (KINDS - i), endings.alike[i].after.worst);
	}
	endings_free(&endings);
}

/* What a cancel said of a read whose end is another; that it was late is no untruth. */
TEST(untrue_is_what_says_the_contrary)
{
	static const struct race race = {
		.ends = {
			[SAID_CANCELLED] = { [WAS_CANCELLED_IN_RACE] = 1, [GOT_DATA] = 10 },
			[SAID_RUNNING] = { [WAS_CANCELLED_IN_RACE] = 100, [GOT_DATA] = 1000 },
			[SAID_UNKNOWN] = { [WAS_CANCELLED_IN_RACE] = 10000, [GOT_DATA] = 100000 },
			[SAID_ELSE] = { [WAS_CANCELLED_IN_RACE] = 1000000 },
		},
	};

	EXPECT_EQ(10010, race_untrue(&race));
	EXPECT_EQ(1010101, race_ended(&race, WAS_CANCELLED_IN_RACE));
	EXPECT_EQ(101010, race_ended(&race, GOT_DATA));
}

TEST_HARNESS_MAIN
