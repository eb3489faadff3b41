// SPDX-License-Identifier: GPL-2.0
/* Actors, and what they may not do. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/spinlock.h>

#include "actor.h"
#include "arena.h"
#include "memory.h"

char failure[512];

static const struct actor_spec *specs;
static int nr_actors;
static struct actor *actors;
struct actor *running;

/**
 * fail() - this order breaks a rule
 *
 * Does not return to an actor. The first of an order's failures stays.
 */
void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!*failure)
		vsnprintf(failure, sizeof(failure), format, args);
	va_end(args);
	if (running)
		fiber_leave();
}

const char *actor_name(const struct actor *actor)
{
	return specs[actor - actors].name;
}

/* Actors, to the search */

static bool enabled(const struct actor *a)
{
	const struct point *next = &a->next;

	if (a->over)
		return false;
	if (next->op == HOST_LOCK)
		return !((const spinlock_t *)next->p)->holder;
	return !next->ready || next->ready(next->arg);
}

/* Or wait for what will not come. */
static bool others_over(long self)
{
	int i;

	for (i = 0; i < nr_actors; i++)
		if (i != self && !actors[i].over &&
		    !(specs[i].daemon && !enabled(&actors[i])))
			return false;
	return true;
}

/* Whoever comes last comes after all others. */
static void forget_accesses(void)
{
	int i;

	for (i = 0; i < nr_actors; i++)
		memory_forget(&actors[i]);
}

static void run_actor(void)
{
	struct actor *self = running;

	fiber_park(&self->fiber);
	if (specs[self - actors].last)
		forget_accesses();
	specs[self - actors].run(specs[self - actors].arg);
	if (self->locks)
		fail("%s ends with a lock held", actor_name(self));
	self->over = true;
	fiber_leave();
}

/**
 * actors_init() - in an arena that the scenario has set up
 * @list: must stay
 * @n:    how many
 */
void actors_init(const struct actor_spec *list, int n)
{
	size_t size;
	int i;

	specs = list;
	nr_actors = n;
	assert(n <= MAX_ACTORS && n <= ARENA_STACKS);
	actors = arena_alloc_unwatched(n * sizeof(*actors));
	for (i = 0; i < n; i++) {
		char *stack = arena_stack(i, &size);

		running = &actors[i];
		running->next = (struct point){ .op = HOST_STEP, .what = "begin" };
		if (list[i].last)
			running->next.ready = others_over;
		running->next.arg = i;
		fiber_init(&running->fiber, stack, size, run_actor);
		arena_set_sp(i, fiber_sp(&running->fiber));
	}
	running = NULL;
}

const struct point *actor_point(int i)
{
	return &actors[i].next;
}

/**
 * actors_enabled() - who can run?
 *
 * Return: a bit an actor.
 */
unsigned int actors_enabled(void)
{
	unsigned int set = 0;
	int i;

	for (i = 0; i < nr_actors; i++)
		if (enabled(&actors[i]))
			set |= 1u << i;
	return set;
}

/**
 * actors_stuck() - nobody can run: is that all right?
 *
 * Return: NULL, or what is wrong.
 */
const char *actors_stuck(void)
{
	const char *wrong = NULL;
	int i;

	for (i = 0; i < nr_actors; i++) {
		if (actors[i].over || specs[i].daemon)
			continue;
		if (actors[i].next.op == HOST_LOCK)
			return "deadlock";
		wrong = "lost wake-up: somebody waits, and nobody is left to wake";
	}
	return wrong;
}

/**
 * actors_race() - has another one just made a conflicting access?
 * @self:   makes this one
 * @now:    the access
 * @object: its name
 */
void actors_race(const struct actor *self, const struct access *now,
		 const char *object)
{
	const struct actor *a;

	for (a = actors; a < actors + nr_actors; a++)
		if (a != self)
			memory_race(self, now, a, object);
}

/* How many of them hold a lock. */
int actors_in_locks(void)
{
	int i, n = 0;

	for (i = 0; i < nr_actors; i++)
		n += !!actors[i].locks;
	return n;
}

/**
 * actor_step() - let one run from its point to the next
 * @i: enabled
 *
 * Return: whether it got there; if not, @failure says why.
 */
bool actor_step(int i)
{
	struct actor *a = &actors[i];

	running = a;
	memory_step();
	fiber_resume(&a->fiber);
	running = NULL;
	if (*failure)
		return false;
	if (a->over) {
		memset(&a->fiber, 0, sizeof(a->fiber));
		memset(&a->next, 0, sizeof(a->next));
	}
	arena_set_sp(i, a->over ? NULL : fiber_sp(&a->fiber));
	return true;
}

/**
 * actor_park() - let others come first
 * @point: what comes next
 *
 * Returns when it is to be done.
 */
void actor_park(const struct point *point)
{
	struct actor *self = running;

	self->next = *point;
	fiber_park(&self->fiber);
	memory_forget(self);
}

/* Actors, to themselves */

/* Wait until a condition is true that other actors make true. */
void actor_wait(const char *what, bool (*ready)(long arg), long arg)
{
	const struct point point = { HOST_WAIT, what, NULL, 0,
				     __builtin_return_address(0), ready, arg };

	if (running->interrupt)
		fail("%s waits for %s in an interrupt", actor_name(running),
		     what);
	actor_park(&point);
}

/* From now on it is in an interrupt, or not any more. */
void actor_interrupt(bool in)
{
	running->interrupt = in;
}
