// SPDX-License-Identifier: GPL-2.0
/*
 * The cancel-safe queue as a library (section C of the contract): a driver that is
 * not ours, with a list and a lock, and actors that insert, remove and cancel.
 *
 * An item has a reference for each actor that cancels it, and one that belongs to
 * its owner: who completes it, or has removed it, puts that one.
 */
#include <linux/errno.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "arena.h"
#include "core/csq.h"
#include "scenario.h"

#define MAX_ITEMS 3

struct item {
	struct cs_cancelable c;
	refcount_t refs;
	int kind;		/* what peek_next matches */
};

struct queue {
	struct csq csq;
	spinlock_t lock;	/* guards the list */
	struct list_head list;
};

/**
 * struct known - what is known of an item, by those who may not touch it
 * @item:      the item, or what was one
 * @context:   its own
 * @inserting: its insert has begun
 * @early:     a cancel had returned before that
 * @refused:   the insert callback said no
 * @removed:   how often it was removed, and not cancelled
 * @completed: how often complete_cancelled() was called
 * @freed:     its last reference was put
 */
struct known {
	struct item *item;
	struct csq_context *context;
	bool inserting;
	bool early;
	bool refused;
	int removed;
	int completed;
	bool freed;
};

static struct driver {
	struct queue *queue;
	struct known known[MAX_ITEMS];
	int nr_items;
} *d;

static struct item *item_of(struct cs_cancelable *c)
{
	return container_of(c, struct item, c);
}

static struct known *known_of(const struct item *item)
{
	struct known *known = d->known;

	while (known->item != item)
		known++;
	return known;
}

static void put(struct item *item)
{
	if (!refcount_dec_and_test(&item->refs))
		return;
	known_of(item)->freed = true;
	memory_free(item);
}

/* The callbacks */

static struct queue *of_csq(struct csq *csq)
{
	return container_of(csq, struct queue, csq);
}

static int insert(struct csq *csq, struct cs_cancelable *c, void *error)
{
	lockdep_assert_held(&of_csq(csq)->lock);
	CHECK(!LOOK(c->routine) && !c->pending); /* C1: not yet */
	if (error)
		return *(int *)error;
	list_add_tail(&c->link, &of_csq(csq)->list);
	return 0;
}

static void remove_item(struct csq *csq, struct cs_cancelable *c)
{
	lockdep_assert_held(&of_csq(csq)->lock);
	CHECK(c->pending); /* C1, R7 */
	list_del_init(&c->link);
}

static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after, void *kind)
{
	const struct list_head *list = &of_csq(csq)->list;
	struct list_head *at = after ? after->link.next : list->next;

	lockdep_assert_held(&of_csq(csq)->lock);
	for (; at != list; at = at->next) {
		struct cs_cancelable *c =
			list_entry(at, struct cs_cancelable, link);

		if (!kind || item_of(c)->kind == *(const int *)kind)
			return c;
	}
	return NULL;
}

static void acquire_lock(struct csq *csq, unsigned long *flags)
{
	spin_lock_irqsave(&of_csq(csq)->lock, *flags);
}

static void release_lock(struct csq *csq, unsigned long flags)
{
	spin_unlock_irqrestore(&of_csq(csq)->lock, flags);
}

/* Who has been given a request owns it, and nothing of the queue is left in it. */
static void check_mine(struct cs_cancelable *c)
{
	CHECK(!host_locks_held()); /* A5, R8 */
	CHECK(!LOOK(c->routine)); /* R10 */
	CHECK(!c->context); /* C4, C6 */
	CHECK(c->pending); /* C1, R7 */
	CHECK(list_empty(&c->link)); /* R6 */
}

static void complete_cancelled(struct csq *csq, struct cs_cancelable *c)
{
	struct item *item = item_of(c);

	check_mine(c);
	CHECK(READ_ONCE(c->cancelled) < 0);
	known_of(item)->completed++;
	put(item);
}

static const struct csq_ops ops = {
	.insert = insert,
	.remove = remove_item,
	.peek_next = peek_next,
	.acquire_lock = acquire_lock,
	.release_lock = release_lock,
	.complete_cancelled = complete_cancelled,
};

/* Before the actors begin */

static void set_up_item(int i, bool queued)
{
	static const char *const items[] = { "a", "b", "c" };
	static const char *const contexts[] = { "context a", "context b",
						"context c" };
	struct known *known = &d->known[i];

	known->item = arena_alloc(items[i], sizeof(*known->item));
	known->item->kind = i;
	known->context = arena_alloc(contexts[i], sizeof(*known->context));
	cs_cancelable_init(&known->item->c);
	refcount_set(&known->item->refs, 1);
	known->inserting = queued;
	if (queued)
		csq_insert(&d->queue->csq, &known->item->c, known->context);
}

static void cancel(long i);

static void set_up(const struct scenario *s, const struct explored_model *none)
{
	const struct actor_spec *actor = s->actors;
	int i;

	d = arena_alloc_unwatched(sizeof(*d));
	d->queue = arena_alloc("queue", sizeof(*d->queue));
	d->nr_items = s->requests;
	spin_lock_init(&d->queue->lock);
	INIT_LIST_HEAD(&d->queue->list);
	csq_init(&d->queue->csq, &ops);
	for (i = 0; i < s->requests; i++)
		set_up_item(i, i < s->queued);
	for (; actor < s->actors + s->nr_actors; actor++)
		if (actor->run == cancel)
			refcount_inc(&d->known[actor->arg].item->refs);
}

/* Actors; @i is the item's number */

static void insert_as(long i, struct csq_context *context, int error)
{
	struct known *known = &d->known[i];
	struct item *item = known->item;

	known->inserting = true;
	known->refused = csq_insert_ex(&d->queue->csq, &item->c, context,
				       error ? &error : NULL);
	if (!known->refused)
		return;
	CHECK(!item->c.pending && !LOOK(item->c.routine)); /* C3 */
	CHECK(!context || !LOOK(context->req));
	put(item);
}

static void insert_plainly(long i)
{
	insert_as(i, NULL, 0);
}

static void insert_named(long i)
{
	insert_as(i, d->known[i].context, 0);
}

static void insert_refused(long i)
{
	insert_as(i, d->known[i].context, -EBUSY);
}

static void cancel(long i)
{
	struct known *known = &d->known[i];

	cs_cancel_request(&known->item->c, -ECANCELED);
	if (!known->inserting)
		known->early = true;
	put(known->item);
}

static bool took(struct cs_cancelable *c)
{
	if (!c)
		return false;
	check_mine(c);
	known_of(item_of(c))->removed++;
	put(item_of(c));
	return true;
}

static void take_next(long unused)
{
	took(csq_remove_next(&d->queue->csq, NULL));
}

/* There is one that nobody cancels. */
static void take_next_for_sure(long unused)
{
	CHECK(took(csq_remove_next(&d->queue->csq, NULL))); /* C5 */
}

static void take_for_sure(long i)
{
	CHECK(took(csq_remove(&d->queue->csq, d->known[i].context))); /* C4 */
}

static void take_next_of_kind(long i)
{
	int kind = i;
	struct cs_cancelable *c = csq_remove_next(&d->queue->csq, &kind);

	CHECK(!c || item_of(c) == d->known[i].item); /* C5 */
	took(c);
}

static void take(long i)
{
	took(csq_remove(&d->queue->csq, d->known[i].context));
}

/* Of one that was queued: it is there once at most. */
static void take_twice(long i)
{
	took(csq_remove(&d->queue->csq, d->known[i].context));
	CHECK(!csq_remove(&d->queue->csq, d->known[i].context)); /* C4 */
}

/* A context that is free names another item. */
static void take_and_insert(long i)
{
	if (!took(csq_remove(&d->queue->csq, d->known[i].context)))
		return;
	insert_as(i + 1, d->known[i].context, 0);
	took(csq_remove(&d->queue->csq, d->known[i].context));
}

static bool is_completed(long i)
{
	return d->known[i].completed;
}

/* After a NULL only complete_cancelled() tells that the context is free. */
static void take_and_free_context(long i)
{
	if (!took(csq_remove(&d->queue->csq, d->known[i].context)))
		actor_wait("complete_cancelled()", is_completed, i);
	memory_free(d->known[i].context);
	d->known[i].context = NULL;
}

/* The bug that rule C7 names: it takes the NULL for an answer. */
static void take_and_free_context_too_early(long i)
{
	took(csq_remove(&d->queue->csq, d->known[i].context));
	memory_free(d->known[i].context);
	d->known[i].context = NULL;
}

/* At the end */

static void check_item(const struct known *known)
{
	CHECK(known->freed);
	CHECK(known->removed + known->completed ==
	      (known->inserting && !known->refused)); /* A1 */
	CHECK(!known->early || !known->removed); /* A4 */
}

static void end(long unused)
{
	struct cs_cancelable *c;
	int i;

	while ((c = csq_remove_next(&d->queue->csq, NULL))) {
		CHECK(!c->cancelled); /* R1, R2 */
		took(c);
	}
	CHECK(list_empty(&d->queue->list));
	for (i = 0; i < d->nr_items; i++) {
		if (!d->known[i].inserting) /* nor will it ever be */
			put(d->known[i].item);
		check_item(&d->known[i]);
		if (!d->known[i].context)
			continue;
		CHECK(!d->known[i].context->req); /* C4, C6 */
		memory_free(d->known[i].context);
	}
	memory_free(d->queue);
	CHECK(!arena_leak());
}

static const struct scenario scenarios[] = {
	{ "A1_A4_A5_C1_C2_C6_R1_R2_R3_R4_R7_R8", "insert_cancel", .requests = 1,
	  .actors = { { "insert", insert_named, 0 },
		      { "cancel", cancel, 0 } } },
	{ "A1_L24", "insert_cancel_cancel_take", .requests = 1,
	  .actors = { { "insert", insert_plainly, 0 },
		      { "cancel", cancel, 0 },
		      { "cancel 2", cancel, 0 },
		      { "take next", take_next } } },
	{ "A4_C3", "refused_cancel", .requests = 1,
	  .actors = { { "insert", insert_refused, 0 },
		      { "cancel", cancel, 0 },
		      { "take", take, 0 } } },
	{ "C4_R5_R10", "insert_take_cancel", .requests = 1,
	  .actors = { { "insert", insert_named, 0 },
		      { "take", take, 0 },
		      { "cancel", cancel, 0 } } },
	{ "C4", "take_take_cancel", .requests = 1, .queued = 1,
	  .actors = { { "take twice", take_twice, 0 },
		      { "take", take, 0 },
		      { "cancel", cancel, 0 } } },
	{ "C1_C4", "take_one_of_two", .requests = 2, .queued = 2,
	  .actors = { { "take b", take_for_sure, 1 },
		      { "cancel a", cancel, 0 } } },
	{ "C4", "context_used_again", .requests = 2, .queued = 1,
	  .actors = { { "take, insert", take_and_insert, 0 },
		      { "cancel a", cancel, 0 },
		      { "cancel b", cancel, 1 } } },
	{ "A1_C5_R5_R6", "take_next_skips", .requests = 2, .queued = 2,
	  .actors = { { "take next", take_next_for_sure },
		      { "cancel a", cancel, 0 } } },
	{ "A1_C5_R5_R6_R10", "take_next_cancel", .requests = 3, .queued = 2,
	  .actors = { { "take next", take_next },
		      { "cancel a", cancel, 0 },
		      { "cancel b", cancel, 1 },
		      { "insert c", insert_plainly, 2 } } },
	{ "C5", "take_next_of_a_kind", .requests = 3, .queued = 3,
	  .actors = { { "take a b", take_next_of_kind, 1 },
		      { "cancel a", cancel, 0 },
		      { "cancel b", cancel, 1 },
		      { "take next", take_next } } },
	{ "A1_C4_C5", "take_next_take_cancel", .requests = 2, .queued = 2,
	  .actors = { { "take next", take_next },
		      { "take a twice", take_twice, 0 },
		      { "cancel a", cancel, 0 } } },
	{ "C4_C7", "context_freed_in_time", .requests = 1, .queued = 1,
	  .actors = { { "take, free", take_and_free_context, 0 },
		      { "cancel", cancel, 0 } } },
	{ "C7", "context_freed_too_early_is_seen", .requests = 1, .queued = 1,
	  .fails = "use after free: cancel touches context a",
	  .actors = { { "take, free", take_and_free_context_too_early, 0 },
		      { "cancel", cancel, 0 } } },
	{ }
};

const struct world driver_world = {
	.scenarios = scenarios,
	.set_up = set_up,
	.end = end,
};
