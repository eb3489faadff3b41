/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node under the explorer: the host that a model runs on, two paths and an open
 * file (node.c), and the actors that meet there (node_actors.c).
 */
#ifndef NODE_H
#define NODE_H

#include "core/model.h"
#include "scenario.h"

#define MAX_READS 3

/**
 * struct read - what is known of a request, by those who may not touch it
 * @req:         the request, or what was one
 * @submitting:  its submit has begun
 * @early:       a cancel had returned before that
 * @submitter:   who submits it
 * @submitted:   its submit has returned
 * @taken_back:  it was its submit that completed it as cancelled
 * @canceller:   who completed it as cancelled
 * @refused:     the submit said no
 * @arrived:     as which it was queued, from 1
 * @served:      the server has claimed it
 * @maker:       the thread group of who submits it
 * @owner:       its descriptor table
 * @elsewhere:   it is at the other node
 * @cancels:     how many have begun to cancel it
 * @first_err:   of one that had returned before another one began
 * @claimed:     how many cancels were told that they claimed it
 * @late:        it waited, and its only cancel was told that it came too late
 * @completions: how often complete() was called
 * @result:      that its reader was told: 0: it has a sample
 * @sequence:    of that, 0: none
 * @lost:        there was a sample, and its reader did not get it
 * @abandoned:   by its reader or the watchdog
 * @detached:    its reader was told of that
 * @released:    how often
 * @signal:      its reader has been interrupted
 * @asleep:      its reader is on the host's wait queue
 * @gone:        its reader is not there any more, but what it waits by is
 */
struct read {
	struct cs_request *req;
	bool submitting;
	bool early;
	const struct actor *submitter;
	bool submitted;
	bool taken_back;
	const struct actor *canceller;
	bool refused;
	int arrived;
	bool served;
	int maker;
	const int *owner;
	bool elsewhere;
	int cancels;
	int first_err;
	int claimed;
	bool late;
	int completions;
	int result;
	u64 sequence;
	bool lost;
	bool abandoned;
	bool detached;
	int released;
	bool signal;
	bool asleep;
	bool gone;
};

/**
 * struct node - the host's, and what the checks need
 * @model:     whose rules hold
 * @ordered:   A6 is one of them
 * @queue:     its queue
 * @file:      the open file
 * @elsewhere: NULL, or the file of the same model's other node
 * @looking:   somebody looks at one of the two devices
 * @looks:     how often somebody did
 * @nr_reads:  in @reads
 * @armed:     the server is to look
 * @serving:   it does
 * @samples:   that it has acquired in this service
 * @acquiring: an acquisition is under way, of a server that does not wait for it
 * @watching:  the watchdog is to look
 * @unsettled: the device
 * @settling:  it settles after each sample
 * @slow:      an acquisition takes time
 * @hangs:     an acquisition ends only when its request was given up
 * @faulty:    no reader's memory takes a sample
 * @gone:      unplugged
 * @cut_off:   from its lower target
 * @provoked:  NULL, or the rule that an actor has a framework's driver break
 * @complaints: how often the framework has said so
 * @sequence:  of the last sample
 * @arrivals:  of requests
 * @closed:    the file was released
 */
struct node {
	const struct explored_model *model;
	bool ordered;
	struct cs_queue *queue;
	struct cs_file *file;
	struct cs_file *elsewhere;
	bool looking;
	int looks;
	int nr_reads;
	struct read reads[MAX_READS];
	bool armed;
	bool serving;
	int samples;
	bool acquiring;
	bool watching;
	bool unsettled;
	bool settling;
	bool slow;
	bool hangs;
	bool faulty;
	bool gone;
	bool cut_off;
	const char *provoked;
	int complaints;
	u64 sequence;
	int arrivals;
	int closed;
};

extern struct node *node;

/* Two thread groups. Whose the first requests are, can cancel them. */
#define NODE_MAKER 1
#define NODE_OTHER_MAKER 2

/* Of two descriptor tables: what they hold does not matter. */
extern const int node_owners[2];

/* node.c */
void node_set_up(const struct scenario *s, const struct explored_model *model);
void node_check_law(void);
void node_end(long unused);

void node_take(struct read *read);
bool node_service_due(void);

/* node_actors.c: actors; @i is the request's number */
void read_one(long i);
void read_queued(long i);
void read_impatiently(long i);
void read_nowait(long i);
void read_polled(long i);
void read_async(long i);
void read_by_command(long i);
void end_for_the_gone(long i);
void read_restarted(long i);
void read_all(long unused);
void interrupt(long i);
void cancel(long i);
void cancel_too(long i);
void cancel_own(long unused);
void unplug(long unused);
void unplug_behind(long i);
void unplug_lower(long unused);
void unmark_twice(long unused);
void close_file(long unused);
void close_file_in_use(long unused);
void close_dying(long unused);
void close_dying_in_use(long unused);
void release_file(long unused);
void serve(long unused);
void settle(long unused);
void watchdog(long unused);
void change_setting(long unused);
void change_protocol(long unused);
void change_route(long unused);
void change_route_and_read(long i);

#endif
