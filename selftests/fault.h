/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's fault injection: the n-th allocation or user copy from now on
 * fails, once, whichever of the two it is.
 *
 * The kernel counts for each task by itself (/proc/PID/fail-nth).
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

/**
 * enum fault_where - which allocations and copies are counted
 * @FAULT_IN_MODULE: those that the module makes, or has the kernel make for it,
 *                   in whatever task: each task fails its own n-th
 * @FAULT_ELSEWHERE: of these, those in other tasks than the calling thread: what
 *                   comes after a submission that succeeded
 * @FAULT_IN_INIT:   those that are made while a module's init function runs, whose
 *                   code is not where it will be known to be
 * @FAULT_IN_CALLER: all that the kernel makes in the calling thread
 */
enum fault_where {
	FAULT_IN_MODULE,
	FAULT_ELSEWHERE,
	FAULT_IN_INIT,
	FAULT_IN_CALLER,
};

const char *fault_missing(void);
void fault_prepare(enum fault_where where);
void fault_arm(unsigned int n);
void fault_spare_caller(void);
bool fault_disarm(void);

#endif /* FAULT_H */
