/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the system keeps for a request that can be cancelled: a flag, and a
 * cancel routine that is only ever exchanged.
 *
 * Two may want the same waiting request at once: a server, to serve it, and a
 * canceller, to be rid of it. Each takes the cancel routine out by an exchange
 * with NULL. Only one of them gets it; that one owns the request and completes
 * it, the other leaves it alone:
 *
 *	canceller				server, under its queue's lock
 *	---------				------------------------------
 *	cancelled = err
 *	routine = xchg(&req->routine, NULL)	routine = xchg(&req->routine, NULL)
 *	if (routine)				if (routine)
 *		routine(req)				unlink, serve, complete
 *
 * Who sets the routine tests the flag afterwards, or a cancel that came
 * before would be lost: the flag is set before the routine is taken, the
 * routine is set before the flag is tested, and every exchange is a full
 * barrier, so one of the two sees the other (rules R1, R2).
 */
#ifndef CS_CANCEL_H
#define CS_CANCEL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>

struct cs_cancelable;
struct csq;
struct csq_context;

typedef void (*cs_cancel_routine)(struct cs_cancelable *req);

/**
 * struct cs_cancelable - the part of a request that a queue and a cancel share
 * @link:      for the queue, under its lock
 * @routine:   exchanged, never just written: whoever gets it owns the request
 * @csq:       the queue that holds it, and
 * @context:   the association with it: csq.c's own, under the queue's lock
 * @cancelled: the cancel flag: 0, or the error of whoever cancelled first
 * @pending:   it was queued: whoever submitted it must not touch it any more
 *
 * A driver embeds this in its own request and gives it to a &struct csq. It
 * starts out with cs_cancelable_init().
 */
struct cs_cancelable {
	struct list_head link;
	cs_cancel_routine routine;
	struct csq *csq;
	struct csq_context *context;
	int cancelled;
	bool pending;
};

/**
 * cs_cancelable_init() - make ready for its first insert
 * @req: nobody else knows it yet
 */
static inline void cs_cancelable_init(struct cs_cancelable *req)
{
	*req = (struct cs_cancelable){};
	INIT_LIST_HEAD(&req->link);
}

/**
 * cs_set_cancel_routine() - exchange the cancel routine
 * @req:     a request whose memory cannot go away meanwhile
 * @routine: the new one; NULL: it is not to be cancelled any more
 *
 * The counterpart of IoSetCancelRoutine. A full barrier.
 *
 * Context: any, with or without locks.
 * Return: the routine that was there. NULL where one was expected means that
 * a canceller took it, and will complete the request.
 */
static inline cs_cancel_routine
cs_set_cancel_routine(struct cs_cancelable *req, cs_cancel_routine routine)
{
	return xchg(&req->routine, routine);
}

/**
 * cs_cancel_requested() - has somebody cancelled it?
 * @req: the request
 *
 * True says nothing about who completes it: the routine's exchange does.
 */
static inline bool cs_cancel_requested(const struct cs_cancelable *req)
{
	return READ_ONCE(req->cancelled);
}

/**
 * cs_cancel_request() - the counterpart of IoCancelIrp
 * @req: the caller holds what keeps it from being freed (rule R17)
 * @err: what a cancelled request reports; of several cancels the first decides
 *
 * Sets the flag and, if the request is cancelable just now, calls its cancel
 * routine, which completes it; or, where one lock is held around all of this, leaves
 * that to the caller, who has let the lock go by then (rule R8).
 *
 * Context: any in which the routine may be called.
 * Return: true if this call got the routine and has called it. As a rule the request is
 * completed then, or is about to be, by another canceller whose routine has found it;
 * but a routine may also find that it comes too late, as a framework's driver may.
 * False: it is in nobody's queue yet, or somebody else owns it and will complete
 * it.
 */
static inline bool cs_cancel_request(struct cs_cancelable *req, int err)
{
	cs_cancel_routine routine;

	cmpxchg(&req->cancelled, 0, err);
	routine = cs_set_cancel_routine(req, NULL);
	if (routine)
		routine(req);
	return routine;
}

#endif /* CS_CANCEL_H */
