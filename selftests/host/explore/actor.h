/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Actors: what a kernel's threads are to the code under test. One runs at a time,
 * from one point to the next.
 *
 * A point is a marked access: a lock or unlock, an exchange, a reference count,
 * READ_ONCE and the like, and the waits of the actors themselves. An actor stops
 * before it, so that others can come first. Plain accesses are no points. They
 * need not be: as long as no two actors can make conflicting plain accesses at the
 * same time, it makes no difference to anybody when between two points they are
 * made. That they cannot is checked, in every order: what an actor has touched
 * since its last point must not be touched by another one before its next, unless
 * both read. To free something is to write to all of it. So a data race, a touch
 * after the request was given away or a mark set too late is found whichever comes
 * first, and where none is found, all orders of the points are all there is.
 *
 * The memory model is sequential consistency: no access overtakes another one.
 */
#ifndef ACTOR_H
#define ACTOR_H

#include <host.h>
#include <stdbool.h>

#include "fiber.h"
#include "memory.h"

#define MAX_ACTORS 8

/**
 * struct point - what an actor does next
 * @op:    the kind of access
 * @what:  its name in the source
 * @p:     what is accessed
 * @size:  of it
 * @pc:    in whose code
 * @ready: NULL, or: it waits until this is true
 * @arg:   for @ready
 */
struct point {
	enum host_op op;
	const char *what;
	const void *p;
	size_t size;
	const char *pc;
	bool (*ready)(long arg);
	long arg;
};

/**
 * struct actor_spec - as a scenario has it
 * @name:   of the column
 * @run:    what it does; when it returns, the actor is over
 * @arg:    for @run
 * @daemon: it may wait when all others are over
 * @last:   it begins only then
 */
struct actor_spec {
	const char *name;
	void (*run)(long arg);
	long arg;
	bool daemon;
	bool last;
};

/**
 * struct actor - in the arena
 * @fiber:     it runs on
 * @next:      the point before which it stands
 * @over:      it has returned
 * @locks:     how many it holds
 * @interrupt: it may neither sleep nor be held at a place of module/point.h
 * @footprint: what it has touched since its last point
 */
struct actor {
	struct fiber fiber;
	struct point next;
	bool over;
	int locks;
	bool interrupt;
	struct footprint footprint;
};

/* NULL: the explorer itself */
extern struct actor *running;

/* For the search */
void actors_init(const struct actor_spec *specs, int n);
unsigned int actors_enabled(void);
const char *actors_stuck(void);
const struct point *actor_point(int i);
bool actor_step(int i);
int actors_in_locks(void);
extern char failure[512];

/* For the shims */
const char *actor_name(const struct actor *actor);
void actor_park(const struct point *point);
void actors_race(const struct actor *self, const struct access *now,
		 const char *object);

#define MAX_MARKS 8
extern unsigned long did;
extern const char *marks[MAX_MARKS];
extern int nr_marks;

/* For actors */
void actor_wait(const char *what, bool (*ready)(long arg), long arg);
void actor_interrupt(bool in);
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For a check: a look that is neither a point nor an access. */
#define LOOK(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)

#define CHECK(condition)                                             \
	do {                                                         \
		if (!(condition))                                    \
			fail("not true: %s (%s)", #condition, __func__); \
	} while (0)

#endif
