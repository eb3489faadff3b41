// SPDX-License-Identifier: GPL-2.0
/*
 * What the core may ask for, in the kernel: the node's server, its device,
 * its watchdog and its wait queue.
 */
#include <linux/poll.h>
#include <linux/sched.h>

#include "node.h"

static struct cs_node *node_of(struct cs_queue *queue)
{
	return queue->host_data;
}

static void arm(struct cs_queue *queue)
{
	cs_server_arm(&node_of(queue)->server);
}

static bool settled(struct cs_queue *queue)
{
	return !ktime_after(cs_server_ready_at(&node_of(queue)->server),
			    ktime_get());
}

static int acquire(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	return cs_server_acquire(&node_of(queue)->server, sample);
}

static int acquire_now(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	if (READ_ONCE(queue->settings.acquire_us))
		return -EAGAIN;
	return cs_device_acquire(&node_of(queue)->device,
				 READ_ONCE(queue->settings.settle_us), sample);
}

static void watch(struct cs_queue *queue)
{
	cs_watchdog_arm(&node_of(queue)->watchdog);
}

static void breathe(struct cs_queue *queue)
{
	cond_resched();
}

static void wake(struct cs_queue *queue)
{
	cs_node_wake(node_of(queue), EPOLLIN | EPOLLRDNORM);
}

const struct cs_host cs_kernel_host = {
	.arm = arm,
	.settled = settled,
	.acquire = acquire,
	.acquire_now = acquire_now,
	.watch = watch,
	.breathe = breathe,
	.wake = wake,
};
