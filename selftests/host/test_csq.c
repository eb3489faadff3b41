// SPDX-License-Identifier: GPL-2.0
/*
 * Section C of the contract: the cancel-safe queue under a driver that is not
 * ours. Races are not left to chance: the driver's callbacks, and the exchanges
 * below them, let the other side take its step at the very point.
 */
#include <pthread.h>
#include <semaphore.h>

#include "kselftest_harness.h"

#include "core/csq.h"
#include <linux/errno.h>
#include <linux/spinlock.h>

struct item {
	struct cs_cancelable c;
	int kind;		/* what peek_next matches */
	int completions;
};

/* A driver with a list and a lock; @steps is what the library called. */
struct driver {
	struct csq csq;
	spinlock_t lock;	/* guards the list */
	struct list_head list;
	char steps[64];
	int refuse_with;
	void *insert_context;
	bool completed_under_lock;
	bool completed_cancelable;
	void (*in_insert)(struct cs_cancelable *req);
	void (*before_lock)(void);
	void (*before_unlock)(void);
};

static struct driver d;
static struct item a, b, c;
static struct csq_context *context;
static struct cs_cancelable *removed;

static void step(char what)
{
	d.steps[strlen(d.steps)] = what;
}

static struct item *item_of(struct cs_cancelable *req)
{
	return container_of(req, struct item, c);
}

static int insert(struct csq *csq, struct cs_cancelable *req,
		  void *insert_context)
{
	step('I');
	lockdep_assert_held(&d.lock);
	d.insert_context = insert_context;
	if (d.refuse_with)
		return d.refuse_with;
	list_add_tail(&req->link, &d.list);
	if (d.in_insert)
		d.in_insert(req);
	return 0;
}

static void unlink_item(struct csq *csq, struct cs_cancelable *req)
{
	step('R');
	lockdep_assert_held(&d.lock);
	list_del_init(&req->link);
}

static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after, void *kind)
{
	struct list_head *at = after ? &after->link : &d.list;

	lockdep_assert_held(&d.lock);
	for (at = at->next; at != &d.list; at = at->next) {
		struct cs_cancelable *req =
			list_entry(at, struct cs_cancelable, link);

		if (!kind || item_of(req)->kind == *(int *)kind)
			return req;
	}
	return NULL;
}

static void acquire_lock(struct csq *csq, unsigned long *flags)
{
	void (*hook)(void) = d.before_lock;

	d.before_lock = NULL;
	if (hook)
		hook();
	spin_lock_irqsave(&d.lock, *flags);
	step('L');
}

static void release_lock(struct csq *csq, unsigned long flags)
{
	if (d.before_unlock)
		d.before_unlock();
	step('U');
	spin_unlock_irqrestore(&d.lock, flags);
}

static void complete_cancelled(struct csq *csq, struct cs_cancelable *req)
{
	step('C');
	d.completed_under_lock |= host_locks_held();
	d.completed_cancelable |= !!req->routine;
	item_of(req)->completions++;
}

static const struct csq_ops ops = {
	.insert = insert,
	.remove = unlink_item,
	.peek_next = peek_next,
	.acquire_lock = acquire_lock,
	.release_lock = release_lock,
	.complete_cancelled = complete_cancelled,
};

static void init_item(struct item *item, int kind)
{
	*item = (struct item){ .kind = kind };
	cs_cancelable_init(&item->c);
}

FIXTURE(csq) {
	struct csq_context ctx;
};

FIXTURE_SETUP(csq)
{
	d = (struct driver){};
	spin_lock_init(&d.lock);
	INIT_LIST_HEAD(&d.list);
	csq_init(&d.csq, &ops);
	init_item(&a, 1);
	init_item(&b, 2);
	init_item(&c, 1);
	context = &self->ctx;
	removed = NULL;
}

FIXTURE_TEARDOWN(csq)
{
	EXPECT_FALSE(d.completed_under_lock); /* A5 */
	EXPECT_FALSE(d.completed_cancelable); /* R10 */
}

static void look_into_insert(struct cs_cancelable *req)
{
	if (context->req == req && !req->pending && !req->routine)
		step('i');
}

static void look_before_unlock(void)
{
	if (a.c.pending && a.c.routine)
		step('u');
}

TEST_F(csq, C1_R7_insert_step_by_step)
{
	d.in_insert = look_into_insert;
	d.before_unlock = look_before_unlock;
	ASSERT_EQ(csq_insert_ex(&d.csq, &a.c, context, &a), 0);
	EXPECT_STREQ(d.steps, "LIiuU");
	EXPECT_EQ(d.insert_context, &a);
	EXPECT_TRUE(a.c.pending);
	EXPECT_NE(a.c.routine, NULL);
	EXPECT_EQ(a.completions, 0);
}

TEST_F(csq, A4_C2_R1_cancelled_before_insert)
{
	EXPECT_FALSE(cs_cancel_request(&a.c, -ECANCELED));
	ASSERT_EQ(csq_insert(&d.csq, &a.c, context), 0);
	EXPECT_STREQ(d.steps, "LIRUC");
	EXPECT_EQ(a.completions, 1);
	EXPECT_EQ(a.c.cancelled, -ECANCELED);
	EXPECT_EQ(context->req, NULL);
	EXPECT_EQ(csq_remove_next(&d.csq, NULL), NULL);
}

static void cancel_it(struct cs_cancelable *req)
{
	cs_cancel_request(req, -ECANCELED);
}

TEST_F(csq, A4_C2_R2_cancelled_during_insert)
{
	d.in_insert = cancel_it;
	ASSERT_EQ(csq_insert(&d.csq, &a.c, NULL), 0);
	EXPECT_EQ(a.completions, 1);
	EXPECT_EQ(csq_remove_next(&d.csq, NULL), NULL);
}

/* The canceller has the routine before the inserter tests the flag. */
static pthread_t canceller;
static sem_t canceller_waits;

static void canceller_is_at_lock(void)
{
	sem_post(&canceller_waits);
}

static void *cancel_a(void *unused)
{
	cs_cancel_request(&a.c, -ECANCELED);
	return NULL;
}

static void let_canceller_take_routine(void)
{
	host_exchanged = NULL;
	d.before_lock = canceller_is_at_lock;
	pthread_create(&canceller, NULL, cancel_a, NULL);
	sem_wait(&canceller_waits);
}

TEST_F(csq, A1_C2_R3_canceller_already_has_the_routine)
{
	sem_init(&canceller_waits, 0, 0);
	host_exchanged = let_canceller_take_routine;
	ASSERT_EQ(csq_insert(&d.csq, &a.c, NULL), 0);
	pthread_join(canceller, NULL);
	EXPECT_STREQ(d.steps, "LIULRUC");
	EXPECT_EQ(a.completions, 1);
}

TEST_F(csq, C3_refused)
{
	d.refuse_with = -EBUSY;
	EXPECT_EQ(csq_insert_ex(&d.csq, &a.c, context, NULL), -EBUSY);
	EXPECT_FALSE(a.c.pending);
	EXPECT_EQ(a.c.routine, NULL);
	EXPECT_EQ(context->req, NULL);
	EXPECT_FALSE(cs_cancel_request(&a.c, -ECANCELED));
	EXPECT_EQ(a.completions, 0);
}

TEST_F(csq, C4_remove_by_context)
{
	EXPECT_EQ(csq_remove(&d.csq, context), NULL);
	csq_insert(&d.csq, &a.c, NULL);
	csq_insert(&d.csq, &b.c, context);
	EXPECT_EQ(csq_remove(&d.csq, context), &b.c);
	EXPECT_EQ(b.c.routine, NULL);
	EXPECT_EQ(csq_remove(&d.csq, context), NULL);
	EXPECT_EQ(csq_remove(&d.csq, context), NULL);
	EXPECT_FALSE(cs_cancel_request(&b.c, -ECANCELED));
	EXPECT_EQ(b.completions, 0);

	ASSERT_EQ(csq_insert(&d.csq, &c.c, context), 0);
	EXPECT_EQ(csq_remove(&d.csq, context), &c.c);
	EXPECT_EQ(csq_remove_next(&d.csq, NULL), &a.c);
}

static void remove_by_context(void)
{
	removed = csq_remove(&d.csq, context);
}

TEST_F(csq, C4_canceller_has_it)
{
	csq_insert(&d.csq, &a.c, context);
	d.before_lock = remove_by_context;
	EXPECT_TRUE(cs_cancel_request(&a.c, -ECANCELED));
	EXPECT_EQ(removed, NULL);
	EXPECT_EQ(a.completions, 1);
	EXPECT_EQ(context->req, NULL);
}

TEST_F(csq, A6_C5_next_of_a_kind)
{
	int kind = 2, none = 3;

	csq_insert(&d.csq, &a.c, NULL);
	csq_insert(&d.csq, &b.c, NULL);
	csq_insert(&d.csq, &c.c, NULL);
	EXPECT_EQ(csq_remove_next(&d.csq, &none), NULL);
	EXPECT_EQ(csq_remove_next(&d.csq, &kind), &b.c);
	EXPECT_EQ(csq_remove_next(&d.csq, &kind), NULL);
	EXPECT_EQ(csq_remove_next(&d.csq, NULL), &a.c);
	EXPECT_EQ(csq_remove_next(&d.csq, NULL), &c.c);
}

static void remove_next(void)
{
	removed = csq_remove_next(&d.csq, NULL);
}

TEST_F(csq, A1_C5_R5_skips_what_a_canceller_has)
{
	csq_insert(&d.csq, &a.c, NULL);
	csq_insert(&d.csq, &b.c, NULL);
	d.before_lock = remove_next;
	EXPECT_TRUE(cs_cancel_request(&a.c, -ECANCELED));
	EXPECT_EQ(removed, &b.c);
	EXPECT_EQ(a.completions, 1);
	EXPECT_EQ(b.completions, 0);
}

TEST_F(csq, C5_null_does_not_mean_empty)
{
	csq_insert(&d.csq, &a.c, NULL);
	removed = &a.c;
	d.before_lock = remove_next;
	EXPECT_TRUE(cs_cancel_request(&a.c, -ECANCELED));
	EXPECT_EQ(removed, NULL);
}

TEST_F(csq, A5_C6_R8_R10_cancel_step_by_step)
{
	csq_insert(&d.csq, &a.c, context);
	memset(d.steps, 0, sizeof(d.steps));
	EXPECT_TRUE(cs_cancel_request(&a.c, -EINTR));
	EXPECT_STREQ(d.steps, "LRUC");
	EXPECT_EQ(context->req, NULL);
	EXPECT_EQ(a.completions, 1);
}

static void cancel_again(void)
{
	if (cs_cancel_request(&a.c, -ENODEV))
		step('!');
}

TEST_F(csq, A1_L24_two_cancels)
{
	csq_insert(&d.csq, &a.c, context);
	d.before_lock = cancel_again;
	EXPECT_TRUE(cs_cancel_request(&a.c, -ECANCELED));
	EXPECT_FALSE(cs_cancel_request(&a.c, -EINTR));
	EXPECT_EQ(strchr(d.steps, '!'), NULL);
	EXPECT_EQ(a.completions, 1);
	EXPECT_EQ(a.c.cancelled, -ECANCELED);
}

#ifdef __SANITIZE_ADDRESS__
/* The bug that rule C7 names: it believes the NULL, while a cancel runs. */
static void free_if_removed_is_null(void)
{
	if (!csq_remove(&d.csq, context))
		free(context);
}

/* In a child, whose words go to @report: does AddressSanitizer end it? */
static void cancel_with_context_on_heap(int report, bool free_too_early)
{
	dup2(report, STDERR_FILENO);
	context = calloc(1, sizeof(*context));
	csq_insert(&d.csq, &a.c, context);
	if (free_too_early)
		d.before_lock = free_if_removed_is_null;
	cs_cancel_request(&a.c, -ECANCELED);
	if (!free_too_early)
		free_if_removed_is_null();
	_exit(0);
}

static bool dies_of_use_after_free(bool free_too_early)
{
	char report[4096] = "";
	size_t len = 0;
	ssize_t n;
	int fds[2];

	if (pipe(fds))
		return false;
	if (!fork())
		cancel_with_context_on_heap(fds[1], free_too_early);
	close(fds[1]);
	while ((n = read(fds[0], report + len, sizeof(report) - 1 - len)) > 0)
		len += n;
	close(fds[0]);
	wait(NULL);
	return strstr(report, "heap-use-after-free");
}

TEST_F(csq, C7_context_freed_while_its_cancel_runs)
{
	EXPECT_TRUE(dies_of_use_after_free(true));
	EXPECT_FALSE(dies_of_use_after_free(false));
}
#endif

TEST_HARNESS_MAIN
