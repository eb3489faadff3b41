// SPDX-License-Identifier: GPL-2.0
/*
 * A read that blocks in its caller's thread: read(2), readv, pread, and
 * io_uring's READ, for which io-wq lends a worker thread.
 *
 * Its cancel reaches the driver as an interrupted sleep, and nothing tells what
 * interrupted it. A signal, a ring's cancel, the end of the ring and a stop by
 * a debugger all look alike, but ask for different answers: interrupted_as().
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "../core/model.h"
#include "point.h"
#include "poll.h"
#include "read.h"

/**
 * struct blocking_read - a request and the thread that waits for it
 * @req:    the request
 * @done:   complete() or detach() has run
 * @reader: the thread
 * @to:     where its sample goes: on its stack, and looked at by it alone
 *
 * On the heap, because an abandoned request outlives its reader.
 */
struct blocking_read {
	struct cs_request req;
	struct completion done;
	struct task_struct *reader;
	struct iov_iter *to;
};

/* See patience(). In jiffies. */
#define SHORT_SERVICE (CS_SHORT_SERVICE_S * HZ)
#define LOOK_AGAIN HZ

static struct kmem_cache *cache;

static struct blocking_read *read_of(struct cs_request *req)
{
	return container_of(req, struct blocking_read, req);
}

/*
 * The reader may return, and put its reference, as soon as @done is complete.
 * But not before; so it is there to be woken from cs_sleep(), which does not
 * wait for @done.
 */
static void wake_reader(struct cs_request *req)
{
	struct blocking_read *read = read_of(req);

	if (!req->file->queue->model->queues)
		wake_up_process(read->reader);
	complete(&read->done);
}

static bool copy_to_reader(struct cs_request *req)
{
	const size_t size = sizeof(req->sample);

	return copy_to_iter(&req->sample, size, read_of(req)->to) == size;
}

/* It finds out by itself that its request was abandoned: cs_deliver(). */
static void detach_reader(struct cs_request *req)
{
	complete(&read_of(req)->done);
}

static void release(struct cs_request *req)
{
	kmem_cache_free(cache, read_of(req));
}

static const struct cs_path path = {
	.name = "read",
	.complete = wake_reader,
	.copy = copy_to_reader,
	.detach = detach_reader,
	.release = release,
};

/*
 * What an interrupted read reports (contract, section B). An io-wq worker is
 * cancelled by a notify signal, or killed: -ECANCELED. It is also woken by a
 * group stop, a debugger and the freezer, of which it must not say that it was
 * cancelled; and -ERESTARTSYS would leak into its CQE on some kernels. For
 * everybody else -ERESTARTSYS lets the signal's own rules decide between EINTR
 * and a restart.
 */
static int interrupted_as(void)
{
	if (!(current->flags & PF_IO_WORKER))
		return -ERESTARTSYS;
	if (test_thread_flag(TIF_NOTIFY_SIGNAL) || fatal_signal_pending(current))
		return -ECANCELED;
	return -EINTR;
}

/*
 * For how long to wait, killable, for the sample of a request that was claimed
 * before its cancel came (rule A8). A worker cannot tell a cancel, which leaves
 * it time, from the end of its ring or of the thread that submitted it, which
 * must not be held up (rule A9), and until it returns io_uring polls for that.
 * So it takes a service that should be short at its word, but not for ever. A
 * worker that was only stopped waits on; but in a killable sleep nothing wakes
 * it for a cancel that follows, so that it has to look for one. Everybody else
 * has all the time there is.
 */
static unsigned long patience(enum cs_verdict verdict, int err)
{
	switch (err) {
	case -EINTR:
		return LOOK_AGAIN;
	case -ECANCELED:
		return verdict == CS_LATER ? 0 : SHORT_SERVICE;
	default:
		return MAX_SCHEDULE_TIMEOUT;
	}
}

/* Where nothing is queued, a reader first has to get hold of the device. */
static int wait_interruptible(struct blocking_read *read)
{
	const struct cs_model *model = read->req.file->queue->model;
	int err = model->queues ? 0 : cs_sleep(&read->req);

	return err ?: wait_for_completion_interruptible(&read->done);
}

/*
 * Wait for the end of a request that somebody else completes, as long as patience()
 * lasts.
 *
 * Return: 0: it is done; or the error to abandon the request with.
 */
static int wait_for_another(struct blocking_read *read,
			    enum cs_verdict verdict, int err)
{
	bool stopped;

	do {
		unsigned long limit = patience(verdict, err);
		long left = 0;

		if (limit)
			left = wait_for_completion_killable_timeout(&read->done,
								    limit);
		if (left > 0)
			return 0;
		stopped = err == -EINTR && !left;
		err = interrupted_as();
	} while (stopped);
	return err;
}

/*
 * Wait for the request's end; interrupted, cancel it. Then it is over, or somebody
 * else has it: the server, or another process's canceller, even if it was this
 * cancel that claimed it (model_driver_queue.c); and that one may be kept from
 * running. The dying do not wait for either (rule A9). Only who finds it completed
 * waits for the call of complete(), which is all that is left to do.
 *
 * Return: 0: it has ended; or the error with which it was abandoned here.
 */
static int wait_for(struct blocking_read *read)
{
	enum cs_verdict verdict;
	int err;

	if (!wait_interruptible(read))
		return 0;

	cs_point(INTERRUPTED);
	err = interrupted_as();
	cs_point(CANCEL_ENTERED);
	verdict = cs_cancel(&read->req, err);
	cs_point(CANCEL_LEFT);
	if (verdict != CS_OVER) {
		err = wait_for_another(read, verdict, err);
		if (!err)
			return 0;
		cs_point(ABANDON);
		if (cs_abandon(&read->req))
			return err;
	}
	wait_for_completion(&read->done);
	return 0;
}

/* Returns 0: it has ended, cs_deliver() says how; or why it was refused or abandoned. */
static int get_sample(struct blocking_read *read, bool nowait)
{
	int err;

	if (nowait)
		return cs_try_now(&read->req);
	err = cs_submit(&read->req);
	return err ?: wait_for(read);
}

static struct blocking_read *new_read(struct cs_file *file, struct iov_iter *to,
				      bool nowait)
{
	struct blocking_read *read =
		kmem_cache_alloc(cache, nowait ? GFP_NOWAIT | __GFP_NOWARN :
						 GFP_KERNEL);

	if (!read)
		return NULL;
	cs_request_init(&read->req, &path, file, task_tgid_nr(current),
			current->files);
	init_completion(&read->done);
	read->reader = current;
	read->to = to;
	return read;
}

/*
 * Nobody turns O_NONBLOCK into IOCB_NOWAIT for us: read(2) leaves it to the
 * driver, and io_uring's worker takes IOCB_NOWAIT away.
 */
static bool may_not_wait(const struct kiocb *iocb)
{
	return (iocb->ki_flags & IOCB_NOWAIT) ||
	       (iocb->ki_filp->f_flags & O_NONBLOCK);
}

/**
 * cs_read_iter() - read one sample
 * @iocb: with IOCB_NOWAIT, or of a file with O_NONBLOCK: do not wait. The
 *        offset is ignored
 * @to:   where to; only the first sample's size of it is used
 *
 * Context: task context of whom the memory in @to belongs to; may sleep.
 * Return: the size of a sample, or -EINVAL: no room for one; -EAGAIN: it would
 * have to wait; -EBUSY: as many wait as may; -ENOMEM; -ENODEV: the node was
 * unplugged; -EFAULT: the sample was lost; -ECANCELED, -EINTR or -ERESTARTSYS:
 * cancelled, see the contract's section B.
 */
ssize_t cs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	const bool nowait = may_not_wait(iocb);
	struct blocking_read *read;
	ssize_t ret;

	if (iov_iter_count(to) < sizeof(struct cancelsafe_sample))
		return -EINVAL;
	read = new_read(iocb->ki_filp->private_data, to, nowait);
	if (!read)
		return nowait ? -EAGAIN : -ENOMEM;
	ret = get_sample(read, nowait);
	if (!ret)
		ret = cs_deliver(&read->req, false);
	cs_put(&read->req);
	cs_point(RETURNING);
	return ret;
}

/**
 * cs_read_init() - before the first node
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int cs_read_init(void)
{
	cache = kmem_cache_create_usercopy("cancelsafe_read",
					   sizeof(struct blocking_read), 0, SLAB_ACCOUNT,
					   offsetof(struct blocking_read, req.sample),
					   sizeof_field(struct blocking_read, req.sample), NULL);
	return cache ? 0 : -ENOMEM;
}

/**
 * cs_read_exit() - after the last node
 *
 * Context: may sleep.
 */
void cs_read_exit(void)
{
	kmem_cache_destroy(cache);
}
