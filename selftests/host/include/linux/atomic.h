/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exchanges are full barriers, as in the kernel. READ_ONCE and WRITE_ONCE are
 * marked accesses without order, so that ThreadSanitizer reports the plain ones.
 */
#ifndef HOST_LINUX_ATOMIC_H
#define HOST_LINUX_ATOMIC_H

#include <linux/types.h>

/*
 * A test's own step behind every exchange of a pointer: where another thread
 * could come in.
 */
extern __thread void (*host_exchanged)(void);

static inline void host_after_exchange(void)
{
	if (host_exchanged)
		host_exchanged();
}

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

#define xchg(p, v)                                                          \
	({                                                                  \
		__typeof__(*(p)) old_ =                                     \
			__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST);    \
		host_after_exchange();                                      \
		old_;                                                       \
	})

#define cmpxchg(p, from, to)                                                \
	({                                                                  \
		__typeof__(*(p)) old_ = (from);                             \
		__atomic_compare_exchange_n((p), &old_, (to), false,        \
					    __ATOMIC_SEQ_CST,               \
					    __ATOMIC_SEQ_CST);              \
		old_;                                                       \
	})

typedef struct {
	__s64 n;
} atomic64_t;

static inline void atomic64_set(atomic64_t *v, __s64 n)
{
	__atomic_store_n(&v->n, n, __ATOMIC_RELAXED);
}

static inline __s64 atomic64_inc_return(atomic64_t *v)
{
	return __atomic_add_fetch(&v->n, 1, __ATOMIC_SEQ_CST);
}

#endif
