// SPDX-License-Identifier: GPL-2.0
/*
 * A driver's own queue without StartIo, as drivers wrote it by hand before there
 * was a library for it: a list, a lock, a cancel routine, and a polling server
 * (polled.h). No system-wide lock is taken; the cancel routine's exchange decides.
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	queued		nobody		server, canceller: the exchange of the
 *					cancel routine; the driver's exchanges
 *					are made under the queue's lock (F1)
 *	doomed: its	its canceller:	any canceller: whoever finds it first
 *	routine gone,	its verdict	unlinks it, under the lock, and
 *	still linked	is given	completes it (F2)
 *	in service	the server	nobody: a cancel only sets the flag, and
 *					the sample comes all the same (R16)
 *	cancelled	who unlinked it	nobody
 *
 * The server clears the routine before it unlinks, and leaves a doomed request
 * linked: its canceller is on the way and looks for one.
 *
 * The cancel routine does not ask for the request that it was called with. That
 * one may be gone: neither in service nor queued (F3). It takes the first that is
 * doomed, which may be another canceller's:
 *
 *	A cancels a			B cancels b
 *	-----------			-----------
 *	a: flag, takes the routine
 *					b: flag, takes the routine
 *					lock; finds a, unlinks it; unlock
 *	lock; a is gone;
 *	  finds b, unlinks it; unlock
 *	completes b
 *	verdict on a: cancelled
 *					completes a
 *					verdict on b: cancelled
 *
 * Every canceller that takes a routine dooms one linked request, and then unlinks
 * one that is doomed: so there is one for each, and the last to come finds the
 * last. (The document's own driver asks for the flag alone, and so takes requests
 * whose routine is still there. A canceller of such a one finds nothing then:
 * another was there before, or service began. It returns, as ours would. And it
 * starts the next request, where ours has a server that looks for it anyhow.)
 *
 * What a cancel says. Whoever got the routine has decided that the request ends
 * cancelled, and with which error, no matter who completes it. That one's verdict
 * is CS_CANCELLED, and nobody else's is: so a CANCEL command that says 0 has done
 * it, one that says -EALREADY has not (rule A8), and those who count what they
 * cancelled count each request once. Whose request a canceller has completed is in
 * nobody's answer. The price: when A is told, a's complete() may be still to come,
 * from B, who is as far as the unlocking. The verdict is not the end.
 *
 * What B has in hand then is not B's own. The model's reference keeps the request,
 * and the request what its file has counted (rule R17); the node stays because B
 * came through an open file of it, too, or is the one who unplugs it.
 *
 * To find a doomed one takes as many steps as there are requests before it, with
 * interrupts off. The document prescribes it; the library came to do without.
 */
#include "polled.h"

static struct cs_polled *queue_of(struct cs_cancelable *c)
{
	return cs_polled_of(cs_request_of(c)->file->queue);
}

/* A canceller has taken its routine, and nobody has unlinked it. */
static bool is_doomed(struct cs_cancelable *c)
{
	return cs_cancel_requested(c) && !READ_ONCE(c->routine);
}

static struct cs_cancelable *find_doomed(struct cs_polled *queue)
{
	struct cs_cancelable *c;

	lockdep_assert_held(&queue->lock);
	list_for_each_entry(c, &queue->waiting, link) {
		if (is_doomed(c))
			return c;
	}
	return NULL;
}

/* Of @called_for, only where it was queued is sure to be true still. */
static void cancel_routine(struct cs_cancelable *called_for)
{
	struct cs_polled *queue = queue_of(called_for);
	struct cs_cancelable *c;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	c = find_doomed(queue);
	if (c)
		cs_polled_unlink(queue, c);
	spin_unlock_irqrestore(&queue->lock, flags);

	if (c)
		cs_complete_cancelled(cs_request_of(c));
}

/*
 * Set the routine of a request that was linked under this same lock (rule R4), and
 * only then test the flag. Returns true if it was cancelled before, and is the
 * submitter's again; if the routine is gone already, its canceller waits for the
 * lock, and will find it doomed (rules R1, R2, R3).
 */
static bool set_routine(struct cs_cancelable *c)
{
	cs_set_cancel_routine(c, cancel_routine);
	return cs_cancel_requested(c) && cs_set_cancel_routine(c, NULL);
}

/* Once it is linked and unlocked, it is not the submitter's to touch (rule R11). */
static int submit(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct cs_polled *polled = cs_polled_of(queue);
	struct cs_cancelable *c = &req->cancelable;
	unsigned long flags;
	bool ours = false;
	int err;

	spin_lock_irqsave(&polled->lock, flags);
	err = cs_polled_link(polled, c);
	if (!err) {
		WRITE_ONCE(c->pending, true);
		ours = set_routine(c);
	}
	if (ours)
		cs_polled_unlink(polled, c);
	spin_unlock_irqrestore(&polled->lock, flags);

	if (ours)
		cs_complete_cancelled(req);
	else if (!err)
		queue->host->arm(queue);
	return err;
}

/* The first whose routine is still there, and then is not: the server's. */
static struct cs_cancelable *claim(struct cs_polled *queue)
{
	struct cs_cancelable *c, *claimed = NULL;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(c, &queue->waiting, link) {
		if (cs_set_cancel_routine(c, NULL)) {
			claimed = c;
			break;
		}
	}
	if (claimed)
		cs_polled_unlink(queue, claimed);
	spin_unlock_irqrestore(&queue->lock, flags);
	return claimed;
}

static bool service(struct cs_queue *queue)
{
	return cs_polled_service(queue, claim);
}

const struct cs_model cs_model_driver_queue = {
	.name = "driver_queue",
	.queues = true,
	.queue_size = sizeof(struct cs_polled),
	.init = cs_polled_init,
	.submit = submit,
	.try_now = cs_polled_try_now,
	.cancel = cs_polled_cancel,
	.service = service,
};
