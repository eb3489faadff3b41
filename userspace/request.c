// SPDX-License-Identifier: GPL-2.0
/*
 * One read of a stress run, however it was made: when it is to be cancelled,
 * and what is held against how it ended.
 */
#include <errno.h>
#include <string.h>

#include "ring.h"
#include "worker.h"

#define POISON 0xa5

static bool poisoned(const unsigned char *from, const unsigned char *end)
{
	while (from < end)
		if (*from++ != POISON)
			return false;
	return true;
}

void request_begin(struct worker *worker, struct request *req, struct read_name name, __u64 now)
{
	struct fate fate = fate_of(worker->shared->seed, &worker->shared->mix, name);

	*req = (struct request){
		.number = name.number,
		.fate = fate,
		.submitted_at = now,
		.cancel_at = fate.way == BY_NOBODY ? NEVER_NS : now + fate.patience_ns,
	};
	memset(req->buffer, POISON, BUFFER_SIZE);
	count(&worker->tally.submitted, 1);
}

void request_cancelled(struct worker *worker, struct request *req, enum way way, __u64 now)
{
	if (!req->cancelled_at) {
		req->by = way;
		req->cancelled_at = now;
		req->latency_from = now;
		return;
	}
	if (!req->repeats++ && req->by == BY_FD)
		req->latency_from = now;	/* the first was spent on another read */
	count(&worker->tally.repeated, 1);
}

void request_broad(struct request *req, enum way way, __u64 now)
{
	if (req->broad_at && req->broad_by != BY_FD)
		return;
	req->broad_at = now;
	req->broad_by = way;
}

static const char *explain_answer(int res)
{
	return res == -EINVAL ? " (this kernel cannot cancel so: leave it out of --mix)" : "";
}

static enum answer answer_of(int res)
{
	switch (res) {
	case 0:
		return SAID_0;
	case -EALREADY:
		return SAID_EALREADY;
	case -ENOENT:
		return SAID_ENOENT;
	case -ETIME:
		return SAID_ETIME;
	case -ECANCELED:
		return SAID_ECANCELED;
	default:
		return res > 0 ? SAID_COUNT : ANSWERS;
	}
}

static bool may_say(enum way way, enum answer answer)
{
	switch (answer) {
	case SAID_0:
	case SAID_EALREADY:
	case SAID_ENOENT:
		return true;
	case SAID_COUNT:
		return way == BY_FDALL || way == BY_ALL;
	case SAID_ETIME:
		return way == BY_SYNC || way == BY_LINK;
	case SAID_ECANCELED:
		return way == BY_LINK;
	default:
		return false;
	}
}

void request_answered(struct worker *worker, struct request *req, enum way way, int res,
		      bool first)
{
	enum answer answer = answer_of(res);
	char name[RESULT_NAME_SIZE];

	if (!may_say(way, answer)) {
		law_broken(&worker->shared->law, "B", "a cancel %s answered %s%s",
			   way_words[way].meaning, result_name(res, name), explain_answer(res));
		answer = SAID_NOTHING;
	}
	if (first)
		req->answer = answer;
	if (req->cancelled_at)
		req->cancel_at = now_ns() + (first && answer == SAID_ENOENT ? DOUBT_NS : REPEAT_NS);
}

static void check_sample(struct worker *worker, const struct request *req)
{
	struct law *law = &worker->shared->law;
	struct cancelsafe_sample sample;

	memcpy(&sample, req->buffer, sizeof(sample));
	if (sample.value > 65535 || sample.reserved[0] || sample.reserved[1] || sample.reserved[2])
		law_broken(law, "ABI",
			   "sample %llu has a value above 65535, or reserved fields that are not 0",
			   sample.sequence);
	if (!poisoned(req->buffer + sizeof(sample), req->buffer + BUFFER_SIZE))
		law_broken(law, "ABI", "sample %llu is longer than %zu bytes",
			   sample.sequence, sizeof(sample));
	ledger_note(&worker->shared->ledger, law, &sample);
}

static const char *explain_end(int res)
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

void request_ended(struct worker *worker, struct request *req, int res, int cancelled_as)
{
	struct law *law = &worker->shared->law;
	char name[RESULT_NAME_SIZE];

	req->ended_at = now_ns();
	if (res == sizeof(struct cancelsafe_sample)) {
		req->outcome = GOT_SAMPLE;
		check_sample(worker, req);
	} else if (res == cancelled_as) {
		req->outcome = WAS_CANCELLED;
		if (!poisoned(req->buffer, req->buffer + BUFFER_SIZE))
			law_broken(law, "A2",
				   "a cancelled read of thread %u had its buffer written to",
				   worker->index + 1);
	} else {
		req->outcome = ENDED_OTHERWISE;
		law_broken(law, "B", "a read ended with %s%s", result_name(res, name),
			   explain_end(res));
	}
	count(&worker->tally.ended[req->outcome], 1);
}

/* Its own cancels found nothing, and another's could hit. */
static bool may_be_others(const struct request *req)
{
	return req->broad_at && (!req->cancelled_at ||
				 (req->answer == SAID_ENOENT && !req->repeats));
}

/*
 * What ended it? Its own cancel, where it had one and that can have done it. One
 * that hits any of a file's reads hits one only: so no more is put down to it
 * than has to be.
 */
static bool was_others(const struct request *req)
{
	if (!req->broad_at || !req->cancelled_at)
		return req->broad_at;
	return req->broad_by != BY_FD && !req->repeats &&
	       (req->answer == SAID_ENOENT || req->by == BY_FD);
}

static enum way cancelled_by(const struct request *req)
{
	if (was_others(req))
		return req->broad_by;
	return req->by == BY_FD && req->repeats ? BY_DATA : req->by;
}

static void count_cancelled(struct worker *worker, const struct request *req)
{
	__u64 from = was_others(req) ? req->broad_at : req->latency_from;

	if (!req->cancelled_at && !req->broad_at) {
		law_broken(&worker->shared->law, "A2",
			   "a read of thread %u was told that it is cancelled, and nobody had cancelled it (could io-wq start no worker? Raise ulimit -u)",
			   worker->index + 1);
		return;
	}
	count(&worker->tally.cancelled[cancelled_by(req)], 1);
	latency_note(&worker->tally.latency, req->ended_at - from);
}

static enum sequel sequel_of(const struct request *req)
{
	if (req->outcome == ENDED_OTHERWISE)
		return OTHERWISE;
	if (req->outcome == GOT_SAMPLE)
		return req->repeats ? SAMPLE_LATER : SAMPLE_AT_ONCE;
	if (may_be_others(req))
		return CANCELLED_BY_OTHER;
	return req->repeats ? CANCELLED_LATER : CANCELLED_AT_ONCE;
}

void request_close(struct worker *worker, struct request *req)
{
	if (req->outcome == WAS_CANCELLED)
		count_cancelled(worker, req);
	if (req->cancelled_at)
		count(&worker->tally.first[req->by][req->answer][sequel_of(req)], 1);
}
