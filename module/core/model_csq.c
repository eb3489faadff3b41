// SPDX-License-Identifier: GPL-2.0
/*
 * The polling driver on the cancel-safe queue: requests wait in a csq, and a
 * server takes the next one whenever the device has settled.
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	queued		nobody		server, canceller: the exchange of the
 *					cancel routine, in csq.c
 *	in service	the server	nobody: a cancel only sets the flag, and
 *					the sample comes all the same
 *	cancelled	the canceller	nobody
 *
 * Microsoft's sample claims a request first and then waits for the device, deaf
 * to cancels meanwhile. Here the server claims only once the device has
 * settled, so that service is short and a cancel's verdict is CS_SOON. A
 * reader that does not wait may have taken a sample since the server was called,
 * and the device be settling again; so the server first locks such readers out,
 * by @serving, and then asks the device.
 *
 * The lock guards the list, its length and @serving. The node's ledger lock is
 * taken inside it, and the device's; nothing of ours is held around it.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "csq.h"
#include "model.h"
#include "trace.h"

struct csq_queue {
	struct cs_queue queue;
	struct csq csq;

	spinlock_t lock;
	struct list_head waiting;
	unsigned int length;
	bool serving;		/* the device is the server's alone */
};

static struct csq_queue *of_queue(struct cs_queue *queue)
{
	return container_of(queue, struct csq_queue, queue);
}

static struct csq_queue *of_csq(struct csq *csq)
{
	return container_of(csq, struct csq_queue, csq);
}

/* The six callbacks */

static int insert(struct csq *csq, struct cs_cancelable *c, void *unused)
{
	struct csq_queue *q = of_csq(csq);

	lockdep_assert_held(&q->lock);
	if (q->length >= READ_ONCE(q->queue.settings.queue_limit))
		return -EBUSY;
	list_add_tail(&c->link, &q->waiting);
	q->length++;
	cs_pend(cs_request_of(c));
	return 0;
}

static void remove(struct csq *csq, struct cs_cancelable *c)
{
	struct csq_queue *q = of_csq(csq);

	lockdep_assert_held(&q->lock);
	list_del_init(&c->link);
	q->length--;
}

static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after,
				       void *unused)
{
	struct csq_queue *q = of_csq(csq);
	struct list_head *at = after ? &after->link : &q->waiting;

	lockdep_assert_held(&q->lock);
	if (list_is_last(at, &q->waiting))
		return NULL;
	return list_entry(at->next, struct cs_cancelable, link);
}

static void acquire_lock(struct csq *csq, unsigned long *flags)
	__acquires(&of_csq(csq)->lock)
{
	spin_lock_irqsave(&of_csq(csq)->lock, *flags);
}

static void release_lock(struct csq *csq, unsigned long flags)
	__releases(&of_csq(csq)->lock)
{
	spin_unlock_irqrestore(&of_csq(csq)->lock, flags);
}

static void complete_cancelled(struct csq *csq, struct cs_cancelable *c)
{
	cs_complete_cancelled(cs_request_of(c));
}

static const struct csq_ops csq_ops = {
	.insert = insert,
	.remove = remove,
	.peek_next = peek_next,
	.acquire_lock = acquire_lock,
	.release_lock = release_lock,
	.complete_cancelled = complete_cancelled,
};

/* The model */

static void init(struct cs_queue *queue)
{
	struct csq_queue *q = of_queue(queue);

	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->waiting);
	csq_init(&q->csq, &csq_ops);
}

static int submit(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	int err;

	err = csq_insert(&of_queue(queue)->csq, &req->cancelable, NULL);
	if (!err)
		queue->host->arm(queue);
	return err;
}

/*
 * Nobody may be overtaken (rule A6): neither who waits, nor who is being served
 * and for whom the device has settled.
 */
static int try_now(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct csq_queue *q = of_queue(queue);
	unsigned long flags;
	int err = -EAGAIN;

	spin_lock_irqsave(&q->lock, flags);
	if (list_empty(&q->waiting) && !q->serving)
		err = queue->host->acquire_now(queue, &req->sample);
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}

static enum cs_verdict cancel(struct cs_request *req, int err)
{
	return cs_cancel_request(&req->cancelable, err) ? CS_CANCELLED :
							  CS_SOON;
}

static void begin_service(struct csq_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->serving = true;
	spin_unlock_irqrestore(&q->lock, flags);
}

/* Returns whether requests wait. */
static bool end_service(struct csq_queue *q)
{
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&q->lock, flags);
	q->serving = false;
	more = !list_empty(&q->waiting);
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}

/*
 * If none can be claimed, then whatever is still linked belongs to cancellers,
 * who need no server; and who comes later arms the host anew.
 */
static bool service(struct cs_queue *queue)
{
	struct csq_queue *q = of_queue(queue);
	struct cs_cancelable *c = NULL;
	bool settled, more;
	int err = 0;

	begin_service(q);
	settled = queue->host->settled(queue);
	if (settled)
		c = csq_remove_next(&q->csq, NULL);
	if (c) {
		cs_claimed(cs_request_of(c));
		err = queue->host->acquire(queue, &cs_request_of(c)->sample);
	}
	more = end_service(q);

	if (c)
		cs_complete_served(cs_request_of(c), err);
	return more && (c || !settled);
}

const struct cs_model cs_model_csq = {
	.name = "csq",
	.queue_size = sizeof(struct csq_queue),
	.init = init,
	.submit = submit,
	.try_now = try_now,
	.cancel = cancel,
	.service = service,
};
