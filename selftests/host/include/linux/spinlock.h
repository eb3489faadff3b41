/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A spinlock is a mutex that knows who holds it, and each thread knows how many
 * it holds: so that a test can say "no lock of ours is held here" (rule A5).
 */
#ifndef HOST_LINUX_SPINLOCK_H
#define HOST_LINUX_SPINLOCK_H

#include <linux/bug.h>
#include <linux/types.h>
#include <pthread.h>

#define __acquires(lock)
#define __releases(lock)

extern __thread int host_locks_held;

typedef struct {
	pthread_mutex_t mutex;
	pthread_t holder;
	bool held;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	lock->held = false;
}

static inline bool host_holds(spinlock_t *lock)
{
	return __atomic_load_n(&lock->held, __ATOMIC_RELAXED) &&
	       pthread_equal(lock->holder, pthread_self());
}

static inline void host_spin_lock(spinlock_t *lock)
{
	pthread_mutex_lock(&lock->mutex);
	lock->holder = pthread_self();
	__atomic_store_n(&lock->held, true, __ATOMIC_RELAXED);
	host_locks_held++;
}

static inline void host_spin_unlock(spinlock_t *lock)
{
	WARN_ON_ONCE(!host_holds(lock));
	__atomic_store_n(&lock->held, false, __ATOMIC_RELAXED);
	host_locks_held--;
	pthread_mutex_unlock(&lock->mutex);
}

#define spin_lock_irqsave(lock, flags) \
	do {                           \
		(flags) = 0;           \
		host_spin_lock(lock);  \
	} while (0)

#define spin_unlock_irqrestore(lock, flags) \
	do {                                \
		(void)(flags);              \
		host_spin_unlock(lock);     \
	} while (0)

#define lockdep_assert_held(lock) WARN_ON_ONCE(!host_holds(lock))

#endif
