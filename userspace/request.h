/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One read of a stress run, however it was made: when it is to be cancelled,
 * and what is held against how it ended.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <linux/types.h>

#include "cancelsafe.h"
#include "fate.h"
#include "tally.h"

struct worker;

/* Twice a sample: what lies behind the sample must stay as it was. */
#define BUFFER_SIZE (2 * sizeof(struct cancelsafe_sample))

/*
 * From a cancel's answer to its repetition. One that said "not found" gets longer,
 * so that what goes on can be told from what was cancelled and is slow to end.
 */
#define REPEAT_NS 10000000
#define DOUBT_NS 1000000000

/* When to cancel what is not to be cancelled before the run ends. */
#define NEVER_NS (~0ULL)

/**
 * struct request - a read
 * @buffer:       where its sample goes
 * @number:       how manyeth it is of its ring or reader
 * @fate:         what the seed has decided about it
 * @submitted_at: when it was submitted
 * @cancel_at:    when to cancel it, or to cancel it again
 * @by:           how it was cancelled first
 * @cancelled_at: when that was; 0: not yet
 * @latency_from: when the first cancel was made that was meant for it alone, or
 *                for all: one that takes any of the file's reads does not count
 * @repeats:      how often it was cancelled again: way_again()
 * @answer:       what its first cancel said
 * @broad_at:     when another read's broad cancel could hit it; 0: never
 * @broad_by:     which way that was: request_broad()
 * @ended_at:     when it ended; 0: not yet
 * @outcome:      how it ended
 */
struct request {
	unsigned char buffer[BUFFER_SIZE];
	__u64 number;
	struct fate fate;
	__u64 submitted_at;
	__u64 cancel_at;
	enum way by;
	__u64 cancelled_at;
	__u64 latency_from;
	unsigned int repeats;
	enum answer answer;
	__u64 broad_at;
	enum way broad_by;
	__u64 ended_at;
	enum outcome outcome;
};

/**
 * request_begin() - a read is about to be submitted
 * @worker: the thread that it belongs to
 * @req:    the read
 * @name:   which one it is
 * @now:    the time
 */
void request_begin(struct worker *worker, struct request *req, struct read_name name, __u64 now);

/**
 * request_cancelled() - a cancel of it is made
 * @worker: the thread that it belongs to
 * @req:    the read
 * @way:    how; if it is not the first, that was a repetition
 * @now:    when
 */
void request_cancelled(struct worker *worker, struct request *req, enum way way, __u64 now);

/**
 * request_broad() - another read's broad cancel is made, which can hit this one
 * @req: the read
 * @way: how
 * @now: when
 *
 * One that hits all is held to have hit this one, too; one that hits one file's
 * read only if there was no other.
 */
void request_broad(struct request *req, enum way way, __u64 now);

/**
 * request_answered() - a cancel of it has answered
 * @worker: the thread that it belongs to
 * @req:    the read
 * @way:    how it was made; a repetition: way_again()
 * @res:    what it said
 * @first:  it was the first
 */
void request_answered(struct worker *worker, struct request *req, enum way way, int res,
		      bool first);

/**
 * request_ended() - it has ended: from here on its buffer is ours again
 * @worker:       the thread that it belongs to
 * @req:          the read
 * @res:          its result
 * @cancelled_as: what its result is if it was cancelled; -ECANCELED, too, if BY_FILE
 *                could hit it
 */
void request_ended(struct worker *worker, struct request *req, int res, int cancelled_as);

/**
 * request_close() - it and all cancels of it have ended
 * @worker: the thread that it belongs to
 * @req:    the read
 *
 * Only now what the cancels said can be held against the truth.
 */
void request_close(struct worker *worker, struct request *req);

#endif /* REQUEST_H */
