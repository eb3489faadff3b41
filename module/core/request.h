/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One read that waits: the counterpart of an IRP.
 *
 * A path (module/path/) makes it and submits it; a model (model_*.c) holds it
 * while it waits and decides who may complete it. Neither knows the other.
 *
 *	NEW --submit--> QUEUED --claim by the server--> IN SERVICE --> COMPLETED
 *	                   \-----claim by a canceller----------------> COMPLETED
 *
 * Who owns it:
 *
 *	NEW		the path
 *	QUEUED		the model, under its own lock; what a claim is, each
 *			model's file says at its head
 *	IN SERVICE	the server that claimed it, alone
 *	COMPLETED	the path again: complete() has run, or is about to
 *
 * A path whose caller is dying does not wait for a request in service: it
 * abandons it. Completion and abandonment meet in one exchange of @fate, so
 * that either complete() runs or the path was told that it never will.
 *
 * Two references keep a request alive: the path's, dropped when it has done
 * with the result, and the model's, dropped after complete(). So an abandoned
 * request outlives its reader's stack.
 */
#ifndef CS_REQUEST_H
#define CS_REQUEST_H

#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "../uapi/cancelsafe.h"
#include "cancel.h"

struct cs_file;
struct cs_queue;
struct cs_request;

/**
 * enum cs_verdict - what became of a cancel
 * @CS_CANCELLED: this cancel claimed it; complete() has run, once. Or is about to,
 *                where cancellers complete each other's (model_driver_queue.c)
 * @CS_SOON:      somebody else has claimed it and will soon be done, or is: wait, or
 *                cs_abandon(). Or it was not submitted yet, and the submit will
 *                cancel it, or refuse it
 * @CS_LATER:     somebody else has claimed it, for as long as the device takes, or is
 *                just done: wait, or cs_abandon()
 * @CS_OVER:      it was completed before; complete() has run, or is about to
 */
enum cs_verdict {
	CS_CANCELLED,
	CS_SOON,
	CS_LATER,
	CS_OVER,
};

/*
 * Who does something to a request: for the tracepoints. What is ended as cancelled is
 * the canceller's doing, also where his flag is found by the server, or by the submit.
 */
enum cs_who {
	CS_MAKER,
	CS_SERVER,
	CS_CANCELLER,
};

/*
 * What is counted, for each open file and each node. In every snapshot
 *
 *	submitted = completed + cancelled + failed + waiting
 *	acquired = completed + undeliverable
 */
enum cs_count {
	CS_COUNT_SUBMITTED,
	CS_COUNT_COMPLETED,
	CS_COUNT_CANCELLED,
	CS_COUNT_FAILED,
	CS_COUNT_WAITING,
	CS_COUNT_ACQUIRED,
	CS_COUNT_UNDELIVERABLE,
	CS_NR_COUNTS,
};

struct cs_counts {
	u64 n[CS_NR_COUNTS];
};

/*
 * In seconds: longer than a short service should be. Who cannot tell whether somebody is
 * dying waits no longer for a sample (rule A9).
 */
#define CS_SHORT_SERVICE_S 10

/* Completion and abandonment: the first to leave CS_OPEN has decided. */
enum cs_fate {
	CS_OPEN,
	CS_COMPLETED,
	CS_ABANDONED,
};

/**
 * struct cs_ledger - a node's counts, and the lock that makes snapshots true
 * @lock:   innermost, irqsave; guards this node's counts and its files'
 * @counts: of the node
 */
struct cs_ledger {
	spinlock_t lock;
	struct cs_counts counts;
};

/**
 * struct cs_path - how a request came in, and how its result goes out
 * @name:     for the tracepoints
 * @complete: The request is done, its result and sample are there. Called at
 *            most once, in any context, hard interrupt included, with no lock
 *            of ours held: so it wakes somebody, or queues work, and touches no
 *            user memory.
 * @copy:     Hand the sample to the maker, who is there. Called by cs_deliver()
 *            alone, and in its context. Returns whether all of it was taken.
 * @detach:   The request was cancelled long ago, is still in service, and was
 *            abandoned in the path's place: complete() will never run. The path
 *            ends its own half with the cancel's error. May sleep; another may
 *            hold a reference, the path's is its own to put.
 * @release:  the last reference is gone: free it
 */
struct cs_path {
	const char *name;
	void (*complete)(struct cs_request *req);
	bool (*copy)(struct cs_request *req);
	void (*detach)(struct cs_request *req);
	void (*release)(struct cs_request *req);
};

/**
 * struct cs_request - one read
 * @cancelable: the queue's and the cancel's part
 * @refs:       the path's, the model's, and those of who walks along its file
 * @maker:      the thread group that submitted it: its number (rule G4)
 * @path:       whose it is
 * @file:       through which it was submitted; a reference
 * @in_file:    among that file's requests, under its lock
 * @id:         number of the request at its node, from 1
 * @owner:      the descriptor table of who submitted it: whose close(2) ends it
 * @fate:       exchanged: who comes first, completion or abandonment
 * @result:     0: @sample holds a sample; else an error. Its owner's
 * @stage:      how far a framework has come with it: framework.h
 * @cancelled_s: for how many seconds the watchdog has seen it cancelled but not
 *              complete: its own
 * @sample:     its owner's
 *
 * A million of them may wait: mind the holes between the fields.
 */
struct cs_request {
	struct cs_cancelable cancelable;
	refcount_t refs;
	int maker;
	const struct cs_path *path;
	struct cs_file *file;
	struct list_head in_file;
	u64 id;
	const void *owner;
	enum cs_fate fate;
	int result;
	unsigned int stage;
	unsigned int cancelled_s;
	struct cancelsafe_sample sample;
};

static inline struct cs_request *cs_request_of(struct cs_cancelable *c)
{
	return container_of(c, struct cs_request, cancelable);
}

/**
 * cs_is_pending() - was it queued?
 * @req: the caller holds a reference
 *
 * Stays true to the end. Once it was, cs_submit() returns 0, and the path can abandon
 * it. A request that was not queued when its cancel had been made is left to its submit,
 * which cancels or refuses it.
 */
static inline bool cs_is_pending(const struct cs_request *req)
{
	return READ_ONCE(req->cancelable.pending);
}

/**
 * cs_is_made_by() - is it this thread group's, and so its to cancel? (rule G4)
 * @req:   the caller sees to it that it stays
 * @maker: the thread group
 *
 * Whoever cancels for a process asks here: cs_file_cancel(), and a path that has
 * found the request otherwise.
 *
 * Context: any.
 * Return: whether it is.
 */
static inline bool cs_is_made_by(const struct cs_request *req, int maker)
{
	return req->maker == maker;
}

/* For whoever shows counts: request.c */
void cs_snapshot(struct cs_queue *queue, const struct cs_counts *counts,
		 struct cs_counts *snapshot);
bool cs_law_holds(const struct cs_counts *counts);

/* For paths: request.c */
void cs_request_init(struct cs_request *req, const struct cs_path *path,
		     struct cs_file *file, int maker, const void *owner);
int cs_submit(struct cs_request *req);
bool cs_take(struct cs_request *req);
int cs_try_now(struct cs_request *req);
bool cs_ready(struct cs_queue *queue);
enum cs_verdict cs_cancel(struct cs_request *req, int err);
bool cs_abandon(struct cs_request *req);
int cs_deliver(struct cs_request *req, bool gone);
void cs_put(struct cs_request *req);

/* For models: request.c */
void cs_pend(struct cs_request *req);
void cs_claimed(struct cs_request *req);
void cs_complete_served(struct cs_request *req, int err);
void cs_complete_cancelled(struct cs_request *req);

#endif /* CS_REQUEST_H */
