/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The polling thread: it sleeps until a request waits, then until the device
 * has settled, and only then lets the model claim one and serve it.
 */
#ifndef CS_POLLER_H
#define CS_POLLER_H

#include <linux/ktime.h>
#include <linux/types.h>

struct cs_server_ops;
struct task_struct;

/**
 * struct cs_poller - a node's polling thread
 * @task:  the thread
 * @armed: requests wait: set by whoever queues one, who wakes the thread if it was
 *         not, and by the thread when service() says so; cleared by the thread before
 *         it looks
 * @begun: when the acquisition under way began; the thread's own
 */
struct cs_poller {
	struct task_struct *task;
	unsigned int armed;	/* xchg() of a byte is not everywhere */
	ktime_t begun;
};

extern const struct cs_server_ops cs_poller_ops;

#endif /* CS_POLLER_H */
