/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules that were seen broken.
 */
#ifndef LAW_H
#define LAW_H

#include <pthread.h>
#include <linux/types.h>

#include "node.h"

#define LAW_SHOWN 40	/* breaches that are kept word for word */
#define LAW_ALIKE 3	/* of these, how many that differ only in numbers */

/**
 * struct breach - a rule that was broken
 * @rule:  its number in the cancel contract, or "device" or "ABI"
 * @kind:  what breaches that differ only in numbers have in common
 * @what:  what was seen
 * @times: how often exactly this was seen
 * @alike: how many more of this kind were seen, and are not kept
 */
struct breach {
	const char *rule;
	const char *kind;
	char what[200];
	__u64 times;
	__u64 alike;
};

/**
 * struct law - the rules that were seen broken; any thread may add to it, of any
 *              process that was forked after law_init()
 * @lock:   guards all below
 * @first:  the first ones
 * @shown:  how many of @first there are
 * @broken: how often rules were broken in all
 */
struct law {
	pthread_mutex_t lock;
	struct breach first[LAW_SHOWN];
	unsigned int shown;
	__u64 broken;
};

/**
 * law_init() - nothing was seen broken yet
 * @law: the law, in memory that is shared with who may add to it
 */
void law_init(struct law *law);

/**
 * law_broken() - a rule was seen broken
 * @law:  the law
 * @rule: the rule's number, a string constant
 * @fmt:  what was seen, a string constant
 */
__attribute__((format(printf, 3, 4)))
void law_broken(struct law *law, const char *rule, const char *fmt, ...);

/**
 * law_snapshot() - hold a snapshot against the law of counting (A1, A7)
 * @law:      the law
 * @whose:    what was counted: "the node", "the open file of thread 3"
 * @when:     when the snapshot was taken
 * @snapshot: the counters
 */
void law_snapshot(struct law *law, const char *whose, const char *when,
		  const struct snapshot *snapshot);

#endif /* LAW_H */
