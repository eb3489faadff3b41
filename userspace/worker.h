/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread of `cancelsafe stress`: its ring, its reads, what became of them.
 */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

#include "ledger.h"
#include "law.h"
#include "node.h"
#include "ring.h"

/*
 * Reads that a thread keeps in flight. The node has no .poll, so each that
 * waits holds an io-wq worker in the kernel, a thread of about 23 KiB.
 */
#define IN_FLIGHT 64

/* Twice a sample: what lies behind the sample must stay as it was. */
#define BUFFER_SIZE (2 * sizeof(struct cancelsafe_sample))

/* A cancelled read that has not ended after so long, acquire_us not counted, never will. */
#define WATCHDOG_NS (60 * 1000000000ULL)

/* What a cancel's own CQE can say. */
enum answer { SAID_DONE, SAID_ALREADY, SAID_NOT_FOUND, ANSWERS };

/* How a read can end; ended otherwise is an error. */
enum outcome { GOT_SAMPLE, WAS_CANCELLED, ENDED_OTHERWISE, OUTCOMES };

/**
 * struct slot - a place for one read after the other
 * @buffer:           where the read's sample goes
 * @number:           how manyeth read of this thread it is
 * @cancel_at:        when to cancel it, or to cancel it again
 * @cancelled_at:     when it was cancelled first; 0: not yet
 * @in_flight:        the read's own CQE has not come
 * @cancel_in_flight: the CQE of a cancel of it has not come
 * @outcome:          how it ended, once it is not in flight
 * @answers:          what its cancels said
 *
 * It is free for the next read when neither is in flight.
 */
struct slot {
	unsigned char buffer[BUFFER_SIZE];
	__u64 number;
	__u64 cancel_at;
	__u64 cancelled_at;
	bool in_flight;
	bool cancel_in_flight;
	enum outcome outcome;
	unsigned int answers[ANSWERS];
};

/**
 * struct tally - what a thread has counted; other threads may look
 * @submitted: reads submitted
 * @ended:     reads ended, by how
 * @too_late:  of those that got a sample: a cancel had been submitted
 * @cancels:   cancels submitted
 * @repeated:  of these: not the first of their read
 * @answers:   the cancels' own answers, by how their read ended
 */
struct tally {
	_Atomic __u64 submitted;
	_Atomic __u64 ended[OUTCOMES];
	_Atomic __u64 too_late;
	_Atomic __u64 cancels;
	_Atomic __u64 repeated;
	_Atomic __u64 answers[ANSWERS][OUTCOMES];
};

/**
 * struct shared - what the threads of a run have in common
 * @seed:       decides which reads are cancelled, and when
 * @acquire_ns: how long a read may be in service, beyond any cancel's reach
 * @ledger:     the samples that were read
 * @law:        the rules that were broken
 * @stop:       submit nothing more, cancel what is in flight
 */
struct shared {
	__u64 seed;
	__u64 acquire_ns;
	struct ledger ledger;
	struct law law;
	atomic_bool stop;
};

/**
 * struct worker - a thread
 * @shared: what it has in common with the others
 * @index:  its number, from 0
 * @quota:  how many reads it submits at most
 * @fd:     the node, opened by it alone
 * @ring:   its ring
 * @thread: the thread itself
 * @done:   it has nothing in flight anymore, or gave up
 * @hung:   it gave up on a read that does not end
 * @error:  why it gave up otherwise: a negative errno from io_uring
 * @tally:  what became of its reads
 * @file:   what the driver counted of its open file, filled in by the verifier
 * @slots:  its reads
 */
struct worker {
	struct shared *shared;
	unsigned int index;
	__u64 quota;
	int fd;
	struct io_uring ring;
	pthread_t thread;
	atomic_bool done;
	bool hung;
	int error;
	struct tally tally;
	struct snapshot file;
	struct slot slots[IN_FLIGHT];
};

/**
 * worker_init() - open a thread's node and ring
 * @worker: the thread: all zero but @shared, @index and @quota
 *
 * Return: 0, or -1 after having complained.
 */
int worker_init(struct worker *worker);

/**
 * worker_start() - let it run
 * @worker: the thread
 *
 * It ends by itself when it has submitted its quota and every read has ended,
 * or after shared->stop was set. Join its thread.
 *
 * Return: 0, or -1 after having complained.
 */
int worker_start(struct worker *worker);

#endif /* WORKER_H */
