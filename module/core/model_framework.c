// SPDX-License-Identifier: GPL-2.0
/*
 * A driver on the framework, as KMDF has it: requests are delivered to it, one after
 * the other, and it marks cancelable what it keeps while the device settles.
 *
 *	state		owner		who may change it, and what decides
 *	-----		-----		-----------------------------------
 *	undelivered	nobody		the framework that delivers it, canceller: the
 *					exchange of the cancel routine, in csq.c
 *	delivered	the driver	nobody: a cancel only sets the flag, which the
 *					driver meets when it marks
 *	returned	nobody		as undelivered; but a driver that wants to know
 *					is given what was cancelled
 *	marked		nobody		server, canceller: the exchange of the cancel
 *					routine, in unmark_cancelable()
 *	sent		nobody		the same of what was sent to the lower target,
 *					in its csq; its parent stays marked, and a
 *					canceller that comes too late says so
 *	in service	the server	nobody: a cancel only sets the flag, and the
 *					sample comes all the same
 *	cancelled	the canceller	nobody
 *
 * So a request that the driver has is as cancelable as one that is queued, until the
 * server has claimed it; what is left of service is short.
 *
 * How the server and a canceller are kept apart while one of them takes the mark away is
 * each route's own: framework_routes.c.
 */
#include <linux/errno.h>
#include <linux/spinlock.h>

#include "framework_driver.h"
#include "point.h"

static struct cs_fw_driver *of_queue(struct cs_queue *queue)
{
	return container_of(queue, struct cs_fw_driver, queue);
}

/* Settings */

const char *const cs_route_names[] = {
	[CS_ROUTE_DIRECT] = "direct",
	[CS_ROUTE_REQUEUE] = "requeue",
	[CS_ROUTE_FORWARD] = "forward",
	[CS_ROUTE_LOWER] = "lower",
};

static void set_route(struct cs_fw_driver *d, enum cs_route route)
{
	WRITE_ONCE(d->route, &cs_fw_routes[route]);	/* pairs with is_cut_off() */
	d->fw.queues[0].driver = d->route->callbacks;
	d->fw.queues[1].driver = d->route->forwarded;
}

/**
 * cs_framework_route() - what the driver does with a delivered request
 * @queue: of the framework's model
 *
 * Context: any.
 */
enum cs_route cs_framework_route(struct cs_queue *queue)
{
	struct cs_fw_driver *d = of_queue(queue);
	enum cs_route route;
	unsigned long flags;

	spin_lock_irqsave(&d->fw.lock, flags);
	route = d->route - cs_fw_routes;
	spin_unlock_irqrestore(&d->fw.lock, flags);
	return route;
}

/**
 * cs_framework_set_route() - let it do something else
 * @queue: of the framework's model
 * @route: what
 *
 * Context: any.
 * Return: 0, or -EBUSY: a request is on its way, or its sample to its reader.
 */
int cs_framework_set_route(struct cs_queue *queue, enum cs_route route)
{
	struct cs_fw_driver *d = of_queue(queue);
	unsigned long flags;
	int err = -EBUSY;

	spin_lock_irqsave(&d->fw.lock, flags);
	if (cs_fw_is_idle(&d->fw) && !d->serving) {
		set_route(d, route);
		err = 0;
	}
	spin_unlock_irqrestore(&d->fw.lock, flags);
	return err;
}

/**
 * cs_framework_has_lower() - is the lower target there?
 * @queue: of the framework's model
 *
 * Context: any.
 */
bool cs_framework_has_lower(struct cs_queue *queue)
{
	return !READ_ONCE(of_queue(queue)->lower.gone);
}

/**
 * cs_framework_plug_lower() - plug the lower target in or out
 * @queue:   of the framework's model
 * @plugged: whether it is to be there
 *
 * Each request that waits is refused by a target that has gone. The queue stops
 * meanwhile, so that as a rule we go through them: not who cancels the one that was
 * sent, in whatever context he is. Who is just delivering as all this happens may
 * find them still.
 *
 * Context: task context, no locks held, one caller at a time.
 */
void cs_framework_plug_lower(struct cs_queue *queue, bool plugged)
{
	struct cs_fw_driver *d = of_queue(queue);

	if (plugged) {
		cs_target_plug(&d->lower);
		return;
	}
	cs_fw_stop(&d->fw.queues[0]);
	cs_target_unplug(&d->lower);
	cs_fw_start(&d->fw.queues[0]);
}

/* The model */

static void init(struct cs_queue *queue)
{
	struct cs_fw_driver *d = of_queue(queue);

	cs_fw_init(&d->fw, queue);
	spin_lock_init(&d->own);
	cs_target_init(&d->lower);
	set_route(d, CS_ROUTE_DIRECT);
}

/* The device is there, but the route to it is not. Without a lock. */
static bool is_cut_off(struct cs_fw_driver *d)
{
	return READ_ONCE(d->route)->sends && READ_ONCE(d->lower.gone);
}

/*
 * What comes while there is no lower target is refused at the door: who delivers would
 * else have it fail, and the next one, for as long as others submit. What slips through
 * as it goes the target refuses.
 */
static int submit(struct cs_request *req)
{
	struct cs_fw_driver *d = of_queue(req->file->queue);

	return is_cut_off(d) ? cs_target_refuse(&d->lower, req) :
			       cs_fw_submit(&d->fw, req);
}

/* Nobody may be overtaken (rule A6), wherever he waits. */
static int try_now(struct cs_request *req)
{
	struct cs_queue *queue = req->file->queue;
	struct cs_fw_driver *d = of_queue(queue);
	unsigned long flags;
	int err = -EAGAIN;

	if (is_cut_off(d))
		return cs_target_refuse(&d->lower, req);
	spin_lock_irqsave(&d->fw.lock, flags);
	if (!cs_fw_present(&d->fw) && !d->serving)
		err = queue->host->acquire_now(queue, &req->sample);
	spin_unlock_irqrestore(&d->fw.lock, flags);
	return err;
}

/* Returns the route of those who wait: if nobody does, there is nothing to do. */
static const struct cs_fw_route *begin_service(struct cs_fw_driver *d)
{
	const struct cs_fw_route *route = NULL;
	unsigned long flags;

	spin_lock_irqsave(&d->fw.lock, flags);
	d->serving = cs_fw_present(&d->fw);
	if (d->serving)
		route = d->route;
	spin_unlock_irqrestore(&d->fw.lock, flags);
	return route;
}

static void end_service(struct cs_fw_driver *d)
{
	unsigned long flags;

	spin_lock_irqsave(&d->fw.lock, flags);
	d->serving = false;
	spin_unlock_irqrestore(&d->fw.lock, flags);
}

/*
 * Whoever delivers a request to the driver arms the host. So once the device has
 * settled there is no need to ask for more: if nothing could be claimed, it is only
 * being delivered, or a canceller has it, and will see to the next one.
 */
static bool service(struct cs_queue *queue)
{
	struct cs_fw_driver *d = of_queue(queue);
	const struct cs_fw_route *route = begin_service(d);
	struct cs_request *req = NULL;
	bool settled;
	int err = 0;

	if (!route)
		return false;
	settled = queue->host->settled(queue);
	if (settled) {
		cs_point(BEFORE_CLAIM);
		req = route->claim(d);
	}
	if (req) {
		cs_claimed(req);
		cs_point(CLAIMED);
		err = queue->host->acquire(queue, &req->sample);
	}
	end_service(d);

	if (req) {
		cs_point(BEFORE_COMPLETE);
		route->complete(d, req, err);
		cs_point(COMPLETED);
	}
	return !settled;
}

const struct cs_model cs_model_framework = {
	.name = "framework",
	.queues = true,
	.queue_size = sizeof(struct cs_fw_driver),
	.init = init,
	.submit = submit,
	.try_now = try_now,
	.cancel = cs_fw_cancel,
	.service = service,
};
