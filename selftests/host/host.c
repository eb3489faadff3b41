// SPDX-License-Identifier: GPL-2.0
/* The shims in include/ for real threads. */
#include <stdio.h>
#include <stdlib.h>

#include <host.h>
#include <linux/bug.h>
#include <linux/spinlock.h>
#include <complain.h>
#include <trace.h>

__thread host_step host_exchanged;
__thread char host_log[128];
static __thread int locks_held;

void host_before(enum host_op op, const char *what, const void *p,
		 size_t size)
{
}

void host_did(enum host_op op, unsigned long value)
{
	if (op == HOST_XCHG && host_exchanged)
		host_exchanged();
}

void host_mark(const char *name)
{
}

void host_trace(enum host_event event, const struct cs_request *req,
		enum cs_who who)
{
}

void cs_complain(const struct cs_request *req, const char *what,
		 const char *why, const char *rule)
{
	snprintf(host_log, sizeof(host_log), "%s of request %llu failed: %s (rule %s)",
		 what, (unsigned long long)req->id, why, rule);
}

void host_warn(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: WARN_ON_ONCE(%s)\n", file, line, condition);
	abort();
}

static void *self(void)
{
	return (void *)pthread_self();
}

bool host_holds(spinlock_t *lock)
{
	return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == self();
}

void host_spin_lock(spinlock_t *lock, const char *what)
{
	pthread_mutex_lock(&lock->mutex);
	__atomic_store_n(&lock->holder, self(), __ATOMIC_RELAXED);
	locks_held++;
}

void host_spin_unlock(spinlock_t *lock, const char *what)
{
	WARN_ON_ONCE(!host_holds(lock));
	__atomic_store_n(&lock->holder, NULL, __ATOMIC_RELAXED);
	locks_held--;
	pthread_mutex_unlock(&lock->mutex);
}

int host_locks_held(void)
{
	return locks_held;
}
