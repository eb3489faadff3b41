// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to cancel a read of a ring.
 *
 * Whatever the way was, what has not ended a moment later is cancelled again, by
 * user_data or tag, until it has. A LINK_TIMEOUT needs that, too: on some kernels it
 * does not fire if its read was sent straight to a worker that blocks.
 */
#include <errno.h>

#include "cancels.h"
#include "path_cmd.h"

/* How long SYNC_CANCEL may hold its thread up. */
#define SYNC_TIMEOUT_NS 10000000

/* How much later than it should a LINK_TIMEOUT may fire. */
#define TIMER_GRACE_NS 100000000

/* ASYNC_CANCEL finds a command only as long as no worker has begun with it. */
static bool can_hit(enum way way, const struct request *req)
{
	bool command = req->fate.path == PATH_CMD;

	switch (way) {
	case BY_FILE:
		return true;
	case BY_RING:
		return command;
	default:
		return !command || req->fate.async;
	}
}

/* A broad cancel may hit whatever is in flight. */
static void note_broad(struct worker *worker, const struct slot *own, enum way way, __u64 now)
{
	for (unsigned int i = 0; i < worker->slots_used; i++) {
		struct slot *slot = &worker->slots[i];

		if (slot != own && slot->in_flight[OF_READ] && can_hit(way, &slot->req))
			request_broad(&slot->req, way, now);
	}
}

static void sync_cancel(struct worker *worker, struct slot *slot)
{
	__u64 read = slot_user_data(worker->slots, slot, OF_READ);
	int res = ring_sync_cancel(&worker->ring, read, SYNC_TIMEOUT_NS);

	request_answered(worker, &slot->req, BY_SYNC, res, true);
}

static void cancel_in_batch(struct worker *worker, struct slot *slot, enum way way, __u64 now)
{
	__u64 user_data = slot_user_data(worker->slots, slot, OF_CANCEL);

	switch (way) {
	case BY_FD:
	case BY_FDALL:
		ring_cancel_fd(&worker->ring, worker->fd, way == BY_FDALL, user_data);
		note_broad(worker, slot, way, now);
		break;
	case BY_ALL:
		ring_cancel_all(&worker->ring, user_data);
		note_broad(worker, slot, way, now);
		break;
	case BY_FILE:
	case BY_RING:
		cmd_cancel(worker, slot, way, user_data, now);
		note_broad(worker, slot, way, now);
		break;
	case BY_TAG:
		cmd_cancel(worker, slot, way, user_data, now);
		break;
	default:
		ring_cancel(&worker->ring, slot_user_data(worker->slots, slot, OF_READ), user_data);
		break;
	}
	slot->in_flight[OF_CANCEL] = true;
}

static __u64 timer_due(const struct request *req)
{
	return req->submitted_at + req->fate.patience_ns;
}

void cancel(struct worker *worker, struct slot *slot, enum way way, __u64 now)
{
	struct request *req = &slot->req;

	if (!req->cancelled_at && way == BY_LINK)	/* it has not fired */
		request_cancelled(worker, req, BY_LINK, timer_due(req));
	if (req->cancelled_at)
		way = way_again(req->fate.path);
	request_cancelled(worker, req, way, now);
	if (way == BY_NOBODY)
		way = way_again(req->fate.path);
	if (way == BY_SYNC)
		sync_cancel(worker, slot);
	else
		cancel_in_batch(worker, slot, way, now);
}

void cancel_by_timer(struct worker *worker, struct slot *slot)
{
	__u64 after_ns = slot->req.fate.patience_ns;

	slot->after.tv_sec = after_ns / 1000000000;
	slot->after.tv_nsec = after_ns % 1000000000;
	ring_link_timeout(&worker->ring, &slot->after,
			  slot_user_data(worker->slots, slot, OF_TIMER));
	slot->in_flight[OF_TIMER] = true;
	slot->req.cancel_at = timer_due(&slot->req) + TIMER_GRACE_NS;
}

static void timer_answered(struct worker *worker, struct request *req, int res)
{
	if (!req->cancelled_at && res != -ECANCELED)
		request_cancelled(worker, req, BY_LINK, timer_due(req));
	request_answered(worker, req, BY_LINK, res,
			 req->cancelled_at && req->by == BY_LINK && !req->repeats);
}

void cancel_answered(struct worker *worker, struct slot *slot, enum of of, int res)
{
	struct request *req = &slot->req;

	if (of == OF_TIMER)
		timer_answered(worker, req, res);
	else if (req->repeats)
		request_answered(worker, req, way_again(req->fate.path), res, false);
	else
		request_answered(worker, req, req->by, res, true);
	if (of == OF_CANCEL && req->by == BY_FILE && !req->repeats)
		file_cancel_end(&worker->file_cancels, now_ns());
}
