// SPDX-License-Identifier: GPL-2.0
/*
 * The framework's half of a delivered request: what its driver may do with it, and
 * what is refused. framework.h says who owns it when.
 *
 * That a request is marked, and by whom it is taken, is one exchange of its cancel
 * routine, as in a csq, but without a lock:
 *
 *	driver: mark			canceller		driver: unmark
 *	------------			---------		--------------
 *	routine = cancel_marked		cancelled = err
 *	if (cancelled)			routine = xchg(NULL)	routine = NULL, if it is
 *	  routine = xchg(NULL)		if (routine)		  cancel_marked: 0
 *	  -ECANCELED if (routine)	  the driver's cancel()	else -ECANCELED, or -EPERM:
 *								it was not marked
 *
 * Once the routine is set the request may be cancelled, completed and freed. So that
 * it is still there to be looked at is the driver's care: that is what it has to
 * synchronise, and framework_routes.c shows four ways.
 */
#include <linux/errno.h>

#include "complain.h"
#include "framework.h"

/* For drivers: cancelling what was delivered */

/* A driver's mistake, refused. */
static int broken(const struct cs_request *req, const char *what,
		  const char *why, const char *rule, int err)
{
	if (cs_may_complain())
		cs_complain(req, what, why, rule);
	return err;
}

static const char *why_not(enum cs_fw_stage stage)
{
	switch (stage) {
	case CS_FW_MARKED:
		return "it is marked cancelable";
	case CS_FW_CANCELLED:
	case CS_FW_TOO_LATE:
		return "its cancel() was called";
	default:
		return "it is not the driver's";
	}
}

/* Whoever gets here has taken the routine out, so the request is the driver's. */
static void cancel_marked(struct cs_cancelable *c)
{
	struct cs_request *req = cs_request_of(c);
	struct cs_fw_queue *q = cs_fw_queue_of(req);
	unsigned long flags;

	WRITE_ONCE(req->stage, CS_FW_CANCELLED);
	if (!q->driver->automatic) {
		q->driver->cancel(q, req);
		return;
	}
	cs_fw_lock(q->framework, &flags);
	q->driver->cancel(q, req);
	cs_fw_unlock(q->framework, flags);
}

/**
 * cs_fw_mark_cancelable_ex() - let a delivered request be cancelled
 * @req: the driver's, and sure to stay: the driver has a reference, or a lock that
 *       its cancel() waits for
 *
 * Context: any.
 * Return: 0: from now on the driver's cancel() may be called, or was. -ECANCELED: it
 * was cancelled before, cancel() will not be called, and the driver has to complete
 * it (rule H4). -EPERM: it is not the driver's (rule H3).
 */
int cs_fw_mark_cancelable_ex(struct cs_request *req)
{
	enum cs_fw_stage stage = READ_ONCE(req->stage);
	struct cs_cancelable *c = &req->cancelable;

	if (stage != CS_FW_DELIVERED)
		return broken(req, "mark", why_not(stage), "H3", -EPERM);
	req->stage = CS_FW_MARKED;
	cs_set_cancel_routine(c, cancel_marked);
	if (!cs_cancel_requested(c) || !cs_set_cancel_routine(c, NULL))
		return 0;
	req->stage = CS_FW_DELIVERED;
	return -ECANCELED;
}

/**
 * cs_fw_mark_cancelable() - let a delivered request be cancelled
 * @req: as for cs_fw_mark_cancelable_ex()
 *
 * If it was cancelled before, cancel() is called, and returns, before this does (rule
 * H4): with the automatic lock held, if the queue is automatic; and never with a lock
 * that cancel() takes.
 *
 * Context: any.
 * Return: 0, or -EPERM: it is not the driver's (rule H3).
 */
int cs_fw_mark_cancelable(struct cs_request *req)
{
	struct cs_fw_queue *q = cs_fw_queue_of(req);
	int err = cs_fw_mark_cancelable_ex(req);

	if (err != -ECANCELED)
		return err;
	WRITE_ONCE(req->stage, CS_FW_CANCELLED);
	q->driver->cancel(q, req);
	return 0;
}

/**
 * cs_fw_unmark_cancelable() - it shall not be cancelled any more
 * @req: was marked, and is sure to stay, as for cs_fw_mark_cancelable_ex()
 *
 * Context: any.
 * Return: 0: it is the driver's. -ECANCELED: its cancel() has run or will. -EPERM: it
 * is not marked, or no more (rule H5).
 */
int cs_fw_unmark_cancelable(struct cs_request *req)
{
	if (cmpxchg(&req->cancelable.routine, cancel_marked, NULL) == cancel_marked) {
		req->stage = CS_FW_DELIVERED;
		return 0;
	}
	switch (READ_ONCE(req->stage)) {
	case CS_FW_MARKED:	/* a canceller has it, and is about to say so */
	case CS_FW_CANCELLED:
	case CS_FW_TOO_LATE:
		return -ECANCELED;
	}
	return broken(req, "unmark", "it is not marked cancelable", "H5", -EPERM);
}

/**
 * cs_fw_is_canceled() - has somebody cancelled it?
 * @req: the driver's, and not marked (rule H6)
 *
 * Context: any.
 * Return: whether the driver should complete it as cancelled.
 */
bool cs_fw_is_canceled(const struct cs_request *req)
{
	enum cs_fw_stage stage = READ_ONCE(req->stage);

	if (stage != CS_FW_DELIVERED && stage != CS_FW_CANCELLED)
		return broken(req, "is_canceled", why_not(stage), "H6", false);
	return cs_cancel_requested(&req->cancelable);
}

/**
 * cs_fw_too_late() - this cancel() has not ended it
 * @req: cancel() was called for it, and somebody else completes it, or has: served, or
 *       cancelled if it was only about to be sent on
 *
 * Context: cancel(), for as long as whoever called that has a reference.
 */
void cs_fw_too_late(struct cs_request *req)
{
	WRITE_ONCE(req->stage, CS_FW_TOO_LATE);
}

/* For drivers: passing it back, and completing it */

static int pass_back(struct cs_request *req, struct cs_fw_queue *to,
		     const char *what)
{
	enum cs_fw_stage stage = READ_ONCE(req->stage);

	if (stage != CS_FW_DELIVERED)
		return broken(req, what, why_not(stage), "H7",
			      stage == CS_FW_MARKED ? -EBUSY : -EPERM);
	req->stage = CS_FW_RETURNED;
	return csq_insert_ex(&to->csq, &req->cancelable, NULL, cs_fw_queue_of(req));
}

/**
 * cs_fw_requeue() - back to the head of the queue that delivered it
 * @req: the driver's; after a return of 0 it must not be touched any more
 *
 * In the same step the queue stops: KMDF would deliver the request at once anew.
 *
 * Context: any, no locks held.
 * Return: 0. -EBUSY: it is marked; -EPERM: it is not the driver's (rule H7).
 */
int cs_fw_requeue(struct cs_request *req)
{
	return pass_back(req, cs_fw_queue_of(req), "requeue");
}

/**
 * cs_fw_forward() - to the tail of another queue
 * @req: the driver's; after a return of 0 it must not be touched any more
 * @to:  of the same framework
 *
 * Context: any, no locks held.
 * Return: 0. -EBUSY: it is marked; -EPERM: it is not the driver's (rule H7).
 */
int cs_fw_forward(struct cs_request *req, struct cs_fw_queue *to)
{
	struct cs_fw_queue *from = cs_fw_queue_of(req);
	int err = pass_back(req, to, "forward");

	if (err)
		return err;
	cs_fw_deliver(to);
	cs_fw_deliver(from);
	return 0;
}

/**
 * cs_fw_complete_served() - the driver has done with a request
 * @req: the driver's, not marked
 * @err: 0: its sample is filled in; or why there is none
 *
 * Context: any, no locks held.
 */
void cs_fw_complete_served(struct cs_request *req, int err)
{
	cs_fw_make_room(cs_fw_queue_of(req));
	cs_complete_served(req, err);
}

static void end_cancelled(struct cs_request *req)
{
	cs_fw_make_room(cs_fw_queue_of(req));
	cs_complete_cancelled(req);
}

/**
 * cs_fw_complete_cancelled() - the driver completes a request that was cancelled
 * @req: the driver's, not marked
 *
 * Context: any, no locks held but the automatic one, if the queue is automatic: then
 * it is completed once that is let go (rule R8).
 */
void cs_fw_complete_cancelled(struct cs_request *req)
{
	struct cs_fw_queue *q = cs_fw_queue_of(req);

	if (!q->driver->automatic) {
		end_cancelled(req);
		return;
	}
	lockdep_assert_held(&q->framework->automatic);
	list_add_tail(&req->cancelable.link, &q->framework->completed);
}

/**
 * cs_fw_lock() - keep the callbacks of automatic queues out
 * @fw:    the framework
 * @flags: of the interrupts
 */
void cs_fw_lock(struct cs_framework *fw, unsigned long *flags)
	__acquires(&fw->automatic)
{
	spin_lock_irqsave(&fw->automatic, *flags);
}

/**
 * cs_fw_unlock() - let them in again
 * @fw:    the framework
 * @flags: of the interrupts
 *
 * Completes what was completed under the lock: no more than one, because the driver
 * has no more than one.
 *
 * Context: no other locks held.
 */
void cs_fw_unlock(struct cs_framework *fw, unsigned long flags)
	__releases(&fw->automatic)
{
	struct cs_cancelable *c = NULL;

	if (!list_empty(&fw->completed)) {
		c = list_entry(fw->completed.next, struct cs_cancelable, link);
		list_del_init(&c->link);
	}
	spin_unlock_irqrestore(&fw->automatic, flags);
	if (c)
		end_cancelled(cs_request_of(c));
}
