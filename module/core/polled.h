/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the models have in common whose server is a polling driver: a list in
 * order of arrival, with a limit, and a server that claims a request only once
 * the device has settled. How it claims one, and how a canceller does, is the
 * model's own.
 *
 * Microsoft's sample claims a request first and then waits for the device, deaf
 * to cancels meanwhile. Here service is short, and a cancel that comes too late
 * has the verdict CS_SOON. A reader that does not wait may have taken a sample
 * since the server was called, and the device be settling again; so the server
 * first locks such readers out, by @serving, and then asks the device.
 */
#ifndef CS_POLLED_H
#define CS_POLLED_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include "model.h"

/**
 * struct cs_polled - the queue of such a model, or the beginning of it
 * @queue:   the node's
 * @lock:    irqsave; guards the following. The node's ledger lock is taken
 *           inside it, and the device's; nothing of ours is held around it but
 *           the lock of a file
 * @waiting: the requests, in order of arrival
 * @length:  of @waiting
 * @serving: the device is the server's alone
 */
struct cs_polled {
	struct cs_queue queue;
	spinlock_t lock;
	struct list_head waiting;
	unsigned int length;
	bool serving;
};

/**
 * typedef cs_claim - claim a request for the server
 * @polled: the queue, not locked
 *
 * Return: the first one that can be had, unlinked; NULL: none can.
 */
typedef struct cs_cancelable *(*cs_claim)(struct cs_polled *polled);

static inline struct cs_polled *cs_polled_of(struct cs_queue *queue)
{
	return container_of(queue, struct cs_polled, queue);
}

void cs_polled_init(struct cs_queue *queue);
int cs_polled_link(struct cs_polled *polled, struct cs_cancelable *c);
void cs_polled_unlink(struct cs_polled *polled, struct cs_cancelable *c);
int cs_polled_try_now(struct cs_request *req);
enum cs_verdict cs_polled_cancel(struct cs_request *req, int err);
bool cs_polled_service(struct cs_queue *queue, cs_claim claim);

#endif /* CS_POLLED_H */
