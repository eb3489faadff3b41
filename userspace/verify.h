/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is held against the law when a run of `cancelsafe stress` is over.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include "run.h"

/**
 * run_verify() - hold what a run saw against what the driver says
 * @run: the run, its threads joined; after, own and samples are filled in
 *
 * Waits, not for ever, until the driver has nothing of it left.
 *
 * Return: 0, the rest is in shared.law; or -1 after having complained.
 */
int run_verify(struct run *run);

#endif /* VERIFY_H */
