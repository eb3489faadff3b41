// SPDX-License-Identifier: GPL-2.0
/*
 * The same with real threads, as volume: submitters, a server and cancellers
 * meet on the same requests, under a sanitizer.
 */
#include <pthread.h>
#include <sched.h>

#include "kselftest_harness.h"

#include "core/model_framework.h"
#include "fake_host.h"
#include <linux/errno.h>

#define MAKERS 3
#define ROUNDS 4000

static struct fake_node node;
static bool stop;

/* What one maker has in flight; its canceller works on the same request. */
struct maker {
	pthread_t thread, canceller;
	struct fake_read read;
	pthread_barrier_t round;
	u64 samples, cancelled, failed, wrong;
};

static struct maker makers[MAKERS];

static void *server(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		node.queue->model->service(node.queue);
		sched_yield();
	}
	return NULL;
}

static int completions(struct fake_read *read)
{
	return __atomic_load_n(&read->completions, __ATOMIC_ACQUIRE);
}

/* As the read path does when it is killed: cancel, else abandon, else take. */
static void end(struct maker *m, bool kill)
{
	struct cs_request *req = &m->read.req;
	enum cs_verdict verdict = CS_OVER;
	bool abandoned = false;

	if (kill)
		verdict = cs_cancel(req, -EINTR);
	if (verdict == CS_SOON || verdict == CS_LATER)
		abandoned = cs_abandon(req);
	while (!abandoned && !completions(&m->read))
		sched_yield();

	if (abandoned)
		m->failed++;
	else if (req->result)
		m->cancelled++;
	else
		m->samples++;
	if (!abandoned && !req->result)
		cs_deliver(req, false);
	cs_put(req);
	while (!__atomic_load_n(&m->read.released, __ATOMIC_ACQUIRE))
		sched_yield();
	m->wrong += completions(&m->read) != !abandoned;
	m->wrong += m->read.under_lock;
}

static void *make(void *arg)
{
	struct maker *m = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		fake_read_init(&m->read, &node);
		refcount_inc(&m->read.req.refs); /* the canceller's */
		pthread_barrier_wait(&m->round);
		if (cs_submit(&m->read.req))
			abort();
		end(m, i % 3 == 0);
	}
	return NULL;
}

static void *cancel(void *arg)
{
	struct maker *m = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&m->round);
		if (i % 2)
			sched_yield();
		if (i % 5)
			cs_cancel(&m->read.req, -ECANCELED);
		cs_put(&m->read.req);
	}
	return NULL;
}

static void start(struct maker *m)
{
	pthread_barrier_init(&m->round, NULL, 2);
	pthread_create(&m->thread, NULL, make, m);
	pthread_create(&m->canceller, NULL, cancel, m);
}

FIXTURE(volume) {
};

FIXTURE_VARIANT(volume) {
	const struct cs_model *model;
	enum cs_route route;		/* of the framework */
	enum cs_protocol protocol;	/* 0: as it is set at the start */
};

FIXTURE_VARIANT_ADD(volume, csq) {
	.model = &cs_model_csq,
};

FIXTURE_VARIANT_ADD(volume, cancel_lock) {
	.model = &cs_model_cancel_lock,
};

FIXTURE_VARIANT_ADD(volume, cancel_lock_server) {
	.model = &cs_model_cancel_lock,
	.protocol = CS_SERVER_ENDS,
};

FIXTURE_VARIANT_ADD(volume, driver_queue) {
	.model = &cs_model_driver_queue,
};

FIXTURE_VARIANT_ADD(volume, framework_direct) {
	.model = &cs_model_framework,
	.route = CS_ROUTE_DIRECT,
};

FIXTURE_VARIANT_ADD(volume, framework_requeue) {
	.model = &cs_model_framework,
	.route = CS_ROUTE_REQUEUE,
};

FIXTURE_VARIANT_ADD(volume, framework_forward) {
	.model = &cs_model_framework,
	.route = CS_ROUTE_FORWARD,
};

FIXTURE_VARIANT_ADD(volume, framework_lower) {
	.model = &cs_model_framework,
	.route = CS_ROUTE_LOWER,
};

FIXTURE_VARIANT_ADD(volume, startio) {
	.model = &cs_model_startio,
};

FIXTURE_SETUP(volume)
{
	fake_node_init(&node, variant->model);
	if (variant->model == &cs_model_framework)
		cs_framework_set_route(node.queue, variant->route);
	if (variant->protocol)
		node.queue->settings.protocol = variant->protocol;
}

FIXTURE_TEARDOWN(volume)
{
	fake_node_destroy(&node);
}

TEST_F(volume, A1_A3_A5_A7_threads)
{
	u64 samples = 0, cancelled = 0, failed = 0;
	pthread_t serving;
	int i;

	pthread_create(&serving, NULL, server, NULL);
	for (i = 0; i < MAKERS; i++)
		start(&makers[i]);
	for (i = 0; i < MAKERS; i++) {
		pthread_join(makers[i].thread, NULL);
		pthread_join(makers[i].canceller, NULL);
		samples += makers[i].samples;
		cancelled += makers[i].cancelled;
		failed += makers[i].failed;
		EXPECT_EQ(makers[i].wrong, 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(serving, NULL);

	TH_LOG("%llu samples, %llu cancelled, %llu abandoned",
	       (unsigned long long)samples, (unsigned long long)cancelled,
	       (unsigned long long)failed);
	EXPECT_TRUE(fake_law_holds(&node));
	EXPECT_EQ(fake_count(&node, CS_COUNT_SUBMITTED), MAKERS * ROUNDS);
	EXPECT_EQ(fake_count(&node, CS_COUNT_COMPLETED), samples);
	EXPECT_EQ(fake_count(&node, CS_COUNT_CANCELLED), cancelled);
	EXPECT_EQ(fake_count(&node, CS_COUNT_FAILED), failed);
	EXPECT_EQ(fake_count(&node, CS_COUNT_WAITING), 0);
	EXPECT_EQ(fake_count(&node, CS_COUNT_ACQUIRED), node.sequence);
	EXPECT_GT(samples, 0);
	EXPECT_GT(cancelled, 0);
}

TEST_HARNESS_MAIN
