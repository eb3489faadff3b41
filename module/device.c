// SPDX-License-Identifier: GPL-2.0
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/fixp-arith.h>
#include <linux/hash.h>
#include <linux/math64.h>

#include "device.h"

/*
 * The signal: a wave of 1 Hz around the middle of 16 bits, three quarters of
 * the range high, and some noise.
 */
#define WAVE_HZ 1
#define MIDDLE 0x8000
#define NOISE_BITS 8

static u32 signal_at(u64 ns, u64 sequence)
{
	u64 degrees = div_u64(ns, NSEC_PER_SEC / (360 * WAVE_HZ));
	u32 degree;
	s32 wave, noise;

	div_u64_rem(degrees, 360, &degree);
	wave = fixp_sin16(degree) * 3 / 4;
	noise = (s32)hash_64(sequence, NOISE_BITS) - (1 << (NOISE_BITS - 1));
	return MIDDLE + wave + noise;
}

static ktime_t ready_at(const struct cs_device *device, unsigned int settle_us)
{
	return ktime_add_us(device->last, settle_us);
}

/**
 * cs_device_init() - switch the device on: it begins to settle
 * @device: the device
 */
void cs_device_init(struct cs_device *device)
{
	spin_lock_init(&device->lock);
	device->sequence = 0;
	device->last = ktime_get();
}

/**
 * cs_device_ready_at() - when will the device have settled?
 * @device:    the device
 * @settle_us: how long it needs, in microseconds
 *
 * Context: any.
 * Return: a time of CLOCK_MONOTONIC, perhaps long past.
 */
ktime_t cs_device_ready_at(struct cs_device *device, unsigned int settle_us)
{
	unsigned long flags;
	ktime_t at;

	spin_lock_irqsave(&device->lock, flags);
	at = ready_at(device, settle_us);
	spin_unlock_irqrestore(&device->lock, flags);
	return at;
}

/**
 * cs_device_acquire() - acquire one sample
 * @device:    the device
 * @settle_us: how long it needs to settle, in microseconds
 * @sample:    filled in
 *
 * Context: any.
 * Return: 0, or -EAGAIN: the device has not settled; nothing was acquired.
 */
int cs_device_acquire(struct cs_device *device, unsigned int settle_us,
		      struct cancelsafe_sample *sample)
{
	unsigned long flags;
	int err = -EAGAIN;
	ktime_t now;

	spin_lock_irqsave(&device->lock, flags);
	now = ktime_get();
	if (!ktime_before(now, ready_at(device, settle_us))) {
		device->last = now;
		device->sequence++;
		*sample = (struct cancelsafe_sample){
			.sequence = device->sequence,
			.acquired_ns = ktime_to_ns(now),
			.value = signal_at(ktime_to_ns(now), device->sequence),
		};
		err = 0;
	}
	spin_unlock_irqrestore(&device->lock, flags);
	return err;
}
