/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_LINUX_REFCOUNT_H
#define HOST_LINUX_REFCOUNT_H

#include <host.h>
#include <linux/bug.h>
#include <linux/types.h>

typedef struct {
	int n;
} refcount_t;

/* An initialization: nobody else knows it yet. */
static inline void refcount_set(refcount_t *r, int n)
{
	__atomic_store_n(&r->n, n, __ATOMIC_RELAXED);
}

static inline void host_get(refcount_t *r, const char *what)
{
	int old;

	host_before(HOST_GET, what, r, sizeof(*r));
	old = __atomic_fetch_add(&r->n, 1, __ATOMIC_RELAXED);
	host_did(HOST_GET, old);
	WARN_ON_ONCE(old <= 0);
}

static inline bool host_put(refcount_t *r, const char *what)
{
	int old;

	host_before(HOST_PUT, what, r, sizeof(*r));
	old = __atomic_fetch_sub(&r->n, 1, __ATOMIC_ACQ_REL);
	host_did(HOST_PUT, old);
	WARN_ON_ONCE(old <= 0);
	return old == 1;
}

#define refcount_inc(r) host_get(r, #r)
#define refcount_dec_and_test(r) host_put(r, #r)

#endif
