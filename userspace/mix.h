/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to cancel a read, how often each is chosen, and so each path.
 */
#ifndef MIX_H
#define MIX_H

#include <stdbool.h>
#include <stddef.h>

#include "path.h"

/*
 * BY_FD, BY_FDALL, BY_ALL, BY_FILE and BY_RING reach other reads, too: they are
 * called broad. A read that falls to BY_NOBODY is left alone until the run ends.
 */
enum way {
	BY_DATA, BY_FD, BY_FDALL, BY_ALL, BY_SYNC, BY_LINK,	/* of a READ */
	BY_TAG, BY_FILE, BY_RING,				/* of a READ command */
	BY_IOCB,						/* of libaio's */
	BY_SIGNAL,						/* of read(2) */
	BY_NOBODY,
	WAYS
};

/**
 * struct way_words - a way, for people
 * @name:    its name in --mix and in JSON
 * @meaning: what it is, in a few words
 * @paths:   whose reads it is for
 */
struct way_words {
	const char *name;
	const char *meaning;
	unsigned int paths;
};

extern const struct way_words way_words[WAYS];

/**
 * way_again() - how to cancel a read, and nothing else, as often as it takes
 * @path: its path
 *
 * Return: the way.
 */
enum way way_again(enum path path);

/*
 * So that each way can be seen at work. One broad cancel ends dozens of reads:
 * they are rare, or little would be left for the others.
 */
#define MIX_DEFAULT "data=400,fd=40,fdall=1,all=1,sync=40,link=100,tag=400,file=1,ring=1," \
		    "iocb=200,signal=100,none=100"

#define MIX_WEIGHT_MAX 1000

/**
 * struct mix - how often each way and path is chosen
 * @weight: of each way; the chance is its share of their sum
 * @share:  of each path: the sum of its ways' weights
 */
struct mix {
	unsigned int weight[WAYS];
	unsigned int share[PATHS];
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
 * struct mix_limits - what a mix has to do with
 * @asked:   the paths that the user wants; 0: all that the node has
 * @of_node: the paths that the node has
 * @strict:  the mix is the user's, too: none of its ways may be left out
 */
struct mix_limits {
	unsigned int asked, of_node;
	bool strict;
};

/**
 * mix_settle() - leave out what is not for these paths, and share reads out among them
 * @mix:    the mix; its shares are filled in
 * @limits: the paths
 * @wrong:  what cannot be done, and what to do
 * @size:   how much fits there
 *
 * Return: whether it can be done.
 */
bool mix_settle(struct mix *mix, const struct mix_limits *limits, char *wrong, size_t size);

/**
 * mix_part() - how many of a thread's reads in flight come by one of these paths
 * @mix:   the mix, settled
 * @paths: the paths
 * @reads: how many reads a thread keeps in flight
 *
 * Return: their share of @reads; at least 1 if it is not 0, and no more than leaves
 * one for each other path.
 */
unsigned int mix_part(const struct mix *mix, unsigned int paths, unsigned int reads);

/**
 * mix_choose_path() - choose a path for a read
 * @mix:    the mix, settled
 * @paths:  those that it can come by; they have a share
 * @random: any number
 *
 * Return: the path.
 */
enum path mix_choose_path(const struct mix *mix, unsigned int paths, unsigned long long random);

/**
 * mix_choose_way() - choose a way for a read
 * @mix:    the mix, settled
 * @path:   its path
 * @random: any number
 *
 * A signal can only interrupt a thread that is in read(2), and there it has no
 * alternative: BY_NOBODY is for the other paths.
 *
 * Return: the way.
 */
enum way mix_choose_way(const struct mix *mix, enum path path, unsigned long long random);

#endif /* MIX_H */
