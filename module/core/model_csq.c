// SPDX-License-Identifier: GPL-2.0
/*
 * The polling driver on the cancel-safe queue: requests wait in a csq, and a
 * server takes the next one whenever the device has settled (polled.h).
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	queued		nobody		server, canceller: the exchange of the
 *					cancel routine, in csq.c
 *	in service	the server	nobody: a cancel only sets the flag, and
 *					the sample comes all the same
 *	cancelled	the canceller	nobody
 */
#include "csq.h"
#include "point.h"
#include "polled.h"

struct csq_queue {
	struct cs_polled polled;
	struct csq csq;
};

static struct csq_queue *of_polled(struct cs_polled *polled)
{
	return container_of(polled, struct csq_queue, polled);
}

static struct csq_queue *of_queue(struct cs_queue *queue)
{
	return of_polled(cs_polled_of(queue));
}

static struct cs_polled *of_csq(struct csq *csq)
{
	return &container_of(csq, struct csq_queue, csq)->polled;
}

/* The six callbacks */

static int insert(struct csq *csq, struct cs_cancelable *c, void *unused)
{
	return cs_polled_link(of_csq(csq), c);
}

static void remove(struct csq *csq, struct cs_cancelable *c)
{
	cs_polled_unlink(of_csq(csq), c);
}

static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after,
				       void *unused)
{
	struct cs_polled *polled = of_csq(csq);

	lockdep_assert_held(&polled->lock);
	return csq_behind(&polled->waiting, after);
}

static void acquire_lock(struct csq *csq, unsigned long *flags)
	__acquires(&of_csq(csq)->lock)
{
	cs_point(LOCK);
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
	cs_polled_init(queue);
	csq_init(&of_queue(queue)->csq, &csq_ops);
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

static struct cs_cancelable *claim(struct cs_polled *polled)
{
	return csq_remove_next(&of_polled(polled)->csq, NULL);
}

static bool service(struct cs_queue *queue)
{
	return cs_polled_service(queue, claim);
}

const struct cs_model cs_model_csq = {
	.name = "csq",
	.queues = true,
	.queue_size = sizeof(struct csq_queue),
	.init = init,
	.submit = submit,
	.try_now = cs_polled_try_now,
	.cancel = cs_polled_cancel,
	.service = service,
};
