/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a scenario, at a fixed address: all that the code under test and
 * its actors can see and change. A state of the world is the bytes in here, so it
 * is saved, restored and compared as bytes. Pointers stay what they were.
 *
 *	objects			what a scenario allocates, each with its name
 *	stacks			one an actor, the part in use
 *	globals			those of module/core
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_STACKS 8

/* Two states are the same if their digests are: see arena_digest(). */
struct digest {
	uint64_t low, high;
};

/* What arena_find() says of an address. */
enum arena_place {
	ARENA_ELSEWHERE,	/* no memory of the scenario's */
	ARENA_OURS,		/* the explorer's own: not watched */
	ARENA_OBJECT,
	ARENA_FREED,
	ARENA_GAP,		/* between two objects */
	ARENA_STACK,
	ARENA_BELOW_STACK,	/* of a function that has returned */
	ARENA_GLOBAL,
};

void arena_init(void);
void arena_reset(void);
void *arena_alloc(const char *name, size_t size);
void *arena_alloc_unwatched(size_t size);
void arena_free(void *object);
const char *arena_leak(void);
enum arena_place arena_find(const void *p, const char **name);
size_t arena_size_of(const void *object);
char *arena_stack(int i, size_t *size);
void arena_set_sp(int i, char *sp);

size_t arena_state_size(void);
void arena_save(void *copy);
void arena_restore(const void *copy);
struct digest arena_digest(void);

/* The .data and .bss of module/core: the Makefile gives them this name. */
extern char __start_core_data[] __attribute__((weak));
extern char __stop_core_data[] __attribute__((weak));

#endif
