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
#include <errno.h>
#include <string.h>

#include "command.h"
#include "fate.h"
#include "worker.h"

#define POISON 0xa5
#define REPEAT_NS 1000000	/* from a cancel's answer to its repetition */
#define LONGEST_WAIT_NS 50000000	/* so that shared->stop is seen soon */

/* user_data: the read's number, its slot, and whether it is the read or a cancel of it. */
#define SLOT_SHIFT 1
#define NUMBER_SHIFT 16
#define IS_CANCEL 1

static __u64 user_data_of(const struct worker *worker, const struct slot *slot)
{
	return slot->number << NUMBER_SHIFT | (__u64)(slot - worker->slots) << SLOT_SHIFT;
}

/* Only the thread itself writes its tally: no locked instruction is needed. */
static void count(_Atomic __u64 *counter, __u64 n)
{
	__u64 value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

static bool poisoned(const unsigned char *from, const unsigned char *end)
{
	while (from < end)
		if (*from++ != POISON)
			return false;
	return true;
}

static bool is_free(const struct slot *slot)
{
	return !slot->in_flight && !slot->cancel_in_flight;
}

static void submit_cancel(struct worker *worker, struct slot *slot, __u64 now)
{
	__u64 read = user_data_of(worker, slot);

	ring_cancel(&worker->ring, read, read | IS_CANCEL);
	slot->cancel_in_flight = true;
	count(&worker->tally.cancels, 1);
	if (slot->cancelled_at)
		count(&worker->tally.repeated, 1);
	else
		slot->cancelled_at = now;
}

static void submit_read(struct worker *worker, struct slot *slot, __u64 now)
{
	__u64 number = atomic_load(&worker->tally.submitted) + 1;
	struct fate fate = fate_of(worker->shared->seed, worker->index, number);

	*slot = (struct slot){
		.number = number,
		.cancel_at = now + fate.patience_ns,
		.in_flight = true,
	};
	memset(slot->buffer, POISON, BUFFER_SIZE);
	ring_read(&worker->ring, worker->fd, slot->buffer, BUFFER_SIZE,
		  user_data_of(worker, slot), fate.async);
	count(&worker->tally.submitted, 1);
	if (!fate.patience_ns)
		submit_cancel(worker, slot, now);
}

static void fill_free_slots(struct worker *worker, __u64 now)
{
	for (int i = 0; i < IN_FLIGHT && worker->tally.submitted < worker->quota; i++)
		if (is_free(&worker->slots[i]))
			submit_read(worker, &worker->slots[i], now);
}

static bool watch(struct worker *worker, const struct slot *slot, __u64 now)
{
	__u64 limit = WATCHDOG_NS + worker->shared->acquire_ns;

	if (!slot->cancelled_at || now - slot->cancelled_at < limit)
		return true;
	law_broken(&worker->shared->law, "A1",
		   "read %llu of thread %u, or a cancel of it, has not ended %llu s after its cancel",
		   slot->number, worker->index + 1, limit / 1000000000);
	worker->hung = true;
	return false;
}

/*
 * Cancels what has lost its patience; when the run is to stop, that is everything.
 * Returns when to look again, or 0 if a read hangs.
 */
static __u64 cancel_the_impatient(struct worker *worker, __u64 now, bool stopping)
{
	__u64 next = now + LONGEST_WAIT_NS;
	struct slot *slot;

	for (int i = 0; i < IN_FLIGHT; i++) {
		slot = &worker->slots[i];
		if (!is_free(slot) && !watch(worker, slot, now))
			return 0;
		if (!slot->in_flight || slot->cancel_in_flight)
			continue;
		if (slot->cancel_at <= now || (stopping && !slot->cancelled_at))
			submit_cancel(worker, slot, now);
		else if (slot->cancel_at < next)
			next = slot->cancel_at;
	}
	return next;
}

static void check_sample(struct worker *worker, const struct slot *slot)
{
	struct law *law = &worker->shared->law;
	struct cancelsafe_sample sample;

	memcpy(&sample, slot->buffer, sizeof(sample));
	if (sample.value > 65535 || sample.reserved[0] || sample.reserved[1] || sample.reserved[2])
		law_broken(law, "ABI",
			   "sample %llu has a value above 65535, or reserved fields that are not 0",
			   sample.sequence);
	if (!poisoned(slot->buffer + sizeof(sample), slot->buffer + BUFFER_SIZE))
		law_broken(law, "ABI", "sample %llu is longer than %zu bytes",
			   sample.sequence, sizeof(sample));
	ledger_note(&worker->shared->ledger, law, &sample);
}

static void check_cancelled(struct worker *worker, const struct slot *slot)
{
	struct law *law = &worker->shared->law;

	if (!slot->cancelled_at)
		law_broken(law, "A2",
			   "a read of thread %u ended with -ECANCELED, and nobody had cancelled it (could io-wq start no worker? Raise ulimit -u)",
			   worker->index + 1);
	if (!poisoned(slot->buffer, slot->buffer + BUFFER_SIZE))
		law_broken(law, "A2",
			   "a cancelled read of thread %u had its buffer written to",
			   worker->index + 1);
}

static const char *explain(int res)
{
	switch (res) {
	case -EINTR:
		return " (was this process stopped, or traced? That ends reads)";
	case -EBUSY:
		return " (the node's queue_limit is below what is in flight)";
	case -ENODEV:
		return " (the node was unplugged)";
	default:
		return "";
	}
}

/* The read's own CQE: from here on its buffer is ours again. */
static void end_read(struct worker *worker, struct slot *slot, int res)
{
	char name[RESULT_NAME_SIZE];

	if (!slot->in_flight) {
		law_broken(&worker->shared->law, "A1", "read %llu of thread %u ended twice",
			   slot->number, worker->index + 1);
		return;
	}
	slot->in_flight = false;
	if (res == sizeof(struct cancelsafe_sample)) {
		slot->outcome = GOT_SAMPLE;
		check_sample(worker, slot);
		if (slot->cancelled_at)
			count(&worker->tally.too_late, 1);
	} else if (res == -ECANCELED) {
		slot->outcome = WAS_CANCELLED;
		check_cancelled(worker, slot);
	} else {
		slot->outcome = ENDED_OTHERWISE;
		law_broken(&worker->shared->law, "B", "a read ended with %s%s",
			   result_name(res, name), explain(res));
	}
	count(&worker->tally.ended[slot->outcome], 1);
}

static void end_cancel(struct worker *worker, struct slot *slot, int res)
{
	char name[RESULT_NAME_SIZE];

	slot->cancel_in_flight = false;
	slot->cancel_at = now_ns() + REPEAT_NS;
	if (res == 0)
		slot->answers[SAID_DONE]++;
	else if (res == -EALREADY)
		slot->answers[SAID_ALREADY]++;
	else if (res == -ENOENT)
		slot->answers[SAID_NOT_FOUND]++;
	else
		law_broken(&worker->shared->law, "B", "a cancel answered %s",
			   result_name(res, name));
}

/* Both sides have ended: what the cancels said can be held against the truth. */
static void close_slot(struct worker *worker, struct slot *slot)
{
	for (int answer = 0; answer < ANSWERS; answer++)
		count(&worker->tally.answers[answer][slot->outcome], slot->answers[answer]);
}

static void handle_cqe(struct worker *worker, __u64 user_data, int res)
{
	unsigned int index = (user_data & ((1 << NUMBER_SHIFT) - 1)) >> SLOT_SHIFT;
	__u64 number = user_data >> NUMBER_SHIFT;
	struct slot *slot = &worker->slots[index];

	if (index >= IN_FLIGHT || number != slot->number) {
		law_broken(&worker->shared->law, "A1", "%s %llu of thread %u ended twice",
			   user_data & IS_CANCEL ? "a cancel of read" : "read",
			   number, worker->index + 1);
		return;
	}
	if (user_data & IS_CANCEL)
		end_cancel(worker, slot, res);
	else
		end_read(worker, slot, res);
	if (is_free(slot))
		close_slot(worker, slot);
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
	for (int i = 0; i < IN_FLIGHT; i++)
		if (!is_free(&worker->slots[i]))
			return false;
	return true;
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	__u64 now, next;
	bool stopping;

	do {
		now = now_ns();
		stopping = atomic_load(&worker->shared->stop);
		if (!stopping)
			fill_free_slots(worker, now);
		next = cancel_the_impatient(worker, now, stopping);
		if (!next)
			break;
		worker->error = ring_wait(&worker->ring, next - now);
		if (worker->error)
			break;
		reap(worker);
	} while (!all_ended(worker) || (!stopping && worker->tally.submitted < worker->quota));
	atomic_store(&worker->done, true);
	return NULL;
}

int worker_init(struct worker *worker)
{
	worker->fd = node_open();
	if (worker->fd < 0)
		return -1;
	return ring_open(&worker->ring, 2 * IN_FLIGHT);
}

int worker_start(struct worker *worker)
{
	int err = pthread_create(&worker->thread, NULL, run, worker);

	if (err) {
		complain("cannot start thread %u: %s: raise ulimit -u (RLIMIT_NPROC), or take "
			 "fewer threads", worker->index + 1, strerror(err));
		return -1;
	}
	return 0;
}
