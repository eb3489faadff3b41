/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An io_uring with reads of the node, and cancels of them.
 *
 * What a cancel answers is no proof of anything: the read's own completion is.
 * So each read is followed until that has come, exactly once, and the cancels'
 * answers are only remembered.
 */
#ifndef RING_H
#define RING_H

#include <liburing.h>

#include "node.h"

#define RING_READS 64
#define RING_BUFFER 64

/**
 * struct ring_read - one read
 * @begun:  it was prepared
 * @ends:   how many completions it had: 1, once it has ended
 * @result: of its completion
 * @sample: what it read
 * @bytes:  its buffer, poisoned
 */
struct ring_read {
	bool begun;
	unsigned int ends;
	int result;
	union {
		struct cancelsafe_sample sample;
		unsigned char bytes[RING_BUFFER];
	};
};

/**
 * struct ring_answers - what cancels answered
 * @all:      so many did
 * @positive: 0, or how many were cancelled
 * @ealready: -EALREADY: found at work, and interrupted
 * @enoent:   -ENOENT: not found
 * @other:    anything else; for a link's timeout -ETIME
 * @last:     the last answer
 */
struct ring_answers {
	unsigned int all;
	unsigned int positive;
	unsigned int ealready;
	unsigned int enoent;
	unsigned int other;
	int last;
};

/**
 * struct ring - a ring and its reads
 * @uring:   the ring
 * @open:    it was not closed yet
 * @reads:   a read's user_data is its number here
 * @answers: of the cancels
 *
 * Never freed, so that nothing can write into other memory.
 */
struct ring {
	struct io_uring uring;
	bool open;
	struct ring_read reads[RING_READS];
	struct ring_answers answers;
};

struct ring *ring_new(unsigned int flags);
struct ring *ring_try_new(unsigned int flags);
void ring_close(struct ring *ring);

/* The user_data of whatever is not a read: its completion is an answer. */
#define RING_CANCEL 1000000

/* Without submitting: for a batch, or to be changed */
struct io_uring_sqe *ring_prepare(struct ring *ring);
struct io_uring_sqe *ring_prepare_read(struct ring *ring, unsigned int i,
				       int fd);
struct io_uring_sqe *ring_prepare_cancel(struct ring *ring, unsigned int i);
void ring_submit(struct ring *ring);

void ring_read(struct ring *ring, unsigned int i, int fd);
void ring_cancel(struct ring *ring, unsigned int i);

/* Completions */
bool ring_reap(struct ring *ring);
bool ring_all_ended_once(struct ring *ring);
int ring_result(struct ring *ring, unsigned int i);
int ring_read_until(struct ring *ring, unsigned int i, int fd,
		    unsigned int ns);
int ring_cancel_until_ended(struct ring *ring, unsigned int i);
bool ring_wait_answered(struct ring *ring, unsigned int n);
bool ring_is_untouched(const struct ring *ring, unsigned int i);

#endif /* RING_H */
