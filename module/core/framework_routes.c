// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver does with a request that was delivered to it: one route a section.
 *
 * To unmark a request one has to touch it, and a canceller that was quicker may have
 * completed it meanwhile. There are four ways to synchronise the two; each route has
 * one of them:
 *
 *	route	 where it waits			how cancel and completion are synchronised
 *	-----	 --------------			------------------------------------------
 *	direct	 marked, the driver's		the framework's automatic locking: it holds
 *						a lock around the driver's callbacks, and
 *						so does the server while it unmarks
 *	requeue	 back in the queue; marked	unmark before complete: no lock; the driver's
 *		 for a moment			reference keeps it there to be unmarked
 *	forward	 in a second queue; the first	an own lock: the server unmarks under it, and
 *		 of them marked			cancel() takes it before it completes
 *	lower	 marked; and what was sent on	a sent request looked up and referenced, under
 *		 waits at the lower target	the own lock, before it is cancelled there;
 *						whoever drops the last reference completes
 */
#include <linux/errno.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "framework_driver.h"

static struct cs_fw_driver *of_fw_queue(struct cs_fw_queue *q)
{
	return container_of(q->framework, struct cs_fw_driver, fw);
}

static void arm(struct cs_fw_driver *d)
{
	d->queue.host->arm(&d->queue);
}

static void complete(struct cs_fw_driver *d, struct cs_request *req, int err)
{
	cs_fw_complete_served(req, err);
}

/* Direct, and the framework's automatic locking */

static void direct_deliver(struct cs_fw_queue *q, struct cs_request *req,
			   bool again)
{
	struct cs_fw_driver *d = of_fw_queue(q);

	lockdep_assert_held(&d->fw.automatic);
	if (cs_fw_mark_cancelable_ex(req)) {
		cs_fw_complete_cancelled(req);
		return;
	}
	d->kept = req;
	arm(d);
}

static void direct_cancel(struct cs_fw_queue *q, struct cs_request *req)
{
	struct cs_fw_driver *d = of_fw_queue(q);

	lockdep_assert_held(&d->fw.automatic);
	WARN_ON_ONCE(d->kept != req);
	d->kept = NULL;
	cs_fw_complete_cancelled(req);
}

/* What a canceller has taken it takes out of @kept itself, once it has the lock. */
static struct cs_request *claim_kept(struct cs_fw_driver *d)
{
	struct cs_request *req = d->kept;

	if (!req || cs_fw_unmark_cancelable(req))
		return NULL;
	d->kept = NULL;
	return req;
}

static struct cs_request *direct_claim(struct cs_fw_driver *d)
{
	struct cs_request *req;
	unsigned long flags;

	cs_fw_lock(&d->fw, &flags);
	req = claim_kept(d);
	cs_fw_unlock(&d->fw, flags);
	return req;
}

static const struct cs_fw_callbacks direct_callbacks = {
	.deliver = direct_deliver,
	.cancel = direct_cancel,
	.automatic = true,
};

/* Requeue, and unmark before complete */

/*
 * The driver has a reference to each request that it was given, until it is complete
 * or back in the framework's hands. That of @kept belongs to whoever exchanges it away.
 */
static void drop_kept(struct cs_fw_driver *d, struct cs_request *req)
{
	if (cmpxchg(&d->kept, req, NULL) == req)
		cs_put(req);
}

/*
 * It is kept once it is marked, or the server would find it unmarked and think that a
 * canceller has it. One that was cancelled before it was kept, cancel() did not find:
 *
 *	deliver				canceller		server
 *	-------				---------		------
 *	mark				cancelled = err
 *	kept = req			routine = xchg(NULL)	req = xchg(&kept, NULL)
 *	if (cancelled)			drop it, if it is kept	unmark: 0, or it is the
 *	  drop it, if it is kept	complete		  canceller's; drop it
 */
static void keep(struct cs_fw_driver *d, struct cs_request *req)
{
	refcount_inc(&req->refs);
	cs_fw_mark_cancelable(req);
	WARN_ON_ONCE(xchg(&d->kept, req));
	if (cs_cancel_requested(&req->cancelable))
		drop_kept(d, req);
	cs_put(req);
}

static void requeue_deliver(struct cs_fw_queue *q, struct cs_request *req,
			    bool again)
{
	struct cs_fw_driver *d = of_fw_queue(q);

	if (!again)
		refcount_inc(&req->refs);
	if (d->queue.host->settled(&d->queue))
		keep(d, req);
	else
		WARN_ON_ONCE(cs_fw_requeue(req));
	arm(d);
}

static void requeue_cancel(struct cs_fw_queue *q, struct cs_request *req)
{
	drop_kept(of_fw_queue(q), req);
	cs_fw_complete_cancelled(req);
}

/* It was for its sake that the queue stopped. */
static void requeue_cancelled_on_queue(struct cs_fw_queue *q,
				       struct cs_request *req)
{
	cs_fw_start(q);
	cs_put(req);
	cs_complete_cancelled(req);
}

/* Settled: now the device has a use for what was put back. */
static struct cs_request *requeue_claim(struct cs_fw_driver *d)
{
	struct cs_request *req;
	int err;

	cs_fw_start(&d->fw.queues[0]);
	req = xchg(&d->kept, NULL);
	if (!req)
		return NULL;
	err = cs_fw_unmark_cancelable(req);
	cs_put(req);
	return err ? NULL : req;
}

static const struct cs_fw_callbacks requeue_callbacks = {
	.deliver = requeue_deliver,
	.cancel = requeue_cancel,
	.cancelled_on_queue = requeue_cancelled_on_queue,
};

/* Forward, and an own lock */

static void forward_deliver(struct cs_fw_queue *q, struct cs_request *req,
			    bool again)
{
	struct cs_fw_driver *d = of_fw_queue(q);

	WARN_ON_ONCE(cs_fw_forward(req, &d->fw.queues[1]));
}

static void forwarded_deliver(struct cs_fw_queue *q, struct cs_request *req,
			      bool again)
{
	struct cs_fw_driver *d = of_fw_queue(q);
	unsigned long flags;
	int err;

	spin_lock_irqsave(&d->own, flags);
	err = cs_fw_mark_cancelable_ex(req);
	if (!err)
		d->kept = req;
	spin_unlock_irqrestore(&d->own, flags);

	if (err)
		cs_fw_complete_cancelled(req);
	else
		arm(d);
}

static void forwarded_cancel(struct cs_fw_queue *q, struct cs_request *req)
{
	struct cs_fw_driver *d = of_fw_queue(q);
	unsigned long flags;

	spin_lock_irqsave(&d->own, flags);
	WARN_ON_ONCE(d->kept != req);
	d->kept = NULL;
	spin_unlock_irqrestore(&d->own, flags);

	cs_fw_complete_cancelled(req);
}

static struct cs_request *forwarded_claim(struct cs_fw_driver *d)
{
	struct cs_request *req;
	unsigned long flags;

	spin_lock_irqsave(&d->own, flags);
	req = claim_kept(d);
	spin_unlock_irqrestore(&d->own, flags);
	return req;
}

/* What it passes on is never cancelled in its hands: it does not mark. */
static const struct cs_fw_callbacks forward_callbacks = {
	.deliver = forward_deliver,
};

static const struct cs_fw_callbacks forwarded_callbacks = {
	.deliver = forwarded_deliver,
	.cancel = forwarded_cancel,
};

/* Lower, and a sent request looked up and referenced */

/*
 * If nobody is left who could cancel it, what became of it becomes of its parent; then
 * it may be the next one's. Returns whether this has ended the parent as cancelled.
 */
static bool put_sent(struct cs_sent *sent)
{
	struct cs_request *parent = sent->parent;
	bool cancelled;

	if (!refcount_dec_and_test(&sent->refs))
		return false;
	cancelled = sent->cancelled;
	if (cancelled)
		cs_fw_complete_cancelled(parent);
	else
		cs_fw_complete_served(parent, sent->result);
	return cancelled;
}

/*
 * @kept is the parent of what was sent, until that is complete or cancel() has looked
 * it up: the first to come takes it out. The completion has a reference, and so has
 * cancel() if it comes in time; whoever drops the last one ends the parent.
 *
 *	the completion				cancel()
 *	--------------				--------
 *	under the own lock:			under the own lock:
 *	  found = kept, and take it out		  found = kept, and take it out
 *	  if (found) unmark			  if (found) get a reference
 *	if (found, but not unmarked)		if (found)
 *	  leave the reference to cancel(),	  cancel what was sent
 *	  which is to come (rule H5)		drop the reference, or the one that was
 *	else drop it				  left
 *
 * What was not sent yet is cancelled as it is sent, and whoever of the two comes last
 * ends the parent. So only that says whether this cancel() was too late.
 */
static void sent_complete(struct cs_sent *sent)
{
	struct cs_fw_driver *d = container_of(sent, struct cs_fw_driver, sent);
	unsigned long flags;
	bool ours;

	spin_lock_irqsave(&d->own, flags);
	ours = !d->kept || !cs_fw_unmark_cancelable(d->kept);
	d->kept = NULL;
	spin_unlock_irqrestore(&d->own, flags);

	if (ours)
		put_sent(sent);
}

/* In time: with a reference. */
static bool look_up_sent(struct cs_fw_driver *d, struct cs_request *parent)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&d->own, flags);
	found = d->kept == parent;
	if (found) {
		refcount_inc(&d->sent.refs);
		d->kept = NULL;
	}
	spin_unlock_irqrestore(&d->own, flags);
	return found;
}

/* It is sent once it is marked, or its completion would have nothing to unmark. */
static void lower_deliver(struct cs_fw_queue *q, struct cs_request *req,
			  bool again)
{
	struct cs_fw_driver *d = of_fw_queue(q);

	if (cs_fw_is_canceled(req)) {
		cs_fw_complete_cancelled(req);
		return;
	}
	cs_sent_init(&d->sent, req, sent_complete);
	refcount_set(&d->sent.refs, 1);
	d->kept = req;
	cs_fw_mark_cancelable(req);
	cs_send(&d->lower, &d->sent);
	arm(d);
}

static void lower_cancel(struct cs_fw_queue *q, struct cs_request *req)
{
	struct cs_fw_driver *d = of_fw_queue(q);
	int err = READ_ONCE(req->cancelable.cancelled);

	if (look_up_sent(d, req))
		cs_cancel_sent(&d->sent, err);
	if (!put_sent(&d->sent))
		cs_fw_too_late(req);
}

static struct cs_request *lower_claim(struct cs_fw_driver *d)
{
	struct cs_sent *sent = cs_target_next(&d->lower);

	return sent ? sent->parent : NULL;
}

static void lower_complete(struct cs_fw_driver *d, struct cs_request *req,
			   int err)
{
	cs_complete_sent(&d->sent, err);
}

static const struct cs_fw_callbacks lower_callbacks = {
	.deliver = lower_deliver,
	.cancel = lower_cancel,
};

/* The routes */

const struct cs_fw_route cs_fw_routes[] = {
	[CS_ROUTE_DIRECT] = {
		.callbacks = &direct_callbacks,
		.claim = direct_claim,
		.complete = complete,
	},
	[CS_ROUTE_REQUEUE] = {
		.callbacks = &requeue_callbacks,
		.claim = requeue_claim,
		.complete = complete,
	},
	[CS_ROUTE_FORWARD] = {
		.callbacks = &forward_callbacks,
		.forwarded = &forwarded_callbacks,
		.claim = forwarded_claim,
		.complete = complete,
	},
	[CS_ROUTE_LOWER] = {
		.callbacks = &lower_callbacks,
		.sends = true,
		.claim = lower_claim,
		.complete = lower_complete,
	},
};
