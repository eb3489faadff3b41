/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated data-acquisition device: it measures a slow wave, and needs
 * time to settle between two samples.
 */
#ifndef CS_DEVICE_H
#define CS_DEVICE_H

#include <linux/ktime.h>
#include <linux/spinlock.h>

#include "uapi/cancelsafe.h"

/**
 * struct cs_device - the device
 * @lock:     irqsave; nothing of ours is taken inside it
 * @sequence: of the last acquisition; 0: none yet
 * @last:     when that was, or when the device was switched on
 */
struct cs_device {
	spinlock_t lock;
	u64 sequence;
	ktime_t last;
};

void cs_device_init(struct cs_device *device);
ktime_t cs_device_ready_at(struct cs_device *device, unsigned int settle_us);
int cs_device_acquire(struct cs_device *device, unsigned int settle_us,
		      struct cancelsafe_sample *sample);

#endif /* CS_DEVICE_H */
