/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `cancelsafe stress` tells people.
 */
#ifndef REPORT_H
#define REPORT_H

#include "run.h"

/**
 * report_start() - say what runs
 * @run:  the run
 * @keys: somebody can press one
 */
void report_start(const struct run *run, bool keys);

/**
 * report_progress() - rewrite the live line, if there is a terminal
 * @run: the run, added up
 */
void report_progress(const struct run *run);

/**
 * report_table() - the whole of it, when it is over
 * @run: the run, verified
 */
void report_table(const struct run *run);

#endif /* REPORT_H */
