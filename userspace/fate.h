/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the seed decides about a read.
 */
#ifndef FATE_H
#define FATE_H

#include <stdbool.h>
#include <linux/types.h>

/**
 * struct fate - how a read is submitted, and when it is cancelled
 * @async:       straight to an io-wq worker, not tried inline first
 * @patience_ns: how long after its submission it is cancelled, if it has not
 *               ended by then; 0: in the same batch, right behind the read
 */
struct fate {
	bool async;
	__u64 patience_ns;
};

/**
 * fate_of() - decide about a read
 * @seed:   the run's seed
 * @thread: the thread that submits it
 * @number: how manyeth read of that thread it is
 *
 * Return: the same for the same three numbers, however the run went so far.
 */
struct fate fate_of(__u64 seed, unsigned int thread, __u64 number);

#endif /* FATE_H */
