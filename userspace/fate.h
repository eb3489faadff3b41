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
 * @path:        how it comes in
 * @way:         how it is cancelled
 * @async:       straight to an io-wq worker, not tried inline first; of a ring's only
 * @patience_ns: how long after its submission it is cancelled, if it has not
 *               ended by then; 0: in the same batch, right behind the read
 */
struct fate {
	enum path path;
	enum way way;
	bool async;
	__u64 patience_ns;
};

#define READER_AIO (~0U)

/**
 * struct read_name - which read of a run
 * @thread: the thread, counted through all instances
 * @reader: 0: the thread's ring; READER_AIO: its AIO context; else which of its
 *          blocking readers
 * @number: how manyeth read of that
 * @paths:  those that it can come by
 */
struct read_name {
	unsigned int thread;
	unsigned int reader;
	__u64 number;
	unsigned int paths;
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
