// SPDX-License-Identifier: GPL-2.0
/* Every access to memory: is it an object, is it free, does it race? */
#include <stdint.h>
#include <string.h>

#include "actor.h"
#include "arena.h"
#include "memory.h"

/* More accesses than this between two points, and it runs in circles. */
#define MAX_PLAIN 100000

static int plain;

/* Where the last plain access of this step was; NULL: there was none. */
const char *memory_pc;

unsigned long memory_steps;

static bool overlap(const struct access *a, const struct access *b)
{
	return a->address < b->address + b->size &&
	       b->address < a->address + a->size;
}

/* Between its last point and where it is now, nothing orders @other's accesses. */
void memory_race(const struct actor *self, const struct access *now,
		 const struct actor *other, const char *object)
{
	const struct footprint *f = &other->footprint;
	int i;

	for (i = 0; i < f->n; i++)
		if ((now->write || f->accesses[i].write) &&
		    overlap(now, &f->accesses[i]))
			fail("data race: %s %s %s, which %s has just %s without a lock",
			     actor_name(self),
			     now->write ? "writes to" : "reads", object,
			     actor_name(other),
			     f->accesses[i].write ? "written" : "read");
}

/* At a point: what was touched before it is ordered by it. */
void memory_forget(struct actor *actor)
{
	struct footprint *f = &actor->footprint;

	memset(f->accesses, 0, f->n * sizeof(f->accesses[0]));
	f->n = 0;
}

static void remember(struct actor *self, const struct access *now)
{
	struct footprint *f = &self->footprint;
	int i;

	for (i = 0; i < f->n; i++) {
		struct access *a = &f->accesses[i];

		if (a->address == now->address && a->size == now->size) {
			a->write |= now->write;
			return;
		}
	}
	if (f->n == MAX_ACCESSES)
		fail("%s makes too many accesses without a point",
		     actor_name(self));
	f->accesses[f->n++] = *now;
}

static bool on_own_stack(const struct actor *self, const void *p)
{
	return (size_t)((const char *)p - self->fiber.stack) < self->fiber.size;
}

/* Each access of an actor, marked or plain, comes through here. */
void memory_touch(struct actor *self, const void *p, size_t size,
		  bool write, bool marked)
{
	struct access now = { (uintptr_t)p, size, write };
	const char *name = "its stack";
	enum arena_place place = on_own_stack(self, p) ? ARENA_STACK :
							 arena_find(p, &name);

	switch (place) {
	case ARENA_ELSEWHERE:
	case ARENA_OURS:
		return;
	case ARENA_FREED:
		fail("use after free: %s touches %s", actor_name(self), name);
		return;
	case ARENA_GAP:
	case ARENA_BELOW_STACK:
		fail("wild access: %s touches what is no object",
		     actor_name(self));
		return;
	default:
		actors_race(self, &now, name);
		if (!marked)
			remember(self, &now);
	}
}

/* Free an object of the arena: a write to all of it. */
void memory_free(void *object)
{
	struct access now = { .address = (uintptr_t)object, .write = true };
	const char *name;

	if (arena_find(object, &name) != ARENA_OBJECT)
		fail("%s frees %s, which is no object any more",
		     actor_name(running), name);
	now.size = arena_size_of(object);
	actors_race(running, &now, name);
	arena_free(object);
}

/* A new step begins. */
void memory_step(void)
{
	memory_steps++;
	plain = 0;
	memory_pc = NULL;
}

static inline void plain_access(const void *p, size_t size, bool write,
				const char *pc)
{
	if (!running)
		return;
	memory_pc = pc;
	if (++plain > MAX_PLAIN)
		fail("%s runs without end", actor_name(running));
	memory_touch(running, p, size, write, false);
}

/*
 * The code under test is compiled as for ThreadSanitizer, whose library is not
 * linked: its calls come here. Marked accesses have told of themselves already.
 */

#define CALLER __builtin_return_address(0)

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
}

void __tsan_func_exit(void)
{
}

void __tsan_read_range(void *p, size_t size)
{
	plain_access(p, size, false, CALLER);
}

void __tsan_write_range(void *p, size_t size)
{
	plain_access(p, size, true, CALLER);
}

#define PLAIN(n)                                      \
	void __tsan_read##n(void *p)                  \
	{                                             \
		plain_access(p, n, false, CALLER);    \
	}                                             \
	void __tsan_write##n(void *p)                 \
	{                                             \
		plain_access(p, n, true, CALLER);     \
	}                                             \
	void __tsan_unaligned_read##n(void *p)        \
	{                                             \
		plain_access(p, n, false, CALLER);    \
	}                                             \
	void __tsan_unaligned_write##n(void *p)       \
	{                                             \
		plain_access(p, n, true, CALLER);     \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

#define ATOMIC(bits, type)                                                    \
	type __tsan_atomic##bits##_load(const type *p, int order)    \
	{                                                                     \
		return *p;                                                    \
	}                                                                     \
	void __tsan_atomic##bits##_store(type *p, type v, int order) \
	{                                                                     \
		*p = v;                                                       \
	}                                                                     \
	type __tsan_atomic##bits##_exchange(type *p, type v,         \
					    int order)                        \
	{                                                                     \
		type old = *p;                                                \
		*p = v;                                                       \
		return old;                                                   \
	}                                                                     \
	type __tsan_atomic##bits##_fetch_add(type *p, type v,        \
					     int order)                       \
	{                                                                     \
		type old = *p;                                                \
		*p += v;                                                      \
		return old;                                                   \
	}                                                                     \
	type __tsan_atomic##bits##_fetch_sub(type *p, type v,        \
					     int order)                       \
	{                                                                     \
		type old = *p;                                                \
		*p -= v;                                                      \
		return old;                                                   \
	}                                                                     \
	int __tsan_atomic##bits##_compare_exchange_strong(                    \
		type *p, type *from, type to, int order, int other)  \
	{                                                                     \
		type old = *p;                                                \
		if (old == *from) {                                           \
			*p = to;                                              \
			return 1;                                             \
		}                                                             \
		*from = old;                                                  \
		return 0;                                                     \
	}

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
