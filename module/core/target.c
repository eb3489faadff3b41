// SPDX-License-Identifier: GPL-2.0
/*
 * A lower target: a second user of the cancel-safe queue, for requests that are not
 * counted, because those for whose sake they were sent are. target.h says who owns
 * what.
 */
#include <linux/errno.h>
#include <linux/list.h>

#include "complain.h"
#include "target.h"

static struct cs_target *of_csq(struct csq *csq)
{
	return container_of(csq, struct cs_target, csq);
}

static struct cs_sent *sent_of(struct cs_cancelable *c)
{
	return container_of(c, struct cs_sent, cancelable);
}

/* The six callbacks */

static int insert(struct csq *csq, struct cs_cancelable *c, void *unused)
{
	struct cs_target *target = of_csq(csq);

	lockdep_assert_held(&target->lock);
	if (target->gone)
		return -ENODEV;
	list_add_tail(&c->link, &target->sent);
	return 0;
}

static void remove(struct csq *csq, struct cs_cancelable *c)
{
	lockdep_assert_held(&of_csq(csq)->lock);
	list_del_init(&c->link);
}

static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after,
				       void *unused)
{
	struct cs_target *target = of_csq(csq);

	lockdep_assert_held(&target->lock);
	return csq_behind(&target->sent, after);
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
	struct cs_sent *sent = sent_of(c);

	sent->cancelled = true;
	cs_complete_sent(sent, READ_ONCE(c->cancelled));
}

static const struct csq_ops csq_ops = {
	.insert = insert,
	.remove = remove,
	.peek_next = peek_next,
	.acquire_lock = acquire_lock,
	.release_lock = release_lock,
	.complete_cancelled = complete_cancelled,
};

/**
 * cs_target_init() - a target that is plugged in
 * @target: zeroed
 *
 * Context: before anybody else knows it.
 */
void cs_target_init(struct cs_target *target)
{
	spin_lock_init(&target->lock);
	INIT_LIST_HEAD(&target->sent);
	csq_init(&target->csq, &csq_ops);
}

/**
 * cs_sent_init() - a request of the sender's own
 * @sent:     nobody else knows it any more
 * @parent:   for whose sake it is sent
 * @complete: called once it is done
 *
 * Context: any.
 */
void cs_sent_init(struct cs_sent *sent, struct cs_request *parent,
		  void (*complete)(struct cs_sent *sent))
{
	*sent = (struct cs_sent){ .parent = parent, .complete = complete };
	cs_cancelable_init(&sent->cancelable);
}

/**
 * cs_send() - send a request on
 * @target: to whom
 * @sent:   complete() will run once, perhaps it has: with -ENODEV if the target was
 *          unplugged
 *
 * Context: any, no locks held.
 */
void cs_send(struct cs_target *target, struct cs_sent *sent)
{
	if (csq_insert(&target->csq, &sent->cancelable, NULL))
		cs_complete_sent(sent, cs_target_refuse(target, sent->parent));
}

/**
 * cs_target_refuse() - a target that was unplugged does nothing for a request
 * @target: the target
 * @req:    for whose sake something was sent there, or would be
 *
 * The log says so of the first one. The others' reason is the same, until it is
 * unplugged anew.
 *
 * Context: any.
 * Return: -ENODEV
 */
int cs_target_refuse(struct cs_target *target, const struct cs_request *req)
{
	if (!xchg(&target->told, true))
		cs_complain(req, "send", "the lower target is unplugged", "H8");
	return -ENODEV;
}

/**
 * cs_cancel_sent() - cancel a request, whether it was sent yet or not
 * @sent: the caller has a reference
 * @err:  what it reports
 *
 * Context: any, no locks held.
 * Return: true: it was cancelled by this, and complete() has run. False: it is
 * complete, or will be: cancelled if it was not sent yet, served if it is in service.
 */
bool cs_cancel_sent(struct cs_sent *sent, int err)
{
	return cs_cancel_request(&sent->cancelable, err);
}

/**
 * cs_target_next() - claim the next request
 * @target: the caller's
 *
 * Context: any.
 * Return: the request, to be ended with cs_complete_sent(); NULL: there is none.
 */
struct cs_sent *cs_target_next(struct cs_target *target)
{
	struct cs_cancelable *c = csq_remove_next(&target->csq, NULL);

	return c ? sent_of(c) : NULL;
}

/**
 * cs_complete_sent() - the target has done with a request
 * @sent:   claimed; not to be touched any more
 * @result: 0, or why not
 *
 * Context: any, no locks held.
 */
void cs_complete_sent(struct cs_sent *sent, int result)
{
	sent->result = result;
	sent->complete(sent);
}

static void set_gone(struct cs_target *target, bool gone)
{
	unsigned long flags;

	spin_lock_irqsave(&target->lock, flags);
	if (gone && !target->gone)
		xchg(&target->told, false);
	WRITE_ONCE(target->gone, gone);	/* who shows it looks without the lock */
	spin_unlock_irqrestore(&target->lock, flags);
}

/**
 * cs_target_unplug() - the target goes away
 * @target: plugged in or not
 *
 * What waits there ends with -ENODEV, and so does what is sent from now on.
 *
 * Context: any, no locks held.
 */
void cs_target_unplug(struct cs_target *target)
{
	struct cs_sent *sent;

	set_gone(target, true);
	while ((sent = cs_target_next(target)))
		cs_complete_sent(sent, cs_target_refuse(target, sent->parent));
}

/**
 * cs_target_plug() - it is back
 * @target: plugged in or not
 *
 * Context: any.
 */
void cs_target_plug(struct cs_target *target)
{
	set_gone(target, false);
}
