// SPDX-License-Identifier: GPL-2.0
/* What the shims in include/ need one of. */
#include <stdio.h>
#include <stdlib.h>

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/spinlock.h>

__thread void (*host_exchanged)(void);
__thread int host_locks_held;

void host_warn(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: WARN_ON_ONCE(%s)\n", file, line, condition);
	abort();
}
