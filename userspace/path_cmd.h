/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The path of io_uring's commands: READ, and CANCEL by tag, of the file, of the ring.
 */
#ifndef PATH_CMD_H
#define PATH_CMD_H

#include <linux/types.h>

#include "worker.h"

/**
 * cmd_read() - put a READ command into the batch
 * @worker: whose read
 * @slot:   where it is: its user_data is its tag, too
 * @flags:  IOSQE_ASYNC, or 0
 */
void cmd_read(struct worker *worker, struct slot *slot, unsigned int flags);

/**
 * cmd_cancel() - put a CANCEL command into the batch
 * @worker:    whose read
 * @slot:      where it is
 * @way:       BY_TAG, BY_FILE or BY_RING
 * @user_data: names the cancel itself
 * @now:       the time
 */
void cmd_cancel(struct worker *worker, struct slot *slot, enum way way, __u64 user_data,
		__u64 now);

#endif /* PATH_CMD_H */
