/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Readiness: ->poll, and the sleep of a reader that serves itself.
 */
#ifndef CS_PATH_POLL_H
#define CS_PATH_POLL_H

#include <linux/poll.h>

struct cs_request;

__poll_t cs_poll(struct file *filp, struct poll_table_struct *wait);
int cs_sleep(struct cs_request *req);

#endif /* CS_PATH_POLL_H */
