/* SPDX-License-Identifier: GPL-2.0 */
/* What an actor may touch, and what it has touched since its last point. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ACCESSES 64

struct actor;

/* A plain access, packed: it is part of the state. */
struct access {
	uint64_t address : 48, size : 15, write : 1;
};

struct footprint {
	int n;
	struct access accesses[MAX_ACCESSES];
};

extern const char *memory_pc;
extern unsigned long memory_steps;

void memory_step(void);
void memory_forget(struct actor *actor);
void memory_touch(struct actor *self, const void *p, size_t size,
		  bool write, bool marked);
void memory_race(const struct actor *self, const struct access *now,
		 const struct actor *other, const char *object);
void memory_free(void *object);

#endif
