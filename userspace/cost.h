/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What reads cost that do nothing but wait, and whether they are served in order.
 */
#ifndef COST_H
#define COST_H

#include "stage.h"

#define ORDERS 20	/* how often the order is looked at */

/**
 * struct cost - what was found
 * @refused: why a read by this path cannot wait: a negative errno; 0: it can
 * @reads:   how many have waited
 * @threads: how many threads they took in all, their makers' or io_uring's
 * @kernel:  how many of these were io_uring's
 * @bytes:   how much more memory of its own the kernel used then, in all
 * @kept:    how often, of ORDERS times, reads were served in the order in which they
 *           came, though one in the middle was cancelled
 */
struct cost {
	int refused;
	unsigned int reads, threads, kernel;
	__u64 bytes;
	unsigned int kept;
};

/**
 * cost_find() - find it out
 * @stage: the node; nobody waits there, before and afterwards
 * @cost:  where to
 *
 * Return: 0, or -1 after having complained, or because a signal came.
 */
int cost_find(struct stage *stage, struct cost *cost);

/**
 * cost_find_waiting() - the same, but for the order: nothing of it is in this process
 * @stage: the node; nobody waits there, before and afterwards
 * @cost:  where to
 *
 * Return: 0, or -1 after having complained, or because a signal came.
 */
int cost_find_waiting(struct stage *stage, struct cost *cost);

#endif /* COST_H */
