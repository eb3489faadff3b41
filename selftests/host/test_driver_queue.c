// SPDX-License-Identifier: GPL-2.0
/*
 * A driver's own queue, one step after the other: what a cancel routine finds that
 * comes late, and what is said of it. Each test stops a canceller when it has taken
 * the routine and not yet the lock: host_exchanged is called there.
 */
#include "kselftest_harness.h"

#include "fake_host.h"
#include <linux/errno.h>

FIXTURE(driver_queue) {
	struct fake_node node;
	struct fake_read a, b, c;
};

static FIXTURE_DATA(driver_queue) *test;	/* for steps */
static enum cs_verdict verdict;			/* on b */
static bool a_came_first;

FIXTURE_SETUP(driver_queue)
{
	test = self;
	fake_node_init(&self->node, &cs_model_driver_queue);
	fake_read_init(&self->a, &self->node);
	fake_read_init(&self->b, &self->node);
	fake_read_init(&self->c, &self->node);
	ASSERT_EQ(cs_submit(&self->a.req), 0);
}

FIXTURE_TEARDOWN(driver_queue)
{
	EXPECT_TRUE(fake_law_holds(&self->node));
	EXPECT_FALSE(self->a.under_lock || self->b.under_lock);
	EXPECT_EQ(fake_count(&self->node, CS_COUNT_WAITING), 0);
	fake_node_destroy(&self->node);
}

static bool serve(struct fake_node *node)
{
	return node->queue->model->service(node->queue);
}

/* @step is taken when @read's canceller has its routine. */
static enum cs_verdict cancel_and(struct fake_read *read, host_step step)
{
	enum cs_verdict verdict;

	host_exchanged = step;
	verdict = cs_cancel(&read->req, -ECANCELED);
	host_exchanged = NULL;
	return verdict;
}

static void cancel_b(void)
{
	host_exchanged = NULL;
	verdict = cs_cancel(&test->b.req, -EINTR);
}

static void cancel_b_and_look(void)
{
	cancel_b();
	a_came_first = test->a.completions == 1 && !test->b.completions;
}

/* b's canceller takes the one that came first, and is told that b is cancelled. */
TEST_F(driver_queue, A8_F2_F3_called_for_one_that_another_took)
{
	ASSERT_EQ(cs_submit(&self->b.req), 0);
	EXPECT_EQ(cancel_and(&self->a, cancel_b_and_look), CS_CANCELLED);
	EXPECT_TRUE(a_came_first);
	EXPECT_EQ(verdict, CS_CANCELLED);

	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->b.completions, 1);
	EXPECT_EQ(self->a.req.result, -ECANCELED);
	EXPECT_EQ(self->b.req.result, -EINTR);
	EXPECT_EQ(fake_count(&self->node, CS_COUNT_CANCELLED), 2);
}

static void serve_once(void)
{
	host_exchanged = NULL;
	serve(&test->node);
}

TEST_F(driver_queue, F1_F2_R5_server_goes_on_to_the_next)
{
	ASSERT_EQ(cs_submit(&self->b.req), 0);
	EXPECT_EQ(cancel_and(&self->a, serve_once), CS_CANCELLED);
	EXPECT_EQ(self->a.req.result, -ECANCELED);
	EXPECT_EQ(self->b.req.sample.sequence, 1);
	cs_deliver(&self->b.req, false);
}

static void cancel_b_in_service(struct fake_node *node)
{
	cancel_b();
}

static void serve_c(void)
{
	host_exchanged = NULL;
	test->node.in_acquire = cancel_b_in_service;
	serve(&test->node);
}

/* c is in service when b's canceller takes a, and a's canceller finds b. */
TEST_F(driver_queue, A6_F3_neither_current_nor_queued)
{
	ASSERT_EQ(cs_submit(&self->c.req), 0);
	ASSERT_EQ(cs_submit(&self->b.req), 0);

	EXPECT_EQ(cancel_and(&self->a, serve_c), CS_CANCELLED);
	EXPECT_EQ(verdict, CS_CANCELLED);
	EXPECT_EQ(self->a.req.result, -ECANCELED);
	EXPECT_EQ(self->b.req.result, -EINTR);
	EXPECT_EQ(self->c.req.sample.sequence, 1);
	cs_deliver(&self->c.req, false);
}

/* As it may happen to a driver that asks for the flag alone. */
TEST_F(driver_queue, F2_F3_nothing_to_be_found)
{
	cs_cancel_routine routine =
		cs_set_cancel_routine(&self->a.req.cancelable, NULL);

	cs_set_cancel_routine(&self->a.req.cancelable, routine);
	ASSERT_EQ(cs_submit(&self->b.req), 0);
	cs_cancel(&self->a.req, -ECANCELED);
	routine(&self->a.req.cancelable);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->b.completions, 0);

	EXPECT_FALSE(serve(&self->node));
	EXPECT_EQ(self->b.req.sample.sequence, 1);
	cs_deliver(&self->b.req, false);
}

static bool any(const struct cs_request *req, const void *unused)
{
	return true;
}

/* Two who cancel: each request is counted by one of them. */
TEST_F(driver_queue, A8_F2_a_walk_counts_its_own)
{
	unsigned int cancelled;

	ASSERT_EQ(cs_submit(&self->b.req), 0);
	host_exchanged = cancel_b;
	cancelled = cs_file_cancel(&self->node.file, CS_ANY_MAKER, -ECANCELED,
				   any, NULL);
	EXPECT_EQ(cancelled, 1);
	EXPECT_EQ(verdict, CS_CANCELLED);
	EXPECT_EQ(self->a.req.result, -ECANCELED);
	EXPECT_EQ(self->b.req.result, -EINTR);
	EXPECT_EQ(fake_count(&self->node, CS_COUNT_CANCELLED), 2);
}

TEST_HARNESS_MAIN
