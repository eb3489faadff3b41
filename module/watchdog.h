/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request that was cancelled, and does not end: after a while it is given up
 * (rule G3). Somebody else had claimed it, so nobody may complete it in his place,
 * nor free it. But its maker need not wait for it: the request is abandoned, its
 * path ends its half, and the log says whose it was.
 */
#ifndef CS_WATCHDOG_H
#define CS_WATCHDOG_H

#include <linux/workqueue.h>

/**
 * struct cs_watchdog - a node's watchdog
 * @look: once a second, as long as there is such a request
 */
struct cs_watchdog {
	struct delayed_work look;
};

void cs_watchdog_init(struct cs_watchdog *watchdog);
void cs_watchdog_arm(struct cs_watchdog *watchdog);
void cs_watchdog_stop(struct cs_watchdog *watchdog);

#endif /* CS_WATCHDOG_H */
