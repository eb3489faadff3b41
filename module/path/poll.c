// SPDX-License-Identifier: GPL-2.0
/*
 * Readiness, for a model in which nothing is queued: everybody who wants a
 * sample is on the node's wait queue, and is woken when the device has settled.
 *
 * There are readers, who sleep in cs_sleep(), and those who are told by ->poll:
 * poll(2), select(2), epoll, and io_uring, which for a READ of a file that has
 * ->poll arms one and keeps the READ to itself. Of their waiting and its cancel
 * the driver learns nothing; they come again with IOCB_NOWAIT.
 */
#include <linux/fs.h>
#include <linux/wait.h>

#include "../node.h"
#include "poll.h"

static wait_queue_head_t *sleepers_of(struct cs_queue *queue)
{
	struct cs_node *node = queue->host_data;

	return &node->sleepers;
}

/**
 * cs_poll() - would a read that must not wait get a sample?
 * @filp: an open file
 * @wait: whom to wake when that changes, or NULL
 *
 * While acquire_us is not 0 none would, for an acquisition is a wait, too.
 *
 * Context: may sleep.
 * Return: EPOLLIN and EPOLLRDNORM, or 0; EPOLLERR and EPOLLHUP: the node was
 * unplugged.
 */
__poll_t cs_poll(struct file *filp, struct poll_table_struct *wait)
{
	struct cs_file *file = filp->private_data;

	poll_wait(filp, sleepers_of(file->queue), wait);
	if (READ_ONCE(file->gone))
		return EPOLLERR | EPOLLHUP;
	return cs_ready(file->queue) ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * cs_sleep() - sleep until a request has a sample or the device, or was cancelled
 * @req: submitted, to a model that does not queue; the caller's own
 *
 * Its path's complete() has to wake the caller if that runs first.
 *
 * Context: may sleep.
 * Return: 0: complete() has run, or will soon. -ERESTARTSYS: interrupted, and
 * still asleep.
 */
int cs_sleep(struct cs_request *req)
{
	return wait_event_interruptible(*sleepers_of(req->file->queue),
					cs_take(req));
}
