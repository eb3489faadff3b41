/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A spinlock knows who holds it, and each thread knows how many it holds: so that
 * a test can say "no lock of ours is held here" (rule A5).
 */
#ifndef HOST_LINUX_SPINLOCK_H
#define HOST_LINUX_SPINLOCK_H

#include <linux/bug.h>
#include <linux/types.h>
#include <pthread.h>

#define __acquires(lock)
#define __releases(lock)

/**
 * struct host_spinlock - a lock
 * @holder: a thread, or an actor of the explorer; NULL: free
 * @mutex:  for the threads
 */
typedef struct host_spinlock {
	void *holder;
	pthread_mutex_t mutex;
} spinlock_t;

void host_spin_lock(spinlock_t *lock, const char *what);
void host_spin_unlock(spinlock_t *lock, const char *what);
bool host_holds(spinlock_t *lock);
int host_locks_held(void);

#define DEFINE_SPINLOCK(lock) \
	spinlock_t lock = { .mutex = PTHREAD_MUTEX_INITIALIZER }

static inline void spin_lock_init(spinlock_t *lock)
{
	*lock = (spinlock_t){ .mutex = PTHREAD_MUTEX_INITIALIZER };
}

#define spin_lock(lock) host_spin_lock(lock, #lock)
#define spin_unlock(lock) host_spin_unlock(lock, #lock)

#define spin_lock_irqsave(lock, flags)       \
	do {                                 \
		(flags) = 0;                 \
		host_spin_lock(lock, #lock); \
	} while (0)

#define spin_unlock_irqrestore(lock, flags)    \
	do {                                   \
		(void)(flags);                 \
		host_spin_unlock(lock, #lock); \
	} while (0)

#define lockdep_assert_held(lock) WARN_ON_ONCE(!host_holds(lock))

#endif
