/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The polling thread: it sleeps until a request waits, then until the device
 * has settled, and only then lets the model claim one and serve it.
 */
#ifndef CS_POLLER_H
#define CS_POLLER_H

#include <linux/ktime.h>
#include <linux/types.h>

struct cancelsafe_sample;
struct cs_device;
struct cs_queue;
struct task_struct;

/**
 * struct cs_poller - a node's polling thread
 * @task:   the thread
 * @queue:  whose requests it serves
 * @device: which it polls
 * @armed:  requests wait: set by whoever queues one, cleared by the thread
 *          before it looks
 * @begun:  when the acquisition under way began; the thread's own
 */
struct cs_poller {
	struct task_struct *task;
	struct cs_queue *queue;
	struct cs_device *device;
	bool armed;
	ktime_t begun;
};

int cs_poller_start(struct cs_poller *poller, struct cs_queue *queue,
		    struct cs_device *device);
void cs_poller_stop(struct cs_poller *poller);
void cs_poller_arm(struct cs_poller *poller);
void cs_poller_kick(struct cs_poller *poller);
int cs_poller_acquire(struct cs_poller *poller,
		      struct cancelsafe_sample *sample);

#endif /* CS_POLLER_H */
