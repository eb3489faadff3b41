/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stddef.h>

#include "scenario.h"

#define MAX_DEPTH 2000

/* Any number of preemptions: all orders. */
#define UNBOUNDED (-1)

/**
 * struct found - what a search found
 * @states:  different ones
 * @orders:  that were gone through, whether one by one or as those of a state
 *           that was known
 * @failed:  the last of them broke a rule, as @failure says, and
 * @order:   this is it: an actor a step
 * @length:  of @order
 */
struct found {
	size_t states;
	double orders;
	bool failed;
	unsigned char order[MAX_DEPTH];
	int length;
};

void search(const struct scenario *scenario, const struct explored_model *model,
	    int bound, struct found *found);
void search_begin(const struct scenario *scenario,
		  const struct explored_model *model);
bool search_step(int actor);

#endif
