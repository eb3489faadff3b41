/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that blocks in read(2), and is signalled out of it.
 */
#ifndef READER_H
#define READER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

struct worker;

/**
 * struct reader - a thread in read(2), in its worker's process
 * @worker: whose it is: it uses its open file, and counts in its tally
 * @index:  its number, from 1
 * @quota:  how many reads it makes at most
 * @number: the read that it is in
 * @due:    when that is signalled; NEVER_NS: it is in none
 * @done:   it has ended
 * @thread: the thread itself
 */
struct reader {
	struct worker *worker;
	unsigned int index;
	__u64 quota;
	_Atomic __u64 number;
	_Atomic __u64 due;
	atomic_bool done;
	pthread_t thread;
};

/**
 * reader_start() - let it run
 * @reader: the thread: all zero but @worker, @index and @quota
 *
 * It ends by itself when it has made its quota, or after shared->stop was set.
 *
 * Return: 0, or -1 after having complained.
 */
int reader_start(struct reader *reader);

/**
 * readers_attend() - signal those that are still in a read when the run is to stop
 * @worker:   whose readers
 * @now:      the time
 * @stopping: the run is to stop
 *
 * Return: whether all is well; false: one hangs.
 */
bool readers_attend(struct worker *worker, __u64 now, bool stopping);

/**
 * readers_done() - whether all have ended
 * @worker: whose readers
 *
 * Return: just that.
 */
bool readers_done(const struct worker *worker);

#endif /* READER_H */
