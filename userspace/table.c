// SPDX-License-Identifier: GPL-2.0
/*
 * A table on standard output, a row after the other, for a terminal or as Markdown.
 */
#include <stdio.h>
#include <string.h>

#include "table.h"

#define GAP 2

/* Characters, not bytes: those of UTF-8 that begin none are left out. */
static int length_of(const char *text)
{
	int length = 0;

	for (; *text; text++)
		length += (*text & 0xc0) != 0x80;
	return length;
}

static void put_text(const char *text, bool markdown)
{
	for (; *text; text++) {
		unsigned char c = *text;

		if (markdown && (c == '|' || c == '\\'))
			putchar('\\');
		putchar(c < ' ' || c == 0x7f ? '?' : c);
	}
}

/*
 * Spaces are owed until there is something behind them: none end a line. A cell that is
 * too long is in debt for its excess; one space stays.
 */
static void put_cell(const struct column *column, const char *text, bool is_rest, int *owed)
{
	int length = length_of(text), fill = is_rest ? 0 : column->width - length;
	int spaces;

	if (column->right)
		*owed += fill;
	if (length) {
		spaces = *owed > 0 ? *owed : 1;
		printf("%*s", spaces, "");
		put_text(text, false);
		*owed -= spaces;
	}
	*owed += (column->right ? 0 : fill) + GAP;
}

static void put_row(const struct table *table, const char *const *cells)
{
	const struct column *columns = table->columns;
	int owed = columns[0].width - length_of(cells[0]);

	put_text(cells[0], false);
	if (owed < 0) {
		putchar('\n');
		owed = columns[0].width;
	}
	owed += GAP;
	for (unsigned int i = 1; i < table->count && cells[i]; i++)
		put_cell(&columns[i], cells[i], i + 1 < table->count && !cells[i + 1], &owed);
	putchar('\n');
}

static void put_markdown(const struct table *table, const char *const *cells)
{
	unsigned int i;

	for (i = 0; i < table->count && cells[i]; i++) {
		printf("| ");
		put_text(cells[i], true);
		putchar(' ');
	}
	for (; i < table->count; i++)
		printf("| ");
	printf("|\n");
}

/* Markdown has one line for it. */
static void put_markdown_head(const struct table *table)
{
	for (unsigned int i = 0; i < table->count; i++) {
		const char *const *head = table->columns[i].head;

		printf("| %s%s%s ", head[0], *head[0] ? " " : "", head[1]);
	}
	printf("|\n");
	for (unsigned int i = 0; i < table->count; i++)
		printf("|%s", table->columns[i].right ? "---:" : "---");
	printf("|\n");
}

void table_head(const struct table *table)
{
	const char *cells[TABLE_COLUMNS];

	if (table->markdown) {
		put_markdown_head(table);
		return;
	}
	for (unsigned int line = 0; line < 2; line++) {
		for (unsigned int i = 0; i < table->count; i++)
			cells[i] = table->columns[i].head[line];
		put_row(table, cells);
	}
}

void table_row(const struct table *table, const char *const *cells)
{
	if (table->markdown)
		put_markdown(table, cells);
	else
		put_row(table, cells);
	fflush(stdout);
}
