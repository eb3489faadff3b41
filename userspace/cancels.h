/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ways to cancel a read of a ring.
 */
#ifndef CANCELS_H
#define CANCELS_H

#include <linux/types.h>

#include "worker.h"

/**
 * cancel() - cancel a read, or cancel it again
 * @worker: whose read
 * @slot:   where it is, in flight; no cancel of it is
 * @way:    how, if it was not cancelled before; else as way_again() says
 * @now:    the time
 */
void cancel(struct worker *worker, struct slot *slot, enum way way, __u64 now);

/**
 * cancel_by_timer() - put a LINK_TIMEOUT behind a read
 * @worker: whose read
 * @slot:   where it is; it is the last in the batch
 */
void cancel_by_timer(struct worker *worker, struct slot *slot);

/**
 * cancel_answered() - a cancel's CQE has come
 * @worker: whose read
 * @slot:   where it is, or was
 * @of:     OF_CANCEL or OF_TIMER
 * @res:    what it says
 */
void cancel_answered(struct worker *worker, struct slot *slot, enum of of, int res);

#endif /* CANCELS_H */
