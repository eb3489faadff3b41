// SPDX-License-Identifier: GPL-2.0
/*
 * StartIo as it was before there were cancel-safe queues: one lock of the whole
 * system, the cancel lock, decides for every request of every node.
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	queued		nobody		server, canceller: the cancel lock
 *	current		nobody		the same, and whether the routine is
 *					set still
 *	  cancelled	by protocol:	nobody
 *			the server, or
 *			the canceller
 *	in service	the server	nobody: a cancel only sets the flag, and
 *					the sample comes all the same
 *	cancelled	the canceller	nobody
 *
 * The flag is set, the routine exchanged, a request queued and another one made the
 * current one with that lock held, so that much that a csq has to think of cannot
 * happen. What is left is the current request, which the server does not hold the
 * lock for while the device settles:
 *
 *	server: service()		canceller
 *	-----------------		---------
 *	which is the current one?
 *					lock, set its flag, take its routine
 *					  out, unlock; start the next, ...
 *	lock
 *	compare with the current one
 *	clear the routine
 *	test the flag
 *	unlock
 *
 * in that order (rules E1, R14). If the flag is set then somebody has to complete
 * the request, and start the next. One of Microsoft's documents has the server do
 * so; drivers are also written whose cancel routine does, each exactly once (rules
 * E2, R15), and with a different end for who is cancelled:
 *
 *	server	it is completed when the device has settled. Until then the
 *		verdict is CS_LATER
 *	routine	it is completed at once. The routine lets the lock go and takes it
 *		again to start the next; the server, which may look in between,
 *		leaves a request whose flag is set alone
 *
 * Which it is can be set at a node, for requests that become the current one from
 * then on. A driver whose routine goes by the first and whose server by the second
 * leaves the request behind for ever; the other way round it is completed twice
 * (rule E3). Both are shown by the explorer, and cannot be set. A server that did
 * not compare would go by the protocol of another request than its own.
 *
 * One lock means that no order of locks can be got wrong here (rule R9): a file's is
 * taken before it, in try_now(), and a ledger's and a device's inside it. And that
 * nodes which have nothing else in common wait for each other (rule E4).
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "model.h"
#include "point.h"

static DEFINE_SPINLOCK(cancel_lock);	/* irqsave; guards all below, of all nodes */

struct cancel_lock_queue {
	struct cs_queue queue;

	struct list_head waiting;
	unsigned int length;
	struct cs_request *current_req;	/* NULL: idle */
	enum cs_protocol protocol;	/* for the current one */
	bool in_service;		/* it is */
};

/* What the server finds when it has the lock. */
enum start {
	SERVE,		/* it is in service from now on */
	END,		/* it was cancelled, and is the server's to complete */
	LEAVE,		/* it is somebody else's */
};

static struct cancel_lock_queue *of_queue(struct cs_queue *queue)
{
	return container_of(queue, struct cancel_lock_queue, queue);
}

static void init(struct cs_queue *queue)
{
	INIT_LIST_HEAD(&of_queue(queue)->waiting);
}

/* The current request and its queue */

static void make_current(struct cancel_lock_queue *q, struct cs_request *req)
{
	lockdep_assert_held(&cancel_lock);
	q->current_req = req;
	q->protocol = READ_ONCE(q->queue.settings.protocol);
	q->in_service = false;
}

static void unqueue(struct cancel_lock_queue *q, struct cs_request *req)
{
	lockdep_assert_held(&cancel_lock);
	list_del_init(&req->cancelable.link);
	q->length--;
}

/*
 * Called by the one who ends the current request. Returns whether there is
 * another one now.
 */
static bool start_next(struct cancel_lock_queue *q)
{
	struct cs_request *next = NULL;
	unsigned long flags;

	spin_lock_irqsave(&cancel_lock, flags);
	if (!list_empty(&q->waiting)) {
		next = list_first_entry(&q->waiting, struct cs_request,
					cancelable.link);
		unqueue(q, next);
	}
	make_current(q, next);
	spin_unlock_irqrestore(&cancel_lock, flags);
	return next;
}

/* Cancels */

/*
 * Called with the lock held, in which it was taken out of the request. It takes
 * that one from the queue, and no other (rule E2). The current one is in none.
 */
static void cancel_routine(struct cs_cancelable *c)
{
	struct cs_request *req = cs_request_of(c);
	struct cancel_lock_queue *q = of_queue(req->file->queue);

	lockdep_assert_held(&cancel_lock);
	if (q->current_req != req)
		unqueue(q, req);
}

/* With the lock still held, of a request whose routine has been taken out. */
static bool is_left_to_server(struct cancel_lock_queue *q,
			      struct cs_request *req)
{
	lockdep_assert_held(&cancel_lock);
	return q->current_req == req && !(q->protocol & CS_ROUTINE_ENDS);
}

/*
 * The rest of what the cancel routine has to do, without the lock. The routine of
 * whoever is cancelled as the current one is gone, so that he stays that until the
 * next one is started here.
 */
static void end_cancelled(struct cancel_lock_queue *q, struct cs_request *req,
			  bool was_current)
{
	if (was_current && start_next(q))
		q->queue.host->arm(&q->queue);
	cs_complete_cancelled(req);
}

static enum cs_verdict cancel(struct cs_request *req, int err)
{
	struct cancel_lock_queue *q = of_queue(req->file->queue);
	bool claimed, is_current, left;
	unsigned long flags;

	spin_lock_irqsave(&cancel_lock, flags);
	claimed = cs_cancel_request(&req->cancelable, err);
	is_current = q->current_req == req;
	left = is_left_to_server(q, req) && !q->in_service;
	spin_unlock_irqrestore(&cancel_lock, flags);

	if (left)
		return CS_LATER;
	if (!claimed)
		return CS_SOON;
	end_cancelled(q, req, is_current);
	return CS_CANCELLED;
}

/* Submits */

/* Returns whether it is started, not queued. */
static bool start_or_queue(struct cancel_lock_queue *q, struct cs_request *req)
{
	lockdep_assert_held(&cancel_lock);
	cs_set_cancel_routine(&req->cancelable, cancel_routine);
	if (!q->current_req) {
		make_current(q, req);
		return true;
	}
	list_add_tail(&req->cancelable.link, &q->waiting);
	q->length++;
	return false;
}

/* One that was cancelled before is neither started nor queued (rule A4). */
static int submit(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct cancel_lock_queue *q = of_queue(queue);
	bool cancelled, started = false;
	unsigned long flags;

	spin_lock_irqsave(&cancel_lock, flags);
	if (q->length >= READ_ONCE(queue->settings.queue_limit)) {
		spin_unlock_irqrestore(&cancel_lock, flags);
		return -EBUSY;
	}
	cs_pend(req);
	WRITE_ONCE(req->cancelable.pending, true);
	cancelled = cs_cancel_requested(&req->cancelable);
	if (!cancelled)
		started = start_or_queue(q, req);
	spin_unlock_irqrestore(&cancel_lock, flags);

	if (cancelled)
		cs_complete_cancelled(req);
	if (started)
		queue->host->arm(queue);
	return 0;
}

/* If there is no current request, then nobody waits (rule A6). */
static int try_now(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	unsigned long flags;
	int err = -EAGAIN;

	spin_lock_irqsave(&cancel_lock, flags);
	if (!of_queue(queue)->current_req)
		err = queue->host->acquire_now(queue, &req->sample);
	spin_unlock_irqrestore(&cancel_lock, flags);
	return err;
}

/* The server */

/*
 * With a reference, so that no other request comes to be where this one was, and
 * is taken for it.
 */
static struct cs_request *get_current_req(struct cancel_lock_queue *q)
{
	struct cs_request *req;
	unsigned long flags;

	spin_lock_irqsave(&cancel_lock, flags);
	req = q->current_req;
	if (req)
		refcount_inc(&req->refs);
	spin_unlock_irqrestore(&cancel_lock, flags);
	return req;
}

/* StartIo, as the document has it (rule E1). */
static enum start start_io(struct cancel_lock_queue *q, struct cs_request *req)
{
	enum start start = LEAVE;
	unsigned long flags;

	spin_lock_irqsave(&cancel_lock, flags);
	if (q->current_req == req) {
		cs_set_cancel_routine(&req->cancelable, NULL);
		if (!cs_cancel_requested(&req->cancelable))
			start = SERVE;
		else if (q->protocol & CS_SERVER_ENDS)
			start = END;
		q->in_service = start == SERVE;
	}
	spin_unlock_irqrestore(&cancel_lock, flags);
	return start;
}

static bool serve(struct cancel_lock_queue *q, struct cs_request *req)
{
	bool more;
	int err;

	cs_claimed(req);
	cs_point(CLAIMED);
	err = q->queue.host->acquire(&q->queue, &req->sample);
	more = start_next(q);
	cs_point(BEFORE_COMPLETE);
	cs_complete_served(req, err);
	cs_point(COMPLETED);
	return more;
}

static bool end(struct cancel_lock_queue *q, struct cs_request *req)
{
	bool more = start_next(q);

	cs_complete_cancelled(req);
	return more;
}

/*
 * As long as there is a current request nobody else takes a sample. So if the device
 * has settled for one, it has until that one is served.
 *
 * If there is another one by now, or there will be, who makes it so arms the host.
 */
static bool service(struct cs_queue *queue)
{
	struct cancel_lock_queue *q = of_queue(queue);
	struct cs_request *req = get_current_req(q);
	bool more = true;

	if (!req)
		return false;
	if (queue->host->settled(queue)) {
		cs_point(BEFORE_CLAIM);
		switch (start_io(q, req)) {
		case SERVE:
			more = serve(q, req);
			break;
		case END:
			more = end(q, req);
			break;
		case LEAVE:
			more = false;
			break;
		}
	}
	cs_put(req);
	return more;
}

/* The current one was cancelled, and left to the server, which has parked. */
static void drain(struct cs_queue *queue)
{
	struct cancel_lock_queue *q = of_queue(queue);
	struct cs_request *req;
	unsigned long flags;

	spin_lock_irqsave(&cancel_lock, flags);
	req = q->current_req;
	if (req && is_left_to_server(q, req))
		q->current_req = NULL;
	else
		req = NULL;
	spin_unlock_irqrestore(&cancel_lock, flags);

	if (req)
		cs_complete_cancelled(req);
}

const struct cs_model cs_model_cancel_lock = {
	.name = "cancel_lock",
	.queues = true,
	.queue_size = sizeof(struct cancel_lock_queue),
	.init = init,
	.submit = submit,
	.try_now = try_now,
	.cancel = cancel,
	.service = service,
	.drain = drain,
};
