// SPDX-License-Identifier: GPL-2.0
/*
 * The model in which nothing is queued: one step after the other, and then with
 * a crowd of sleepers, a thief and a canceller, to see that no wake-up is lost.
 */
#include <pthread.h>
#include <sched.h>

#include "kselftest_harness.h"

#include "fake_host.h"
#include <linux/errno.h>

static struct fake_read *in_service;
static enum cs_verdict verdict;
static bool abandoned;
static int wakes;

/* Whoever has a sample makes the device settle again, until a test says so. */
static const struct cs_host *device;
static bool settles;

static int acquire_now_and_settle(struct cs_queue *queue,
				  struct cancelsafe_sample *sample)
{
	struct fake_node *node = queue->host_data;
	int err = device->acquire_now(queue, sample);

	if (!err && settles)
		__atomic_store_n(&node->unsettled, true, __ATOMIC_RELAXED);
	return err;
}

static int takes_time(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	return -EAGAIN;
}

static void count_wake(struct cs_queue *queue)
{
	wakes++;
}

FIXTURE(sleepers) {
	struct fake_node node;
	struct cs_host host;
	struct fake_read a, b, c;
};

FIXTURE_SETUP(sleepers)
{
	fake_node_init(&self->node, &cs_model_wait_queue);
	device = self->node.queue->host;
	self->host = *device;
	self->host.acquire_now = acquire_now_and_settle;
	self->host.wake = count_wake;
	self->node.queue->host = &self->host;
	self->node.unsettled = true;
	settles = true;
	wakes = 0;
	fake_read_init(&self->a, &self->node);
	fake_read_init(&self->b, &self->node);
	fake_read_init(&self->c, &self->node);
}

FIXTURE_TEARDOWN(sleepers)
{
	EXPECT_TRUE(fake_law_holds(&self->node));
	EXPECT_FALSE(self->a.under_lock || self->b.under_lock);
	fake_node_destroy(&self->node);
}

static bool serve(struct fake_node *node)
{
	return node->queue->model->service(node->queue);
}

/* Submitted, and has looked: now it sleeps. */
static void fall_asleep(struct __test_metadata *_metadata,
			struct fake_read *read)
{
	ASSERT_EQ(cs_submit(&read->req), 0);
	ASSERT_FALSE(cs_take(&read->req));
}

#define EXPECT_COUNT(name, n) \
	EXPECT_EQ(fake_count(&self->node, CS_COUNT_##name), n)

TEST_F(sleepers, A1_A5_A7_woken_and_served)
{
	fall_asleep(_metadata, &self->a);
	EXPECT_EQ(self->node.armed, 1);
	EXPECT_COUNT(SUBMITTED, 1);
	EXPECT_COUNT(WAITING, 1);

	EXPECT_TRUE(serve(&self->node)); /* too early */
	EXPECT_EQ(wakes, 0);
	self->node.unsettled = false;
	EXPECT_FALSE(serve(&self->node));
	EXPECT_EQ(wakes, 1);
	EXPECT_EQ(self->a.completions, 0); /* it was only woken */

	EXPECT_TRUE(cs_take(&self->a.req));
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.sample.sequence, 1);
	EXPECT_TRUE(cs_take(&self->a.req)); /* asked too often */
	EXPECT_EQ(self->a.completions, 1);
	cs_deliver(&self->a.req, false);
	EXPECT_COUNT(COMPLETED, 1);
	EXPECT_COUNT(ACQUIRED, 1);
}

TEST_F(sleepers, A1_a_device_that_has_settled_is_not_waited_for)
{
	self->node.unsettled = false;
	ASSERT_EQ(cs_submit(&self->a.req), 0);
	EXPECT_TRUE(cs_take(&self->a.req));
	EXPECT_EQ(wakes, 0);
	cs_deliver(&self->a.req, false);
	EXPECT_COUNT(COMPLETED, 1);
}

TEST_F(sleepers, A2_A3_cancelled_asleep)
{
	fall_asleep(_metadata, &self->a);
	EXPECT_EQ(cs_cancel(&self->a.req, -EINTR), CS_CANCELLED);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, -EINTR);
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_OVER);
	EXPECT_EQ(self->a.req.result, -EINTR);
	self->node.unsettled = false;
	EXPECT_TRUE(cs_take(&self->a.req)); /* no sample, but awake */
	EXPECT_COUNT(CANCELLED, 1);
	EXPECT_COUNT(ACQUIRED, 0);
}

TEST_F(sleepers, A3_A4_cancelled_before_submit)
{
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_SOON);
	self->node.unsettled = false;
	EXPECT_EQ(cs_submit(&self->a.req), 0);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_TRUE(cs_take(&self->a.req));
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, -ECANCELED);
	EXPECT_COUNT(SUBMITTED, 1);
	EXPECT_COUNT(CANCELLED, 1);
}

TEST_F(sleepers, A1_L25_woken_and_cancelled)
{
	fall_asleep(_metadata, &self->a);
	fall_asleep(_metadata, &self->b);
	self->node.unsettled = false;
	serve(&self->node);
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_CANCELLED);
	EXPECT_TRUE(cs_take(&self->b.req));
	EXPECT_EQ(self->b.req.sample.sequence, 1);
	cs_deliver(&self->b.req, false);
	EXPECT_COUNT(CANCELLED, 1);
	EXPECT_COUNT(COMPLETED, 1);
}

/* Stolen by one that only came by: the thief arms, and so does whoever looks. */
TEST_F(sleepers, A7_L26_wake_stolen)
{
	fall_asleep(_metadata, &self->a);
	self->node.unsettled = false;
	EXPECT_FALSE(serve(&self->node));
	self->node.armed = 0;
	EXPECT_EQ(cs_try_now(&self->b.req), 0);
	EXPECT_EQ(self->node.armed, 1);
	cs_deliver(&self->b.req, false);

	EXPECT_FALSE(cs_take(&self->a.req));
	EXPECT_EQ(self->node.armed, 2);
	EXPECT_TRUE(serve(&self->node));
	EXPECT_EQ(wakes, 1); /* nothing to wake for */

	self->node.unsettled = false;
	EXPECT_FALSE(serve(&self->node));
	EXPECT_EQ(wakes, 2);
	EXPECT_TRUE(cs_take(&self->a.req));
	EXPECT_EQ(self->a.req.sample.sequence, 2);
	cs_deliver(&self->a.req, false);
	EXPECT_COUNT(ACQUIRED, 2);
}

/* Who polls is told of every sample, although it takes none and never looks. */
TEST_F(sleepers, L26_each_sample_arms_for_the_next)
{
	self->node.unsettled = false;
	EXPECT_TRUE(cs_ready(self->node.queue));
	EXPECT_EQ(self->node.armed, 0);
	EXPECT_EQ(cs_try_now(&self->a.req), 0);
	EXPECT_EQ(self->node.armed, 1);
	cs_deliver(&self->a.req, false);

	EXPECT_FALSE(cs_ready(self->node.queue));
	EXPECT_EQ(self->node.armed, 2);
	EXPECT_EQ(cs_try_now(&self->b.req), -EAGAIN);
	EXPECT_EQ(self->node.armed, 3);
	EXPECT_COUNT(SUBMITTED, 1);
}

/* In service: an acquisition that takes time */

static int thief_got;
static bool was_ready;

static void begin_slowly(struct __test_metadata *_metadata,
			 struct cs_host *host, struct fake_read *read)
{
	in_service = read;
	host->acquire_now = takes_time;
	ASSERT_EQ(cs_submit(&read->req), 0);
	ASSERT_TRUE(cs_take(&read->req));
	ASSERT_EQ(read->completions, 0);
}

static void look_in_service(struct fake_node *node)
{
	struct fake_read thief;

	node->armed = 0;
	fake_read_init(&thief, node);
	thief_got = cs_try_now(&thief.req);
	cs_put(&thief.req);
	was_ready = cs_ready(node->queue);
	verdict = cs_cancel(&in_service->req, -ECANCELED);
}

/* The sleeper has the device: nobody else takes it, or arms in vain. */
TEST_F(sleepers, A3_A8_the_server_ends_what_takes_time)
{
	fall_asleep(_metadata, &self->b);
	self->node.unsettled = false;
	begin_slowly(_metadata, &self->host, &self->a);
	EXPECT_FALSE(cs_take(&self->b.req));
	self->node.in_acquire = look_in_service;
	EXPECT_TRUE(serve(&self->node)); /* for those who still sleep */
	EXPECT_EQ(thief_got, -EAGAIN);
	EXPECT_FALSE(was_ready);
	EXPECT_EQ(self->node.armed, 0);
	EXPECT_EQ(verdict, CS_SOON);
	EXPECT_EQ(wakes, 0);
	EXPECT_EQ(self->a.completions, 1);
	EXPECT_EQ(self->a.req.result, 0);
	cs_deliver(&self->a.req, false);

	serve(&self->node);
	EXPECT_EQ(wakes, 1);
	EXPECT_EQ(cs_cancel(&self->b.req, -EINTR), CS_CANCELLED);
	EXPECT_COUNT(COMPLETED, 1);
	EXPECT_COUNT(CANCELLED, 1);
}

static void abandon_in_service(struct fake_node *node)
{
	abandoned = cs_abandon(&in_service->req);
	cs_put(&in_service->req);
}

TEST_F(sleepers, A9_L4_abandoned_in_service)
{
	self->node.unsettled = false;
	begin_slowly(_metadata, &self->host, &self->a);
	self->node.in_acquire = abandon_in_service;
	serve(&self->node);
	EXPECT_TRUE(abandoned);
	EXPECT_EQ(self->a.completions, 0);
	EXPECT_TRUE(self->a.released);
	EXPECT_TRUE(cs_ready(self->node.queue)); /* it holds nothing any more */
	EXPECT_COUNT(FAILED, 1);
	EXPECT_COUNT(UNDELIVERABLE, 1);
}

TEST_F(sleepers, device_gone_counts_as_failed)
{
	self->node.unsettled = false;
	self->node.gone = true;
	begin_slowly(_metadata, &self->host, &self->a);
	serve(&self->node);
	EXPECT_EQ(self->a.req.result, -ENODEV);

	self->node.unsettled = true;
	fall_asleep(_metadata, &self->b);
	EXPECT_EQ(cs_cancel(&self->b.req, -ENODEV), CS_CANCELLED);
	EXPECT_COUNT(FAILED, 2);
	EXPECT_COUNT(CANCELLED, 0);
}

/* Ready is what has a sample at once. That it would take time is no reason to arm. */
TEST_F(sleepers, B_not_ready_while_an_acquisition_takes_time)
{
	self->node.unsettled = false;
	self->node.queue->settings.acquire_us = 1;
	self->host.acquire_now = takes_time;
	EXPECT_EQ(cs_try_now(&self->a.req), -EAGAIN);
	EXPECT_FALSE(cs_ready(self->node.queue));
	EXPECT_EQ(self->node.armed, 0);
	EXPECT_COUNT(SUBMITTED, 0);
}

TEST_F(sleepers, A8_try_now_is_over)
{
	self->node.unsettled = false;
	EXPECT_EQ(cs_try_now(&self->a.req), 0);
	EXPECT_EQ(cs_cancel(&self->a.req, -ECANCELED), CS_OVER);
	cs_deliver(&self->a.req, false);
}

/*
 * With real threads. The crowd's device settles only when it is armed: one arm
 * too few, or one wake-up lost, and everybody sleeps until the harness's watchdog
 * comes.
 */

#define SLEEPERS 5
#define ROUNDS 2000

static struct crowd {
	struct fake_node node;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool armed, stop;
	bool settled;		/* exchanged */
	u64 sequence;		/* of whoever exchanged it */
	u64 woken;		/* how often the crowd was */
} crowd = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static void set_and_tell(bool *what)
{
	pthread_mutex_lock(&crowd.lock);
	*what = true;
	pthread_cond_broadcast(&crowd.changed);
	pthread_mutex_unlock(&crowd.lock);
}

static void crowd_arm(struct cs_queue *queue)
{
	set_and_tell(&crowd.armed);
}

static bool crowd_settled(struct cs_queue *queue)
{
	return READ_ONCE(crowd.settled);
}

static int crowd_acquire_now(struct cs_queue *queue,
			     struct cancelsafe_sample *sample)
{
	if (!__atomic_exchange_n(&crowd.settled, false, __ATOMIC_ACQ_REL))
		return -EAGAIN;
	*sample = (struct cancelsafe_sample){ .sequence = ++crowd.sequence };
	return 0;
}

static void crowd_wake(struct cs_queue *queue)
{
	pthread_mutex_lock(&crowd.lock);
	crowd.woken++;
	pthread_cond_broadcast(&crowd.changed);
	pthread_mutex_unlock(&crowd.lock);
}

static const struct cs_host crowd_host = {
	.arm = crowd_arm,
	.settled = crowd_settled,
	.acquire_now = crowd_acquire_now,
	.wake = crowd_wake,
};

/* False: it is to stop. */
static bool wait_until_armed(void)
{
	bool go_on;

	pthread_mutex_lock(&crowd.lock);
	while (!crowd.armed && !crowd.stop)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	crowd.armed = false;
	go_on = !crowd.stop;
	pthread_mutex_unlock(&crowd.lock);
	return go_on;
}

static void *crowd_server(void *unused)
{
	struct cs_queue *queue = crowd.node.queue;

	while (wait_until_armed()) {
		__atomic_store_n(&crowd.settled, true, __ATOMIC_RELEASE);
		if (queue->model->service(queue))
			crowd_arm(queue);
	}
	return NULL;
}

static u64 times_woken(void)
{
	u64 woken;

	pthread_mutex_lock(&crowd.lock);
	woken = crowd.woken;
	pthread_mutex_unlock(&crowd.lock);
	return woken;
}

static void sleep_while_woken_is(u64 woken)
{
	pthread_mutex_lock(&crowd.lock);
	while (crowd.woken == woken)
		pthread_cond_wait(&crowd.changed, &crowd.lock);
	pthread_mutex_unlock(&crowd.lock);
}

/*
 * As wait_event() does it: the state before the look, so that a wake-up that
 * comes in between is not slept through. @cancelled is cancelled when it is woken
 * for the first time, before it can look again.
 */
static void sleep_for_sample(struct fake_read *read, bool cancelled)
{
	for (;;) {
		u64 woken = times_woken();

		if (cs_take(&read->req))
			break;
		sleep_while_woken_is(woken);
		if (cancelled)
			cs_cancel(&read->req, -EINTR);
	}
}

static void *sleeper(void *arg)
{
	u64 *samples = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct fake_read read;

		fake_read_init(&read, &crowd.node);
		if (cs_submit(&read.req))
			abort();
		sleep_for_sample(&read, i % 3 == 0);
		if (read.completions != 1)
			abort();
		if (!read.req.result) {
			cs_deliver(&read.req, false);
			++*samples;
		}
		cs_put(&read.req);
	}
	return NULL;
}

/* It ends before the crowd does, whom its arms would help. */
static void *thief(void *arg)
{
	u64 *samples = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct fake_read read;

		fake_read_init(&read, &crowd.node);
		if (!cs_try_now(&read.req)) {
			cs_deliver(&read.req, false);
			++*samples;
		}
		cs_put(&read.req);
		sched_yield();
	}
	return NULL;
}

TEST(A1_A3_A7_L25_L26_crowd)
{
	pthread_t sleeping[SLEEPERS], serving, stealing;
	u64 samples[SLEEPERS] = {}, stolen = 0, slept = 0;
	int i;

	fake_node_init(&crowd.node, &cs_model_wait_queue);
	crowd.node.queue->host = &crowd_host;
	pthread_create(&serving, NULL, crowd_server, NULL);
	pthread_create(&stealing, NULL, thief, &stolen);
	for (i = 0; i < SLEEPERS; i++)
		pthread_create(&sleeping[i], NULL, sleeper, &samples[i]);
	for (i = 0; i < SLEEPERS; i++) {
		pthread_join(sleeping[i], NULL);
		slept += samples[i];
	}
	set_and_tell(&crowd.stop);
	pthread_join(stealing, NULL);
	pthread_join(serving, NULL);

	TH_LOG("%llu samples for sleepers, %llu stolen, %llu cancelled",
	       (unsigned long long)slept, (unsigned long long)stolen,
	       (unsigned long long)fake_count(&crowd.node, CS_COUNT_CANCELLED));
	EXPECT_TRUE(fake_law_holds(&crowd.node));
	EXPECT_EQ(fake_count(&crowd.node, CS_COUNT_WAITING), 0);
	EXPECT_EQ(fake_count(&crowd.node, CS_COUNT_COMPLETED), slept + stolen);
	EXPECT_EQ(fake_count(&crowd.node, CS_COUNT_ACQUIRED), crowd.sequence);
	EXPECT_EQ(fake_count(&crowd.node, CS_COUNT_CANCELLED),
		  SLEEPERS * ROUNDS - slept);
	EXPECT_GT(slept, 0);
	EXPECT_GT(fake_count(&crowd.node, CS_COUNT_CANCELLED), 0);
	fake_node_destroy(&crowd.node);
}

TEST_HARNESS_MAIN
