/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads that wait side by side, all of one open file, by one path; each can be
 * cancelled as its path has it.
 *
 *	bench_submit()		one of them
 *	bench_cancel()		as often as its maker likes
 *	bench_await()		until it is over: it has ended, its cancels have answered
 */
#ifndef BENCH_H
#define BENCH_H

#include <libaio.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <liburing.h>
#include <linux/types.h>

#include "cancelsafe.h"
#include "path.h"

struct bench;

/**
 * struct bench_read - one of the reads
 * @sample:       where its sample goes
 * @ended:        it has ended
 * @result:       what it said then; a negative errno for an error
 * @ended_at:     when that was seen
 * @cancelled_at: when its first cancel was made, or its timeout was due; 0: not yet
 * @cancels:      how many cancels were made
 * @answers:      how many of them have answered
 * @answer:       what the first one said
 * @iocb:         of libaio: what the kernel knows it by
 * @bench:        of read(2): where it belongs
 * @go:           of read(2): its thread is to read
 * @thread:       of read(2): that thread, if it has @begun
 * @begun:        of read(2): it has a thread
 */
struct bench_read {
	struct cancelsafe_sample sample;
	atomic_bool ended;
	int result;
	__u64 ended_at;
	__u64 cancelled_at;
	unsigned int cancels, answers;
	int answer;
	struct iocb iocb;
	struct bench *bench;
	sem_t go;
	pthread_t thread;
	bool begun;
};

/**
 * struct bench_ops - what a path makes of it
 * @open:   before the first read; 0, or -1 after having complained
 * @submit: submit one; 0, or -1 after having complained
 * @cancel: cancel one; 0, or -1 after having complained
 * @wait:   sleep until one has ended, or a cancel has answered, or this time; 0, or
 *          -1 after having complained
 * @close:  after the last read; none is in flight
 * @silent: a cancel of this path has no answer
 */
struct bench_ops {
	int (*open)(struct bench *bench);
	int (*submit)(struct bench *bench, struct bench_read *read);
	int (*cancel)(struct bench *bench, struct bench_read *read);
	int (*wait)(struct bench *bench, __u64 until);
	void (*close)(struct bench *bench);
	bool silent;
};

extern const struct bench_ops bench_thread_ops, bench_ring_ops, bench_cmd_ops, bench_aio_ops;

/**
 * struct bench - reads that wait side by side
 * @ops:        their path
 * @fd:         the open file; another one may be set whenever none is in flight
 * @timeout_ns: in a ring: each has a LINK_TIMEOUT of so long; 0: none has
 * @ring:       of a ring's
 * @context:    of libaio's
 * @something:  of read(2)'s: one has ended
 * @stop:       of read(2)'s: their threads are to end
 * @size:       how many there are
 * @reads:      they
 */
struct bench {
	const struct bench_ops *ops;
	int fd;
	__u64 timeout_ns;
	struct io_uring ring;
	io_context_t context;
	sem_t something;
	atomic_bool stop;
	unsigned int size;
	struct bench_read reads[];
};

/**
 * bench_open() - prepare it
 * @path: how its reads come in
 * @size: how many there are at most
 *
 * Return: it, without an open file yet; NULL after having complained.
 */
struct bench *bench_open(enum path path, unsigned int size);

/**
 * bench_submit() - submit a read, which is not in flight
 * @bench: where
 * @index: which one
 *
 * Return: 0, though it may have ended with an error; -1 after having complained.
 */
int bench_submit(struct bench *bench, unsigned int index);

/**
 * bench_cancel() - cancel it, or cancel it again
 * @bench: where
 * @index: which one
 *
 * Return: 0, or -1 after having complained.
 */
int bench_cancel(struct bench *bench, unsigned int index);

/**
 * bench_await() - wait until it is over
 * @bench: where
 * @index: which one
 * @until: or until this time
 *
 * Return: 0, or -1 after having complained.
 */
int bench_await(struct bench *bench, unsigned int index, __u64 until);

/**
 * bench_over() - whether it has ended, and its cancels have answered
 * @read: the read
 *
 * Return: just that.
 */
bool bench_over(const struct bench_read *read);

/**
 * bench_end() - a read has ended: for the paths
 * @read:   it
 * @result: what it said
 */
void bench_end(struct bench_read *read, int result);

/**
 * bench_answer() - a cancel has answered: for the paths
 * @read:   whose
 * @answer: what it said
 */
void bench_answer(struct bench_read *read, int answer);

/**
 * bench_close() - the reverse of bench_open(); none is in flight
 * @bench: it, or NULL
 */
void bench_close(struct bench *bench);

#endif /* BENCH_H */
