/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run of `cancelsafe stress`: its threads, and all that was seen of it.
 */
#ifndef RUN_H
#define RUN_H

#include <stddef.h>

#include "ledger.h"
#include "node.h"
#include "worker.h"

/**
 * struct run - a run of `cancelsafe stress`
 * @shared:     what its threads share
 * @workers:    its threads
 * @threads:    how many there are
 * @started_ns: when it began
 * @ended_ns:   when the last read had ended
 * @settle_us:  the smallest settling time that was seen while it ran
 * @before:     the node's counters before it
 * @after:      the node's counters after it
 * @own:        what the driver counted of its own open files
 * @samples:    what its ledger says
 */
struct run {
	struct shared shared;
	struct worker *workers;
	unsigned int threads;
	__u64 started_ns, ended_ns;
	__u64 settle_us;
	struct snapshot before, after, own;
	struct ledger_result samples;
};

/**
 * run_total() - add a counter up over all threads
 * @run:    the run
 * @offset: the counter's offset in struct tally
 *
 * Return: the sum.
 */
__u64 run_total(const struct run *run, size_t offset);

/* Adds up a counter of struct tally, named as a member. */
#define RUN_TOTAL(run, member) run_total(run, offsetof(struct tally, member))

/**
 * run_ended() - how many reads have ended so far
 * @run: the run
 *
 * Return: the sum, however they ended.
 */
__u64 run_ended(const struct run *run);

/**
 * run_in_flight() - how many reads have not ended yet
 * @run: the run
 *
 * Return: the number; while threads run, it may be out of date at once.
 */
__u64 run_in_flight(const struct run *run);

/**
 * run_rise() - what the node has counted during a run, others' reads too
 * @run:     the run, verified
 * @counter: which counter
 *
 * Return: how much it rose.
 */
__u64 run_rise(const struct run *run, enum counter counter);

/**
 * run_others() - what other users of the node had counted during a run
 * @run:     the run, verified
 * @counter: which counter
 *
 * Return: how much it rose beyond what the run's own files account for.
 */
__u64 run_others(const struct run *run, enum counter counter);

#endif /* RUN_H */
