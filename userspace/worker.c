// SPDX-License-Identifier: GPL-2.0
/*
 * A thread of `cancelsafe stress`.
 *
 * A read is over when its own CQE has come, and not before: a cancel's CQE
 * that says "done" or "not found" proves nothing about the read. So a cancel is
 * repeated until the read's CQE comes, and only then is its buffer looked at.
 *
 * No user_data is ever used twice: a cancel that comes late would find the
 * wrong read, and a CQE that comes twice could not be told.
 */
#include <limits.h>
#include <string.h>

#include "cancels.h"
#include "command.h"
#include "path_cmd.h"

#define LONGEST_WAIT_NS 50000000	/* so that shared->stop is seen soon */

static void submit_read(struct worker *worker, struct slot *slot, __u64 now)
{
	struct request *req = &slot->req;
	unsigned int flags;

	request_begin(worker, req,
		      (struct read_name){ worker->index, 0, ++worker->number, PATHS_RING }, now);
	flags = req->fate.async ? IOSQE_ASYNC : 0;
	if (req->fate.way == BY_LINK)
		flags |= IOSQE_IO_LINK;
	if (req->fate.path == PATH_CMD)
		cmd_read(worker, slot, flags);
	else
		ring_read(&worker->ring, worker->fd, req->buffer, BUFFER_SIZE,
			  slot_user_data(worker->slots, slot, OF_READ), flags);
	slot->in_flight[OF_READ] = true;
	if (req->fate.way == BY_LINK)
		cancel_by_timer(worker, slot);
	else if (req->cancel_at <= now)
		cancel(worker, slot, req->fate.way, now);
}

static void fill_free_slots(struct worker *worker, __u64 now)
{
	for (unsigned int i = 0; i < worker->slots_used && worker->number < worker->quota; i++)
		if (slot_is_free(&worker->slots[i]))
			submit_read(worker, &worker->slots[i], now);
}

bool worker_give_up(struct worker *worker, const char *kind, __u64 number, __u64 since, __u64 now)
{
	__u64 limit = WATCHDOG_NS + worker->shared->acquire_ns;

	if (since > now || now - since < limit)
		return false;
	law_broken(&worker->shared->law, "A1",
		   "%s %llu of thread %u, or a cancel of it, has not ended %llu s after its cancel",
		   kind, number, worker->index + 1, limit / 1000000000);
	worker->hung = true;
	return true;
}

static bool hangs(struct worker *worker, const struct slot *slot, __u64 now)
{
	const struct request *req = &slot->req;
	__u64 since = req->cancelled_at ?: req->ended_at;

	if (slot_is_free(slot) || !since)
		return false;
	return worker_give_up(worker, "read", req->number, since, now);
}

/*
 * Cancels what has lost its patience; when the run is to stop, that is everything.
 * Returns when to look again, or 0 if a read hangs.
 */
static __u64 cancel_the_impatient(struct worker *worker, __u64 now, bool stopping)
{
	bool others = worker->readers_used || worker->aio.used;
	__u64 next = now + (others && stopping ? REPEAT_NS : LONGEST_WAIT_NS);

	for (unsigned int i = 0; i < worker->slots_used; i++) {
		struct slot *slot = &worker->slots[i];
		struct request *req = &slot->req;

		if (hangs(worker, slot, now))
			return 0;
		if (!slot->in_flight[OF_READ] || slot->in_flight[OF_CANCEL])
			continue;
		if (req->cancel_at <= now)
			cancel(worker, slot, req->fate.way, now);
		else if (stopping && !req->cancelled_at)
			cancel(worker, slot, BY_NOBODY, now);
		if (!slot->in_flight[OF_CANCEL] && req->cancel_at < next)
			next = req->cancel_at;
	}
	return next;
}

static void handle_cqe(struct worker *worker, __u64 user_data, int res)
{
	enum of of = of_what(user_data);
	struct slot *slot = slot_of(worker->slots, user_data);

	if (!slot || !slot->in_flight[of]) {
		law_broken(&worker->shared->law, "A1", "%s %llu of thread %u ended twice",
			   of == OF_READ ? "read" : "a cancel of read",
			   number_of(user_data), worker->index + 1);
		return;
	}
	slot->in_flight[of] = false;
	if (of == OF_READ)
		request_ended(worker, &slot->req, res, -ECANCELED);
	else
		cancel_answered(worker, slot, of, res);
	if (slot_is_free(slot))
		request_close(worker, &slot->req);
}

static void reap(struct worker *worker)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;

	io_uring_for_each_cqe(&worker->ring, head, cqe) {
		handle_cqe(worker, cqe->user_data, cqe->res);
		seen++;
	}
	io_uring_cq_advance(&worker->ring, seen);
}

static bool all_ended(const struct worker *worker)
{
	for (unsigned int i = 0; i < worker->slots_used; i++)
		if (!slot_is_free(&worker->slots[i]))
			return false;
	return readers_done(worker) && aio_done(&worker->aio);
}

/* Those of other paths than the ring's. */
static bool start_others(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < worker->readers_used; i++)
		if (reader_start(&worker->readers[i]))
			break;
	if (i == worker->readers_used && (!worker->aio.used || !aio_start(&worker->aio)))
		return true;
	atomic_store(&worker->shared->stop, true);
	worker->readers_used = i;
	worker->aio.used = 0;
	return false;
}

static void join_others(struct worker *worker)
{
	for (unsigned int i = 0; i < worker->readers_used; i++)
		pthread_join(worker->readers[i].thread, NULL);
	if (worker->aio.used)
		pthread_join(worker->aio.thread, NULL);
}

/* Ends when all has ended and no more is to come, or when it has to give up. */
static void attend(struct worker *worker)
{
	__u64 now, next;
	bool stopping;

	do {
		now = now_ns();
		stopping = atomic_load(&worker->shared->stop);
		if (!stopping)
			fill_free_slots(worker, now);
		next = cancel_the_impatient(worker, now, stopping);
		if (!next || !readers_attend(worker, now, stopping))
			return;
		now = now_ns();
		worker->error = ring_wait(&worker->ring, next > now ? next - now : 0);
		if (worker->error)
			return;
		reap(worker);
	} while (!all_ended(worker) || (!stopping && worker->number < worker->quota));
}

static void *run(void *arg)
{
	struct worker *worker = arg;

	if (start_others(worker)) {
		atomic_fetch_add(&worker->shared->begun, 1);
		attend(worker);
	}
	if (!worker->hung)
		join_others(worker);
	return NULL;
}

/* As much of @reads as the next @places of all places get, in turn from the first. */
static __u64 portion(__u64 reads, unsigned int *before, unsigned int places)
{
	__u64 each = reads / IN_FLIGHT, more = reads % IN_FLIGHT;
	__u64 extra = more > *before ? more - *before : 0;

	*before += places;
	return each * places + (extra < places ? extra : places);
}

/* Which path gets how many of the places, and each place how many reads? */
static void share_out(struct worker *worker, const struct mix *mix, __u64 reads)
{
	unsigned int ring = mix_part(mix, PATHS_RING, IN_FLIGHT);
	unsigned int left, before = 0;

	worker->readers_used = mix_part(mix, PATH_BIT(PATH_READ), IN_FLIGHT);
	left = IN_FLIGHT - worker->readers_used;
	worker->aio.used = ring ? mix_part(mix, PATH_BIT(PATH_AIO), IN_FLIGHT) : left;
	worker->slots_used = left - worker->aio.used;
	worker->quota = portion(reads, &before, worker->slots_used);
	worker->aio.quota = portion(reads, &before, worker->aio.used);
	for (unsigned int i = 0; i < worker->readers_used; i++)
		worker->readers[i].quota = portion(reads, &before, 1);
}

int worker_init(struct worker *worker, struct shared *shared, unsigned int index, __u64 reads)
{
	worker->shared = shared;
	worker->index = index;
	worker->aio.worker = worker;
	share_out(worker, &shared->mix, reads);
	for (unsigned int i = 0; i < worker->readers_used; i++) {
		worker->readers[i].worker = worker;
		worker->readers[i].index = i + 1;
	}
	worker->fd = node_open();
	return worker->fd < 0 ? -1 : 0;
}

int worker_start(struct worker *worker)
{
	int err;

	if (ring_open(&worker->ring, 4 * IN_FLIGHT))
		return -1;
	err = pthread_create(&worker->thread, NULL, run, worker);
	if (!err)
		return 0;
	complain("cannot start thread %u: %s: raise ulimit -u (RLIMIT_NPROC), or take "
		 "fewer threads", worker->index + 1, strerror(err));
	return -1;
}
