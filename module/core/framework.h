/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small framework, after Windows' KMDF: it keeps the queues, delivers one request
 * after the other to a driver, and cancels by itself what the driver does not hold.
 *
 *	WdfIoQueueCreate		cs_fw_init()
 *	EvtIoRead			cs_fw_callbacks.deliver
 *	EvtRequestCancel		cs_fw_callbacks.cancel
 *	EvtIoCanceledOnQueue		cs_fw_callbacks.cancelled_on_queue
 *	WdfRequestMarkCancelable, -Ex	cs_fw_mark_cancelable(), _ex()
 *	WdfRequestUnmarkCancelable	cs_fw_unmark_cancelable()
 *	WdfRequestIsCanceled		cs_fw_is_canceled()
 *	WdfRequestRequeue		cs_fw_requeue()
 *	WdfIoQueueStop, -Start		cs_fw_stop(), cs_fw_start()
 *	WdfRequestForwardToIoQueue	cs_fw_forward()
 *	WdfRequestComplete		cs_fw_complete_served(), -_cancelled()
 *	WdfObjectAcquireLock		cs_fw_lock()
 *	WdfRequestSend and the rest	target.h
 *
 * Who owns a request when, and what decides:
 *
 *	undelivered	nobody: it is in a queue, which is a csq. Cancelled, it is the
 *			framework's, and the driver never hears of it (rule H1)
 *	delivered	the driver; a cancel only sets the flag (rule H3)
 *	marked		the driver, until a canceller has taken its cancel routine out
 *			by an exchange: then the driver's cancel(), which completes it
 *			(rules H4, H5)
 *	returned	requeued or forwarded: nobody, it is in a queue again. Cancelled,
 *			it is the framework's, or the driver's cancelled_on_queue(), if
 *			that queue has one (rule H2)
 */
#ifndef CS_FRAMEWORK_H
#define CS_FRAMEWORK_H

#include "csq.h"
#include "model.h"

struct cs_framework;
struct cs_fw_queue;

/*
 * How far the framework has come with a request. Its owner takes it on, and alone:
 *
 *	undelivered, returned	who has taken it out of its queue: to delivered
 *	delivered		its driver: to marked, to returned, or to cancelled: it
 *				was before it was marked (rule H4)
 *	marked			who has taken its cancel routine out: its driver, to
 *				delivered; a canceller, to cancelled
 *	cancelled		the driver's cancel(), which can only complete it: to
 *				too late, if that is left to somebody else
 *
 * A driver that unmarks a request and does not get its routine looks at a stage that a
 * canceller may just be changing. Marked, cancelled and too late all say that one has
 * it; the others, that the request was not marked (rule H5).
 */
enum cs_fw_stage {
	CS_FW_UNDELIVERED,
	CS_FW_DELIVERED,
	CS_FW_MARKED,
	CS_FW_RETURNED,
	CS_FW_CANCELLED,
	CS_FW_TOO_LATE,
};

/**
 * struct cs_fw_callbacks - a driver, as one of its queues knows it
 * @deliver:   The request is the driver's now. @again: it was before. Nobody is in
 *             this callback for the same queue at the same time.
 * @cancel:    A request that was marked is cancelled, and the driver's to complete.
 * @cancelled_on_queue: The same of one that the driver had requeued or forwarded, or
 *             NULL: the framework completes it. It holds no place any more: to be
 *             completed by cs_complete_cancelled().
 * @automatic: The framework holds its automatic lock around @deliver and @cancel,
 *             and completes what they complete once it has let it go. They do not
 *             requeue or forward.
 *
 * All are called in any context.
 */
struct cs_fw_callbacks {
	void (*deliver)(struct cs_fw_queue *q, struct cs_request *req, bool again);
	void (*cancel)(struct cs_fw_queue *q, struct cs_request *req);
	void (*cancelled_on_queue)(struct cs_fw_queue *q,
				   struct cs_request *req);
	bool automatic;
};

/**
 * struct cs_fw_queue - a queue with sequential dispatching
 * @csq:        decides the races of what waits in it
 * @framework:  it belongs to
 * @driver:     to whom it delivers
 * @waiting:    what waits, and
 * @length:     how many do
 * @held:       the driver has one of it, and gets no other one
 * @stopped:    the driver gets none until cs_fw_start(): it has requeued one, or said so
 * @delivering: somebody is delivering, and goes on while he may
 *
 * From @waiting on under the framework's lock.
 */
struct cs_fw_queue {
	struct csq csq;
	struct cs_framework *framework;
	const struct cs_fw_callbacks *driver;

	struct list_head waiting;
	unsigned int length;
	bool held;
	bool stopped;
	bool delivering;
};

#define CS_FW_QUEUES 2

/**
 * struct cs_framework - the queues of one driver
 * @node:      whose requests they are
 * @lock:      of the queues; irqsave
 * @queues:    requests come into the first one
 * @automatic: held around callbacks that want it; irqsave
 * @completed: what was completed under it
 */
struct cs_framework {
	struct cs_queue *node;
	spinlock_t lock;
	struct cs_fw_queue queues[CS_FW_QUEUES];

	spinlock_t automatic;
	struct list_head completed;
};

static inline struct cs_fw_queue *cs_fw_of_csq(struct csq *csq)
{
	return container_of(csq, struct cs_fw_queue, csq);
}

/* The queue in which a request is, or was last. */
static inline struct cs_fw_queue *cs_fw_queue_of(const struct cs_request *req)
{
	return cs_fw_of_csq(req->cancelable.csq);
}

/* For models, and between the framework's halves: framework.c */
void cs_fw_init(struct cs_framework *fw, struct cs_queue *node);
unsigned int cs_fw_present(const struct cs_framework *fw);
bool cs_fw_is_idle(struct cs_framework *fw);
int cs_fw_submit(struct cs_framework *fw, struct cs_request *req);
enum cs_verdict cs_fw_cancel(struct cs_request *req, int err);
void cs_fw_stop(struct cs_fw_queue *q);
void cs_fw_start(struct cs_fw_queue *q);
void cs_fw_deliver(struct cs_fw_queue *q);
void cs_fw_make_room(struct cs_fw_queue *q);

/* For drivers, of a delivered request: framework_request.c */
int cs_fw_mark_cancelable_ex(struct cs_request *req);
int cs_fw_mark_cancelable(struct cs_request *req);
int cs_fw_unmark_cancelable(struct cs_request *req);
bool cs_fw_is_canceled(const struct cs_request *req);
int cs_fw_requeue(struct cs_request *req);
int cs_fw_forward(struct cs_request *req, struct cs_fw_queue *to);
void cs_fw_complete_served(struct cs_request *req, int err);
void cs_fw_complete_cancelled(struct cs_request *req);
void cs_fw_too_late(struct cs_request *req);

void cs_fw_lock(struct cs_framework *fw, unsigned long *flags);
void cs_fw_unlock(struct cs_framework *fw, unsigned long flags);

#endif /* CS_FRAMEWORK_H */
