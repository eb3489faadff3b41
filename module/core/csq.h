/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cancel-safe queue, as a library.
 *
 * A driver that lets requests wait has to answer one question right: who
 * completes a request that is cancelled at the very moment in which it is
 * inserted, removed or served? Here it is answered once. The driver keeps its
 * queue as it likes, behind six callbacks; the library decides the races. It
 * is the counterpart of Windows' IoCsqXxx routines, under these names:
 *
 *	IoCsqInitialize, -Ex	csq_init()
 *	IoCsqInsertIrp, -Ex	csq_insert(), csq_insert_ex()
 *	IoCsqRemoveIrp		csq_remove()
 *	IoCsqRemoveNextIrp	csq_remove_next()
 *	IoCancelIrp		cs_cancel_request()
 *	IO_CSQ_IRP_CONTEXT	struct csq_context
 *
 * Who owns a request when, and what decides:
 *
 *	before the insert	its submitter
 *	queued			nobody; its cancel routine is set. Whoever takes
 *				the routine out by an exchange owns it: one that
 *				removes, under the queue's lock, or a canceller,
 *				which then waits for that lock
 *	taken by a canceller	that canceller. It is still linked until the
 *				canceller has the lock; others skip it
 *	removed			who removed it; the library has forgotten it
 *
 * To use it link csq.c into the driver, embed a &struct cs_cancelable in each
 * request and a &struct csq in each queue. docs/cancel-contract.md, section C,
 * has the rules (C1 to C8); the tests are named after them.
 */
#ifndef CSQ_H
#define CSQ_H

#include "cancel.h"

/**
 * struct csq_context - a name for one queued request
 * @req: the request that it names; NULL: none, the context is free
 *
 * Starts out zeroed. It may be freed or used again once it is free: after a
 * csq_remove() that returned the request, or after complete_cancelled() was
 * called for the request. A csq_remove() that returned NULL does not say so: a
 * canceller may be about to clear @req (rule C7).
 */
struct csq_context {
	struct cs_cancelable *req;
};

/**
 * struct csq_ops - what a driver supplies
 * @insert: Put the request into the queue, or refuse it with an error.
 *	@insert_context is what csq_insert_ex() was given.
 * @remove: Take it out again. Like list_del_init(): it must not matter if
 *	nobody asks for it again.
 * @peek_next: Return the request after @after that matches @peek_context, the
 *	first one if @after is NULL, or NULL. It stays in the queue.
 * @acquire_lock: Take the queue's lock. Cancels come from any context, so a
 *	lock that is used outside of tests is an irqsave spinlock.
 * @release_lock: Let it go again.
 * @complete_cancelled: The request was cancelled, was removed, and is the
 *	driver's: complete it, with @req->cancelled as its error.
 *
 * @insert, @remove and @peek_next are called with the lock held;
 * @complete_cancelled without it (rule A5), in the canceller's context or the
 * inserter's.
 */
struct csq_ops {
	int (*insert)(struct csq *csq, struct cs_cancelable *req,
		      void *insert_context);
	void (*remove)(struct csq *csq, struct cs_cancelable *req);
	struct cs_cancelable *(*peek_next)(struct csq *csq,
					   struct cs_cancelable *after,
					   void *peek_context);
	void (*acquire_lock)(struct csq *csq, unsigned long *flags);
	void (*release_lock)(struct csq *csq, unsigned long flags);
	void (*complete_cancelled)(struct csq *csq, struct cs_cancelable *req);
};

/**
 * struct csq - a cancel-safe queue, embedded in the driver's own
 * @ops: the driver's callbacks
 */
struct csq {
	const struct csq_ops *ops;
};

void csq_init(struct csq *csq, const struct csq_ops *ops);
int csq_insert_ex(struct csq *csq, struct cs_cancelable *req,
		  struct csq_context *context, void *insert_context);
struct cs_cancelable *csq_remove(struct csq *csq, struct csq_context *context);
struct cs_cancelable *csq_remove_next(struct csq *csq, void *peek_context);
struct cs_cancelable *csq_behind(struct list_head *list,
				 struct cs_cancelable *after);

/**
 * csq_insert() - csq_insert_ex() for an insert callback that needs no context
 * @csq:     the queue
 * @req:     the caller's; after a return of 0 it must not be touched any more
 * @context: names the request for csq_remove(), or NULL
 *
 * Context and return value: as csq_insert_ex().
 */
static inline int csq_insert(struct csq *csq, struct cs_cancelable *req,
			     struct csq_context *context)
{
	return csq_insert_ex(csq, req, context, NULL);
}

#endif /* CSQ_H */
