// SPDX-License-Identifier: GPL-2.0
/*
 * No request is left behind:
 *
 *	submitter			poller
 *	---------			------
 *	queue it, under the lock	armed = false
 *	armed = true			look, under the lock; serve
 *	wake the poller			armed = true if more wait
 *
 * If the poller looks before the request is queued, then its "false" is before
 * the submitter's "true", because both went through the queue's lock in that
 * order, and it looks again. The thread sets its state before it reads what it
 * sleeps for, so a wake-up that comes in between only makes it look once more.
 *
 * A submitter that finds "true" already there has nothing to do: the thread has
 * been woken, and has not looked yet.
 *
 * It never sleeps longer than it has to: each sleep is until an exact time, and
 * whoever changes that time (a request, a setting) wakes it to reckon anew (rule
 * L18).
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "core/model.h"
#include "device.h"
#include "poller.h"

static unsigned int settle_us(const struct cs_poller *poller)
{
	return READ_ONCE(poller->queue->settings.settle_us);
}

/* When to serve: once a request waits and the device has settled. */
static ktime_t service_due(struct cs_poller *poller)
{
	if (!READ_ONCE(poller->armed))
		return KTIME_MAX;
	return cs_device_ready_at(poller->device, settle_us(poller));
}

/* When the acquisition under way ends. */
static ktime_t acquire_due(struct cs_poller *poller)
{
	return ktime_add_us(poller->begun,
			    READ_ONCE(poller->queue->settings.acquire_us));
}

/*
 * Sleep until @due, which is asked again after every wake-up. False: the thread
 * is to stop.
 */
static bool sleep_until(struct cs_poller *poller,
			ktime_t (*due)(struct cs_poller *poller))
{
	bool go_on;

	for (;;) {
		ktime_t when;

		set_current_state(TASK_IDLE);
		go_on = !kthread_should_stop();
		when = due(poller);
		if (!go_on || ktime_compare(when, ktime_get()) <= 0)
			break;
		schedule_hrtimeout(when == KTIME_MAX ? NULL : &when,
				   HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	return go_on;
}

static int poll_device(void *data)
{
	struct cs_poller *poller = data;
	struct cs_queue *queue = poller->queue;

	while (sleep_until(poller, service_due)) {
		WRITE_ONCE(poller->armed, false);
		if (queue->model->service(queue))
			WRITE_ONCE(poller->armed, true);
		cond_resched();	/* a settled device may keep it running */
	}
	return 0;
}

/**
 * cs_poller_start() - start the thread
 * @poller: zeroed
 * @queue:  whose requests it serves; its name is the thread's
 * @device: the device
 *
 * Context: may sleep.
 * Return: 0 or the error of the thread's creation.
 */
int cs_poller_start(struct cs_poller *poller, struct cs_queue *queue,
		    struct cs_device *device)
{
	struct task_struct *task;

	poller->queue = queue;
	poller->device = device;
	task = kthread_create(poll_device, poller, "%s", queue->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	poller->task = task;
	wake_up_process(task);
	return 0;
}

/**
 * cs_poller_stop() - stop the thread, however long the device takes
 * @poller: started; nobody arms or kicks it any more
 *
 * A request in service ends with -ENODEV.
 *
 * Context: may sleep.
 */
void cs_poller_stop(struct cs_poller *poller)
{
	kthread_stop(poller->task);
}

/**
 * cs_poller_arm() - a request waits
 * @poller: started
 *
 * Context: any.
 */
void cs_poller_arm(struct cs_poller *poller)
{
	if (!xchg(&poller->armed, true))
		cs_poller_kick(poller);
}

/**
 * cs_poller_kick() - something that the thread may be sleeping for has changed
 * @poller: started
 *
 * Context: any.
 */
void cs_poller_kick(struct cs_poller *poller)
{
	wake_up_process(poller->task);
}

/**
 * cs_poller_acquire() - acquire a sample for a request that was claimed
 * @poller: of the calling thread
 * @sample: filled in
 *
 * The device had settled when the request was claimed, so it is not asked
 * again: a settling time that is changed meanwhile is for the next one.
 *
 * Context: the poller's thread, in the model's service(); sleeps.
 * Return: 0, or -ENODEV: the thread is to stop.
 */
int cs_poller_acquire(struct cs_poller *poller,
		      struct cancelsafe_sample *sample)
{
	poller->begun = ktime_get();
	if (!sleep_until(poller, acquire_due))
		return -ENODEV;
	return cs_device_acquire(poller->device, 0, sample);
}
