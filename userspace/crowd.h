/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads that wait side by side, all of one open file, by one path; each can be
 * cancelled as its path has it.
 *
 *	crowd_submit()		one of them
 *	crowd_cancel()		as often as its maker likes
 *	crowd_await()		until it is over: it has ended, its cancels have answered
 */
#ifndef CROWD_H
#define CROWD_H

#include <libaio.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <liburing.h>
#include <linux/types.h>

#include "cancelsafe.h"
#include "path.h"

struct crowd;

/**
 * struct crowd_read - one of the reads
 * @sample:       where its sample goes
 * @ended:        it has ended
 * @result:       what it said then; a negative errno for an error
 * @ended_at:     when that was seen
 * @cancelled_at: when its first cancel was made, or its timeout was due; 0: not yet
 * @cancels:      how many cancels were made
 * @answers:      how many of them have answered
 * @answer:       what the first one said
 * @iocb:         of libaio: what the kernel knows it by
 * @crowd:        of read(2): where it belongs
 * @go:           of read(2): its thread is to read
 * @thread:       of read(2): that thread, if it has @begun
 * @begun:        of read(2): it has a thread
 */
struct crowd_read {
	struct cancelsafe_sample sample;
	atomic_bool ended;
	int result;
	__u64 ended_at;
	__u64 cancelled_at;
	unsigned int cancels, answers;
	int answer;
	struct iocb iocb;
	struct crowd *crowd;
	sem_t go;
	pthread_t thread;
	bool begun;
};

/**
 * struct crowd_ops - what a path makes of it
 * @open:   before the first read; 0, or -1 after having complained
 * @submit: submit one; 0, or -1 after having complained
 * @cancel: cancel one; 0, or -1 after having complained
 * @wait:   sleep until one has ended, or a cancel has answered, or this time; 0, or
 *          -1 after having complained
 * @close:  after the last read; none is in flight
 * @silent: a cancel of this path has no answer
 */
struct crowd_ops {
	int (*open)(struct crowd *crowd);
	int (*submit)(struct crowd *crowd, struct crowd_read *read);
	int (*cancel)(struct crowd *crowd, struct crowd_read *read);
	int (*wait)(struct crowd *crowd, __u64 until);
	void (*close)(struct crowd *crowd);
	bool silent;
};

extern const struct crowd_ops crowd_thread_ops, crowd_ring_ops, crowd_cmd_ops, crowd_aio_ops;

/**
 * struct crowd - reads that wait side by side
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
struct crowd {
	const struct crowd_ops *ops;
	int fd;
	__u64 timeout_ns;
	struct io_uring ring;
	io_context_t context;
	sem_t something;
	atomic_bool stop;
	unsigned int size;
	struct crowd_read reads[];
};

/**
 * crowd_open() - prepare it
 * @path: how its reads come in
 * @size: how many there are at most
 *
 * Return: it, without an open file yet; NULL after having complained.
 */
struct crowd *crowd_open(enum path path, unsigned int size);

/**
 * crowd_submit() - submit a read, which is not in flight
 * @crowd: where
 * @index: which one
 *
 * Return: 0, though it may have ended with an error; -1 after having complained.
 */
int crowd_submit(struct crowd *crowd, unsigned int index);

/**
 * crowd_cancel() - cancel it, or cancel it again
 * @crowd: where
 * @index: which one
 *
 * Return: 0, or -1 after having complained.
 */
int crowd_cancel(struct crowd *crowd, unsigned int index);

/**
 * crowd_await() - wait until it is over
 * @crowd: where
 * @index: which one
 * @until: or until this time
 *
 * Return: 0, or -1 after having complained.
 */
int crowd_await(struct crowd *crowd, unsigned int index, __u64 until);

/**
 * crowd_over() - whether it has ended, and its cancels have answered
 * @read: the read
 *
 * Return: just that.
 */
bool crowd_over(const struct crowd_read *read);

/**
 * crowd_end() - a read has ended: for the paths
 * @read:   it
 * @result: what it said
 */
void crowd_end(struct crowd_read *read, int result);

/**
 * crowd_answer() - a cancel has answered: for the paths
 * @read:   whose
 * @answer: what it said
 */
void crowd_answer(struct crowd_read *read, int answer);

/**
 * crowd_close() - the reverse of crowd_open(); none is in flight
 * @crowd: it, or NULL
 */
void crowd_close(struct crowd *crowd);

#endif /* CROWD_H */
