/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lower target: another driver, to which a framework's driver sends a request of its
 * own to have done what it was asked for itself.
 *
 * What was sent waits in a csq of the target's. Who owns it when:
 *
 *	before it is sent	its sender. A cancel only sets the flag, and the target
 *				completes it as soon as it comes
 *	sent			nobody, the target's csq decides
 *	in service		the target; a cancel comes too late
 *	complete		its sender, who is told by complete(), once
 *
 * A canceller may come at any of these times, the last included, as long as it has a
 * reference (rule H8).
 */
#ifndef CS_TARGET_H
#define CS_TARGET_H

#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "csq.h"

struct cs_request;

/**
 * struct cs_target - the target
 * @csq:  its queue
 * @lock: irqsave, innermost; guards the following
 * @sent: what waits
 * @gone: it was unplugged
 * @told: the log says so; exchanged, without the lock
 */
struct cs_target {
	struct csq csq;

	spinlock_t lock;
	struct list_head sent;
	bool gone;
	unsigned int told;
};

/**
 * struct cs_sent - a request that is sent on
 * @cancelable: the queue's and the cancel's part
 * @refs:       its sender's to count
 * @parent:     the request for whose sake it is sent
 * @complete:   It is done, and the sender's again. Any context, no locks held.
 * @result:     then: 0, or why not, if it was not cancelled
 * @cancelled:  then: a canceller has claimed it
 */
struct cs_sent {
	struct cs_cancelable cancelable;
	refcount_t refs;
	struct cs_request *parent;
	void (*complete)(struct cs_sent *sent);
	int result;
	bool cancelled;
};

/* For senders */
void cs_target_init(struct cs_target *target);
void cs_sent_init(struct cs_sent *sent, struct cs_request *parent,
		  void (*complete)(struct cs_sent *sent));
void cs_send(struct cs_target *target, struct cs_sent *sent);
int cs_target_refuse(struct cs_target *target, const struct cs_request *req);
bool cs_cancel_sent(struct cs_sent *sent, int err);

/* For the target's own server */
struct cs_sent *cs_target_next(struct cs_target *target);
void cs_complete_sent(struct cs_sent *sent, int result);
void cs_target_unplug(struct cs_target *target);
void cs_target_plug(struct cs_target *target);

#endif /* CS_TARGET_H */
