/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads that are cancelled while data comes for them.
 */
#ifndef RACE_H
#define RACE_H

#include "asker.h"
#include "findings.h"
#include "subject.h"

/**
 * race_run() - let cancels race with data
 * @subject:  what is read; if it is our own, one unit of data comes for each read
 * @asker:    the ring; none is in flight
 * @rounds:   how many reads
 * @findings: where to: race, and verdict if one of them does not end well
 *
 * Return: 0, or -1 after having complained.
 */
int race_run(const struct subject *subject, struct asker *asker, __u64 rounds,
	     struct findings *findings);

#endif /* RACE_H */
