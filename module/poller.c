// SPDX-License-Identifier: GPL-2.0
/*
 * No request is left behind:
 *
 *	submitter			poller
 *	---------			------
 *	queue it, under the lock	armed = false
 *	armed: false to true?		look, under the lock; serve
 *	  wake the poller		armed = true if service() says so
 *
 * If the poller looks before the request is queued, then its "false" is before
 * the submitter's exchange, because both went through the queue's lock in that
 * order: the submitter finds "false", and it looks again. Who finds "true" need not
 * wake it: whoever made it so does, or is the poller itself, which has yet to read
 * when to serve. The thread sets its state before it reads what it sleeps for, so a
 * wake-up that comes in between only makes it look once more.
 *
 * It never sleeps longer than it has to: each sleep is until an exact time, and
 * whoever changes that time (the first who waits, a setting) wakes it to reckon anew
 * (rule L18).
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "core/model.h"
#include "device.h"
#include "server.h"

/* When to serve: once a request waits and the device has settled. */
static ktime_t service_due(struct cs_server *server)
{
	if (!READ_ONCE(server->poller.armed))
		return KTIME_MAX;
	return cs_server_ready_at(server);
}

/* When the acquisition under way ends. */
static ktime_t acquire_due(struct cs_server *server)
{
	return cs_server_acquired_at(server, server->poller.begun);
}

/*
 * Sleep until @due, which is asked again after every wake-up. False: the thread
 * is to stop or to park.
 */
static bool sleep_until(struct cs_server *server,
			ktime_t (*due)(struct cs_server *server))
{
	bool go_on;

	for (;;) {
		ktime_t when;

		set_current_state(TASK_IDLE);
		go_on = !kthread_should_stop() && !kthread_should_park();
		when = due(server);
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
	struct cs_server *server = data;
	struct cs_poller *poller = &server->poller;
	struct cs_queue *queue = server->queue;

	while (!kthread_should_stop()) {
		if (kthread_should_park()) {
			kthread_parkme();
		} else if (sleep_until(server, service_due)) {
			WRITE_ONCE(poller->armed, false);
			if (queue->model->service(queue))
				WRITE_ONCE(poller->armed, true);
			cond_resched();	/* a settled device may keep it running */
		}
	}
	return 0;
}

/* The node's name is the thread's. */
static int start(struct cs_server *server)
{
	struct task_struct *task;

	task = kthread_create(poll_device, server, "%s", server->queue->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	server->poller.task = task;
	wake_up_process(task);
	return 0;
}

/* A request in service ends with -ENODEV. */
static void stop(struct cs_server *server)
{
	kthread_stop(server->poller.task);
}

/* A request in service ends with -ENODEV, unless its sample was there. */
static void park(struct cs_server *server)
{
	kthread_park(server->poller.task);
}

static void unpark(struct cs_server *server)
{
	kthread_unpark(server->poller.task);
}

/*
 * Whoever finds @armed set relies on him who set it to wake the thread: so nobody
 * preempts that one between the two.
 */
static void arm(struct cs_server *server)
{
	preempt_disable();
	if (!xchg(&server->poller.armed, true))
		wake_up_process(server->poller.task);
	preempt_enable();
}

/*
 * The time for which it sleeps may be another one now; and who does not wait for a
 * time, but for a device that acquires without taking any, is to be told.
 */
static void reckon(struct cs_server *server)
{
	preempt_disable();
	WRITE_ONCE(server->poller.armed, true);
	wake_up_process(server->poller.task);
	preempt_enable();
}

/*
 * The device had settled when the request was claimed, so it is not asked
 * again: a settling time that is changed meanwhile is for the next one. -ENODEV:
 * the thread is to stop or to park.
 */
static int acquire(struct cs_server *server, struct cancelsafe_sample *sample)
{
	server->poller.begun = ktime_get();
	if (!sleep_until(server, acquire_due))
		return -ENODEV;
	return cs_device_acquire(server->device, 0, sample);
}

const struct cs_server_ops cs_poller_ops = {
	.start = start,
	.stop = stop,
	.park = park,
	.unpark = unpark,
	.arm = arm,
	.reckon = reckon,
	.acquire = acquire,
};
