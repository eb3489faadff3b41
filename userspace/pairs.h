/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that wait in io_urings, each of which is cancelled by a request of its own:
 * ours, and those that others would use.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <liburing.h>
#include <linux/types.h>

#include "cancelsafe.h"

#define PAIRS_A_RING 65536	/* so many wait in one ring at most */
#define PAIRS_RINGS 16

struct pairs;

/**
 * struct pair_kind - what such requests are
 * @open:   before the first one; 0, or another number after having complained
 * @submit: put one into the batch
 * @cancel: put its cancel into the batch
 * @ended:  what it says when it was cancelled
 */
struct pair_kind {
	int (*open)(struct pairs *pairs);
	void (*submit)(struct pairs *pairs, struct io_uring *ring, __u64 name);
	void (*cancel)(struct pairs *pairs, struct io_uring *ring, __u64 name);
	int ended;
};

extern const struct pair_kind pair_cmd, pair_eventfd, pair_pipe, pair_poll, pair_timeout,
			      pair_futex, pair_null;

/**
 * struct pairs - requests, named from 0 on
 * @kind:   what they are
 * @rings:  where
 * @count:  how many rings there are
 * @fd:     what they are of
 * @other:  the other end of that, or -1
 * @ended:  how many have ended
 * @sample: where their data would go
 */
struct pairs {
	const struct pair_kind *kind;
	struct io_uring rings[PAIRS_RINGS];
	unsigned int count;
	int fd, other;
	__u64 ended;
	struct cancelsafe_sample sample;
};

/**
 * pairs_open() - prepare it
 * @kind:    what they are
 * @waiting: how many are to wait at once
 * @pairs:   where to
 *
 * Return: 0; BENCH_ABSENT: this kernel has none such; or another number after having
 * complained.
 */
int pairs_open(const struct pair_kind *kind, unsigned int waiting, struct pairs **pairs);

/**
 * pairs_submit() - put one into the batch
 * @pairs: they
 * @name:  which
 */
void pairs_submit(struct pairs *pairs, __u64 name);

/**
 * pairs_cancel() - put its cancel into the batch
 * @pairs: they
 * @name:  which
 */
void pairs_cancel(struct pairs *pairs, __u64 name);

/**
 * pairs_send() - submit the batch
 * @pairs: they
 * @name:  of one in it; the others are in the same ring
 *
 * Return: 0, or another number after having complained.
 */
int pairs_send(struct pairs *pairs, __u64 name);

/**
 * pairs_meet() - submit something else to a request's ring
 * @pairs: they
 * @name:  which
 *
 * io_uring looks for a ring in an xarray of the task's, unless it is the one that the task
 * submitted to before. That depends on how many rings there are, and not on what waits in
 * them: who measures that comes here first.
 *
 * Return: 0, or another number after having complained.
 */
int pairs_meet(struct pairs *pairs, __u64 name);

/**
 * pairs_reap() - wait until requests and their cancels have ended
 * @pairs: they
 * @name:  of one of them; the others are in the same ring
 * @count: how many requests
 *
 * Return: 0, or another number after having complained, because one did not, or not as it should.
 */
int pairs_reap(struct pairs *pairs, __u64 name, unsigned int count);

/**
 * pairs_fill() - have requests wait
 * @pairs: they
 * @count: so many, from 0 on
 *
 * Return: 0, or another number after having complained.
 */
int pairs_fill(struct pairs *pairs, unsigned int count);

/**
 * pairs_close() - the reverse of pairs_open(); what waits goes with the rings
 * @pairs: they
 */
void pairs_close(struct pairs *pairs);

#endif /* PAIRS_H */
