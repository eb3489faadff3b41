// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of a polling driver, without the answer to the question who claims
 * what: see polled.h.
 */
#include <linux/errno.h>

#include "point.h"
#include "polled.h"

/**
 * cs_polled_init() - an empty queue
 * @queue: the beginning of a zeroed &struct cs_polled
 *
 * Context: before anybody else knows it.
 */
void cs_polled_init(struct cs_queue *queue)
{
	struct cs_polled *polled = cs_polled_of(queue);

	spin_lock_init(&polled->lock);
	INIT_LIST_HEAD(&polled->waiting);
}

/**
 * cs_polled_link() - let a request wait, behind all others
 * @polled: the queue
 * @c:      the submitter's
 *
 * Context: the queue's lock is held.
 * Return: 0: it is counted; -EBUSY: as many wait as may.
 */
int cs_polled_link(struct cs_polled *polled, struct cs_cancelable *c)
{
	lockdep_assert_held(&polled->lock);
	if (polled->length >= READ_ONCE(polled->queue.settings.queue_limit))
		return -EBUSY;
	list_add_tail(&c->link, &polled->waiting);
	polled->length++;
	cs_pend(cs_request_of(c));
	return 0;
}

/**
 * cs_polled_unlink() - a request waits no longer
 * @polled: the queue
 * @c:      linked, and the caller's
 *
 * Context: the queue's lock is held.
 */
void cs_polled_unlink(struct cs_polled *polled, struct cs_cancelable *c)
{
	lockdep_assert_held(&polled->lock);
	list_del_init(&c->link);
	polled->length--;
}

/**
 * cs_polled_try_now() - the model's try_now()
 * @req: see &struct cs_model
 *
 * Nobody may be overtaken (rule A6): neither who waits, nor who is being served
 * and for whom the device has settled.
 *
 * Context: any.
 * Return: 0 or -EAGAIN.
 */
int cs_polled_try_now(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct cs_polled *polled = cs_polled_of(queue);
	unsigned long flags;
	int err = -EAGAIN;

	spin_lock_irqsave(&polled->lock, flags);
	if (list_empty(&polled->waiting) && !polled->serving)
		err = queue->host->acquire_now(queue, &req->sample);
	spin_unlock_irqrestore(&polled->lock, flags);
	return err;
}

/**
 * cs_polled_cancel() - the model's cancel(), if cancel routines are exchanged
 * @req: see &struct cs_model
 * @err: what it reports
 *
 * Context: any.
 * Return: CS_CANCELLED: this call got the request's routine; else CS_SOON.
 */
enum cs_verdict cs_polled_cancel(struct cs_request *req, int err)
{
	return cs_cancel_request(&req->cancelable, err) ? CS_CANCELLED :
							  CS_SOON;
}

/* Returns whether requests wait: if none does, there is no service to begin. */
static bool begin_service(struct cs_polled *polled)
{
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&polled->lock, flags);
	any = !list_empty(&polled->waiting);
	polled->serving = any;
	spin_unlock_irqrestore(&polled->lock, flags);
	return any;
}

/* Returns whether requests wait. */
static bool end_service(struct cs_polled *polled)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&polled->lock, flags);
	polled->serving = false;
	more = !list_empty(&polled->waiting);
	spin_unlock_irqrestore(&polled->lock, flags);
	return more;
}

/**
 * cs_polled_service() - the model's service()
 * @queue: see &struct cs_model
 * @claim: takes the next request
 *
 * If none can be claimed, then whatever is still linked belongs to cancellers,
 * who need no server; and who comes later arms the host anew.
 *
 * Context: the host's server.
 * Return: whether to be called again.
 */
bool cs_polled_service(struct cs_queue *queue, cs_claim claim)
{
	struct cs_polled *polled = cs_polled_of(queue);
	struct cs_cancelable *c = NULL;
	bool settled, more;
	int err = 0;

	if (!begin_service(polled))
		return false;
	settled = queue->host->settled(queue);
	if (settled) {
		cs_point(BEFORE_CLAIM);
		c = claim(polled);
	}
	if (c) {
		cs_claimed(cs_request_of(c));
		cs_point(CLAIMED);
		err = queue->host->acquire(queue, &cs_request_of(c)->sample);
	}
	more = end_service(polled);

	if (c) {
		cs_point(BEFORE_COMPLETE);
		cs_complete_served(cs_request_of(c), err);
		cs_point(COMPLETED);
	}
	return more && (c || !settled);
}
