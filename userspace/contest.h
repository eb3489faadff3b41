/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several processes queue requests and cancel them at the same time, each in a ring and
 * through an open file of its own, so that the kernel above the driver shares nothing.
 */
#ifndef CONTEST_H
#define CONTEST_H

#include <linux/types.h>

/**
 * struct contest - what they have done, in a second, all together
 * @cancelled: requests that were cancelled
 * @served:    those that got a sample before
 */
struct contest {
	__u64 cancelled, served;
};

/**
 * contest_hold() - have one contest
 * @names:   of the node of each process
 * @count:   how many processes there are
 * @contest: where to
 *
 * Return: 0, or -1 after having complained.
 */
int contest_hold(const char *const *names, unsigned int count, struct contest *contest);

#endif /* CONTEST_H */
