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

#include "file_cancels.h"
#include "law.h"
#include "ledger.h"
#include "mix.h"
#include "node.h"
#include "path_aio.h"
#include "reader.h"
#include "ring.h"
#include "slot.h"
#include "tally.h"

/*
 * Reads that a thread keeps in flight: 64, over all paths. On a node that has no
 * .poll, each READ that waits holds an io-wq worker, a thread of about 23 KiB.
 */
#define IN_FLIGHT SLOTS

/* A cancelled read that has not ended after so long, acquire_us not counted, never will. */
#define WATCHDOG_NS (60 * 1000000000ULL)

/**
 * struct shared - what the threads of a run have in common, in all its processes
 * @seed:       decides which reads are cancelled, and when and how
 * @mix:        how often each way to cancel is chosen, and each path
 * @acquire_ns: how long a read may be in service, beyond any cancel's reach
 * @ledger:     the samples that were read
 * @law:        the rules that were broken
 * @begun:      how many threads with a ring have all those that go with them
 * @stop:       submit nothing more, cancel what is in flight
 */
struct shared {
	__u64 seed;
	struct mix mix;
	__u64 acquire_ns;
	struct ledger ledger;
	struct law law;
	atomic_uint begun;
	atomic_bool stop;
};

/**
 * struct worker - a thread with a ring, with the threads that block for it in read(2),
 *                 and the one that has an AIO context
 * @shared:       what it has in common with the others
 * @index:        its number, from 0, counted through all instances
 * @quota:        how many reads its ring submits at most
 * @number:       how many it has submitted
 * @fd:           the node, opened for it alone, its readers and @aio included
 * @ring:         its ring
 * @thread:       the thread itself
 * @hung:         it gave up on a read that does not end
 * @error:        why it gave up otherwise: a negative errno from io_uring or libaio
 * @file_cancels: its cancels of all that @fd has waiting
 * @tally:        what became of its reads
 * @file:         what the driver counted of its open file, filled in by the verifier
 * @aio:          its reads by libaio
 * @slots_used:   how many of @slots it uses; 0: its ring has no reads
 * @readers_used: how many of @readers it uses
 * @slots:        the ring's reads
 * @readers:      the blocking readers
 */
struct worker {
	struct shared *shared;
	unsigned int index;
	__u64 quota;
	__u64 number;
	int fd;
	struct io_uring ring;
	pthread_t thread;
	atomic_bool hung;
	_Atomic int error;
	struct file_cancels file_cancels;
	struct tally tally;
	struct snapshot file;
	struct aio aio;
	unsigned int slots_used, readers_used;
	struct slot slots[IN_FLIGHT];
	struct reader readers[IN_FLIGHT];
};

/**
 * worker_init() - prepare a thread, and open the node for it
 * @worker: the thread, all zero
 * @shared: what it has in common with the others
 * @index:  its number
 * @reads:  how many reads it submits in all, by all paths; ULLONG_MAX:
 *          until it is stopped
 *
 * Return: 0, or -1 after having complained.
 */
int worker_init(struct worker *worker, struct shared *shared, unsigned int index, __u64 reads);

/**
 * worker_start() - let it run, in the process that calls this
 * @worker: the thread
 *
 * It ends by itself when it has submitted its quota and every read has ended,
 * or after shared->stop was set. Join its thread.
 *
 * Return: 0, or -1 after having complained.
 */
int worker_start(struct worker *worker);

/**
 * worker_give_up() - a read of it does not end
 * @worker: the thread
 * @kind:   "read", "blocking read" or "libaio read"
 * @number: which one
 * @since:  when it was cancelled
 * @now:    the time
 *
 * Return: whether it has lasted so long that it is hopeless; then that is a
 * breach of the law.
 */
bool worker_give_up(struct worker *worker, const char *kind, __u64 number, __u64 since, __u64 now);

#endif /* WORKER_H */
