/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the shims tell of an access that threads may meet in. Two listen:
 *
 *	host.c		for the tests with real threads. It does nothing, unless
 *			a test wants to take a step behind an exchange
 *	explore/	for the explorer. host_before() is where another actor may
 *			run; it returns when the access is to be done
 *
 * The same goes for the locks (linux/spinlock.h) and warnings (linux/bug.h).
 */
#ifndef HOST_H
#define HOST_H

#include <linux/types.h>

enum host_op {
	HOST_READ,
	HOST_WRITE,
	HOST_XCHG,
	HOST_CMPXCHG,
	HOST_ADD,
	HOST_GET,
	HOST_PUT,
	HOST_LOCK,
	HOST_UNLOCK,
	HOST_WAIT,
	HOST_STEP,
};

/**
 * host_before() - a marked access is about to be done
 * @op:   what kind
 * @what: as the source has it
 * @p:    what is accessed
 * @size: of it
 */
void host_before(enum host_op op, const char *what, const void *p,
		 size_t size);

/**
 * host_did() - it was done
 * @op:    what kind
 * @value: what was there before
 */
void host_did(enum host_op op, unsigned long value);

/**
 * host_mark() - a place of which module/point.h knows
 * @name: its name in scripts
 *
 * Nobody is held there. It serves to find one's way.
 */
void host_mark(const char *name);

/* With real threads: a test's own step behind this thread's next exchanges. */
typedef void (*host_step)(void);
extern __thread host_step host_exchanged;

/* Where the core has a tracepoint. */
enum host_event {
	HOST_SUBMITTED,
	HOST_QUEUED,
	HOST_CLAIMED,
	HOST_CANCELLED,
	HOST_COMPLETED,
};

#endif
