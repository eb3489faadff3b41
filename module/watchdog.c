// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/printk.h>

#include "node.h"
#include "open.h"
#include "watchdog.h"

static void give_up(struct cs_request *req)
{
	if (!cs_abandon(req))
		return;
	pr_warn("%s: request %llu of process %d was cancelled %u s ago and is still in service: detached from it\n",
		req->file->queue->name, req->id, req->maker, req->cancelled_s);
	req->path->detach(req);
}

/*
 * One that its model has not taken over yet is its path's alone: the insert
 * completes it, or refuses it.
 */
static bool is_cancelled_in_vain(const struct cs_request *req)
{
	return cs_cancel_requested(&req->cancelable) &&
	       cs_is_pending(req) &&
	       READ_ONCE(req->fate) == CS_OPEN;
}

/*
 * Returns whether to look at it again. The first look may come at once; so it is
 * the one after the last second that counts.
 */
static unsigned int look_at(struct cs_request *req, void *unused)
{
	const struct cs_settings *settings = &req->file->queue->settings;

	if (!is_cancelled_in_vain(req))
		return 0;
	if (req->cancelled_s >= READ_ONCE(settings->watchdog_s)) {
		give_up(req);
		return 0;
	}
	req->cancelled_s++;
	return 1;
}

static void look(struct work_struct *work)
{
	struct cs_watchdog *watchdog =
		container_of(work, struct cs_watchdog, look.work);
	struct cs_node *node =
		container_of(watchdog, struct cs_node, watchdog);

	if (cs_open_walk(node, look_at, NULL))
		cs_watchdog_arm(watchdog);
}

/**
 * cs_watchdog_init() - a watchdog that has nothing to look after
 * @watchdog: the node's
 */
void cs_watchdog_init(struct cs_watchdog *watchdog)
{
	INIT_DELAYED_WORK(&watchdog->look, look);
}

/**
 * cs_watchdog_arm() - a request was cancelled that somebody else has claimed
 * @watchdog: the node's
 *
 * Context: any.
 */
void cs_watchdog_arm(struct cs_watchdog *watchdog)
{
	schedule_delayed_work(&watchdog->look, HZ);
}

/**
 * cs_watchdog_stop() - there is nothing left to look after
 * @watchdog: nobody arms it any more
 *
 * Context: may sleep.
 */
void cs_watchdog_stop(struct cs_watchdog *watchdog)
{
	cancel_delayed_work_sync(&watchdog->look);
}
