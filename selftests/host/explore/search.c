// SPDX-License-Identifier: GPL-2.0
/*
 * The search: from each state, let each actor that can run take its next step.
 * Depth first, with the way back saved; a state that was seen before is not gone
 * into again, but the orders that lead on from it count: the number of orders of a
 * state is the sum of those of its successors, and 1 at the end.
 *
 * With a bound, only those orders in which at most so many times an actor is
 * interrupted that could have gone on. It serves to find, of the orders that fail,
 * one that is easy to read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "search.h"
#include "states.h"

/**
 * struct frame - a state on the way
 * @saved:       where its copy begins in the trail
 * @digest:      of the state
 * @enabled:     who can run there
 * @actor:       who is being tried
 * @preemptions: so far
 * @orders:      of those that were tried already
 */
struct frame {
	size_t saved;
	struct digest digest;
	unsigned int enabled;
	int actor;
	int preemptions;
	double orders;
};

static const struct scenario *scenario;
static struct frame way[MAX_DEPTH];
static int depth;

/* Copies of the states on the way, one behind the other. */
static char *trail;
static size_t trail_used, trail_size;

/**
 * search_begin() - the first state of a scenario
 * @s:     the scenario
 * @model: for it, or NULL
 */
void search_begin(const struct scenario *s, const struct explored_model *model)
{
	scenario = s;
	*failure = 0;
	arena_reset();
	s->world->set_up(s, model);
	actors_init(s->actors, s->nr_actors);
}

/* Who may run; after them comes the scenario's end, when nobody is left. */
static unsigned int may_run(void)
{
	unsigned int set = actors_enabled();
	const char *wrong = set ? NULL : actors_stuck();

	if (wrong)
		fail("%s", wrong);
	return set;
}

/**
 * search_step() - one step, and what must be true after each
 * @actor: enabled
 *
 * Return: whether all is well.
 */
bool search_step(int actor)
{
	if (!actor_step(actor))
		return false;
	if (scenario->world->each_state)
		scenario->world->each_state();
	return !*failure;
}

static void save(struct frame *frame)
{
	const size_t size = arena_state_size();

	frame->saved = trail_used;
	trail_used += size;
	if (trail_used > trail_size) {
		trail_size = 2 * trail_used;
		trail = realloc(trail, trail_size);
		assert(trail);
	}
	arena_save(trail + frame->saved);
}

/* With a bound it matters who ran last, and how often it may be interrupted. */
static struct digest digest_of(const struct frame *frame, int last, int bound)
{
	struct digest digest = arena_digest();

	if (bound != UNBOUNDED)
		digest.low += (1 + last + MAX_ACTORS * frame->preemptions) *
			      0x9e3779b97f4a7c15;
	return digest;
}

/*
 * Into the state that is now. False: it is known, and @orders were added to
 * the frame before; or something is wrong.
 */
static bool enter(int bound)
{
	struct frame *before = depth ? &way[depth - 1] : NULL;
	struct frame *frame = &way[depth];
	const int last = before ? before->actor : 0;
	const double *known;

	*frame = (struct frame){ .actor = -1, .enabled = may_run() };
	if (before)
		frame->preemptions =
			before->preemptions +
			(depth > 1 && last != way[depth - 2].actor &&
			 before->enabled & 1u << way[depth - 2].actor);
	if (*failure)
		return false;
	frame->digest = digest_of(frame, last, bound);
	known = states_find(frame->digest);
	if (known && *known == OPEN)
		fail("runs in a circle: an order comes back to a state in which it was");
	else if (depth == MAX_DEPTH - 1)
		fail("runs without end: %d steps", depth);
	if (known && before)
		before->orders += *known;
	if (known || *failure)
		return false;
	if (bound == frame->preemptions && depth &&
	    frame->enabled & 1u << last)
		frame->enabled = 1u << last;
	states_add(frame->digest);
	save(frame);
	depth++;
	return true;
}

/* All of a state's successors were tried. */
static void leave(void)
{
	struct frame *frame = &way[--depth];

	if (!frame->enabled)
		frame->orders = 1;
	*states_find(frame->digest) = frame->orders;
	trail_used = frame->saved;
	if (depth)
		way[depth - 1].orders += frame->orders;
}

static void sum_up(struct found *found)
{
	int i;

	found->states = states_count();
	found->failed = *failure;
	found->length = depth;
	found->orders = found->failed;
	for (i = 0; i < depth; i++) {
		found->order[i] = way[i].actor;
		found->orders += way[i].orders;
	}
}

/**
 * search() - go through all orders of a scenario, until one fails
 * @s:     the scenario
 * @model: for it, or NULL
 * @bound: how many preemptions, or UNBOUNDED
 * @found: what was found
 */
void search(const struct scenario *s, const struct explored_model *model,
	    int bound, struct found *found)
{
	double orders = 0;

	search_begin(s, model);
	states_clear();
	depth = 0;
	trail_used = 0;
	enter(bound);
	while (depth && !*failure) {
		struct frame *frame = &way[depth - 1];

		do
			frame->actor++;
		while (frame->actor < MAX_ACTORS &&
		       !(frame->enabled & 1u << frame->actor));
		if (frame->actor == MAX_ACTORS) {
			leave();
			orders = frame->enabled ? frame->orders : 1;
			continue;
		}
		arena_restore(trail + frame->saved);
		if (search_step(frame->actor))
			enter(bound);
	}
	sum_up(found);
	if (!found->failed)
		found->orders = orders;
}
