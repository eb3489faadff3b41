/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What there is to find out about a file, asked in a process of its own: io_uring's
 * threads are counted there, and whatever waits for ever is left behind with it.
 */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "findings.h"

/**
 * struct questions - what is to be asked of each file
 * @rounds: how many reads race with data
 * @async:  all reads are IOSQE_ASYNC: io-wq begins them, not who submits them
 */
struct questions {
	__u64 rounds;
	bool async;
};

/**
 * inquire() - ask all questions
 * @name:      the file, or a kind of object that has no path
 * @questions: these
 * @findings:  where to
 *
 * Return: 0, or -1 after having complained.
 */
int inquire(const char *name, const struct questions *questions, struct findings *findings);

#endif /* INQUIRY_H */
