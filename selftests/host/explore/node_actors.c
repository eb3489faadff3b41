// SPDX-License-Identifier: GPL-2.0
/* Who meets at a node, and what each of them does. */
#include <linux/atomic.h>
#include <linux/errno.h>

#include "actor.h"
#include "core/framework_driver.h"
#include "node.h"

/* Readers, as module/path/read.c */

static bool is_complete(long i)
{
	return node->reads[i].completions || node->reads[i].detached;
}

static bool is_complete_or_interrupted(long i)
{
	return is_complete(i) || node->reads[i].signal;
}

static bool submit(long i)
{
	struct read *read = &node->reads[i];

	read->submitting = true;
	read->submitter = running;
	read->refused = cs_submit(read->req);
	read->submitted = true;
	return !read->refused;
}

/* It was never submitted. */
static void give_back(struct read *read)
{
	read->refused = true;
	cs_put(read->req);
}

static bool is_awake(long i)
{
	return is_complete(i) || !node->reads[i].asleep;
}

static bool is_awake_or_interrupted(long i)
{
	return is_awake(i) || node->reads[i].signal;
}

/*
 * Where nothing is queued, a reader first has to get hold of the device: as
 * cs_sleep() in module/path/poll.c. False: it was interrupted.
 */
static bool sleep_until_claimed(long i, bool (*ready)(long i))
{
	struct read *read = &node->reads[i];

	if (node->queue->model->queues)
		return true;
	for (;;) {
		WRITE_ONCE(read->asleep, true);
		if (cs_take(read->req))
			break;
		if (ready == is_awake_or_interrupted && read->signal)
			return false;
		actor_wait("wake-up", ready, i);
	}
	read->asleep = false;
	return true;
}

/* Waits for its request to complete. */
void read_one(long i)
{
	if (submit(i)) {
		sleep_until_claimed(i, is_awake);
		actor_wait("completion", is_complete, i);
		node_take(&node->reads[i]);
	}
	cs_put(node->reads[i].req);
}

/* The same for one that was queued before the actors begin. */
void read_queued(long i)
{
	actor_wait("completion", is_complete, i);
	node_take(&node->reads[i]);
	cs_put(node->reads[i].req);
}

/* Submits, and has no more to do with it. */
void read_async(long i)
{
	if (!submit(i))
		cs_put(node->reads[i].req);
}

/*
 * Submits, and is there for the end, as task work of module/path/uring_cmd.c: unless
 * it exits. What it has submitted waits on.
 */
void read_by_command(long i)
{
	struct read *read = &node->reads[i];

	if (!submit(i)) {
		cs_put(read->req);
		return;
	}
	actor_wait("completion or exit", is_complete_or_interrupted, i);
	if (read->signal) {
		WRITE_ONCE(read->gone, true);
		return;
	}
	node_take(read);
	cs_put(read->req);
}

static bool is_complete_and_left(long i)
{
	return is_complete(i) && node->reads[i].gone;
}

/* Who runs the task work of those who are gone. */
void end_for_the_gone(long i)
{
	actor_wait("completion for the gone", is_complete_and_left, i);
	node_take(&node->reads[i]);
	cs_put(node->reads[i].req);
}

/* Is cancelled, and comes again: its second request is the last one. */
void read_restarted(long i)
{
	const long again = node->nr_reads - 1;

	read_one(i);
	if (node->reads[i].result < 0)
		read_one(again);
	else
		give_back(&node->reads[again]);
}

/* Its caller holds a reference. */
static enum cs_verdict cancel_with(struct read *read, int err)
{
	const bool alone = !read->cancels++, over = read->completions;
	const bool cancelable =
		read->submitted && LOOK(read->req->cancelable.routine);
	const bool ended = read->canceller;
	enum cs_verdict verdict = cs_cancel(read->req, err);

	if (!ended && read->canceller == running)
		CHECK(verdict == CS_CANCELLED); /* A8 */
	if (over)
		CHECK(verdict == CS_OVER); /* A8 */
	if (verdict == CS_OVER && read->cancels == 1)
		CHECK(LOOK(read->req->result) != err); /* A8 */
	if (verdict == CS_CANCELLED && !node->model->others)
		CHECK(read->completions || read->abandoned);
	if (verdict == CS_LATER)
		CHECK(cs_is_pending(read->req));
	read->claimed += verdict == CS_CANCELLED;
	read->late |= verdict == CS_SOON && cancelable &&
		      read->cancels == 1;
	if (!read->submitting)
		read->early = true;
	if (alone && read->cancels == 1)
		read->first_err = err;
	return verdict;
}

/* Its owner is killed: it cancels, and what it cannot cancel it abandons. */
static bool give_up(struct read *read)
{
	enum cs_verdict verdict = cancel_with(read, -EINTR);

	if (verdict != CS_SOON && verdict != CS_LATER)
		return false;
	if (!cs_abandon(read->req))
		return false;
	read->abandoned = true;
	return true;
}

/* Waits until it is complete or the reader is killed. */
void read_impatiently(long i)
{
	struct read *read = &node->reads[i];
	bool gone = !submit(i);

	if (!gone) {
		if (sleep_until_claimed(i, is_awake_or_interrupted))
			actor_wait("completion or signal",
				   is_complete_or_interrupted, i);
		gone = !is_complete(i) && give_up(read);
	}
	if (!gone) {
		actor_wait("completion", is_complete, i);
		node_take(read);
	}
	cs_put(read->req);
}

/* Takes a sample if there is one at once. */
void read_nowait(long i)
{
	struct read *read = &node->reads[i];

	read->refused = cs_try_now(read->req);
	if (!read->refused) {
		node_take(read);
		read->completions = 1;
	}
	cs_put(read->req);
}

/* Comes when it is told that there is one: poll(2), then a read as above. */
void read_polled(long i)
{
	struct read *read = &node->reads[i];

	do {
		WRITE_ONCE(read->asleep, true);
		if (!cs_ready(node->queue)) {
			actor_wait("wake-up", is_awake, i);
			continue;
		}
		read->refused = cs_try_now(read->req);
	} while (read->refused || !LOOK(read->req->sample.sequence));
	read->asleep = false;
	node_take(read);
	read->completions = 1;
	cs_put(read->req);
}

/* All in flight, as a ring has them. */
void read_all(long unused)
{
	int i;

	for (i = 0; i < node->nr_reads; i++)
		submit(i);
	for (i = 0; i < node->nr_reads; i++) {
		if (!node->reads[i].refused) {
			actor_wait("completion", is_complete, i);
			node_take(&node->reads[i]);
		}
		cs_put(node->reads[i].req);
	}
}

/* All others */

/* A signal for an impatient reader. */
void interrupt(long i)
{
	WRITE_ONCE(node->reads[i].signal, true);
}

void cancel(long i)
{
	cancel_with(&node->reads[i], -ECANCELED);
	cs_put(node->reads[i].req);
}

/* Another one, who has another error to report. */
void cancel_too(long i)
{
	cancel_with(&node->reads[i], -ETIME);
	cs_put(node->reads[i].req);
}

/* All those of a maker and an owner are going to be cancelled; NULL: of all owners. */
static void expect_cancel(int maker, const int *owner)
{
	struct read *read = node->reads;

	for (; read < node->reads + node->nr_reads; read++)
		read->cancels += (maker == CS_ANY_MAKER ||
				  read->maker == maker) &&
				 (!owner || read->owner == owner);
}

static bool is_queued(const struct cs_request *req, const void *unused)
{
	return cs_is_pending(req);
}

/* As the command CANCEL does it to all that the caller has made. */
void cancel_own(long unused)
{
	expect_cancel(NODE_MAKER, NULL);
	cs_file_cancel(node->file, NODE_MAKER, -ECANCELED, is_queued, NULL);
}

static bool is_parked(long unused)
{
	return !node->serving;
}

/*
 * The node goes, as in module/node.c: what waits is told so, what comes is refused,
 * the server parks, and what was in service ends.
 */
void unplug(long unused)
{
	const struct cs_model *model = node->queue->model;

	expect_cancel(CS_ANY_MAKER, NULL);
	cs_file_unplug(node->file);
	WRITE_ONCE(node->gone, true);
	actor_wait("server to park", is_parked, 0);
	if (model->drain)
		model->drain(node->queue);
}

/* It frees the first one of what it waits for, when a later one is over. */
void unplug_behind(long i)
{
	actor_wait("completion", is_complete, i);
	unplug(0);
}

/* What a framework's driver sends its requests to. */
void unplug_lower(long unused)
{
	expect_cancel(CS_ANY_MAKER, NULL);
	node->cut_off = true;
	node->provoked = "H8";
	cs_framework_plug_lower(node->queue, false);
}

/*
 * A driver that unmarks what it keeps, and then what it has unmarked: it is told so,
 * whoever cancels meanwhile (rule H5).
 */
void unmark_twice(long unused)
{
	struct cs_fw_driver *d = container_of(node->queue, struct cs_fw_driver, queue);
	struct cs_request *req;
	unsigned long flags;

	cs_fw_lock(&d->fw, &flags);
	req = d->kept;
	if (req && !cs_fw_unmark_cancelable(req)) {
		node->provoked = "H5";
		CHECK(cs_fw_unmark_cancelable(req) == -EPERM);
		node->provoked = NULL;
		if (cs_fw_mark_cancelable_ex(req)) {
			d->kept = NULL;
			cs_fw_complete_cancelled(req);
		}
	}
	cs_fw_unlock(&d->fw, flags);
}

/* Refused while a request is on its way; whoever is in the old route stays there. */
void change_route(long unused)
{
	cs_framework_set_route(node->queue, CS_ROUTE_DIRECT);
}

void change_route_and_read(long i)
{
	change_route(0);
	read_async(i);
	change_setting(0);
}

static bool is_owned_by(const struct cs_request *req, const void *who)
{
	return req->owner == who;
}

static void close_for(int maker)
{
	expect_cancel(maker, &node_owners[0]);
	cs_file_cancel(node->file, maker, -ECANCELED, is_owned_by,
		       &node_owners[0]);
}

/* close(2), with the policy to cancel what its owner has submitted. */
void close_file(long unused)
{
	close_for(CS_ANY_MAKER);
}

static bool is_in_use(long unused)
{
	return !list_empty(&node->file->requests);
}

/* Whatever is in the file's list by then has to end. */
void close_file_in_use(long unused)
{
	actor_wait("a request in the file", is_in_use, 0);
	close_file(0);
}

/* Without that policy, by one who dies, and whose table may be another's, too. */
void close_dying(long unused)
{
	close_for(NODE_MAKER);
}

void close_dying_in_use(long unused)
{
	actor_wait("a request in the file", is_in_use, 0);
	close_dying(0);
}

/* The same for a file that nobody else has: its reference goes. */
void release_file(long unused)
{
	cs_file_put(node->file);
}

static bool service_due(long unused)
{
	return node_service_due();
}

/* As module/poller.c and module/timer.c. */
void serve(long unused)
{
	const struct cs_model *model = node->queue->model;
	bool again;

	for (;;) {
		actor_wait("service due", service_due, 0);
		node->serving = true;
		node->samples = 0;
		WRITE_ONCE(node->armed, false);
		actor_interrupt(model->timer);
		again = model->service(node->queue);
		actor_interrupt(false);
		if (again)
			WRITE_ONCE(node->armed, true);
		node->serving = false;
	}
}

/* As module/settings.c: whoever serves reckons anew. */
void change_setting(long unused)
{
	node->queue->host->arm(node->queue);
}

/* To the other one. */
void change_protocol(long unused)
{
	enum cs_protocol *protocol = &node->queue->settings.protocol;
	const enum cs_protocol both = CS_SERVER_ENDS | CS_ROUTINE_ENDS;

	WRITE_ONCE(*protocol, both - LOOK(*protocol));
}

static bool watch_due(long unused)
{
	return node->watching;
}

/* Its time is over at once. */
static unsigned int bark(struct cs_request *req, void *unused)
{
	if (cs_cancel_requested(&req->cancelable) && cs_abandon(req))
		req->path->detach(req);
	return 0;
}

/* As module/watchdog.c. */
void watchdog(long unused)
{
	actor_wait("a request to watch", watch_due, 0);
	cs_file_walk(node->file, bark, NULL);
}

static bool is_unsettled(long unused)
{
	return node->unsettled;
}

/* Time passes. */
void settle(long unused)
{
	for (;;) {
		actor_wait("settled", is_unsettled, 0);
		WRITE_ONCE(node->unsettled, false);
	}
}
