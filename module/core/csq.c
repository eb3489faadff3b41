// SPDX-License-Identifier: GPL-2.0
/*
 * The cancel-safe queue: every race between insert, remove and cancel.
 * csq.h says who owns a request when.
 */
#include "csq.h"

/*
 * Rule C1 associates before it locks. A csq_remove() that sees the context so
 * early finds no routine in the request, and leaves it alone; the release lets
 * it see that the request was initialized.
 */
static void associate(struct csq *csq, struct cs_cancelable *req,
		      struct csq_context *context)
{
	req->csq = csq;
	req->context = context;
	if (context) {
		/* pairs with csq_remove() */
		smp_store_release(&context->req, req);
	}
}

static void dissociate(struct cs_cancelable *req)
{
	if (req->context)
		WRITE_ONCE(req->context->req, NULL);
	req->context = NULL;
}

/* Out of the queue; the caller holds the lock and has taken the routine. */
static void unlink_owned(struct csq *csq, struct cs_cancelable *req)
{
	csq->ops->remove(csq, req);
	dissociate(req);
}

/*
 * The library's cancel routine. Whoever calls it has taken it out of the
 * request, so the request is ours although it is still linked: those who hold
 * the lock before us find the routine gone and skip it (rules C6, R5, R6).
 */
static void cancel_routine(struct cs_cancelable *req)
{
	struct csq *csq = req->csq;
	unsigned long flags;

	csq->ops->acquire_lock(csq, &flags);
	unlink_owned(csq, req);
	csq->ops->release_lock(csq, flags);

	csq->ops->complete_cancelled(csq, req);
}

/* Was it cancelled before its routine was set, and by nobody who got it? */
static bool take_back_if_cancelled(struct cs_cancelable *req)
{
	return cs_cancel_requested(req) && cs_set_cancel_routine(req, NULL);
}

/**
 * csq_init() - initialize a queue
 * @csq: embedded in the driver's own queue
 * @ops: all six callbacks
 *
 * Context: before anybody else knows the queue.
 */
void csq_init(struct csq *csq, const struct csq_ops *ops)
{
	csq->ops = ops;
}

/**
 * csq_insert_ex() - queue a request, from now on cancelable
 * @csq:            the queue
 * @req:            the caller's; after a return of 0 it must not be touched any
 *                  more: it may have been completed (rule R11)
 * @context:        a free one that will name the request, or NULL
 * @insert_context: for the insert callback
 *
 * A request that was cancelled before, or is while it is being inserted, is
 * never handed to one that removes, and is completed once (rules A4, C1, C2):
 * by this call if it can take the routine back, else by the canceller who has
 * it and is waiting for the lock.
 *
 * Context: that of the driver's lock; complete_cancelled() may be called.
 * Return: 0, or the insert callback's error: the request was not queued, was
 * not marked pending, and is the caller's (rule C3).
 */
int csq_insert_ex(struct csq *csq, struct cs_cancelable *req,
		  struct csq_context *context, void *insert_context)
{
	unsigned long flags;
	bool ours = false;
	int err;

	associate(csq, req, context);

	csq->ops->acquire_lock(csq, &flags);
	err = csq->ops->insert(csq, req, insert_context);
	if (err) {
		dissociate(req);
	} else {
		WRITE_ONCE(req->pending, true);
		cs_set_cancel_routine(req, cancel_routine);
		ours = take_back_if_cancelled(req);
		if (ours)
			unlink_owned(csq, req);
	}
	csq->ops->release_lock(csq, flags);

	if (ours)
		csq->ops->complete_cancelled(csq, req);
	return err;
}

/**
 * csq_remove() - take one request out, by its context
 * @csq:     the queue
 * @context: given to the insert
 *
 * Context: that of the driver's lock.
 * Return: the request, no longer cancelable and the caller's; @context is free.
 * NULL if the context names none or a canceller has it, and then until the
 * context is used again (rule C4).
 */
struct cs_cancelable *csq_remove(struct csq *csq, struct csq_context *context)
{
	struct cs_cancelable *req;
	unsigned long flags;

	csq->ops->acquire_lock(csq, &flags);
	/* pairs with associate() */
	req = smp_load_acquire(&context->req);
	if (req && !cs_set_cancel_routine(req, NULL))
		req = NULL;
	if (req)
		unlink_owned(csq, req);
	csq->ops->release_lock(csq, flags);

	return req;
}

/**
 * csq_remove_next() - take the next request out
 * @csq:          the queue
 * @peek_context: for the peek_next callback, to match what is wanted
 *
 * Skips requests that a canceller has taken (rule C5).
 *
 * Context: that of the driver's lock.
 * Return: the request, no longer cancelable and the caller's. NULL if there is
 * none to be had, which does not mean that the queue is empty.
 */
struct cs_cancelable *csq_remove_next(struct csq *csq, void *peek_context)
{
	struct cs_cancelable *req = NULL;
	unsigned long flags;

	csq->ops->acquire_lock(csq, &flags);
	do {
		req = csq->ops->peek_next(csq, req, peek_context);
	} while (req && !cs_set_cancel_routine(req, NULL));
	if (req)
		unlink_owned(csq, req);
	csq->ops->release_lock(csq, flags);

	return req;
}

/**
 * csq_behind() - what peek_next returns of a plain list in which all match
 * @list:  of requests, by @link
 * @after: as peek_next is given it
 *
 * Context: the driver's lock is held.
 * Return: the first behind @after, or of all; NULL: there is none.
 */
struct cs_cancelable *csq_behind(struct list_head *list,
				 struct cs_cancelable *after)
{
	struct list_head *at = after ? &after->link : list;

	/* The head of an empty list is its own last entry. */
	return list_is_last(at, list) ?
	       NULL : list_entry(at->next, struct cs_cancelable, link);
}
