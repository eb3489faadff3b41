/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to cancel a read, and how often each is chosen.
 */
#ifndef MIX_H
#define MIX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * BY_FD, BY_FDALL and BY_ALL reach other reads of the same ring, too: they are
 * called broad. A read that falls to BY_NOBODY is left alone until the run ends.
 */
enum way {
	BY_DATA, BY_FD, BY_FDALL, BY_ALL, BY_SYNC, BY_LINK, BY_SIGNAL, BY_NOBODY,
	WAYS
};

/**
 * struct way_words - a way, for people
 * @name:    its name in --mix and in JSON
 * @meaning: what it is, in a few words
 */
struct way_words {
	const char *name;
	const char *meaning;
};

extern const struct way_words way_words[WAYS];

/*
 * So that each way can be seen at work. One broad cancel ends dozens of reads:
 * they are rare, or little would be left for the others.
 */
#define MIX_DEFAULT "data=400,fd=40,fdall=1,all=1,sync=40,link=100,signal=100,none=100"

#define MIX_WEIGHT_MAX 1000

/**
 * struct mix - how often each way is chosen
 * @weight: of each way; the chance is its share of their sum
 */
struct mix {
	unsigned int weight[WAYS];
};

/**
 * mix_parse() - read "data=4,all=1,none"; no weight is a weight of 1
 * @text:  what the user gave; ways that it does not name have a weight of 0
 * @mix:   where to
 * @wrong: what is wrong with it, and what to do
 * @size:  how much fits there
 *
 * Return: whether it could be read.
 */
bool mix_parse(const char *text, struct mix *mix, char *wrong, size_t size);

/**
 * mix_blocking() - how many of a thread's reads in flight are to be read(2)
 * @mix:   the mix
 * @reads: how many reads a thread keeps in flight
 *
 * A signal can only interrupt a thread that is in read(2): so the weight of
 * BY_SIGNAL chooses threads, not reads.
 *
 * Return: its share of @reads; at least 1 if its weight is not 0, and at most
 * @reads - 1 if another's is not 0.
 */
unsigned int mix_blocking(const struct mix *mix, unsigned int reads);

/**
 * mix_choose() - choose a way for a read of a ring
 * @mix:    the mix; with a weight that is not 0, BY_SIGNAL's not counted
 * @random: any number
 *
 * Return: a way, never BY_SIGNAL.
 */
enum way mix_choose(const struct mix *mix, unsigned long long random);

#endif /* MIX_H */
