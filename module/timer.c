// SPDX-License-Identifier: GPL-2.0
/*
 * No request is left behind, and nobody is late:
 *
 *	submitter			timer
 *	---------			-----
 *	queue it, under the lock	armed = false
 *	armed = true			look, under the lock; serve
 *	start the timer			armed = true if service() says so
 *					start the timer if it is armed
 *
 * As with the poller the queue's lock puts "armed = false" before the submitter's
 * "armed = true", if the look has missed his request. To reckon when to fire and to
 * start the timer is one step, under the timer's lock: so of a submitter, a service
 * that ends and a setting that changes (rule L18) the last one decides, and it has
 * seen what the others did.
 *
 * The model's service() never runs twice at a time: the kernel keeps a timer that
 * is started while it fires on its processor, where it fires again afterwards.
 *
 * It fires in a softirq, as an interrupt of a device's would be served, and a
 * device that settles in no time would have it fire for ever. So after each service
 * it leaves the processor to others for a BREATH. (Each node's timer does; for
 * several that have found the same processor, ksoftirqd does the rest.)
 */
#include <linux/errno.h>

#include "compat.h"
#include "core/model.h"
#include "device.h"
#include "server.h"

/* In nanoseconds: about what it takes to fire. */
#define BREATH 20000

static struct cs_server *server_of(struct hrtimer *timer)
{
	return container_of(timer, struct cs_server, timer.timer);
}

/* When there is something to do for who waits. */
static ktime_t due(struct cs_server *server)
{
	struct cs_timer *timer = &server->timer;

	lockdep_assert_held(&timer->lock);
	if (timer->acquiring)
		return cs_server_acquired_at(server, timer->begun);
	return cs_server_ready_at(server);
}

/* Fire when it is due, but not before @earliest. */
static void start_timer(struct cs_server *server, ktime_t earliest)
{
	struct cs_timer *timer = &server->timer;
	ktime_t when = due(server);

	lockdep_assert_held(&timer->lock);
	if (ktime_before(when, earliest))
		when = earliest;
	if (timer->armed && !timer->parked)
		hrtimer_start(&timer->timer, when, HRTIMER_MODE_ABS_SOFT);
}

static void disarm(struct cs_timer *timer)
{
	unsigned long flags;

	spin_lock_irqsave(&timer->lock, flags);
	timer->armed = false;
	spin_unlock_irqrestore(&timer->lock, flags);
}

static void arm_not_before(struct cs_server *server, bool armed,
			   ktime_t earliest)
{
	struct cs_timer *timer = &server->timer;
	unsigned long flags;

	spin_lock_irqsave(&timer->lock, flags);
	timer->armed |= armed;
	start_timer(server, earliest);
	spin_unlock_irqrestore(&timer->lock, flags);
}

static enum hrtimer_restart fire(struct hrtimer *hrtimer)
{
	struct cs_server *server = server_of(hrtimer);
	struct cs_queue *queue = server->queue;
	bool again;

	disarm(&server->timer);
	again = queue->model->service(queue);
	arm_not_before(server, again, ktime_add_ns(ktime_get(), BREATH));
	return HRTIMER_NORESTART;	/* it was started, if it had to be */
}

static void arm(struct cs_server *server)
{
	arm_not_before(server, true, 0);
}

static int start(struct cs_server *server)
{
	spin_lock_init(&server->timer.lock);
	cs_hrtimer_setup(&server->timer.timer, fire, CLOCK_MONOTONIC,
			 HRTIMER_MODE_ABS_SOFT);
	return 0;
}

/* Parked or not, no acquisition goes on: its request has ended with the park. */
static void set_parked(struct cs_timer *timer, bool parked)
{
	unsigned long flags;

	spin_lock_irqsave(&timer->lock, flags);
	timer->parked = parked;
	timer->acquiring = false;
	spin_unlock_irqrestore(&timer->lock, flags);
}

/*
 * A service that is running ends, and whom it serves gets his sample. Then nobody starts
 * the timer again, and the device is not waited for.
 */
static void park(struct cs_server *server)
{
	set_parked(&server->timer, true);
	hrtimer_cancel(&server->timer.timer);
}

static void unpark(struct cs_server *server)
{
	set_parked(&server->timer, false);
	arm(server);
}

/* Does the acquisition end, which begins if the device has settled? */
static bool ends_now(struct cs_server *server)
{
	struct cs_timer *timer = &server->timer;
	const ktime_t now = ktime_get();

	lockdep_assert_held(&timer->lock);
	if (!timer->acquiring) {
		if (ktime_after(cs_server_ready_at(server), now))
			return false;
		timer->acquiring = true;
		timer->begun = now;
	}
	return !ktime_after(cs_server_acquired_at(server, timer->begun), now);
}

/* The device had settled when it began, and is not asked again. */
static int acquire(struct cs_server *server, struct cancelsafe_sample *sample)
{
	struct cs_timer *timer = &server->timer;
	unsigned long flags;
	int err = -EAGAIN;

	spin_lock_irqsave(&timer->lock, flags);
	if (ends_now(server)) {
		timer->acquiring = false;
		err = cs_device_acquire(server->device, 0, sample);
	}
	spin_unlock_irqrestore(&timer->lock, flags);
	return err;
}

const struct cs_server_ops cs_timer_ops = {
	.start = start,
	.stop = park,
	.park = park,
	.unpark = unpark,
	.arm = arm,
	.reckon = arm,
	.acquire = acquire,
};
