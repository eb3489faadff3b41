/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a processor had nothing to do: for who counts instructions by a clock that
 * goes on meanwhile.
 */
#ifndef IDLE_H
#define IDLE_H

#include <linux/types.h>

/**
 * idle_begin() - have idle time counted from now on
 *
 * A process does what there is when there is nothing else to do (SCHED_IDLE), and so its
 * own time is the idle time of a machine with one processor. There it costs nobody else
 * more than what a switch takes. Interrupts that come meanwhile count as idle, with what
 * the kernel does at their end: where it does not account for them itself
 * (CONFIG_IRQ_TIME_ACCOUNTING).
 *
 * Return: 0, or -1 after having complained.
 */
int idle_begin(void);

/**
 * idle_ns() - how long it was so far; 0 if nobody counts
 */
__u64 idle_ns(void);

/**
 * idle_end() - the reverse of idle_begin()
 */
void idle_end(void);

#endif
