/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timer: it fires when the device has settled, and again when an acquisition
 * ends, and lets the model serve, in an interrupt. No thread waits for the device.
 */
#ifndef CS_TIMER_H
#define CS_TIMER_H

#include <linux/hrtimer.h>
#include <linux/spinlock.h>

struct cs_server_ops;

/**
 * struct cs_timer - a node's timer
 * @timer:     fires in softirq context
 * @lock:      irqsave; of what follows, and of when @timer fires. The device's is
 *             taken inside it
 * @parked:    it does not fire
 * @armed:     requests wait
 * @acquiring: an acquisition is under way, and
 * @begun:     when it began
 */
struct cs_timer {
	struct hrtimer timer;

	spinlock_t lock;
	bool parked;
	bool armed;
	bool acquiring;
	ktime_t begun;
};

extern const struct cs_server_ops cs_timer_ops;

#endif /* CS_TIMER_H */
