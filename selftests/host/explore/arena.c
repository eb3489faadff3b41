// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"

#define BASE ((char *)0x600000000000)
#define HEAP (64 * 1024)
#define PAGE 4096
#define STACK (2 * PAGE)
#define MAX_OBJECTS 32

/* No object is next to another, so that a step too far is seen. */
#define GAP 16

/* What was allocated; it does not change once the actors run. */
struct object {
	const char *name;
	size_t start, size;
	bool watched;
};

static struct object objects[MAX_OBJECTS];
static unsigned int nr_objects;
static size_t used;

/* What does change is in the arena, at its beginning. */
struct head {
	uint64_t freed;			/* bits of objects[] */
	char *sp[ARENA_STACKS];		/* NULL: nothing of the stack is in use */
};

#define HEAD ((struct head *)BASE)

/* Those of module/core. */
static char *globals;			/* as they were before anybody ran */
static uint64_t *words;			/* as they are, filled up to a whole word */

static size_t globals_size(void)
{
	return __stop_core_data - __start_core_data;
}

/* Below each stack is a page that nobody may touch. */
char *arena_stack(int i, size_t *size)
{
	*size = STACK;
	return BASE + HEAP + i * (PAGE + STACK) + PAGE;
}

static char *stack_end(int i)
{
	size_t size;
	char *stack = arena_stack(i, &size);

	return stack + size;
}

/* Once. */
void arena_init(void)
{
	size_t size;
	int i;
	void *p = mmap(BASE, HEAP + ARENA_STACKS * (PAGE + STACK),
		       PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	assert(p == BASE);
	for (i = 0; i < ARENA_STACKS; i++)
		mprotect(arena_stack(i, &size) - PAGE, PAGE, PROT_NONE);
	globals = calloc(1, globals_size() + 1);
	words = calloc(1, globals_size() + sizeof(*words));
	assert(globals && words);
	memcpy(globals, __start_core_data, globals_size());
}

/* Before each scenario: nothing is allocated, all is zero. */
void arena_reset(void)
{
	size_t size;
	int i;

	memset(BASE, 0, HEAP);
	for (i = 0; i < ARENA_STACKS; i++)
		memset(arena_stack(i, &size), 0, STACK);
	memcpy(__start_core_data, globals, globals_size());
	nr_objects = 0;
	used = sizeof(struct head) + GAP;
}

static void *alloc(const char *name, size_t size, bool watched)
{
	struct object *o = &objects[nr_objects++];

	assert(nr_objects <= MAX_OBJECTS && used + size + GAP <= HEAP);
	*o = (struct object){ name, used, size, watched };
	used = (used + size + GAP + 15) & ~15ul;
	return BASE + o->start;
}

/* For the set-up: zeroed. Its place is never used again. */
void *arena_alloc(const char *name, size_t size)
{
	return alloc(name, size, true);
}

/* The same, for what the explorer and its actors keep for themselves. */
void *arena_alloc_unwatched(size_t size)
{
	return alloc("", size, false);
}

static int object_at(const void *p)
{
	size_t offset = (const char *)p - BASE;
	unsigned int i;

	for (i = 0; i < nr_objects; i++)
		if (offset - objects[i].start < objects[i].size)
			return i;
	return -1;
}

size_t arena_size_of(const void *object)
{
	return objects[object_at(object)].size;
}

/* The caller has seen to it that it is an object's beginning, and not free. */
void arena_free(void *object)
{
	int i = object_at(object);

	HEAD->freed |= 1ull << i;
	memset(object, 0, objects[i].size);
}

/* The name of one that was not freed, or NULL. */
const char *arena_leak(void)
{
	unsigned int i;

	for (i = 0; i < nr_objects; i++)
		if (objects[i].watched && !(HEAD->freed & 1ull << i))
			return objects[i].name;
	return NULL;
}

static enum arena_place find_in_heap(const void *p, const char **name)
{
	int i = object_at(p);

	if (i < 0)
		return ARENA_GAP;
	*name = objects[i].name;
	if (!objects[i].watched)
		return ARENA_OURS;
	return HEAD->freed & 1ull << i ? ARENA_FREED : ARENA_OBJECT;
}

enum arena_place arena_find(const void *p, const char **name)
{
	size_t offset = (const char *)p - BASE;
	int i = (offset - HEAP) / (PAGE + STACK);

	*name = "";
	if (offset < HEAP)
		return find_in_heap(p, name);
	if (offset < HEAP + ARENA_STACKS * (PAGE + STACK)) {
		*name = "stack";
		return (char *)p >= HEAD->sp[i] && HEAD->sp[i] ?
			       ARENA_STACK :
			       ARENA_BELOW_STACK;
	}
	if ((char *)p >= __start_core_data && (char *)p < __stop_core_data) {
		*name = "a global variable";
		return ARENA_GLOBAL;
	}
	return ARENA_ELSEWHERE;
}

/*
 * Stack @i is used from @sp upwards; NULL: not at all. What lies below is zeroed:
 * what happened to be there would get into the next frames, and make two states
 * differ that do not.
 */
void arena_set_sp(int i, char *sp)
{
	size_t size;
	char *stack = arena_stack(i, &size);

	HEAD->sp[i] = sp;
	memset(stack, 0, (sp ? sp : stack_end(i)) - stack);
}

/* States */

static size_t stack_used(int i)
{
	return HEAD->sp[i] ? stack_end(i) - HEAD->sp[i] : 0;
}

size_t arena_state_size(void)
{
	size_t size = used + globals_size();
	int i;

	for (i = 0; i < ARENA_STACKS; i++)
		size += stack_used(i);
	return size;
}

void arena_save(void *copy)
{
	char *to = copy;
	int i;

	to = mempcpy(to, BASE, used);
	to = mempcpy(to, __start_core_data, globals_size());
	for (i = 0; i < ARENA_STACKS; i++)
		to = mempcpy(to, stack_end(i) - stack_used(i), stack_used(i));
}

void arena_restore(const void *copy)
{
	size_t was[ARENA_STACKS];
	const char *from = copy;
	int i;

	for (i = 0; i < ARENA_STACKS; i++)
		was[i] = stack_used(i);
	memcpy(BASE, from, used);
	from += used;
	memcpy(__start_core_data, from, globals_size());
	from += globals_size();
	for (i = 0; i < ARENA_STACKS; i++) {
		size_t now = stack_used(i);

		if (was[i] > now)
			memset(stack_end(i) - was[i], 0, was[i] - now);
		memcpy(stack_end(i) - now, from, now);
		from += now;
	}
}

/* Most words are 0, and say nothing: the others come with their places. */
static unsigned __int128 digest(unsigned __int128 sum, const char *start, size_t size)
{
	/* odd, and otherwise without meaning */
	const unsigned __int128 factor = (unsigned __int128)0x9e3779b97f4a7c15 << 64 |
				0xc2b2ae3d27d4eb4f;
	const uint64_t *word = (const uint64_t *)start;
	const uint64_t *end = word + size / sizeof(*word);

	for (; word < end; word++) {
		if (!*word)
			continue;
		sum = (sum ^ ((unsigned __int128)(uintptr_t)word << 64 | *word)) * factor;
		sum ^= sum >> 71;
	}
	return sum;
}

/*
 * Each step maps the sum one to one, whatever the word and its place. Two states
 * share a digest with a chance of about 2^-128: among ten million there is such a
 * pair with one of 10^-25.
 */
struct digest arena_digest(void)
{
	unsigned __int128 sum = 1;
	int i;

	sum = digest(sum, BASE, used);
	memcpy(words, __start_core_data, globals_size());
	sum = digest(sum, (char *)words, globals_size() + sizeof(*words) - 1);
	for (i = 0; i < ARENA_STACKS; i++)
		sum = digest(sum, stack_end(i) - stack_used(i), stack_used(i));
	return (struct digest){ .low = sum, .high = sum >> 64 };
}
