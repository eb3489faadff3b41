/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was found out about a file.
 */
#ifndef FINDINGS_H
#define FINDINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

/* What there is to say of the file as a whole. */
enum verdict {
	ASKED,		/* a read waited, was cancelled, and ended */
	STAYS,		/* a read waited, was cancelled, and did not end */
	HOLDS_UP,	/* io_uring_enter(2) does not return from submitting a read that waits */
	NEVER_WAITS,	/* every read got data before it could be cancelled */
	AT_END,		/* a read got nothing: there is nothing to wait for */
	FAILS,		/* a read got an error that no cancel makes */
};

/* Where a read waits. */
enum place {
	PLACE_UNKNOWN,	/* no read could be looked at before it had ended */
	IN_POLL,	/* io_uring polls the file: no thread */
	IN_THREAD,	/* a thread of io-wq is in the file's read */
	IN_DRIVER,	/* neither: whoever serves the file holds it */
	PLACES
};

/* What a racing read's first cancel said. */
enum word { SAID_CANCELLED, SAID_RUNNING, SAID_UNKNOWN, SAID_ELSE, WORDS };

/* What became of a racing read. */
enum racing_end { WAS_CANCELLED_IN_RACE, GOT_DATA, RACING_ENDS };

/**
 * struct race - reads that were cancelled when data came, or might come
 * @rounds: how many were made: fewer than were asked for if one did not end well
 * @ends:   how many ended so, by what their cancels had said
 * @lost:   how many said that they were cancelled, but their data was gone
 */
struct race {
	__u64 rounds;
	__u64 ends[WORDS][RACING_ENDS];
	__u64 lost;
};

/**
 * struct findings - what was found out about a file
 * @verdict:     the whole
 * @told:        whether @race.lost is all that was lost: the data was ours
 * @place:       where a read waits
 * @threads:     how many threads io-wq had for one read
 * @cancel_said: the first cancel's CQE
 * @read_said:   the read's CQE; for STAYS there was none
 * @cancels:     how many cancels were made of that read
 * @after_ns:    from the first one to the read's CQE
 * @race:        the racing reads
 */
struct findings {
	enum verdict verdict;
	bool told;
	enum place place;
	unsigned int threads;
	int cancel_said, read_said;
	unsigned int cancels;
	__u64 after_ns;
	struct race race;
};

/**
 * race_ended() - how many racing reads ended so
 * @race: the race
 * @end:  how
 *
 * Return: their number.
 */
static inline __u64 race_ended(const struct race *race, enum racing_end end)
{
	__u64 sum = 0;

	for (int word = 0; word < WORDS; word++)
		sum += race->ends[word][end];
	return sum;
}

/**
 * race_untrue() - how many cancels said the contrary of what then came
 * @race: the race
 *
 * Return: how many said 0, yet the read got data, or "not found", yet the read had
 * not ended and was cancelled.
 */
static inline __u64 race_untrue(const struct race *race)
{
	return race->ends[SAID_CANCELLED][GOT_DATA] +
	       race->ends[SAID_UNKNOWN][WAS_CANCELLED_IN_RACE];
}

#endif /* FINDINGS_H */
