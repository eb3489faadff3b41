// SPDX-License-Identifier: GPL-2.0
/*
 * The compiler's own setjmp and longjmp save frame, stack pointer and the place to
 * go on, and the function around them saves all registers on its stack: no
 * assembler, and nothing is kept where a copy of the stack would not have it.
 */
#include <ucontext.h>

#include "fiber.h"

static void *scheduler[5];

/* Not to be in one function with the setjmp. */
static void __attribute__((noinline, noreturn)) go_to(void **jump)
{
	__builtin_longjmp(jump, 1);
}

/**
 * fiber_leave() - back to the scheduler, for good
 */
void fiber_leave(void)
{
	go_to(scheduler);
}

/**
 * fiber_park() - back to the scheduler, until it resumes this fiber
 * @fiber: the running one
 */
void __attribute__((noinline)) fiber_park(struct fiber *fiber)
{
	if (!__builtin_setjmp(fiber->jump))
		go_to(scheduler);
}

/**
 * fiber_resume() - run a fiber until it parks or leaves
 * @fiber: parked
 */
void __attribute__((noinline)) fiber_resume(struct fiber *fiber)
{
	if (!__builtin_setjmp(scheduler))
		go_to(fiber->jump);
}

static void __attribute__((noinline)) start(const ucontext_t *context)
{
	if (!__builtin_setjmp(scheduler))
		setcontext(context);
}

/**
 * fiber_init() - a fiber that has run to its first fiber_park()
 * @fiber: anything
 * @stack: zeroed
 * @size:  of it
 * @run:   parks at once, and never returns
 */
void fiber_init(struct fiber *fiber, void *stack, size_t size, fiber_run run)
{
	ucontext_t context;

	fiber->stack = stack;
	fiber->size = size;
	getcontext(&context);
	context.uc_stack.ss_sp = stack;
	context.uc_stack.ss_size = size;
	context.uc_link = NULL;
	makecontext(&context, run, 0);
	start(&context);
}

/**
 * fiber_sp() - what is below it, nobody needs any more
 * @fiber: parked
 */
char *fiber_sp(const struct fiber *fiber)
{
	return fiber->jump[2];
}
