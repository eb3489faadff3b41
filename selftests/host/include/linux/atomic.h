/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exchanges are full barriers, as in the kernel. READ_ONCE and WRITE_ONCE are
 * marked accesses without order, so that ThreadSanitizer reports the plain ones.
 */
#ifndef HOST_LINUX_ATOMIC_H
#define HOST_LINUX_ATOMIC_H

#include <host.h>
#include <linux/types.h>

#define HOST_LOAD(p, what, order)                                      \
	({                                                             \
		host_before(HOST_READ, what, (const void *)(p), sizeof(*(p)));        \
		__typeof__(*(p)) value_ = __atomic_load_n((p), order); \
		host_did(HOST_READ, (unsigned long)value_);            \
		value_;                                                \
	})

#define HOST_STORE(p, what, v, order)                            \
	do {                                                     \
		__typeof__(*(p)) value_ = (v);                   \
		host_before(HOST_WRITE, what, (const void *)(p), sizeof(*(p))); \
		__atomic_store_n((p), value_, order);            \
		host_did(HOST_WRITE, (unsigned long)value_);     \
	} while (0)

#define READ_ONCE(x) HOST_LOAD(&(x), #x, __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) HOST_STORE(&(x), #x, v, __ATOMIC_RELAXED)
#define smp_load_acquire(p) HOST_LOAD(p, #p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) HOST_STORE(p, #p, v, __ATOMIC_RELEASE)

#define xchg(p, v)                                                  \
	({                                                          \
		__typeof__(*(p)) new_ = (v), old_;                  \
		host_before(HOST_XCHG, #p, (const void *)(p), sizeof(*(p)));       \
		old_ = __atomic_exchange_n((p), new_,               \
					   __ATOMIC_SEQ_CST);       \
		host_did(HOST_XCHG, (unsigned long)old_);           \
		old_;                                               \
	})

#define cmpxchg(p, from, to)                                        \
	({                                                          \
		__typeof__(*(p)) old_ = (from), new_ = (to);        \
		host_before(HOST_CMPXCHG, #p, (const void *)(p), sizeof(*(p)));    \
		__atomic_compare_exchange_n((p), &old_, new_, false,\
					    __ATOMIC_SEQ_CST,       \
					    __ATOMIC_SEQ_CST);      \
		host_did(HOST_CMPXCHG, (unsigned long)old_);        \
		old_;                                               \
	})

typedef struct {
	__s64 n;
} atomic64_t;

/* An initialization: nobody else knows it yet. */
static inline void atomic64_set(atomic64_t *v, __s64 n)
{
	__atomic_store_n(&v->n, n, __ATOMIC_RELAXED);
}

#define atomic64_read(v) HOST_LOAD(&(v)->n, #v, __ATOMIC_RELAXED)

static inline __s64 host_add_return(atomic64_t *v, __s64 n, const char *what)
{
	__s64 old;

	host_before(HOST_ADD, what, v, sizeof(*v));
	old = __atomic_fetch_add(&v->n, n, __ATOMIC_SEQ_CST);
	host_did(HOST_ADD, old);
	return old + n;
}

#define atomic64_inc_return(v) host_add_return(v, 1, #v)

#endif
