// SPDX-License-Identifier: GPL-2.0
/*
 * Section A of the contract, on the request and the polling model, one step
 * after the other: counting, verdicts, order, abandonment.
 */
#include "kselftest_harness.h"

#include "fake_host.h"
#include <linux/errno.h>

static struct fake_read *in_service;
static enum cs_verdict verdict;
static bool abandoned;

FIXTURE(request) {
	struct fake_node node;
	struct fake_read a, b, c;
};

FIXTURE_SETUP(request)
{
	fake_node_init(&self->node, &cs_model_csq);
	fake_read_init(&self->a, &self->node);
	fake_read_init(&self->b, &self->node);
	fake_read_init(&self->c, &self->node);
}

FIXTURE_TEARDOWN(request)
{
	EXPECT_TRUE(fake_law_holds(&self->node));
	EXPECT_FALSE(self->a.under_lock);
	fake_node_destroy(&self->node);
}

static bool serve(struct fake_node *node)
{
	return node->queue->model->service(node->queue);
}

#define EXPECT_COUNT(name, n) \
	EXPECT_EQ(fake_count(&self->node, CS_COUNT_##name), n)

TEST_F(request, A1_A5_A7_served)
{
	ASSERT_EQ(cs_submit(&self->a.req), 0);
	EXPECT_EQ(self->node.armed, 1);
	EXPECT_COUNT(SUBMITTED, 1);
	EXPECT_COUNT(WAITING, 1);
	EXPECT_EQ(self->a.completions, 0);

	EXPECT_FALSE(serve(&self->node));
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, 0);
	EXPECT_EQ(self->a.req.sample.sequence, 1);
	EXPECT_COUNT(WAITING, 1); /* until it has been handed over */

	EXPECT_EQ(cs_deliver(&self->a.req, false),
		  sizeof(struct cancelsafe_sample));
	EXPECT_EQ(self->a.got, 1);
	EXPECT_COUNT(COMPLETED, 1);
	EXPECT_COUNT(ACQUIRED, 1);
	EXPECT_COUNT(WAITING, 0);
	cs_put(&self->a.req);
	EXPECT_TRUE(self->a.released);
}

TEST_F(request, A7_copy_failed)
{
	cs_submit(&self->a.req);
	serve(&self->node);
	self->a.faulty = true;
	EXPECT_EQ(cs_deliver(&self->a.req, false), -EFAULT);
	EXPECT_COUNT(COMPLETED, 0);
	EXPECT_COUNT(FAILED, 1);
	EXPECT_COUNT(ACQUIRED, 1);
	EXPECT_COUNT(UNDELIVERABLE, 1);
	EXPECT_COUNT(WAITING, 0);
}

TEST_F(request, A7_G1_sample_for_one_who_is_gone)
{
	cs_submit(&self->a.req);
	serve(&self->node);
	EXPECT_EQ(cs_deliver(&self->a.req, true), -ECANCELED);
	EXPECT_EQ(self->a.got, 0);
	EXPECT_COUNT(COMPLETED, 0);
	EXPECT_COUNT(CANCELLED, 0);
	EXPECT_COUNT(FAILED, 1);
	EXPECT_COUNT(ACQUIRED, 1);
	EXPECT_COUNT(UNDELIVERABLE, 1);
	EXPECT_COUNT(WAITING, 0);
}

TEST_F(request, A2_G1_cancelled_and_gone)
{
	cs_submit(&self->a.req);
	cs_cancel(&self->a.req, -EINTR);
	EXPECT_EQ(cs_deliver(&self->a.req, true), -EINTR);
	EXPECT_EQ(self->a.got, 0);
	EXPECT_COUNT(CANCELLED, 1);
	EXPECT_COUNT(FAILED, 0);
	EXPECT_COUNT(UNDELIVERABLE, 0);
}

TEST_F(request, A2_A3_cancelled_while_queued)
{
	cs_submit(&self->a.req);
	EXPECT_EQ(cs_cancel(&self->a.req, -EINTR), CS_CANCELLED);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, -EINTR);
	EXPECT_COUNT(CANCELLED, 1);
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_OVER);
	EXPECT_EQ(self->a.req.result, -EINTR);
	EXPECT_FALSE(serve(&self->node));
	EXPECT_COUNT(ACQUIRED, 0);
}

TEST_F(request, A3_A4_cancelled_before_submit)
{
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_SOON);
	EXPECT_EQ(self->a.completions, 0);
	EXPECT_EQ(cs_submit(&self->a.req), 0);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, -ECANCELED);
	EXPECT_COUNT(SUBMITTED, 1);
	EXPECT_COUNT(CANCELLED, 1);
}

TEST_F(request, A6_order_of_arrival)
{
	cs_submit(&self->a.req);
	cs_submit(&self->b.req);
	cs_submit(&self->c.req);
	cs_cancel(&self->b.req, -ECANCELED);
	EXPECT_TRUE(serve(&self->node));
	EXPECT_FALSE(serve(&self->node));
	EXPECT_EQ(self->a.req.sample.sequence, 1);
	EXPECT_EQ(self->c.req.sample.sequence, 2);
	cs_deliver(&self->a.req, false);
	cs_deliver(&self->c.req, false);
	EXPECT_COUNT(COMPLETED, 2);
}

static void cancel_in_service(struct fake_node *node)
{
	verdict = cs_cancel(&in_service->req, -ECANCELED);
}

TEST_F(request, A3_A8_R16_cancelled_too_late)
{
	in_service = &self->a;
	self->node.in_acquire = cancel_in_service;
	cs_submit(&self->a.req);
	serve(&self->node);
	EXPECT_EQ(verdict, CS_SOON);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, 0);
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_OVER);
	cs_deliver(&self->a.req, false);
	EXPECT_COUNT(COMPLETED, 1);
	EXPECT_COUNT(CANCELLED, 0);
}

static void abandon_in_service(struct fake_node *node)
{
	abandoned = cs_abandon(&in_service->req);
	cs_put(&in_service->req);
}

TEST_F(request, A9_L4_abandoned_in_service)
{
	in_service = &self->a;
	self->node.in_acquire = abandon_in_service;
	cs_submit(&self->a.req);
	serve(&self->node);
	EXPECT_TRUE(abandoned);
	EXPECT_EQ(self->a.completions, 0);
	EXPECT_TRUE(self->a.released);
	EXPECT_COUNT(FAILED, 1);
	EXPECT_COUNT(UNDELIVERABLE, 1);
	EXPECT_COUNT(WAITING, 0);
}

TEST_F(request, A9_abandoned_and_the_device_gone)
{
	in_service = &self->a;
	self->node.in_acquire = abandon_in_service;
	self->node.gone = true;
	cs_submit(&self->a.req);
	serve(&self->node);
	EXPECT_COUNT(FAILED, 1);
	EXPECT_COUNT(ACQUIRED, 0);
}

TEST_F(request, A1_A9_completion_before_abandonment)
{
	cs_submit(&self->a.req);
	serve(&self->node);
	EXPECT_FALSE(cs_abandon(&self->a.req));
	EXPECT_EQ(self->a.completions, 1);
	cs_deliver(&self->a.req, false);
}

TEST_F(request, device_gone_counts_as_failed)
{
	self->node.gone = true;
	cs_submit(&self->a.req);
	serve(&self->node);
	EXPECT_EQ(self->a.req.result, -ENODEV);
	EXPECT_COUNT(FAILED, 1);

	cs_submit(&self->b.req);
	EXPECT_EQ(cs_cancel(&self->b.req, -ENODEV), CS_CANCELLED);
	EXPECT_COUNT(FAILED, 2);
	EXPECT_COUNT(CANCELLED, 0);
}

TEST_F(request, C3_refused_is_not_counted)
{
	self->node.queue->settings.queue_limit = 1;
	EXPECT_EQ(cs_submit(&self->a.req), 0);
	EXPECT_EQ(cs_submit(&self->b.req), -EBUSY);
	EXPECT_EQ(self->b.completions, 0);
	EXPECT_COUNT(SUBMITTED, 1);
	cs_put(&self->b.req);
	EXPECT_TRUE(self->b.released);

	cs_cancel(&self->a.req, -ECANCELED);
	EXPECT_EQ(cs_submit(&self->c.req), 0); /* there is room again */
}

static bool is_b(const struct cs_request *req, const void *b)
{
	return req == b;
}

TEST_F(request, A1_A6_all_that_match_of_a_file)
{
	cs_submit(&self->a.req);
	cs_submit(&self->b.req);
	cs_submit(&self->c.req);
	EXPECT_EQ(cs_file_cancel(&self->node.file, CS_ANY_MAKER, -ECANCELED,
				 is_b, &self->b.req), 1);
	EXPECT_EQ(cs_file_cancel(&self->node.file, CS_ANY_MAKER, -ECANCELED,
				 is_b, &self->b.req), 0);
	EXPECT_EQ(self->b.req.result, -ECANCELED);
	EXPECT_COUNT(CANCELLED, 1);
	EXPECT_COUNT(WAITING, 2);
	EXPECT_TRUE(serve(&self->node));
	EXPECT_FALSE(serve(&self->node));
	cs_deliver(&self->a.req, false);
	cs_deliver(&self->c.req, false);
}

static bool any(const struct cs_request *req, const void *unused)
{
	return true;
}

TEST_F(request, G4_all_that_one_maker_has_in_a_file)
{
	self->b.req.maker = 2;
	cs_submit(&self->a.req);
	cs_submit(&self->b.req);
	cs_submit(&self->c.req);
	EXPECT_EQ(cs_file_cancel(&self->node.file, 2, -ECANCELED, is_b,
				 &self->a.req), 0);
	EXPECT_EQ(cs_file_cancel(&self->node.file, 3, -ECANCELED, any, NULL), 0);
	EXPECT_EQ(cs_file_cancel(&self->node.file, 2, -ECANCELED, any, NULL), 1);
	EXPECT_EQ(self->b.req.result, -ECANCELED);
	EXPECT_EQ(cs_file_cancel(&self->node.file, 1, -ECANCELED, any, NULL), 2);
	EXPECT_COUNT(CANCELLED, 3);
}

TEST_F(request, A9_L16_L19_unplugged)
{
	cs_submit(&self->a.req);
	cs_submit(&self->b.req);
	cs_file_unplug(&self->node.file);
	EXPECT_EQ(self->a.req.result, -ENODEV);
	EXPECT_EQ(self->b.req.result, -ENODEV);
	EXPECT_EQ(cs_submit(&self->c.req), -ENODEV);
	EXPECT_EQ(cs_try_now(&self->c.req), -ENODEV);
	EXPECT_COUNT(SUBMITTED, 2);
	EXPECT_COUNT(FAILED, 2);
	EXPECT_EQ(self->c.completions, 0);
	cs_put(&self->c.req);
	EXPECT_TRUE(self->c.released);
}

static void try_in_service(struct fake_node *node)
{
	struct fake_read read;

	node->in_acquire = NULL;
	fake_read_init(&read, node);
	verdict = cs_try_now(&read.req);
	cs_put(&read.req);
}

TEST_F(request, A6_B_try_now)
{
	EXPECT_EQ(cs_try_now(&self->a.req), 0);
	EXPECT_EQ(self->a.req.sample.sequence, 1);
	EXPECT_EQ(self->a.completions, 0);
	cs_deliver(&self->a.req, false);
	EXPECT_COUNT(SUBMITTED, 1);
	EXPECT_COUNT(COMPLETED, 1);

	self->node.unsettled = true;
	EXPECT_EQ(cs_try_now(&self->b.req), -EAGAIN);
	self->node.unsettled = false;

	cs_submit(&self->c.req);
	EXPECT_EQ(cs_try_now(&self->b.req), -EAGAIN); /* somebody waits */
	self->node.in_acquire = try_in_service;
	serve(&self->node);
	EXPECT_EQ((int)verdict, -EAGAIN); /* somebody is being served */
	cs_deliver(&self->c.req, false);
	EXPECT_COUNT(SUBMITTED, 2);
}

TEST_F(request, A8_try_now_is_over)
{
	EXPECT_EQ(cs_try_now(&self->a.req), 0);
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_OVER);
	EXPECT_FALSE(cs_abandon(&self->a.req));
	cs_deliver(&self->a.req, false);
}

/* Somebody took a sample between the server's call and its look. */
TEST_F(request, B_L29_claimed_only_when_settled)
{
	cs_submit(&self->a.req);
	self->node.unsettled = true;
	EXPECT_TRUE(serve(&self->node));
	EXPECT_EQ(cs_cancel(&self->a.req, -EINTR), CS_CANCELLED);
	EXPECT_FALSE(serve(&self->node));
	EXPECT_COUNT(ACQUIRED, 0);
}

static struct fake_node *served;
static bool again;

static void serve_meanwhile(void)
{
	host_exchanged = NULL;
	again = serve(served);
}

/* What a canceller is about to unlink needs no server: it must not spin on it. */
TEST_F(request, R5_service_leaves_it_to_the_canceller)
{
	cs_submit(&self->a.req);
	served = &self->node;
	again = true;
	host_exchanged = serve_meanwhile;
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_CANCELLED);
	EXPECT_FALSE(again);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_COUNT(CANCELLED, 1);
}

TEST_HARNESS_MAIN
