// SPDX-License-Identifier: GPL-2.0
/*
 * The framework: what a driver may not do is refused, with the rule that it breaks,
 * and changes nothing; the lower target that is not there; the route.
 */
#include <complain.h>

#include "kselftest_harness.h"

#include "core/framework_driver.h"
#include "fake_host.h"
#include <linux/errno.h>

/*
 * The device has not settled, so that the first request is the driver's, which has
 * marked it, and the second is undelivered.
 */
FIXTURE(framework) {
	struct fake_node node;
	struct cs_fw_driver *driver;
	struct fake_read delivered, undelivered;
};

FIXTURE_SETUP(framework)
{
	fake_node_init(&self->node, &cs_model_framework);
	self->driver = container_of(self->node.queue, struct cs_fw_driver, queue);
	self->node.unsettled = true;
	fake_read_init(&self->delivered, &self->node);
	fake_read_init(&self->undelivered, &self->node);
	ASSERT_EQ(0, cs_submit(&self->delivered.req));
	ASSERT_EQ(0, cs_submit(&self->undelivered.req));
	host_log[0] = '\0';
}

/* Whatever was refused, both can still be cancelled, once. */
FIXTURE_TEARDOWN(framework)
{
	cs_cancel(&self->delivered.req, -ECANCELED);
	cs_cancel(&self->undelivered.req, -ECANCELED);
	EXPECT_EQ(1, self->delivered.completions);
	EXPECT_EQ(1, self->undelivered.completions);
	cs_put(&self->delivered.req);
	cs_put(&self->undelivered.req);
	EXPECT_EQ(true, fake_law_holds(&self->node));
	fake_node_destroy(&self->node);
}

TEST_F(framework, H7_marked_is_not_requeued)
{
	EXPECT_EQ(-EBUSY, cs_fw_requeue(&self->delivered.req));
	EXPECT_STREQ("requeue of request 1 failed: it is marked cancelable (rule H7)",
		     host_log);
}

TEST_F(framework, H7_marked_is_not_forwarded)
{
	EXPECT_EQ(-EBUSY, cs_fw_forward(&self->delivered.req,
					&self->driver->fw.queues[1]));
	EXPECT_STREQ("forward of request 1 failed: it is marked cancelable (rule H7)",
		     host_log);
}

TEST_F(framework, H7_not_owned_is_not_requeued)
{
	EXPECT_EQ(-EPERM, cs_fw_requeue(&self->undelivered.req));
	EXPECT_STREQ("requeue of request 2 failed: it is not the driver's (rule H7)",
		     host_log);
}

TEST_F(framework, H7_not_owned_is_not_forwarded)
{
	EXPECT_EQ(-EPERM, cs_fw_forward(&self->undelivered.req,
					&self->driver->fw.queues[1]));
	EXPECT_STREQ("forward of request 2 failed: it is not the driver's (rule H7)",
		     host_log);
}

TEST_F(framework, H3_not_owned_is_not_marked)
{
	EXPECT_EQ(-EPERM, cs_fw_mark_cancelable(&self->undelivered.req));
	EXPECT_STREQ("mark of request 2 failed: it is not the driver's (rule H3)", host_log);
}

TEST_F(framework, H3_marked_is_not_marked_again)
{
	EXPECT_EQ(-EPERM, cs_fw_mark_cancelable_ex(&self->delivered.req));
	EXPECT_STREQ("mark of request 1 failed: it is marked cancelable (rule H3)", host_log);
}

TEST_F(framework, H6_marked_is_not_asked_about)
{
	EXPECT_EQ(false, cs_fw_is_canceled(&self->delivered.req));
	EXPECT_STREQ("is_canceled of request 1 failed: it is marked cancelable (rule H6)",
		     host_log);
}

/* Its queue's cancel routine is still there: the teardown cancels it. */
TEST_F(framework, H5_not_owned_is_not_unmarked)
{
	EXPECT_EQ(-EPERM, cs_fw_unmark_cancelable(&self->undelivered.req));
	EXPECT_STREQ("unmark of request 2 failed: it is not marked cancelable (rule H5)",
		     host_log);
}

/* It is its cancel()'s, which can only complete it. */
TEST_F(framework, H5_H6_H7_cancelled_is_not_blamed_on_who_unmarks_it)
{
	struct cs_request *req = &self->delivered.req;

	cs_cancel(req, -ECANCELED);
	EXPECT_EQ(-ECANCELED, cs_fw_unmark_cancelable(req));
	EXPECT_EQ(-ECANCELED, cs_fw_unmark_cancelable(req));
	EXPECT_EQ(true, cs_fw_is_canceled(req));
	EXPECT_STREQ("", host_log);
	EXPECT_EQ(-EPERM, cs_fw_requeue(req));
	EXPECT_STREQ("requeue of request 1 failed: its cancel() was called (rule H7)",
		     host_log);
}

TEST_F(framework, H3_H4_H5_unmarked_is_the_drivers_until_marked_again)
{
	struct cs_request *req = &self->delivered.req;
	unsigned long flags;

	EXPECT_EQ(0, cs_fw_unmark_cancelable(req));
	EXPECT_EQ(-EPERM, cs_fw_unmark_cancelable(req));
	EXPECT_STREQ("unmark of request 1 failed: it is not marked cancelable (rule H5)",
		     host_log);
	host_log[0] = '\0';
	EXPECT_EQ(false, cs_fw_is_canceled(req));
	EXPECT_EQ(CS_SOON, cs_cancel(req, -EINTR)); /* H3 */
	EXPECT_EQ(0, self->delivered.completions);
	EXPECT_EQ(true, cs_fw_is_canceled(req));
	EXPECT_EQ(-ECANCELED, cs_fw_mark_cancelable_ex(req)); /* H4 */
	EXPECT_EQ(0, self->delivered.completions);
	cs_fw_lock(&self->driver->fw, &flags);
	EXPECT_EQ(0, cs_fw_mark_cancelable(req)); /* H4 */
	EXPECT_EQ(0, self->delivered.completions); /* R8 */
	cs_fw_unlock(&self->driver->fw, flags);
	EXPECT_EQ(1, self->delivered.completions);
	EXPECT_EQ(-EINTR, self->delivered.req.result);
	EXPECT_STREQ("", host_log);
}

TEST_F(framework, H2_route_is_fixed_while_a_request_is_here)
{
	EXPECT_EQ(-EBUSY, cs_framework_set_route(self->node.queue, CS_ROUTE_LOWER));
	EXPECT_EQ(CS_ROUTE_DIRECT, cs_framework_route(self->node.queue));
	cs_cancel(&self->undelivered.req, -ECANCELED);
	EXPECT_EQ(-EBUSY, cs_framework_set_route(self->node.queue, CS_ROUTE_LOWER));
	cs_cancel(&self->delivered.req, -ECANCELED);
	EXPECT_EQ(0, cs_framework_set_route(self->node.queue, CS_ROUTE_LOWER));
}

static struct fake_read *behind;
static int behind_when_completed;

static void complete_watching(struct cs_request *req)
{
	container_of(req, struct fake_read, req)->completions++;
	behind_when_completed = behind->completions;
}

/* What was sent ends before what waits behind it is delivered, to be refused. */
TEST(A6_H8_lower_unplugged_under_two)
{
	struct fake_node node;
	struct fake_read first, second;
	struct cs_path watching;

	fake_node_init(&node, &cs_model_framework);
	ASSERT_EQ(0, cs_framework_set_route(node.queue, CS_ROUTE_LOWER));
	node.unsettled = true;
	fake_read_init(&first, &node);
	fake_read_init(&second, &node);
	behind = &second;
	watching = *first.req.path;
	watching.complete = complete_watching;
	first.req.path = &watching;

	ASSERT_EQ(0, cs_submit(&first.req));
	ASSERT_EQ(0, cs_submit(&second.req));
	cs_framework_plug_lower(node.queue, false);
	EXPECT_EQ(1, first.completions);
	EXPECT_EQ(0, behind_when_completed);
	EXPECT_EQ(1, second.completions);
	EXPECT_EQ(-ENODEV, second.req.result);

	cs_put(&first.req);
	cs_put(&second.req);
	fake_node_destroy(&node);
}

/* A lower target that goes, is not there, and comes back. */
TEST(H8_lower_unplugged)
{
	struct fake_node node;
	struct fake_read first, second, third;

	fake_node_init(&node, &cs_model_framework);
	ASSERT_EQ(0, cs_framework_set_route(node.queue, CS_ROUTE_LOWER));
	node.unsettled = true;
	fake_read_init(&first, &node);
	fake_read_init(&second, &node);
	fake_read_init(&third, &node);

	ASSERT_EQ(0, cs_submit(&first.req));
	cs_framework_plug_lower(node.queue, false);
	EXPECT_EQ(1, first.completions);
	EXPECT_EQ(-ENODEV, first.req.result);
	EXPECT_STREQ("send of request 1 failed: the lower target is unplugged (rule H8)",
		     host_log);
	host_log[0] = '\0';
	EXPECT_EQ(-ENODEV, cs_submit(&second.req));
	node.unsettled = false;
	EXPECT_EQ(-ENODEV, cs_try_now(&second.req));
	EXPECT_EQ(0, second.completions);
	EXPECT_EQ(1, fake_count(&node, CS_COUNT_FAILED));
	EXPECT_STREQ("", host_log); /* once */

	cs_framework_plug_lower(node.queue, true);
	ASSERT_EQ(0, cs_submit(&third.req));
	node.queue->model->service(node.queue);
	EXPECT_EQ(1, third.completions);
	EXPECT_EQ(0, third.req.result);
	cs_deliver(&third.req, false);

	/* With nobody there: whoever comes first is told. */
	cs_framework_plug_lower(node.queue, false);
	EXPECT_STREQ("", host_log);
	EXPECT_EQ(-ENODEV, cs_try_now(&second.req));
	EXPECT_STREQ("send of request 2 failed: the lower target is unplugged (rule H8)",
		     host_log);

	cs_put(&first.req);
	cs_put(&second.req);
	cs_put(&third.req);
	EXPECT_EQ(true, fake_law_holds(&node));
	fake_node_destroy(&node);
}

TEST_HARNESS_MAIN
