// SPDX-License-Identifier: GPL-2.0
/* A hash table with open addressing; the digest is its own hash. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "states.h"

struct entry {
	struct digest digest;	/* 0: free. No state's is 0 but by chance */
	double orders;
};

static struct entry *table;
static size_t size, count;

static bool is_free(const struct entry *entry)
{
	return !entry->digest.low && !entry->digest.high;
}

static bool is_of(const struct entry *entry, struct digest digest)
{
	return entry->digest.low == digest.low &&
	       entry->digest.high == digest.high;
}

/* Where it is, or where it would have to be. */
static struct entry *slot(struct digest digest)
{
	size_t i = digest.low & (size - 1);

	while (!is_free(&table[i]) && !is_of(&table[i], digest))
		i = (i + 1) & (size - 1);
	return &table[i];
}

static void resize(size_t to)
{
	struct entry *old = table;
	size_t i, n = size;

	size = to;
	table = calloc(size, sizeof(*table));
	assert(table);
	for (i = 0; i < n; i++)
		if (!is_free(&old[i]))
			*slot(old[i].digest) = old[i];
	free(old);
}

void states_clear(void)
{
	free(table);
	table = NULL;
	size = 0;
	count = 0;
	resize(1 << 16);
}

/* How many orders lead on from a state; NULL: it was never seen. */
double *states_find(struct digest digest)
{
	struct entry *entry = slot(digest);

	return is_free(entry) ? NULL : &entry->orders;
}

void states_add(struct digest digest)
{
	struct entry *entry;

	if (++count > size / 2)
		resize(size * 2);
	entry = slot(digest);
	entry->digest = digest;
	entry->orders = OPEN;
}

size_t states_count(void)
{
	return count;
}
