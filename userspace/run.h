/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run of `cancelsafe stress`: what was asked for, and all that was seen of it.
 */
#ifndef RUN_H
#define RUN_H

#include <limits.h>
#include <sys/types.h>

#include "worker.h"

#define MAX_INSTANCES 100

/**
 * struct plan - what the user asked for
 * @instances: how many processes
 * @threads:   how many threads each has
 * @seconds:   how long to run; 0: until the reads are done
 * @reads:     how many reads to submit in all; 0: until the time is over
 * @seed:      makes the decisions
 * @paths:     which ways in the reads take; 0: all that the node has
 * @mix:       how often each way to cancel is chosen, and each path
 * @abrupt:    end with everything in flight
 */
struct plan {
	unsigned int instances, threads;
	__u64 seconds, reads, seed;
	unsigned int paths;
	struct mix mix;
	bool abrupt;
};

/**
 * struct instance - a process of the run
 * @pid:    the process
 * @ended:  it has ended
 * @failed: it has complained, and could not do what it should
 * @died:   it has died, and nobody of the run had asked for it
 * @status: how it ended, as waitpid(2) has it
 */
struct instance {
	pid_t pid;
	bool ended;
	bool failed;
	bool died;
	int status;
};

/**
 * struct run - a run of `cancelsafe stress`, shared by its processes
 * @plan:       what was asked for
 * @shared:     what its threads share
 * @instances:  its processes
 * @started_ns: when it began
 * @begun_ns:   when the last of its threads had: its time runs from then; 0: not yet
 * @ended_ns:   when its last process had ended
 * @quiet_ns:   how long after that the last of its reads left the driver
 * @settle_us:  the smallest settling time that was seen while it ran
 * @abrupt:     it was ended with everything in flight
 * @before:     the node's counters before it
 * @after:      the node's counters after it
 * @own:        what the driver counted of its open files
 * @unseen:     samples that reached a process that was gone before it saw them
 * @samples:    what its ledger says
 * @total:      what its threads have counted, added up
 * @nr_workers: how many threads there are in all
 * @workers:    its threads, one instance's after the other's
 */
struct run {
	struct plan plan;
	struct shared shared;
	struct instance instances[MAX_INSTANCES];
	__u64 started_ns, begun_ns, ended_ns, quiet_ns;
	__u64 settle_us;
	bool abrupt;
	struct snapshot before, after, own;
	__u64 unseen;
	struct ledger_result samples;
	struct tally total;
	unsigned int nr_workers;
	struct worker workers[];
};

/**
 * run_create() - prepare a run, and open the node for each of its threads
 * @plan: what was asked for
 *
 * Return: the run, in memory that forked processes share; NULL after having
 * complained.
 */
struct run *run_create(const struct plan *plan);

/**
 * run_close() - close the run's open files
 * @run: the run
 */
void run_close(struct run *run);

/**
 * run_instance_of() - which process a thread belongs to
 * @run:    the run
 * @worker: the thread
 *
 * Return: the process.
 */
const struct instance *run_instance_of(const struct run *run, const struct worker *worker);

/**
 * run_add_up() - bring the run's total up to date
 * @run: the run
 */
void run_add_up(struct run *run);

/**
 * run_cancelled() - how many reads were cancelled
 * @run: the run, verified
 *
 * Return: their number, those whose process was gone before it was told included.
 */
__u64 run_cancelled(const struct run *run);

/**
 * run_cancelled_in_driver() - how many of these had reached the driver
 * @run: the run, verified
 *
 * Return: their number.
 */
__u64 run_cancelled_in_driver(const struct run *run);

/**
 * run_rise() - what the run, and others meanwhile, added to a counter of the node
 * @run:     the run, verified
 * @counter: the counter
 *
 * Return: the difference.
 */
__u64 run_rise(const struct run *run, enum counter counter);

/**
 * run_others() - what others added meanwhile to a counter of the node
 * @run:     the run, verified
 * @counter: the counter
 *
 * Return: the difference.
 */
__u64 run_others(const struct run *run, enum counter counter);

/**
 * run_has_company() - whether somebody else was seen to use the node
 * @run: the run, verified
 *
 * Return: just that.
 */
bool run_has_company(const struct run *run);

#endif /* RUN_H */
