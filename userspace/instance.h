/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes of a run. Only they have anything in flight: the process that
 * forks them watches, and outlives them however they end.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <stdbool.h>

#include "run.h"

/**
 * instances_start() - fork all processes of a run; they start at once
 * @run: the run
 *
 * Return: 0, or -1 after having complained: those that were started then stop.
 */
int instances_start(struct run *run);

/**
 * instances_ended() - whether all have ended
 * @run: the run; what became of them is noted there
 *
 * Return: just that.
 */
bool instances_ended(struct run *run);

/**
 * instances_end_abruptly() - let them end at once, with everything in flight
 * @run: the run
 */
void instances_end_abruptly(struct run *run);

#endif /* INSTANCE_H */
