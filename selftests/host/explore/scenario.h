/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is explored. To add a scenario, write a line of a table in
 * scenarios.c (for every model) or driver.c (for the queue as a library). To have
 * a model explored, write a line of explored_models[] in scenarios.c.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>

#include "actor.h"

struct cs_model;
struct cs_queue;
struct scenario;
struct world;

/**
 * struct explored_model - a model, or a variant of one
 * @model:     the model
 * @name:      NULL: the model's own
 * @vary:      NULL, or what makes its queue this variant, with
 * @how:       its argument
 * @again:     it is not the only variant: a large scenario is for make check-all
 * @lacks:     NULL, or the rules of which it has nothing to show; A6: it may serve
 *             in any order
 *
 * Where the contract has another answer for it:
 *
 * @starts:    an idle server claims a request at once, so that it is in service,
 *             and not cancelled, while the device settles
 * @others:    F2: a canceller may complete another's request, which may so be told
 *             that it is cancelled before it is complete
 * @delivers:  H4: a cancel is told that it comes too late for a request that is just
 *             being delivered, which then is marked, and ends cancelled
 */
struct explored_model {
	const struct cs_model *model;
	const char *name;
	void (*vary)(struct cs_queue *queue, int how);
	int how;
	bool again;
	const char *lacks;
	bool starts;
	bool others;
	bool delivers;
};

/**
 * struct scenario - some actors, and what must be true
 * @rules:      that it proves
 * @name:       of the scenario
 * @deep:       for make check-all
 * @large:      the same, on all variants of a model but one
 * @queueing:   only for models that queue, and
 * @polling:    only for others
 * @only:       NULL, or a shell pattern of the names of the models that it is for
 * @how:        0, or what vary() is called with instead
 * @unserved:   nobody serves: only for models whose requests are queued then
 * @fails:      NULL, or how it has to fail: it shows the bug that a rule names
 * @requests:   how many
 * @queued:     so many of them are queued already
 * @strangers:  so many of them, the last, are another maker's and owner's
 * @sharers:    so many of them, the last, are another maker's, but not owner's
 * @elsewhere:  the last one is at another node, which has no sample
 * @async:      nobody waits for them
 * @unsettled:  the device has not settled yet
 * @settling:   the device settles after each sample; an actor tells when
 * @slow:       an acquisition takes time
 * @hangs:      an acquisition ends only when the watchdog has given it up
 * @faulty:     a sample cannot be copied
 * @limit:      how many may wait, 0: no limit
 * @actors:     at most one less than MAX_ACTORS; the world's @end comes behind
 * @nr_actors:  counted when it is explored
 * @world:      where it takes place
 */
struct scenario {
	const char *rules;
	const char *name;
	bool deep;
	bool large;
	bool queueing;
	bool polling;
	const char *only;
	int how;
	bool unserved;
	const char *fails;
	int requests;
	int queued;
	int strangers;
	int sharers;
	bool elsewhere;
	bool async;
	bool unsettled;
	bool settling;
	bool slow;
	bool hangs;
	bool faulty;
	int limit;
	struct actor_spec actors[MAX_ACTORS];
	int nr_actors;
	const struct world *world;
};

/**
 * struct world - what the scenarios of a table have in common
 * @scenarios:  the table; one without a name ends it
 * @set_up:     allocate, initialize: before the actors begin
 * @each_state: NULL, or what must be true between any two steps
 * @end:        the last actor: what must be true then
 */
struct world {
	const struct scenario *scenarios;
	void (*set_up)(const struct scenario *s,
		       const struct explored_model *model);
	void (*each_state)(void);
	void (*end)(long unused);
};

extern const struct explored_model explored_models[];
bool has_rule(const char *rules, const char *rule);
bool model_shows(const struct explored_model *model, const char *rule);

extern const struct world node_world;
extern const struct world driver_world;

#endif
