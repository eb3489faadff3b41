// SPDX-License-Identifier: GPL-2.0
/*
 * What the core may ask for, in the kernel: the node's polling thread and its
 * device.
 */
#include "node.h"

static struct cs_node *node_of(struct cs_queue *queue)
{
	return queue->host_data;
}

static void arm(struct cs_queue *queue)
{
	cs_poller_arm(&node_of(queue)->poller);
}

static int acquire(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	return cs_poller_acquire(&node_of(queue)->poller, sample);
}

static int acquire_now(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	if (READ_ONCE(queue->settings.acquire_us))
		return -EAGAIN;
	return cs_device_acquire(&node_of(queue)->device,
				 READ_ONCE(queue->settings.settle_us), sample);
}

const struct cs_host cs_kernel_host = {
	.arm = arm,
	.acquire = acquire,
	.acquire_now = acquire_now,
};
