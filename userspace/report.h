/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `cancelsafe stress` tells people.
 */
#ifndef REPORT_H
#define REPORT_H

#include "run.h"

/**
 * report_start() - say what is about to run
 * @run:     the run
 * @seconds: how long it is to run, 0: until its reads are done
 * @reads:   how many reads it is to submit, 0: until its time is over
 * @keys:    somebody can press one
 */
void report_start(const struct run *run, __u64 seconds, __u64 reads, bool keys);

/**
 * report_progress() - rewrite the live line, if there is a terminal
 * @run: the run
 */
void report_progress(const struct run *run);

/**
 * report_table() - the whole of it, when it is over
 * @run: the run, verified
 */
void report_table(const struct run *run);

#endif /* REPORT_H */
