/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the seed decides about a read.
 */
#ifndef FATE_H
#define FATE_H

#include <stdbool.h>
#include <linux/types.h>

#include "mix.h"

/**
 * struct fate - how a read is submitted, and when and how it is cancelled
 * @way:         how it is cancelled
 * @async:       straight to an io-wq worker, not tried inline first; not for read(2)
 * @patience_ns: how long after its submission it is cancelled, if it has not
 *               ended by then; 0: in the same batch, right behind the read
 */
struct fate {
	enum way way;
	bool async;
	__u64 patience_ns;
};

/**
 * struct read_name - which read of a run
 * @thread: the thread, counted through all instances
 * @reader: 0: the thread's ring; else which of the thread's blocking readers
 * @number: how manyeth read of that ring or reader
 */
struct read_name {
	unsigned int thread;
	unsigned int reader;
	__u64 number;
};

/**
 * fate_of() - decide about a read
 * @seed: the run's seed
 * @mix:  the run's mix
 * @name: the read
 *
 * Return: the same for the same three, however the run went so far.
 */
struct fate fate_of(__u64 seed, const struct mix *mix, struct read_name name);

#endif /* FATE_H */
