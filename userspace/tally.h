/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread has counted of its reads and their cancels.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdatomic.h>
#include <linux/types.h>

#include "latency.h"
#include "mix.h"

/* How a read can end; ended otherwise is an error. */
enum outcome { GOT_SAMPLE, WAS_CANCELLED, ENDED_OTHERWISE, OUTCOMES };

/*
 * What a cancel can answer: 0, how many it found (broad ones only), or an error.
 * A signal answers nothing, and so does a LINK_TIMEOUT that has not fired when
 * it should; else it says -ETIME if it has cancelled its read, and -ECANCELED if
 * the read had ended before. io_cancel says -EINPROGRESS if it has cancelled it, and
 * -EINVAL if it has not found it.
 */
enum answer {
	SAID_NOTHING, SAID_0, SAID_COUNT, SAID_EALREADY, SAID_ENOENT, SAID_ETIME, SAID_ECANCELED,
	SAID_EINPROGRESS, SAID_EINVAL,
	ANSWERS
};

/* The answers' names, for people and in JSON. */
extern const char *const answer_names[ANSWERS];

/*
 * What became of a read after its first cancel. A cancel is repeated, as
 * way_again() says, a moment after it was answered, if the read has not ended by then.
 */
enum sequel {
	CANCELLED_AT_ONCE, SAMPLE_AT_ONCE,
	CANCELLED_LATER, SAMPLE_LATER,		/* it was repeated */
	CANCELLED_BY_OTHER,			/* another read's broad cancel did it */
	OTHERWISE,				/* it ended with an error */
	SEQUELS
};

extern const char *const sequel_names[SEQUELS];

/**
 * struct tally - what a thread has counted; all of it may be looked at any time
 * @submitted: reads submitted, by path
 * @ended:     reads ended, by path, by how
 * @too_late:  those that got a sample though they had been cancelled, by path
 * @cancelled: reads that were cancelled, by the way that did it
 * @repeated:  cancels that were repetitions
 * @first:     reads' first cancels, by way, by what they answered, by the sequel
 * @latency:   of cancelled reads: from the first cancel that was meant for them,
 *             or, if another read's broad cancel hit them, from the last of these
 */
struct tally {
	_Atomic __u64 submitted[PATHS];
	_Atomic __u64 ended[PATHS][OUTCOMES];
	_Atomic __u64 too_late[PATHS];
	_Atomic __u64 cancelled[WAYS];
	_Atomic __u64 repeated;
	_Atomic __u64 first[WAYS][ANSWERS][SEQUELS];
	struct latency latency;
};

/**
 * struct way_tally - what all that says of a way, or of all ways together
 * @cancels:   first cancels
 * @cancelled: reads that were cancelled by it, others' reads too if it is broad
 * @too_late:  first cancels whose read got a sample
 * @obeyed:    said not found, but the read was cancelled by it
 * @not_found: said not found, and the read went on
 */
struct way_tally {
	__u64 cancels;
	__u64 cancelled;
	__u64 too_late;
	__u64 obeyed;
	__u64 not_found;
};

/**
 * count() - count something
 * @counter: a counter in a struct tally
 * @n:       how many
 */
static inline void count(_Atomic __u64 *counter, __u64 n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/**
 * tally_add() - add a tally to another
 * @sum:  the one
 * @more: the other
 */
void tally_add(struct tally *sum, const struct tally *more);

/**
 * tally_submitted() - how many reads were submitted
 * @tally: what was counted
 *
 * Return: their number, whatever their path.
 */
__u64 tally_submitted(const struct tally *tally);

/**
 * tally_ended_as() - how many reads have ended so
 * @tally:   what was counted
 * @outcome: how
 *
 * Return: their number, whatever their path.
 */
__u64 tally_ended_as(const struct tally *tally, enum outcome outcome);

/**
 * tally_ended() - how many reads have ended
 * @tally: what was counted
 *
 * Return: their number, however they ended.
 */
__u64 tally_ended(const struct tally *tally);

/**
 * tally_in_flight() - how many reads have not ended yet
 * @tally: what was counted
 *
 * Return: the number; while threads run, it may be out of date at once.
 */
__u64 tally_in_flight(const struct tally *tally);

/**
 * tally_way() - what a tally says of a way
 * @tally: the tally
 * @way:   the way
 *
 * Return: just that.
 */
struct way_tally tally_way(const struct tally *tally, enum way way);

/**
 * tally_ways() - what a tally says of all ways together
 * @tally: the tally
 *
 * Return: just that.
 */
struct way_tally tally_ways(const struct tally *tally);

#endif /* TALLY_H */
