/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table on standard output, a row after the other, for a terminal or as Markdown.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>

#define TABLE_COLUMNS 16	/* at most */

/**
 * struct column - a column
 * @head:  what stands above it, in two lines
 * @width: how many characters its cells have at a terminal; one that is longer has of
 *         the spaces between the columns what it needs, as far as one remains, but in
 *         the first column a line of its own
 * @right: they end at its right edge, as numbers do; not in the first column
 */
struct column {
	const char *head[2];
	int width;
	bool right;
};

/**
 * struct table - a table; a row is as wide as its columns and two spaces between each
 * @columns:  its columns
 * @count:    how many there are
 * @markdown: for a Markdown processor, not for people
 */
struct table {
	const struct column *columns;
	unsigned int count;
	bool markdown;
};

/**
 * table_head() - begin the table
 * @table: the table
 */
void table_head(const struct table *table);

/**
 * table_row() - add a row
 * @table: the table
 * @cells: a cell for each column, or NULL behind the last one that there is, which
 *         may be as long as the rest of the row
 *
 * It is seen at once. What a terminal might take for a command is printed as "?".
 */
void table_row(const struct table *table, const char *const *cells);

#endif /* TABLE_H */
