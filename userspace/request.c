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
	count(&worker->tally.submitted[fate.path], 1);
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

/*
 * Not one that takes any of a file's reads; and ASYNC_CANCEL finds a command only as
 * long as no worker has begun with it.
 */
static bool broad_is_sure(const struct request *req)
{
	if (req->fate.path == PATH_CMD)
		return req->broad_by == BY_FILE || req->broad_by == BY_RING;
	return req->broad_by != BY_FD;
}

void request_broad(struct request *req, enum way way, __u64 now)
{
	if (req->broad_at && broad_is_sure(req))
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
	case -EINPROGRESS:
		return SAID_EINPROGRESS;
	case -EINVAL:
		return SAID_EINVAL;
	default:
		return res > 0 ? SAID_COUNT : ANSWERS;
	}
}

#define WAY_BIT(way) (1U << (way))
#define ONE_READ \
	(WAY_BIT(BY_DATA) | WAY_BIT(BY_FD) | WAY_BIT(BY_SYNC) | WAY_BIT(BY_LINK))
#define ALL_READS (WAY_BIT(BY_FDALL) | WAY_BIT(BY_ALL))
#define ALL_OF_FILE (WAY_BIT(BY_FILE) | WAY_BIT(BY_RING))

/* Cancels made in which ways may answer so? */
static const unsigned int who_says[ANSWERS + 1] = {
	[SAID_0] = ONE_READ | ALL_READS | WAY_BIT(BY_TAG) | ALL_OF_FILE,
	[SAID_COUNT] = ALL_READS | ALL_OF_FILE,
	[SAID_EALREADY] = ONE_READ | ALL_READS | WAY_BIT(BY_TAG) | WAY_BIT(BY_IOCB),
	[SAID_ENOENT] = ONE_READ | ALL_READS | WAY_BIT(BY_TAG),
	[SAID_ETIME] = WAY_BIT(BY_SYNC) | WAY_BIT(BY_LINK),
	[SAID_ECANCELED] = WAY_BIT(BY_LINK),
	[SAID_EINPROGRESS] = WAY_BIT(BY_IOCB),
	[SAID_EINVAL] = WAY_BIT(BY_IOCB),
};

static enum way way_made(const struct request *req, enum way way)
{
	return way == BY_NOBODY ? way_again(req->fate.path) : way;
}

void request_answered(struct worker *worker, struct request *req, enum way way, int res,
		      bool first)
{
	enum answer answer = answer_of(res);
	char name[RESULT_NAME_SIZE];

	if (!(who_says[answer] & WAY_BIT(way_made(req, way)))) {
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
	case -EOPNOTSUPP:
		return " (this kernel has no commands for it? Leave cmd out of --path)";
	case -EBUSY:
		return " (the node's queue_limit is below what is in flight)";
	case -ENODEV:
		return " (the node was unplugged, or its lower target)";
	default:
		return "";
	}
}

/* The ring's own reads were told when the cancel was made. */
static bool file_cancel_hit(struct worker *worker, struct request *req, int res)
{
	__u64 at;

	if (res != -ECANCELED || PATHS_RING & PATH_BIT(req->fate.path))
		return false;
	at = file_cancel_after(&worker->file_cancels, req->submitted_at);
	if (at)
		request_broad(req, BY_FILE, at < req->ended_at ? at : req->ended_at);
	return at;
}

void request_ended(struct worker *worker, struct request *req, int res, int cancelled_as)
{
	struct law *law = &worker->shared->law;
	char name[RESULT_NAME_SIZE];

	req->ended_at = now_ns();
	if (file_cancel_hit(worker, req, res))
		cancelled_as = res;
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
	count(&worker->tally.ended[req->fate.path][req->outcome], 1);
}

/* What the driver itself answers is true; io_uring's answers are not. */
static bool answer_is_true(const struct request *req)
{
	enum way way = way_made(req, req->by);

	return way == BY_TAG || way == BY_IOCB;
}

static bool said_done(const struct request *req)
{
	return req->answer == SAID_0 || req->answer == SAID_EINPROGRESS;
}

/* Its own cancel was not it. A signal has another result. */
static bool own_denied(const struct request *req)
{
	if (req->fate.path == PATH_READ)
		return true;
	if (req->repeats)
		return false;
	if (answer_is_true(req))
		return !said_done(req);
	if (req->by == BY_FILE || req->by == BY_RING)
		return req->answer == SAID_0;
	return req->answer == SAID_ENOENT;
}

/* Its own cancels found nothing, and another's could hit. */
static bool may_be_others(const struct request *req)
{
	return req->broad_at && (!req->cancelled_at || own_denied(req));
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
	return broad_is_sure(req) &&
	       (own_denied(req) || (req->by == BY_FD && !req->repeats));
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

/*
 * A cancel that the driver answered has to keep its word. EALREADY gives none: the
 * read may only be on its way into the queue, and its submit will cancel it.
 */
static void check_answer(struct worker *worker, const struct request *req)
{
	struct law *law = &worker->shared->law;

	if (!answer_is_true(req) || req->answer == SAID_NOTHING)
		return;
	if (said_done(req) && req->outcome == GOT_SAMPLE)
		law_broken(law, "B",
			   "a cancel of way %s said that it had cancelled a read, which then got a sample",
			   way_words[way_made(req, req->by)].name);
	if (req->outcome == WAS_CANCELLED && req->answer != SAID_EALREADY &&
	    own_denied(req) && !req->broad_at)
		law_broken(law, "A8",
			   "a cancel of way %s said %s, but its read was cancelled, and by no other cancel",
			   way_words[way_made(req, req->by)].name, answer_names[req->answer]);
}

void request_close(struct worker *worker, struct request *req)
{
	if (req->outcome == WAS_CANCELLED)
		count_cancelled(worker, req);
	if (!req->cancelled_at)
		return;
	check_answer(worker, req);
	if (req->outcome == GOT_SAMPLE)
		count(&worker->tally.too_late[req->fate.path], 1);
	count(&worker->tally.first[req->by][req->answer][sequel_of(req)], 1);
}
