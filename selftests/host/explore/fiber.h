/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fiber is a stack that can be left and entered again. What it consists of, its
 * stack and the struct, is memory like any other: copied and put back, it goes on
 * from where the copy was made.
 */
#ifndef FIBER_H
#define FIBER_H

#include <stddef.h>

/**
 * struct fiber - a stack to run on
 * @jump:  where it was left
 * @stack: its lowest address
 * @size:  of the stack
 */
struct fiber {
	void *jump[5];
	char *stack;
	size_t size;
};

typedef void (*fiber_run)(void);

void fiber_init(struct fiber *fiber, void *stack, size_t size, fiber_run run);
void fiber_resume(struct fiber *fiber);
void fiber_park(struct fiber *fiber);
_Noreturn void fiber_leave(void);
char *fiber_sp(const struct fiber *fiber);

#endif
