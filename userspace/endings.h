/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What became of many reads that were cancelled in the same way: those of which the
 * same is to be said, together.
 */
#ifndef ENDINGS_H
#define ENDINGS_H

#include <stdbool.h>
#include <linux/types.h>

#include "latency.h"
#include "ring.h"

/* Who completed a read. */
enum who {
	WHO_CANCELLER,	/* whoever cancelled it: the driver counts it as cancelled */
	WHO_SERVER,	/* the server: it got a sample, or was left to it to be cancelled */
	WHO_UNPLUG,	/* whoever unplugged the node */
	WHO_ABANDON,	/* its path, which leaves the request behind to the server */
	WHO_IO_URING,	/* the kernel above the driver, which did not hear of it */
	WHO_NOBODY,	/* it goes on waiting */
	WHOS
};

extern const char *const who_words[WHOS];

/* Whether there is a result to be shown. */
enum told {
	SAYS,		/* yes */
	SAYS_NOTHING,	/* a signal has no answer */
	IS_GONE,	/* there is nobody left to be told */
	STILL_WAITS,	/* there is none yet */
};

/**
 * struct ending - what became of a read
 * @read:        whether it had a result
 * @read_said:   which
 * @cancel:      whether its cancel had an answer
 * @cancel_said: which
 * @who:          who completed it
 */
struct ending {
	enum told read, cancel;
	int read_said, cancel_said;
	enum who who;
};

/**
 * struct alike - reads of which the same is to be said
 * @ending: what
 * @count:   how many there are
 * @after:   from their cancels to their ends; not of those that go on waiting, or had ended before
 */
struct alike {
	struct ending ending;
	__u64 count;
	struct latency after;
};

/**
 * struct endings - what became of many reads; all zero at first
 * @count: how many reads
 * @kinds: how many kinds there are
 * @alike: they, the most frequent first
 */
struct endings {
	__u64 count;
	unsigned int kinds;
	struct alike *alike;
};

/**
 * endings_note() - one more
 * @endings: where
 * @ending:  what became of it
 * @after_ns: how long after its cancel; 0: that came later
 *
 * Return: 0, or -1 after having complained: there is no memory for another kind.
 */
int endings_note(struct endings *endings, const struct ending *ending, __u64 after_ns);

/**
 * endings_free() - nobody asks any more
 * @endings: all zero afterwards
 */
void endings_free(struct endings *endings);

/**
 * told_word() - a result for a table
 * @told: whether there is one
 * @said: which
 * @word: where to, if it has to be written
 *
 * Return: the text.
 */
const char *told_word(enum told told, int said, char word[static RESULT_NAME_SIZE]);

#endif /* ENDINGS_H */
