// SPDX-License-Identifier: GPL-2.0
/*
 * The driver that a Linux author writes by heart: nothing is queued. Readers
 * sleep on one wait queue; when the device has settled all of them are woken,
 * and who looks first takes the sample.
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	asleep: linked	nobody		the sleeper, who looks again whenever it
 *					is woken, and a canceller: whoever
 *					unlinks it, under the lock
 *	in service	its sleeper, or	nobody: a cancel only sets the flag, and
 *			the server	the sample comes all the same
 *	cancelled	the canceller	nobody
 *
 * A sleeper serves itself, in no time. An acquisition that takes time it only
 * begins, and holds the device with it; the server ends it, as an interrupt
 * would, and may do so after the sleeper has gone.
 *
 * The server wakes, and hands nothing over. So a wake-up is nobody's own, and
 * whoever ends the state of affairs that it told of sees to the next one:
 *
 *	reader A		thief			server
 *	--------		-----			------
 *	asleep						settled: wake all
 *	woken			takes the sample, arms
 *	looks: settling, arms				later: wake all
 *
 * The first arm is for those who are told and do not look, as in edge-triggered
 * epoll; the second, for a settling time that was changed. Arming twice wakes
 * once (rule L26). And a sleeper that is cancelled between wake-up and look has
 * taken nothing from the others: all are awake (rule L25). With one wake-up for
 * one sample it would have to pass its own on.
 *
 * What this model cannot do:
 *
 * - keep an order (rule A6): who sleeps has no place in a line, and whoever
 *   comes by may be first;
 * - wake one: n samples for n sleepers take n (n + 1) / 2 wake-ups, not n;
 * - hold a request without a thread, so that libaio and uring_cmd have nothing
 *   to wait in;
 * - hear of the cancel of a READ for which io_uring has armed a poll: it waits
 *   in io_uring, and the driver knows of nobody.
 *
 * The lock guards the list and @serving. The node's ledger lock is taken inside
 * it, and the device's; nothing of ours is held around it but, by try_now(), a file's.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "model.h"

struct sleepers {
	struct cs_queue queue;

	spinlock_t lock;	/* of what follows */
	struct list_head asleep;
	struct cs_request *serving;	/* holds the device, the server's */
};

/* What a look at the device shows. */
enum sight {
	SETTLING,	/* arm, to be woken when it has settled */
	HELD,		/* whoever has it will be followed by a wake-up */
	SETTLED,
};

static struct sleepers *of_queue(struct cs_queue *queue)
{
	return container_of(queue, struct sleepers, queue);
}

static bool is_asleep(const struct cs_request *req)
{
	return !list_empty(&req->cancelable.link);
}

static enum sight look(struct sleepers *s)
{
	lockdep_assert_held(&s->lock);
	if (s->serving)
		return HELD;
	return s->queue.host->settled(&s->queue) ? SETTLED : SETTLING;
}

static void init(struct cs_queue *queue)
{
	struct sleepers *s = of_queue(queue);

	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->asleep);
}

/*
 * It looks for itself before it sleeps. One that was cancelled before it came
 * does neither (rule A4).
 */
static int submit(struct cs_request *req)
{
	struct sleepers *s = of_queue(req->file->queue);
	unsigned long flags;
	bool cancelled;

	spin_lock_irqsave(&s->lock, flags);
	cs_pend(req);
	WRITE_ONCE(req->cancelable.pending, true);
	cancelled = cs_cancel_requested(&req->cancelable);
	if (!cancelled)
		list_add_tail(&req->cancelable.link, &s->asleep);
	spin_unlock_irqrestore(&s->lock, flags);

	if (cancelled)
		cs_complete_cancelled(req);
	return 0;
}

/* Take the sample, or at least the device. */
static void claim(struct sleepers *s, struct cs_request *req)
{
	struct cs_queue *queue = &s->queue;

	lockdep_assert_held(&s->lock);
	list_del_init(&req->cancelable.link);
	cs_claimed(req);
	if (queue->host->acquire_now(queue, &req->sample))
		s->serving = req;
}

/*
 * Once it is not asleep it is over, or in service, where it is the server's.
 * Whether it has the sample or the device now, or there is none yet: the host is
 * to say what comes next.
 */
static bool take(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct sleepers *s = of_queue(queue);
	enum sight sight = HELD;
	bool asleep, served = false;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	asleep = is_asleep(req);
	if (asleep)
		sight = look(s);
	if (sight == SETTLED) {
		claim(s, req);
		asleep = false;
		served = !s->serving;
	}
	spin_unlock_irqrestore(&s->lock, flags);

	if (sight != HELD)
		queue->host->arm(queue);
	if (served)
		cs_complete_served(req, 0);
	return !asleep;
}

/*
 * Nobody has a place in line that could be taken. A device that has settled, but
 * takes its time to acquire, is not armed: who polls would be woken at once, come
 * here again, and so on for ever. Only a changed setting makes a difference.
 */
static int try_now(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct sleepers *s = of_queue(queue);
	unsigned long flags;
	enum sight sight;
	int err = -EAGAIN;

	spin_lock_irqsave(&s->lock, flags);
	sight = look(s);
	if (sight == SETTLED)
		err = queue->host->acquire_now(queue, &req->sample);
	spin_unlock_irqrestore(&s->lock, flags);

	if (!err || sight == SETTLING)
		queue->host->arm(queue);
	return err;
}

/*
 * Ready is a device of which try_now() gets a sample, nothing less: io_uring
 * comes as often as it is told to, in a loop that no signal ends.
 */
static bool ready(struct cs_queue *queue)
{
	struct sleepers *s = of_queue(queue);
	unsigned long flags;
	enum sight sight;

	spin_lock_irqsave(&s->lock, flags);
	sight = look(s);
	spin_unlock_irqrestore(&s->lock, flags);

	if (sight == SETTLING)
		queue->host->arm(queue);
	return sight == SETTLED && !READ_ONCE(queue->settings.acquire_us);
}

static enum cs_verdict cancel(struct cs_request *req, int err)
{
	struct sleepers *s = of_queue(req->file->queue);
	unsigned long flags;
	bool asleep;

	spin_lock_irqsave(&s->lock, flags);
	cmpxchg(&req->cancelable.cancelled, 0, err);
	asleep = is_asleep(req);
	list_del_init(&req->cancelable.link);
	spin_unlock_irqrestore(&s->lock, flags);

	if (!asleep)
		return CS_SOON;
	cs_complete_cancelled(req);
	return CS_CANCELLED;
}

/* End the acquisition that a sleeper has begun. */
static void serve(struct sleepers *s, struct cs_request *req)
{
	struct cs_queue *queue = &s->queue;
	int err = queue->host->acquire(queue, &req->sample);
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	s->serving = NULL;
	spin_unlock_irqrestore(&s->lock, flags);

	cs_complete_served(req, err);
}

/* If it is settling again, somebody has been quicker. */
static bool service(struct cs_queue *queue)
{
	struct sleepers *s = of_queue(queue);
	struct cs_request *req;
	unsigned long flags;
	enum sight sight;

	spin_lock_irqsave(&s->lock, flags);
	sight = look(s);
	req = s->serving;
	spin_unlock_irqrestore(&s->lock, flags);

	if (req)
		serve(s, req);
	else if (sight == SETTLED)
		queue->host->wake(queue);
	return sight != SETTLED;
}

/*
 * A sleeper may have got the device when the server had already parked. It was
 * cancelled in vain, and nobody else will end it. Who comes later finds itself
 * cancelled, or its file gone.
 */
static void drain(struct cs_queue *queue)
{
	struct sleepers *s = of_queue(queue);
	struct cs_request *req;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	req = s->serving;
	s->serving = NULL;
	spin_unlock_irqrestore(&s->lock, flags);

	if (req)
		cs_complete_served(req, -ENODEV);
}

const struct cs_model cs_model_wait_queue = {
	.name = "wait_queue",
	.queue_size = sizeof(struct sleepers),
	.init = init,
	.submit = submit,
	.take = take,
	.try_now = try_now,
	.ready = ready,
	.cancel = cancel,
	.service = service,
	.drain = drain,
};
