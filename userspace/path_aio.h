/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The path of libaio: a thread with an AIO context, whose reads are cancelled by
 * io_cancel(2).
 */
#ifndef PATH_AIO_H
#define PATH_AIO_H

#include <libaio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "request.h"
#include "slot.h"

/**
 * struct aio_slot - a place for one read after the other
 * @req:       the read
 * @iocb:      what the kernel knows it by
 * @in_flight: its event has not come
 */
struct aio_slot {
	struct request req;
	struct iocb iocb;
	bool in_flight;
};

/**
 * struct aio - a thread with an AIO context, in its worker's process
 * @worker:  whose it is: it uses its open file, and counts in its tally
 * @quota:   how many reads it makes at most
 * @number:  how many it has submitted
 * @used:    how many of @slots it uses; 0: there is no such thread
 * @context: its AIO context
 * @done:    it has ended
 * @thread:  the thread itself
 * @slots:   its reads
 */
struct aio {
	struct worker *worker;
	__u64 quota;
	__u64 number;
	unsigned int used;
	io_context_t context;
	atomic_bool done;
	pthread_t thread;
	struct aio_slot slots[SLOTS];
};

/**
 * aio_start() - let it run
 * @aio: the thread: all zero but @worker, @quota and @used
 *
 * It ends by itself when it has submitted its quota and every read has ended, or
 * after shared->stop was set.
 *
 * Return: 0, or -1 after having complained.
 */
int aio_start(struct aio *aio);

/**
 * aio_done() - whether it has ended
 * @aio: the thread
 *
 * Return: just that.
 */
bool aio_done(const struct aio *aio);

#endif /* PATH_AIO_H */
