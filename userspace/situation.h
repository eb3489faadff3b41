/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The situations in which somebody no longer wants a read.
 */
#ifndef SITUATION_H
#define SITUATION_H

#include "endings.h"
#include "stage.h"

/**
 * struct situation - one of them
 * @name:     what it is called in the table and in JSON
 * @meaning:  what happens to the read, in two lines at most
 * @paths:    a set of those that can get into it
 * @why_not:  why others cannot
 * @is_first: nobody waits before it: where a model has a current request, it is that
 * @prepare:  before the first read
 * @read:     have one read get into it, on a file that has just been opened, until it
 *            has ended or goes on waiting; fills in @ending but for who
 *
 * Both return 0, or -1 after having complained; @read may return SITUATION_TOO_LATE: the
 * read had ended before anything could happen to it, and does not count.
 */
struct situation {
	const char *name;
	const char *meaning[2];
	unsigned int paths;
	const char *why_not;
	bool is_first;
	int (*prepare)(struct stage *stage);
	int (*read)(struct stage *stage, struct ending *ending, __u64 *after_ns);
};

#define SITUATION_TOO_LATE 1
#define SITUATION_PATIENCE_NS 1000000000ULL /* what has not ended by then goes on waiting */
#define SITUATIONS 8

extern const struct situation situations[SITUATIONS];

/**
 * situation_run() - have many reads get into a situation, one after the other
 * @situation: which
 * @stage:     the node, whose path can; nobody waits there, before and afterwards
 * @rounds:    how many; fewer if that takes too long
 * @endings:   where to, all zero
 *
 * Return: 0, or -1 after having complained, or because a signal came.
 */
int situation_run(const struct situation *situation, struct stage *stage, __u64 rounds,
		  struct endings *endings);

/**
 * situation_cancel() - cancel a read until it has ended
 * @crowd: where
 * @index: which one
 *
 * Return: 0, though it may have not ended after a second; -1 after having complained.
 */
int situation_cancel(struct crowd *crowd, unsigned int index);

/**
 * situation_arrive() - wait until a read waits, or has ended
 * @stage: the node
 * @crowd: where
 * @index: which one: the others before it wait
 * @fd:    its open file
 *
 * Return: 0, or -1 after having complained.
 */
int situation_arrive(const struct stage *stage, struct crowd *crowd, unsigned int index, int fd);

#endif /* SITUATION_H */
