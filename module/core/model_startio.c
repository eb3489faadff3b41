// SPDX-License-Identifier: GPL-2.0
/*
 * StartIo on the cancel-safe queue: the device works for one request, the current
 * one, and the others wait in a csq. No thread waits with them: the server is a
 * timer.
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	queued		nobody		server, canceller: the exchange of the
 *					cancel routine, in csq.c
 *	current		the server	nobody: a cancel only sets the flag, and
 *					the sample comes all the same
 *	cancelled	the canceller	nobody
 *
 * Without a current request the server is idle. Whether it is changes under the
 * queue's lock alone, in one step with the queue itself (rule D1). Both steps are
 * callbacks of the library, which holds the lock around them:
 *
 *	submitter: insert()		server: peek_next(), to start the next
 *	-------------------		--------------------------------------
 *	idle: this is the current one	found one: that is the current one
 *	busy: queue it			there is none: idle
 *
 * So nobody queues behind a server that has just gone idle: whoever waits has a
 * current request before it, whose end starts the next one.
 *
 * To start a request is to make it the current one and to arm the timer. It serves
 * nobody, so that starts do not nest, and who submits never serves others (rules
 * D2, R18). The timer fires once for each.
 *
 * A request is claimed before the device has settled, so that its service lasts as
 * long as the device takes, and the verdict of a cancel is CS_LATER. But it is
 * CS_SOON of one that is not current: it was not submitted yet, or is just being
 * completed. Only what is in service may be abandoned by those who have not seen
 * it queued.
 *
 * The lock guards the list, its length and the current request. The node's ledger
 * lock is taken inside it, and the device's; nothing of ours is held around it
 * but, by try_now(), the file's.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "csq.h"
#include "model.h"

/* What insert() says of a request that it has started in place of queueing it. */
#define STARTED (-EINPROGRESS)

struct startio_queue {
	struct cs_queue queue;
	struct csq csq;

	spinlock_t lock;	/* irqsave; guards all below */
	struct list_head waiting;
	unsigned int length;
	struct cs_request *current_req;	/* NULL: idle */
};

static struct startio_queue *of_queue(struct cs_queue *queue)
{
	return container_of(queue, struct startio_queue, queue);
}

static struct startio_queue *of_csq(struct csq *csq)
{
	return container_of(csq, struct startio_queue, csq);
}

/* The six callbacks */

/* As for one that is queued: all before the timer can complete it (rule R7). */
static void start(struct startio_queue *q, struct cs_request *req)
{
	lockdep_assert_held(&q->lock);
	q->current_req = req;
	cs_pend(req);
	WRITE_ONCE(req->cancelable.pending, true);
	cs_claimed(req);
}

/*
 * One that was cancelled before is not started (rule A4). It is queued, idle or
 * not: the library does not leave it there.
 */
static int insert(struct csq *csq, struct cs_cancelable *c, void *unused)
{
	struct startio_queue *q = of_csq(csq);

	lockdep_assert_held(&q->lock);
	if (!q->current_req && !cs_cancel_requested(c)) {
		start(q, cs_request_of(c));
		return STARTED;
	}
	if (q->length >= READ_ONCE(q->queue.settings.queue_limit))
		return -EBUSY;
	list_add_tail(&c->link, &q->waiting);
	q->length++;
	cs_pend(cs_request_of(c));
	return 0;
}

static void remove(struct csq *csq, struct cs_cancelable *c)
{
	struct startio_queue *q = of_csq(csq);

	lockdep_assert_held(&q->lock);
	list_del_init(&c->link);
	q->length--;
}

/*
 * Whoever is asked for to be started becomes the current one. If a canceller has
 * it, the library goes on to ask for the one behind it, with the lock still held;
 * so the last answer stays, and only that is seen by others.
 */
static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after,
				       void *unused)
{
	struct startio_queue *q = of_csq(csq);
	struct cs_cancelable *next;

	lockdep_assert_held(&q->lock);
	next = csq_behind(&q->waiting, after);
	q->current_req = next ? cs_request_of(next) : NULL;
	return next;
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
	struct startio_queue *q = of_queue(queue);

	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->waiting);
	csq_init(&q->csq, &csq_ops);
}

/* Who is queued needs no timer of his own: it is armed for the current one. */
static int submit(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	int err;

	err = csq_insert(&of_queue(queue)->csq, &req->cancelable, NULL);
	if (err != STARTED)
		return err;
	queue->host->arm(queue);
	return 0;
}

/* If the server is idle, then nobody waits who could be overtaken (rule A6). */
static int try_now(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct startio_queue *q = of_queue(queue);
	unsigned long flags;
	int err = -EAGAIN;

	spin_lock_irqsave(&q->lock, flags);
	if (!q->current_req)
		err = queue->host->acquire_now(queue, &req->sample);
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}

static struct cs_request *current_of(struct startio_queue *q)
{
	struct cs_request *req;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	req = q->current_req;
	spin_unlock_irqrestore(&q->lock, flags);
	return req;
}

static enum cs_verdict cancel(struct cs_request *req, int err)
{
	if (cs_cancel_request(&req->cancelable, err))
		return CS_CANCELLED;
	return current_of(of_queue(req->file->queue)) == req ? CS_LATER :
							       CS_SOON;
}

/* Returns the current request from now on. NULL: the server is idle. */
static struct cs_request *start_next(struct startio_queue *q)
{
	struct cs_cancelable *c = csq_remove_next(&q->csq, NULL);

	if (!c)
		return NULL;
	cs_claimed(cs_request_of(c));
	return cs_request_of(c);
}

/*
 * The next one is started exactly once, whatever became of this one (rule R15),
 * and before this one is completed: the device does not wait for a path.
 */
static bool service(struct cs_queue *queue)
{
	struct startio_queue *q = of_queue(queue);
	struct cs_request *req = current_of(q), *next;
	int err;

	if (!req)
		return false;
	err = queue->host->acquire(queue, &req->sample);
	if (err == -EAGAIN)
		return true;
	next = start_next(q);
	cs_complete_served(req, err);
	return next;
}

/* The timer does not fire any more, so nobody else ends the current request. */
static void drain(struct cs_queue *queue)
{
	struct startio_queue *q = of_queue(queue);
	struct cs_request *req;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	req = q->current_req;
	q->current_req = NULL;
	spin_unlock_irqrestore(&q->lock, flags);

	if (req)
		cs_complete_served(req, -ENODEV);
}

const struct cs_model cs_model_startio = {
	.name = "startio",
	.queues = true,
	.timer = true,
	.queue_size = sizeof(struct startio_queue),
	.init = init,
	.submit = submit,
	.try_now = try_now,
	.cancel = cancel,
	.service = service,
	.drain = drain,
};
