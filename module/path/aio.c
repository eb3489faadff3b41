// SPDX-License-Identifier: GPL-2.0
/*
 * libaio: a read that io_submit(2) leaves behind waits in the model's queue, and
 * no thread waits with it. Whoever completes or abandons it queues a work item,
 * which copies the sample and posts the event.
 *
 * Linux' nearest thing to IoSetCancelRoutine is kiocb_set_cancel_fn(). The
 * function that it sets is called with the AIO context's lock held and
 * interrupts off, and posting the event takes that lock: a completion from
 * within it has to be deferred. It is called once at most, and alike by
 *
 *	io_cancel(2)		in the system call, by a task that has the
 *				context's memory
 *	io_destroy(2), exec	in an RCU callback, once nobody uses the context
 *	and exit		any more; who began it then sleeps, uninterruptibly
 *				and without a limit, until each read has its event
 *
 * That difference is all that a driver has to tell them apart, and the answers
 * have to differ: who asks politely gets to know that a request in service will
 * bring its sample (rule A8), but the dying do not wait for the device (A9).
 * Their requests in service are abandoned. Neither the task nor its flags say who
 * it is: the callback runs in whatever task it interrupts, and in exec nobody is
 * exiting.
 *
 * After io_cancel was told "too late", the context has forgotten the request, and
 * its end will not be told. So such a request is watched from then on: if the
 * memory's last user goes it is abandoned at once, or nearly, and if PATIENCE ends
 * it is too, because io_destroy may be waiting, which nothing shows. The same
 * limit bounds an io_destroy that another thread brings to its end as it leaves
 * its own system call, being the context's last user: that looks like io_cancel.
 *
 * Measured with a request in service that lasts an hour: an exit, an exec or an
 * io_destroy takes some 50 ms, which are RCU's; an exit after a late io_cancel
 * 0.1 s more; an io_destroy after one, or one that a thread in io_submit holds
 * up, PATIENCE.
 *
 * Who frees what. The kiocb's "private" is read by cancel() only, under the
 * context's lock, and ki_complete() takes the kiocb off the context's list under
 * that lock before it lets it go: afterwards nobody cancels, and only then the
 * request may be freed. ki_complete() puts the open file, too, and with the last
 * one the module could go; so end() holds a reference of its own and puts it
 * last. What is left is a work item's way back out of this module, for which
 * cs_aio_exit() waits (rule L30).
 */
#include <linux/aio.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/workqueue.h>

#include "../core/model.h"
#include "aio.h"

/**
 * struct aio_read - a request and where its sample goes
 * @req:       the request
 * @iocb:      its maker's; ours until ki_complete()
 * @to:        where to, in
 * @mm:        the maker's memory: kept as a name, not as memory, until the copy
 * @segments:  @to's own copy of what it consists of
 * @work:      its end: queued by complete(), or by whoever abandoned it
 * @unwanted:  the sample is there, but who waits for its end is dying
 * @met:       so many of complete_read() and skip_copy() are done
 * @watch:     after a late io_cancel: is anybody dying who waits for it?
 * @given_up:  when @watch loses patience, in jiffies
 */
struct aio_read {
	struct cs_request req;
	struct kiocb *iocb;
	struct iov_iter to;
	struct mm_struct *mm;
	const void *segments;

	struct work_struct work;
	bool unwanted;
	atomic_t met;

	struct delayed_work watch;
	unsigned long given_up;
};

/* In jiffies: longer than any short service, and how late a death is noticed. */
#define PATIENCE (CS_SHORT_SERVICE_S * HZ)
#define WATCH_EVERY (HZ / 10)

/* As many workers may sleep in page faults. */
#define COPIES_AT_ONCE 256

static struct kmem_cache *cache;

/*
 * Copies may sleep, in page faults that someone else has to serve, for as long as
 * it pleases him. What needs no copy has a queue of its own, and never waits
 * behind them: a process that exits sleeps until it is done, the out-of-memory
 * killer's victim too. Both are unbound, though each end then wakes a worker: on a
 * processor's own queue it would wait for whatever else is busy there.
 */
static struct workqueue_struct *copies;
static struct workqueue_struct *ends;

static struct aio_read *aio_of(struct cs_request *req)
{
	return container_of(req, struct aio_read, req);
}

/* Ends */

/*
 * The event is posted, and the request goes. Of the kiocb nothing may be touched
 * after ki_complete().
 */
static void end(struct aio_read *aio, ssize_t ret)
{
	struct kiocb *iocb = aio->iocb;
	struct file *filp = get_file(iocb->ki_filp);

	iocb->ki_complete(iocb, ret);
	cancel_delayed_work_sync(&aio->watch);	/* cancel() starts no more */

	kfree(aio->segments);
	mmdrop(aio->mm);
	cs_put(&aio->req);
	fput(filp);
}

/*
 * While we use the memory we are a user of it, perhaps the last one; and who puts
 * that ends the requests of all its AIO contexts, and waits for them: not here,
 * where they are ended.
 */
static bool copy_to_maker(struct cs_request *req)
{
	struct aio_read *aio = aio_of(req);
	const size_t size = sizeof(req->sample);
	size_t copied;

	if (READ_ONCE(aio->unwanted) || !mmget_not_zero(aio->mm))
		return false;
	kthread_use_mm(aio->mm);
	copied = copy_to_iter(&req->sample, size, &aio->to);
	kthread_unuse_mm(aio->mm);
	mmput_async(aio->mm);
	return copied == size;
}

static void end_work(struct work_struct *work)
{
	struct aio_read *aio = container_of(work, struct aio_read, work);

	end(aio, cs_deliver(&aio->req, false));
}

/* A copy that has not begun is not made: the end takes no time. */
static void hurry(struct aio_read *aio)
{
	if (cancel_work(&aio->work))
		queue_work(ends, &aio->work);
}

/*
 * A cancel_work() that meets a queue_work() may make that do nothing, and find
 * nothing itself. So of these two the second one hurries, when both are done.
 */
static void meet(struct aio_read *aio)
{
	if (atomic_inc_return(&aio->met) == 2)
		hurry(aio);
}

/* Perhaps we are in cancel(), so no more than this. */
static void complete_read(struct cs_request *req)
{
	struct aio_read *aio = aio_of(req);

	queue_work(req->result ? ends : copies, &aio->work);
	meet(aio);	/* the model's reference keeps it */
}

static void end_abandoned(struct cs_request *req)
{
	queue_work(ends, &aio_of(req)->work);
}

static void release(struct cs_request *req)
{
	kmem_cache_free(cache, aio_of(req));
}

static const struct cs_path path = {
	.name = "aio",
	.complete = complete_read,
	.copy = copy_to_maker,
	.detach = end_abandoned,
	.release = release,
};

/* Cancels */

/* Returns false if completion was first. */
static bool abandon(struct aio_read *aio)
{
	if (!cs_abandon(&aio->req))
		return false;
	end_abandoned(&aio->req);
	return true;
}

/*
 * Its sample is there. The dying do not wait for a copy that may wait behind
 * others which hang: if it has not begun, it is not made.
 */
static void skip_copy(struct aio_read *aio)
{
	WRITE_ONCE(aio->unwanted, true);
	meet(aio);
}

static void watch_work(struct work_struct *work)
{
	struct aio_read *aio = container_of(to_delayed_work(work),
					    struct aio_read, watch);

	if (atomic_read(&aio->mm->mm_users) &&
	    time_before(jiffies, aio->given_up))
		queue_delayed_work(ends, &aio->watch, WATCH_EVERY);
	else if (!abandon(aio))
		skip_copy(aio);
}

static void watch(struct aio_read *aio)
{
	aio->given_up = jiffies + PATIENCE;
	queue_delayed_work(ends, &aio->watch, WATCH_EVERY);
}

/*
 * Or else a teardown, in an RCU callback, which runs in an interrupt or in a
 * kernel thread.
 */
static bool is_io_cancel(const struct aio_read *aio)
{
	return in_task() && current->mm == aio->mm;
}

/*
 * Too late for io_cancel; but not if this is another thread's, and the request is
 * on its way to cs_submit(), which will find it cancelled, or refuse it. If it was
 * queued since the cancel, before we looked, this is untrue. Its event has the last
 * word.
 */
static int refuse_to_cancel(struct aio_read *aio)
{
	if (!cs_is_pending(&aio->req))
		return 0;
	watch(aio);
	return -EALREADY;
}

/*
 * For io_cancel 0 becomes EINPROGRESS: there will be an event that says ECANCELED.
 * Nobody else looks at it. After any other answer the context has forgotten the
 * request, so that it is watched.
 *
 * A teardown does not wait for anybody, not even for another's canceller, who may
 * have to complete what this one has claimed (model_driver_queue.c).
 *
 * The caller holds the context's lock, without which no event is posted: so the
 * request is still there.
 */
static int cancel(struct kiocb *iocb)
{
	struct aio_read *aio = iocb->private;

	switch (cs_cancel(&aio->req, -ECANCELED)) {
	case CS_CANCELLED:
		if (!is_io_cancel(aio))
			abandon(aio);
		return 0;
	case CS_SOON:
		if (is_io_cancel(aio))
			return refuse_to_cancel(aio);
		fallthrough;
	case CS_LATER:
		if (abandon(aio))
			return 0;
		fallthrough;
	case CS_OVER:
		if (is_io_cancel(aio))
			watch(aio);
		else
			skip_copy(aio);
		break;
	}
	return -EALREADY;
}

/* Reads */

/* The iovec is on its maker's stack. */
static bool keep_segments(struct aio_read *aio, struct iov_iter *to)
{
	aio->segments = dup_iter(&aio->to, to, GFP_KERNEL_ACCOUNT);
	return aio->segments || iter_is_ubuf(&aio->to);
}

static struct aio_read *new_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct aio_read *aio = kmem_cache_alloc(cache, GFP_KERNEL);

	if (!aio)
		return NULL;
	if (!keep_segments(aio, to)) {
		kmem_cache_free(cache, aio);
		return NULL;
	}
	aio->iocb = iocb;
	aio->mm = current->mm;
	mmgrab(aio->mm);
	aio->unwanted = false;
	atomic_set(&aio->met, 0);
	INIT_WORK(&aio->work, end_work);
	INIT_DELAYED_WORK(&aio->watch, watch_work);
	cs_request_init(&aio->req, &path, iocb->ki_filp->private_data,
			task_tgid_nr(current), current->files);
	return aio;
}

/**
 * cs_aio_read() - let a libaio read wait for a sample
 * @iocb: with IOCB_AIO_RW. Nothing here blocks, so IOCB_NOWAIT and O_NONBLOCK mean
 *        nothing. The offset is ignored
 * @to:   where to; only the first sample's size of it is used. It is written to
 *        when the sample is there, and has to be there then
 *
 * The model may refuse the request when it can be cancelled already. Then the
 * event is posted here, because the request may not be freed before.
 *
 * Context: task context of whom the memory in @to belongs to; may sleep, but not
 * for the device.
 * Return: -EIOCBQUEUED: there will be an event. Its result is the size of a
 * sample; -ECANCELED; -EFAULT: the sample was lost; -EBUSY: as many wait as may;
 * or whatever else the model says. -EINVAL: no room for a sample,
 * -ENOMEM, or -EOPNOTSUPP: the model holds no request without a thread: the
 * caller posts it.
 */
ssize_t cs_aio_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct cs_file *file = iocb->ki_filp->private_data;
	struct aio_read *aio;
	int err;

	if (!file->queue->model->queues)
		return -EOPNOTSUPP;
	if (iov_iter_count(to) < sizeof(struct cancelsafe_sample))
		return -EINVAL;
	aio = new_read(iocb, to);
	if (!aio)
		return -ENOMEM;
	iocb->private = aio;
	kiocb_set_cancel_fn(iocb, cancel);
	err = cs_submit(&aio->req);
	if (err)
		end(aio, err);
	return -EIOCBQUEUED;
}

/**
 * cs_aio_init() - before the first node
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int cs_aio_init(void)
{
	const size_t sample = offsetof(struct aio_read, req.sample);

	cache = kmem_cache_create_usercopy("cancelsafe_aio",
					   sizeof(struct aio_read), 0,
					   SLAB_ACCOUNT, sample,
					   sizeof(struct cancelsafe_sample),
					   NULL);
	if (!cache)
		return -ENOMEM;
	copies = alloc_workqueue("cancelsafe_copies", WQ_UNBOUND,
				 COPIES_AT_ONCE);
	if (!copies)
		goto err_cache;
	ends = alloc_workqueue("cancelsafe_ends",
			       WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!ends)
		goto err_copies;
	return 0;

err_copies:
	destroy_workqueue(copies);
err_cache:
	kmem_cache_destroy(cache);
	return -ENOMEM;
}

/**
 * cs_aio_exit() - after the last node
 *
 * 1. Each work item has put its file, or nobody could unload the module. It is
 *    here no more once its workqueue is gone.
 * 2. No request is left: those that were abandoned ended with their node.
 *
 * Context: may sleep.
 */
void cs_aio_exit(void)
{
	destroy_workqueue(ends);
	destroy_workqueue(copies);
	kmem_cache_destroy(cache);
}
