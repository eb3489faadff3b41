// SPDX-License-Identifier: GPL-2.0
/* The shims of host.h and include/linux: each access that they tell of is a point. */
#include <string.h>

#include <linux/bug.h>
#include <linux/spinlock.h>

#include "actor.h"
#include "memory.h"

/* What the last access found, for whoever prints the order. */
unsigned long did;

/* Which marks were passed after it. */
const char *marks[MAX_MARKS];
int nr_marks;

static void point_at(enum host_op op, const char *what,
		     const void *p, size_t size, const void *pc)
{
	const struct point point = { op, what, p, size, pc, NULL, 0 };

	if (!running)
		return;
	actor_park(&point);
	memory_touch(running, p, size, op != HOST_READ, true);
}

void host_before(enum host_op op, const char *what, const void *p,
		 size_t size)
{
	point_at(op, what, p, size, __builtin_return_address(0));
}

void host_did(enum host_op op, unsigned long value)
{
	did = value;
}

void host_mark(const char *name)
{
	if (running && running->interrupt)
		fail("%s comes to %s in an interrupt", actor_name(running), name);
	if (nr_marks < MAX_MARKS)
		marks[nr_marks++] = name;
}

void host_warn(const char *file, int line, const char *condition)
{
	fail("%s:%d: warning: %s", basename(file), line, condition);
	__builtin_trap();	/* the explorer itself does not warn */
}

bool host_holds(spinlock_t *lock)
{
	return !running || lock->holder == running;
}

int host_locks_held(void)
{
	return running ? running->locks : 0;
}

void host_spin_lock(spinlock_t *lock, const char *what)
{
	if (!running)
		return;
	if (lock->holder == running)
		fail("%s takes %s, which it holds", actor_name(running), what);
	point_at(HOST_LOCK, what, lock, sizeof(*lock),
		 __builtin_return_address(0));
	lock->holder = running;
	running->locks++;
}

void host_spin_unlock(spinlock_t *lock, const char *what)
{
	if (!running)
		return;
	if (lock->holder != running)
		fail("%s releases %s, which it does not hold", actor_name(running),
		     what);
	point_at(HOST_UNLOCK, what, lock, sizeof(*lock),
		 __builtin_return_address(0));
	lock->holder = NULL;
	running->locks--;
}

