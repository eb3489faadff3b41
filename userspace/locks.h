/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a lock for all queues costs, against a lock for each: how often several
 * processes, each at a node of its own, queue requests and cancel them.
 */
#ifndef LOCKS_H
#define LOCKS_H

#include "nodes.h"

#define LOCKS_NODES 8	/* of a model, at most */

/**
 * struct lock_rates - a model's
 * @first:     its first node
 * @count:     to how many nodes at once it was measured
 * @per_second: requests that were queued and cancelled in a second, by all together, at
 *              so many nodes, less one
 */
struct lock_rates {
	const struct found_node *first;
	unsigned int count;
	__u64 per_second[LOCKS_NODES];
};

/**
 * locks_measure() - measure all models that take commands, in turn
 * @nodes: all nodes
 * @rates: where to, for each such model
 *
 * Return: how many there are, or -1 after having complained, or because a signal came.
 */
int locks_measure(const struct nodes *nodes, struct lock_rates rates[NODES]);

/**
 * locks_plot() - write them as a program for gnuplot, to standard output
 * @rates: of each model
 * @count: how many models
 */
void locks_plot(const struct lock_rates *rates, unsigned int count);

#endif /* LOCKS_H */
