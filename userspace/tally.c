// SPDX-License-Identifier: GPL-2.0
/*
 * What a thread has counted of its reads and their cancels.
 */
#include "tally.h"

const char *const answer_names[ANSWERS] = {
	[SAID_NOTHING] = "nothing",
	[SAID_0] = "0",
	[SAID_COUNT] = "count",
	[SAID_EALREADY] = "EALREADY",
	[SAID_ENOENT] = "ENOENT",
	[SAID_ETIME] = "ETIME",
	[SAID_ECANCELED] = "ECANCELED",
	[SAID_EINPROGRESS] = "EINPROGRESS",
	[SAID_EINVAL] = "EINVAL",
};

const char *const sequel_names[SEQUELS] = {
	[CANCELLED_AT_ONCE] = "cancelled",
	[SAMPLE_AT_ONCE] = "sample",
	[CANCELLED_LATER] = "repeated_cancelled",
	[SAMPLE_LATER] = "repeated_sample",
	[CANCELLED_BY_OTHER] = "cancelled_by_other",
	[OTHERWISE] = "otherwise",
};

static void add_first(struct tally *sum, const struct tally *more, enum way way)
{
	for (int answer = 0; answer < ANSWERS; answer++)
		for (int sequel = 0; sequel < SEQUELS; sequel++)
			sum->first[way][answer][sequel] += more->first[way][answer][sequel];
}

static void add_path(struct tally *sum, const struct tally *more, enum path path)
{
	sum->submitted[path] += more->submitted[path];
	for (int outcome = 0; outcome < OUTCOMES; outcome++)
		sum->ended[path][outcome] += more->ended[path][outcome];
	sum->too_late[path] += more->too_late[path];
}

void tally_add(struct tally *sum, const struct tally *more)
{
	for (enum path path = 0; path < PATHS; path++)
		add_path(sum, more, path);
	sum->repeated += more->repeated;
	for (enum way way = 0; way < WAYS; way++) {
		sum->cancelled[way] += more->cancelled[way];
		add_first(sum, more, way);
	}
	latency_add(&sum->latency, &more->latency);
}

__u64 tally_submitted(const struct tally *tally)
{
	__u64 all = 0;

	for (enum path path = 0; path < PATHS; path++)
		all += tally->submitted[path];
	return all;
}

__u64 tally_ended_as(const struct tally *tally, enum outcome outcome)
{
	__u64 all = 0;

	for (enum path path = 0; path < PATHS; path++)
		all += tally->ended[path][outcome];
	return all;
}

__u64 tally_ended(const struct tally *tally)
{
	__u64 all = 0;

	for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
		all += tally_ended_as(tally, outcome);
	return all;
}

/* A read may be submitted and ended while the sum is made: then that is no minus. */
__u64 tally_in_flight(const struct tally *tally)
{
	__u64 ended = tally_ended(tally), submitted = tally_submitted(tally);

	return submitted > ended ? submitted - ended : 0;
}

struct way_tally tally_way(const struct tally *tally, enum way way)
{
	const _Atomic __u64 (*first)[SEQUELS] = tally->first[way];
	struct way_tally of = {
		.cancelled = tally->cancelled[way],
		.obeyed = first[SAID_ENOENT][CANCELLED_AT_ONCE],
		.not_found = first[SAID_ENOENT][CANCELLED_LATER] +
			     first[SAID_ENOENT][SAMPLE_LATER],
	};

	for (int answer = 0; answer < ANSWERS; answer++) {
		for (int sequel = 0; sequel < SEQUELS; sequel++)
			of.cancels += first[answer][sequel];
		of.too_late += first[answer][SAMPLE_AT_ONCE] + first[answer][SAMPLE_LATER];
	}
	return of;
}

struct way_tally tally_ways(const struct tally *tally)
{
	struct way_tally sum = { 0 }, of;

	for (enum way way = 0; way < WAYS; way++) {
		of = tally_way(tally, way);
		sum.cancels += of.cancels;
		sum.cancelled += of.cancelled;
		sum.too_late += of.too_late;
		sum.obeyed += of.obeyed;
		sum.not_found += of.not_found;
	}
	return sum;
}
