// SPDX-License-Identifier: GPL-2.0
/*
 * What is common to every request, whatever its path and model: counting,
 * verdicts, completion against abandonment. request.h says who owns what.
 */
#include <linux/bug.h>
#include <linux/errno.h>

#include "model.h"
#include "point.h"
#include "trace.h"

/* Counting */

/*
 * One event in one step, here and at the node. A constant change, so that it costs no
 * more than what it changes.
 */
static __always_inline void count(struct cs_request *req, void (*change)(u64 *n))
{
	struct cs_ledger *ledger = &req->file->queue->ledger;
	unsigned long flags;

	spin_lock_irqsave(&ledger->lock, flags);
	change(req->file->counts.n);
	change(ledger->counts.n);
	spin_unlock_irqrestore(&ledger->lock, flags);
}

static __always_inline void accepted(u64 *n)
{
	n[CS_COUNT_SUBMITTED]++;
	n[CS_COUNT_WAITING]++;
}

static __always_inline void cancelled(u64 *n)
{
	n[CS_COUNT_CANCELLED]++;
	n[CS_COUNT_WAITING]--;
}

static __always_inline void failed(u64 *n)
{
	n[CS_COUNT_FAILED]++;
	n[CS_COUNT_WAITING]--;
}

static __always_inline void delivered(u64 *n)
{
	n[CS_COUNT_COMPLETED]++;
	n[CS_COUNT_ACQUIRED]++;
	n[CS_COUNT_WAITING]--;
}

static __always_inline void undeliverable(u64 *n)
{
	n[CS_COUNT_FAILED]++;
	n[CS_COUNT_ACQUIRED]++;
	n[CS_COUNT_UNDELIVERABLE]++;
	n[CS_COUNT_WAITING]--;
}

/**
 * cs_snapshot() - one consistent copy of a node's or an open file's counts
 * @queue:    the node's
 * @counts:   its ledger's counts, or those of one of its open files
 * @snapshot: the copy
 *
 * Context: any.
 */
void cs_snapshot(struct cs_queue *queue, const struct cs_counts *counts,
		 struct cs_counts *snapshot)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->ledger.lock, flags);
	*snapshot = *counts;
	spin_unlock_irqrestore(&queue->ledger.lock, flags);
}

/**
 * cs_law_holds() - does every request and every sample have its place?
 * @counts: a snapshot
 *
 * Rules A1 and A7, as counts.
 *
 * Context: any.
 * Return: whether it does.
 */
bool cs_law_holds(const struct cs_counts *counts)
{
	const u64 *n = counts->n;

	return n[CS_COUNT_SUBMITTED] ==
		       n[CS_COUNT_COMPLETED] + n[CS_COUNT_CANCELLED] +
		       n[CS_COUNT_FAILED] + n[CS_COUNT_WAITING] &&
	       n[CS_COUNT_ACQUIRED] ==
		       n[CS_COUNT_COMPLETED] + n[CS_COUNT_UNDELIVERABLE];
}

/* Nodes */

/**
 * cs_queue_init() - make a node's queue ready for its model
 * @queue: zeroed, of @model's size; its settings are the caller's to fill in
 * @model: the model
 * @host:  where it runs
 * @name:  of the node; must outlive the queue
 *
 * Context: before anybody else knows the queue.
 */
void cs_queue_init(struct cs_queue *queue, const struct cs_model *model,
		   const struct cs_host *host, const char *name)
{
	queue->model = model;
	queue->host = host;
	queue->name = name;
	spin_lock_init(&queue->ledger.lock);
	atomic64_set(&queue->last_id, 0);
	model->init(queue);
}

/* Requests: the path's side */

/**
 * cs_request_init() - a new request, with the path's reference
 * @req:   whatever was in it
 * @path:  whose it is
 * @file:  through which it is to be submitted; a reference is taken
 * @maker: the thread group that submits it
 * @owner: its descriptor table
 *
 * Ends with cs_put().
 *
 * Context: any.
 */
void cs_request_init(struct cs_request *req, const struct cs_path *path,
		     struct cs_file *file, int maker, const void *owner)
{
	*req = (struct cs_request){
		.path = path,
		.file = file,
		.maker = maker,
		.owner = owner,
		.id = atomic64_inc_return(&file->queue->last_id),
	};
	cs_cancelable_init(&req->cancelable);
	refcount_set(&req->refs, 1);
	refcount_inc(&file->refs);
}

/**
 * cs_put() - drop a reference to a request
 * @req: may be freed by this
 *
 * Context: any.
 */
void cs_put(struct cs_request *req)
{
	struct cs_file *file = req->file;

	if (refcount_dec_and_test(&req->refs)) {
		req->path->release(req);
		cs_file_put(file);
	}
}

/**
 * cs_submit() - let a request wait for a sample
 * @req: new
 *
 * Context: task context, no locks held.
 * Return: 0: complete() runs once, perhaps it has. An error: refused, not
 * counted, complete() will not run. -EBUSY: as many wait as may. -ENODEV: the
 * node, or what its model needs, was unplugged.
 */
int cs_submit(struct cs_request *req)
{
	int err;

	trace_cs_submit(req, CS_MAKER);
	refcount_inc(&req->refs);
	err = cs_file_link(req);
	if (err)
		goto err_ref;
	cs_point(SUBMIT);
	err = req->file->queue->model->submit(req);
	if (err)
		goto err_link;
	cs_point(QUEUED);
	return 0;

err_link:
	cs_file_unlink(req);
err_ref:
	cs_put(req);
	return err;
}

/**
 * cs_take() - is it this request's turn?
 * @req: submitted to a model that does not queue; the caller is its own thread
 *
 * To be asked before sleeping, and whenever the host has woken the caller.
 *
 * Context: any, no locks held: complete() may run.
 * Return: true: complete() has run, or will without any more asking.
 */
bool cs_take(struct cs_request *req)
{
	return req->file->queue->model->take(req);
}

/**
 * cs_try_now() - a sample without waiting
 * @req: new, and known to nobody else who could cancel it
 *
 * Whoever unplugs the file has its lock before or after: so nobody takes a sample
 * afterwards.
 *
 * Context: any.
 * Return: 0: the sample is there, and complete() will not run. -EAGAIN: it
 * would have to wait; refused, not counted. -ENODEV: as of cs_submit().
 */
int cs_try_now(struct cs_request *req)
{
	struct cs_file *file = req->file;
	unsigned long flags;
	int err = -ENODEV;

	trace_cs_submit(req, CS_MAKER);
	spin_lock_irqsave(&file->lock, flags);
	if (!file->gone)
		err = file->queue->model->try_now(req);
	spin_unlock_irqrestore(&file->lock, flags);
	if (!err) {
		WRITE_ONCE(req->fate, CS_COMPLETED);
		count(req, accepted);
		trace_cs_complete(req, CS_MAKER);
	}
	return err;
}

/**
 * cs_ready() - would cs_try_now() get a sample?
 * @queue: of a model that does not queue
 *
 * Context: any.
 * Return: whether it would. If not, the host wakes who sleeps once it would; so
 * whoever asks is on the host's wait queue before.
 */
bool cs_ready(struct cs_queue *queue)
{
	return queue->model->ready(queue);
}

/**
 * cs_cancel() - someone no longer wants this request
 * @req: the caller holds a reference
 * @err: what it reports if it ends cancelled; the first cancel decides.
 *       -ENODEV: its node is going away, which counts as failed
 *
 * May come at any time, before the submit too: then the submit cancels it, or refuses
 * it. What is completed meanwhile was not over: it may be this cancel's flag that has
 * ended it.
 *
 * Context: any.
 * Return: see &enum cs_verdict.
 */
enum cs_verdict cs_cancel(struct cs_request *req, int err)
{
	const bool over = READ_ONCE(req->fate) == CS_COMPLETED;
	struct cs_queue *queue = req->file->queue;
	enum cs_verdict verdict;

	trace_cs_cancel(req, CS_CANCELLER);
	verdict = queue->model->cancel(req, err);
	if (verdict == CS_CANCELLED)
		return verdict;
	if (over)
		return CS_OVER;
	queue->host->watch(queue);
	return verdict;
}

/**
 * cs_abandon() - the maker goes, the request stays
 * @req: taken over by its model; the caller is its path, or the watchdog, which
 *       then tells the path by detach()
 *
 * The request goes on waiting until its model has done with it, and then counts
 * as failed, and its sample, if it got one, as undeliverable.
 *
 * Context: any.
 * Return: true: complete() will never run; the path ends its own half and puts
 * its reference. False: another was first: complete() or detach() has run or is
 * about to.
 */
bool cs_abandon(struct cs_request *req)
{
	return cmpxchg(&req->fate, CS_OPEN, CS_ABANDONED) == CS_OPEN;
}

/* Of a request that was abandoned the cancel's: the server has it still. */
static int outcome(const struct cs_request *req)
{
	if (READ_ONCE(req->fate) == CS_ABANDONED)
		return READ_ONCE(req->cancelable.cancelled);
	return req->result;
}

/**
 * cs_deliver() - a request has ended: what is its maker told?
 * @req:  complete() or detach() has run, the path has abandoned it, or
 *        cs_try_now() got a sample; the caller holds the path's reference
 * @gone: the maker is not there any more, or on its way out: its memory is left
 *        alone
 *
 * To be called once, before the maker is told. Until then a request with a sample
 * is waiting: only now it is known, and counted, whether the sample was delivered.
 *
 * Context: where the path can copy, unless @gone; may sleep, no locks of ours held.
 * Return: the size of the sample; -ECANCELED: there was one, but @gone (rule G1);
 * -EFAULT: it was lost on its way. Or why there is none.
 */
int cs_deliver(struct cs_request *req, bool gone)
{
	int err = outcome(req);

	if (err)
		return err;
	if (gone)
		err = -ECANCELED;
	else if (!req->path->copy(req))
		err = -EFAULT;
	if (err) {
		count(req, undeliverable);
		return err;
	}
	count(req, delivered);
	return sizeof(req->sample);
}

/* Requests: the model's side */

/**
 * cs_pend() - the request is accepted, and waits from now on
 * @req: being queued
 *
 * Called at that moment, under the lock under which it is queued: so it is
 * counted before anybody can complete it (rules C1, R7).
 */
void cs_pend(struct cs_request *req)
{
	count(req, accepted);
	trace_cs_queue(req, CS_MAKER);
}

/**
 * cs_claimed() - the server has claimed the request
 * @req: the server's
 *
 * Context: any; its queue's lock may be held.
 */
void cs_claimed(struct cs_request *req)
{
	trace_cs_claim(req, CS_SERVER);
}

/*
 * What is known to be the outcome is counted before the path is told. That a
 * sample was delivered is known only when the path has handed it over. A request
 * that a canceller ends with -ENODEV lost its node: nobody wanted that, so it
 * failed.
 */
static void count_outcome(struct cs_request *req, enum cs_fate fate,
			  enum cs_who who)
{
	if (!req->result) {
		if (fate == CS_ABANDONED)
			count(req, undeliverable);
	} else if (fate == CS_OPEN && who == CS_CANCELLER &&
		   req->result != -ENODEV) {
		count(req, cancelled);
	} else {
		count(req, failed);
	}
}

/*
 * The one end of every request that was queued. Only its owner comes here, so
 * only an abandonment can have been first.
 */
static void finish(struct cs_request *req, int result, enum cs_who who)
{
	enum cs_fate fate;

	WARN_ON_ONCE(!req->cancelable.pending);
	WRITE_ONCE(req->result, result);
	trace_cs_complete(req, who);

	fate = cmpxchg(&req->fate, CS_OPEN, CS_COMPLETED);
	WARN_ON_ONCE(fate == CS_COMPLETED);
	count_outcome(req, fate, who);
	if (fate == CS_OPEN)
		req->path->complete(req);
	cs_file_unlink(req);
	cs_put(req);
}

/**
 * cs_complete_served() - the server has done with a request that it claimed
 * @req: the server's; not to be touched any more
 * @err: 0: its sample is filled in; or why there is none
 *
 * Context: any, no locks held (rules A5, R8).
 */
void cs_complete_served(struct cs_request *req, int err)
{
	finish(req, err, CS_SERVER);
}

/**
 * cs_complete_cancelled() - a canceller has claimed a request
 * @req: the canceller's; not to be touched any more
 *
 * Context: any, no locks held (rules A5, R8).
 */
void cs_complete_cancelled(struct cs_request *req)
{
	trace_cs_claim(req, CS_CANCELLER);
	finish(req, READ_ONCE(req->cancelable.cancelled), CS_CANCELLER);
}
