// SPDX-License-Identifier: GPL-2.0
/*
 * The framework's queues, and delivery. framework.h says who owns a request when;
 * what a driver may do with a request that it was given is framework_request.c.
 *
 * Somebody who queues a request, or whose completion makes room for the next one,
 * delivers. That is done in a loop by one at a time, so that a driver that completes
 * within deliver() is not called from within (rule R18). No request is left behind:
 *
 *	who queues, or makes room		who delivers
 *	-------------------------		------------
 *	under the lock:				under the lock:
 *	  change the queue			  take the next one, or else
 *	  if nobody delivers			    delivering = false
 *	    delivering = true, and do it
 *
 * Whoever completes a request first delivers the next one and then completes: the
 * request's open file keeps the queue alive.
 */
#include <linux/errno.h>

#include "framework.h"
#include "point.h"

/* Delivery */

/* Returns whether the caller is the one who delivers now. */
static bool begin_delivery(struct cs_fw_queue *q)
{
	lockdep_assert_held(&q->framework->lock);
	if (q->delivering || q->held || q->stopped || list_empty(&q->waiting))
		return false;
	q->delivering = true;
	return true;
}

static void deliver(struct cs_fw_queue *q, struct cs_request *req)
{
	const bool again = req->stage == CS_FW_RETURNED;
	unsigned long flags;

	req->stage = CS_FW_DELIVERED;
	cs_point(DELIVERED);
	if (!q->driver->automatic) {
		q->driver->deliver(q, req, again);
		return;
	}
	cs_fw_lock(q->framework, &flags);
	q->driver->deliver(q, req, again);
	cs_fw_unlock(q->framework, flags);
}

/* Whoever has begun comes here; peek_next() ends it. */
static void deliver_all(struct cs_fw_queue *q)
{
	struct cs_cancelable *c;

	while ((c = csq_remove_next(&q->csq, NULL)))
		deliver(q, cs_request_of(c));
}

/* One thing less keeps it from delivering: @obstacle, or if NULL that it is empty. */
static void go_on(struct cs_fw_queue *q, bool *obstacle)
{
	struct cs_framework *fw = q->framework;
	unsigned long flags;
	bool begin;

	spin_lock_irqsave(&fw->lock, flags);
	if (obstacle)
		*obstacle = false;
	begin = begin_delivery(q);
	spin_unlock_irqrestore(&fw->lock, flags);
	if (begin)
		deliver_all(q);
}

/**
 * cs_fw_deliver() - a request was queued
 * @q: the queue
 *
 * For framework_request.c. Context: any, no locks held.
 */
void cs_fw_deliver(struct cs_fw_queue *q)
{
	go_on(q, NULL);
}

/**
 * cs_fw_make_room() - the driver has done with the one that it had of this queue
 * @q: the queue
 *
 * For framework_request.c. Context: any, no locks held.
 */
void cs_fw_make_room(struct cs_fw_queue *q)
{
	go_on(q, &q->held);
}

/**
 * cs_fw_stop() - deliver no more
 * @q: a queue, stopped or not
 *
 * A delivery that is under way comes to its end.
 *
 * Context: any, no locks held.
 */
void cs_fw_stop(struct cs_fw_queue *q)
{
	struct cs_framework *fw = q->framework;
	unsigned long flags;

	spin_lock_irqsave(&fw->lock, flags);
	q->stopped = true;
	spin_unlock_irqrestore(&fw->lock, flags);
}

/**
 * cs_fw_start() - go on after a stop or a requeue
 * @q: a queue, stopped or not
 *
 * Context: any, no locks held.
 */
void cs_fw_start(struct cs_fw_queue *q)
{
	go_on(q, &q->stopped);
}

/* The six callbacks */

/*
 * @context is the queue that it comes from; NULL: it is new. One that comes back to
 * the queue from which it was delivered goes to the head (rule H7).
 */
static int insert(struct csq *csq, struct cs_cancelable *c, void *context)
{
	struct cs_fw_queue *q = cs_fw_of_csq(csq), *from = context;
	struct cs_framework *fw = q->framework;

	lockdep_assert_held(&fw->lock);
	if (!from && cs_fw_present(fw) >=
			     READ_ONCE(fw->node->settings.queue_limit))
		return -EBUSY;
	if (from == q) {
		list_add(&c->link, &q->waiting);
		q->stopped = true;
	} else {
		list_add_tail(&c->link, &q->waiting);
	}
	q->length++;
	if (from)
		from->held = false;
	else
		cs_pend(cs_request_of(c));
	return 0;
}

static void remove(struct csq *csq, struct cs_cancelable *c)
{
	struct cs_fw_queue *q = cs_fw_of_csq(csq);

	lockdep_assert_held(&q->framework->lock);
	list_del_init(&c->link);
	q->length--;
}

/*
 * Taking the next one and going idle are one step, under the lock: csq_remove_next()
 * either gets what was returned here or asks for the one behind it.
 */
static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after,
				       void *unused)
{
	struct cs_fw_queue *q = cs_fw_of_csq(csq);
	const bool may = after || (!q->held && !q->stopped);
	struct cs_cancelable *next;

	lockdep_assert_held(&q->framework->lock);
	next = may ? csq_behind(&q->waiting, after) : NULL;
	if (may)
		q->held = next;
	if (!next)
		q->delivering = false;
	return next;
}

static void acquire_lock(struct csq *csq, unsigned long *flags)
	__acquires(&cs_fw_of_csq(csq)->framework->lock)
{
	spin_lock_irqsave(&cs_fw_of_csq(csq)->framework->lock, *flags);
}

static void release_lock(struct csq *csq, unsigned long flags)
	__releases(&cs_fw_of_csq(csq)->framework->lock)
{
	spin_unlock_irqrestore(&cs_fw_of_csq(csq)->framework->lock, flags);
}

/* Cancelled while it waited in a queue (rules H1, H2). */
static void complete_cancelled(struct csq *csq, struct cs_cancelable *c)
{
	struct cs_fw_queue *q = cs_fw_of_csq(csq);
	struct cs_request *req = cs_request_of(c);

	if (req->stage == CS_FW_RETURNED && q->driver->cancelled_on_queue)
		q->driver->cancelled_on_queue(q, req);
	else
		cs_complete_cancelled(req);
}

static const struct csq_ops csq_ops = {
	.insert = insert,
	.remove = remove,
	.peek_next = peek_next,
	.acquire_lock = acquire_lock,
	.release_lock = release_lock,
	.complete_cancelled = complete_cancelled,
};

/* For models */

/**
 * cs_fw_init() - the queues of a node
 * @fw:   zeroed; who the driver of each queue is the caller says afterwards
 * @node: whose limit holds
 *
 * Context: before anybody else knows the node.
 */
void cs_fw_init(struct cs_framework *fw, struct cs_queue *node)
{
	unsigned int i;

	fw->node = node;
	spin_lock_init(&fw->lock);
	spin_lock_init(&fw->automatic);
	INIT_LIST_HEAD(&fw->completed);
	for (i = 0; i < CS_FW_QUEUES; i++) {
		csq_init(&fw->queues[i].csq, &csq_ops);
		INIT_LIST_HEAD(&fw->queues[i].waiting);
		fw->queues[i].framework = fw;
	}
}

/**
 * cs_fw_is_idle() - is nobody under way in it?
 * @fw: the caller holds its lock
 *
 * A request that has left the queues may still have its driver called for it: it
 * counts as waiting until its last owner has done with the driver. Who delivers may
 * still be in the driver when the request is over.
 *
 * Return: whether no callback of a driver's runs, or will before the lock is let go.
 */
bool cs_fw_is_idle(struct cs_framework *fw)
{
	struct cs_counts counts;
	unsigned int i;

	lockdep_assert_held(&fw->lock);
	for (i = 0; i < CS_FW_QUEUES; i++) {
		if (fw->queues[i].delivering)
			return false;
	}
	cs_snapshot(fw->node, &fw->node->ledger.counts, &counts);
	return !counts.n[CS_COUNT_WAITING];
}

/**
 * cs_fw_present() - how many requests are in the queues or with the driver?
 * @fw: the caller holds its lock
 *
 * Context: the lock is held.
 * Return: so many.
 */
unsigned int cs_fw_present(const struct cs_framework *fw)
{
	unsigned int i, n = 0;

	for (i = 0; i < CS_FW_QUEUES; i++)
		n += fw->queues[i].length + fw->queues[i].held;
	return n;
}

/**
 * cs_fw_submit() - a request comes in
 * @fw:  the framework
 * @req: new; after a return of 0 it must not be touched any more
 *
 * Context: any, no locks held.
 * Return: 0, or -EBUSY: as many wait as may.
 */
int cs_fw_submit(struct cs_framework *fw, struct cs_request *req)
{
	struct cs_fw_queue *q = &fw->queues[0];
	int err;

	err = csq_insert(&q->csq, &req->cancelable, NULL);
	if (!err)
		cs_fw_deliver(q);
	return err;
}

/**
 * cs_fw_cancel() - cancel a request, wherever it is
 * @req: the caller holds a reference
 * @err: what it reports
 *
 * Context: any, no locks held.
 * Return: CS_CANCELLED, or CS_SOON: nobody can cancel it any more, or its driver is
 * only about to mark it, or to send it on, and is going to be told.
 */
enum cs_verdict cs_fw_cancel(struct cs_request *req, int err)
{
	if (!cs_cancel_request(&req->cancelable, err))
		return CS_SOON;
	return req->stage == CS_FW_TOO_LATE ? CS_SOON : CS_CANCELLED;
}
