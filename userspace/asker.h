/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring, for one read after the other and its cancels.
 *
 *	asker_begin()		submit a read
 *	asker_await()		wait for its end, but not for long
 *	asker_cancel()		if it has not ended: cancel it until it has
 */
#ifndef ASKER_H
#define ASKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

#include "ring.h"

#define ASKER_BUFFER (64 << 10)		/* what a full pipe has is gone with one read */

/**
 * struct asker - the ring, and the read that it has in flight
 * @submitting: where to note since when a read is being submitted, or 0: none is;
 *             some files keep who submits it
 * @flags:     of the read's SQE
 * @ring:      the ring
 * @fd:        what is read
 * @at_once:   the read had ended when its submission returned
 * @held:      and to submit it was to sleep: it may have waited for its data there
 * @ended:     the read's CQE has come
 * @result:    what that said
 * @cancels:   how many cancels were made of it
 * @answered:  how many of them have answered
 * @answer:    what the first one said
 * @first_ns:  when the first one was made
 * @after_ns:  how long after that the read's CQE was seen
 * @buffer:    the read's
 */
struct asker {
	_Atomic __u64 *submitting;
	struct io_uring ring;
	int fd;
	unsigned int flags;
	bool at_once, held;
	bool ended;
	int result;
	unsigned int cancels, answered;
	int answer;
	__u64 first_ns, after_ns;
	unsigned char buffer[ASKER_BUFFER];
};

/**
 * asker_begin() - submit a read; none is in flight
 * @asker: the ring
 *
 * Return: 0, or -1 after having complained.
 */
int asker_begin(struct asker *asker);

/**
 * asker_await() - wait until the read has ended
 * @asker: the ring
 * @until: or until this time
 *
 * Return: 0, or -1 after having complained.
 */
int asker_await(struct asker *asker, __u64 until);

/**
 * asker_cancel() - cancel the read until it has ended, if it was not seen to end
 * @asker: the ring
 *
 * Gives up after some seconds: then @asker->ended is false, and its buffer the
 * kernel's for good.
 *
 * Return: 0, or -1 after having complained.
 */
int asker_cancel(struct asker *asker);

/**
 * asker_was_cancelled() - whether the read's result is that of a cancel
 * @asker: the ring; the read has ended
 *
 * Return: just that: a thread that reads for io-wq may also be told that it was
 * interrupted.
 */
bool asker_was_cancelled(const struct asker *asker);

/**
 * asker_buffer_touched() - whether something was written to the read's buffer
 * @asker: the ring; the read has ended
 *
 * Return: just that.
 */
bool asker_buffer_touched(const struct asker *asker);

/**
 * asker_polls() - whether io_uring polls the file for the read
 * @asker: the ring
 *
 * Return: 1: it does; 0: it does not, or the read has ended; -1 after having complained.
 */
int asker_polls(const struct asker *asker);

#endif /* ASKER_H */
