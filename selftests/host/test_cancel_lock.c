// SPDX-License-Identifier: GPL-2.0
/*
 * What one lock for all nodes means: who is busy with one node holds up another one,
 * with which it has nothing in common.
 */
#include <pthread.h>
#include <unistd.h>

#include <linux/errno.h>

#include "core/model.h"
#include "fake_host.h"
#include "kselftest_harness.h"

/* Long enough to submit, for who is not held up. */
#define A_WHILE_US 100000

/* One that reads at one node, and within that somebody submits at the other. */
static struct pair {
	struct fake_node busy, other;
	struct fake_read at_busy, at_other;
	pthread_t submitter;
	bool submitted;
	bool submitted_meanwhile;
} pair;

static void *submit_at_the_other(void *unused)
{
	if (!cs_submit(&pair.at_other.req))
		__atomic_store_n(&pair.submitted, true, __ATOMIC_RELEASE);
	return NULL;
}

/* With what a model holds around a sample that is taken without waiting. */
static void in_acquire(struct fake_node *node)
{
	if (pthread_create(&pair.submitter, NULL, submit_at_the_other, NULL))
		abort();
	usleep(A_WHILE_US);
	pair.submitted_meanwhile =
		__atomic_load_n(&pair.submitted, __ATOMIC_ACQUIRE);
}

/* Returns whether somebody could submit at one node while the other was busy. */
static bool submits_meanwhile(const struct cs_model *model)
{
	pair = (struct pair){ 0 };
	fake_node_init(&pair.busy, model);
	fake_node_init(&pair.other, model);
	pair.busy.in_acquire = in_acquire;
	pair.other.unsettled = true;
	fake_read_init(&pair.at_busy, &pair.busy);
	fake_read_init(&pair.at_other, &pair.other);

	if (!cs_try_now(&pair.at_busy.req))
		cs_deliver(&pair.at_busy.req, false);
	pthread_join(pair.submitter, NULL);
	cs_cancel(&pair.at_other.req, -ECANCELED);
	cs_put(&pair.at_busy.req);
	cs_put(&pair.at_other.req);
	return pair.submitted_meanwhile;
}

static void destroy_nodes(void)
{
	fake_node_destroy(&pair.busy);
	fake_node_destroy(&pair.other);
}

TEST(A2_E4_one_lock_for_all_nodes)
{
	EXPECT_FALSE(submits_meanwhile(&cs_model_cancel_lock));
	EXPECT_EQ(true, pair.submitted);
	EXPECT_EQ(1, pair.at_other.completions);
	EXPECT_EQ(-ECANCELED, pair.at_other.req.result);
	destroy_nodes();
}

TEST(A2_E4_a_lock_for_each_node)
{
	EXPECT_TRUE(submits_meanwhile(&cs_model_csq));
	EXPECT_EQ(1, pair.at_other.completions);
	destroy_nodes();
	EXPECT_TRUE(submits_meanwhile(&cs_model_driver_queue));
	EXPECT_EQ(1, pair.at_other.completions);
	destroy_nodes();
}

TEST_HARNESS_MAIN
