// SPDX-License-Identifier: GPL-2.0
/*
 * The path of libaio: a thread with an AIO context, whose reads are cancelled by
 * io_cancel(2).
 *
 * Unlike a ring's cancels, io_cancel has answered when it returns. But it finds a
 * read once only, whatever it says then: so a repetition gets -EINVAL, and the
 * event comes by itself.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "command.h"
#include "worker.h"

#define LONGEST_WAIT_NS 50000000	/* so that shared->stop is seen soon */
#define EVENTS 64

static int submit(struct aio *aio, struct aio_slot *slot, __u64 now)
{
	struct worker *worker = aio->worker;
	struct iocb *iocb = &slot->iocb;
	int ret;

	request_begin(worker, &slot->req,
		      (struct read_name){ worker->index, READER_AIO, ++aio->number,
					  PATH_BIT(PATH_AIO) }, now);
	io_prep_pread(iocb, worker->fd, slot->req.buffer, BUFFER_SIZE, 0);
	iocb->data = (void *)(unsigned long)slot->req.number;
	ret = io_submit(aio->context, 1, &iocb);
	if (ret != 1)
		return ret ?: -EAGAIN;
	slot->in_flight = true;
	return 0;
}

static int fill_free_slots(struct aio *aio, __u64 now)
{
	int err = 0;

	for (unsigned int i = 0; i < aio->used && aio->number < aio->quota && !err; i++)
		if (!aio->slots[i].in_flight)
			err = submit(aio, &aio->slots[i], now);
	return err;
}

static void cancel_one(struct aio *aio, struct aio_slot *slot, enum way way, __u64 now)
{
	struct request *req = &slot->req;
	bool first = !req->cancelled_at;
	struct io_event unused;
	int res;

	if (!first)
		way = BY_IOCB;
	request_cancelled(aio->worker, req, way, now);
	res = io_cancel(aio->context, &slot->iocb, &unused);
	request_answered(aio->worker, req, way, res, first);
}

/*
 * Cancels what has lost its patience; when the run is to stop, that is everything.
 * Returns when to look again, or 0 if a read hangs.
 */
static __u64 cancel_the_impatient(struct aio *aio, __u64 now, bool stopping)
{
	__u64 next = now + LONGEST_WAIT_NS;

	for (unsigned int i = 0; i < aio->used; i++) {
		struct aio_slot *slot = &aio->slots[i];
		struct request *req = &slot->req;

		if (!slot->in_flight)
			continue;
		if (req->cancelled_at && worker_give_up(aio->worker, "libaio read", req->number,
							req->cancelled_at, now))
			return 0;
		if (req->cancel_at <= now)
			cancel_one(aio, slot, req->fate.way, now);
		else if (stopping && !req->cancelled_at)
			cancel_one(aio, slot, BY_NOBODY, now);
		if (req->cancel_at < next)
			next = req->cancel_at;
	}
	return next;
}

static void take(struct aio *aio, const struct io_event *event)
{
	struct aio_slot *slot = (void *)((char *)event->obj - offsetof(struct aio_slot, iocb));
	struct worker *worker = aio->worker;
	__u64 number = (unsigned long)event->data;

	if (!slot->in_flight || slot->req.number != number) {
		law_broken(&worker->shared->law, "A1", "libaio read %llu of thread %u ended twice",
			   number, worker->index + 1);
		return;
	}
	slot->in_flight = false;
	request_ended(worker, &slot->req, event->res, -ECANCELED);
	request_close(worker, &slot->req);
}

/* Takes what has ended, or ends before @until. */
static int reap(struct aio *aio, __u64 until)
{
	__u64 now = now_ns(), wait = until > now ? until - now : 0;
	struct timespec timeout = { wait / 1000000000, wait % 1000000000 };
	struct io_event events[EVENTS];
	int n = io_getevents(aio->context, 1, EVENTS, events, &timeout);

	for (int i = 0; i < n; i++)
		take(aio, &events[i]);
	return n < 0 && n != -EINTR ? n : 0;
}

static bool all_ended(const struct aio *aio)
{
	for (unsigned int i = 0; i < aio->used; i++)
		if (aio->slots[i].in_flight)
			return false;
	return true;
}

/* Ends when all has ended and no more is to come, or when it has to give up. */
static int attend(struct aio *aio)
{
	__u64 now, next;
	bool stopping;
	int err = 0;

	do {
		now = now_ns();
		stopping = atomic_load(&aio->worker->shared->stop);
		if (!stopping)
			err = fill_free_slots(aio, now);
		next = cancel_the_impatient(aio, now_ns(), stopping);
		if (err || !next)
			return err;
		err = reap(aio, next);
	} while (!err && (!all_ended(aio) || (!stopping && aio->number < aio->quota)));
	return err ?: reap(aio, 0);	/* an event too many? */
}

/* A context whose reads have not all ended waits for them: that is left to exit. */
static void *run(void *arg)
{
	struct aio *aio = arg;
	int err = attend(aio);

	if (err) {
		aio->worker->error = err;
		atomic_store(&aio->worker->shared->stop, true);
	} else if (all_ended(aio)) {
		io_destroy(aio->context);
	}
	atomic_store(&aio->done, true);
	return NULL;
}

static const char *setup_advice(int err)
{
	switch (err) {
	case ENOSYS:
		return "this kernel was built without it: leave aio out of --path";
	case EAGAIN:
		return "raise the sysctl fs.aio-max-nr, or take fewer threads";
	default:
		return "the kernel's log may say more";
	}
}

int aio_start(struct aio *aio)
{
	unsigned int thread = aio->worker->index + 1;
	int err = -io_setup(aio->used, &aio->context);

	if (err) {
		complain("cannot set up libaio for thread %u: %s: %s", thread, strerror(err),
			 setup_advice(err));
		return -1;
	}
	err = pthread_create(&aio->thread, NULL, run, aio);
	if (!err)
		return 0;
	complain("cannot start the libaio thread of thread %u: %s: raise ulimit -u "
		 "(RLIMIT_NPROC), or take fewer threads", thread, strerror(err));
	return -1;
}

bool aio_done(const struct aio *aio)
{
	return !aio->used || atomic_load(&aio->done);
}
