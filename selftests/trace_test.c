// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints: a request's way, one event at each station.
 */
#include "cancelsafe_test.h"
#include "ring.h"

/**
 * struct event - what a line of the trace tells
 * @node:   the node's name
 * @id:     the request's number
 * @path:   how it came in
 * @maker:  the process that submitted it
 * @who:    did what the event tells
 * @result: of the request
 */
struct event {
	char node[33];
	unsigned long long id;
	char path[33];
	int maker;
	char who[33];
	int result;
};

/* The last event of this name. */
static struct event last_event(const char *name)
{
	struct event event;
	char line[512] = "", *fields;

	if (!WAIT_UNTIL(tracing_find(name, "", line, sizeof(line))))
		die("no %s was traced", name);
	fields = strstr(line, "node=");
	if (!fields ||
	    sscanf(fields, "node=%32s id=%llu path=%32s maker=%d who=%32s result=%d",
		   event.node, &event.id, event.path, &event.maker, event.who,
		   &event.result) != 6)
		die("%s is traced as: %s", name, line);
	return event;
}

static void check_event(struct __test_metadata *_metadata, const char *name,
			unsigned long long id, const char *who)
{
	struct event event = last_event(name);

	EXPECT_STREQ("cancelsafe", event.node);
	EXPECT_EQ(id, event.id) {
		TH_LOG("%s is of another request", name);
	}
	EXPECT_STREQ("read", event.path);
	EXPECT_EQ(getpid(), event.maker) {
		TH_LOG("%s does not name us", name);
	}
	EXPECT_STREQ(who, event.who) {
		TH_LOG("%s does not say who", name);
	}
}

TEST_F(node, B_trace_of_a_served_read)
{
	struct ring *ring = ring_new(0);
	unsigned long long id;

	START_TRACE();
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	settle_us(0);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, 0));

	id = last_event("cs_submit").id;
	EXPECT_NE(0, id);
	check_event(_metadata, "cs_submit", id, "maker");
	check_event(_metadata, "cs_queue", id, "maker");
	check_event(_metadata, "cs_claim", id, "server");
	check_event(_metadata, "cs_complete", id, "server");
	EXPECT_EQ(0, last_event("cs_complete").result);
	EXPECT_EQ(0, tracing_count("cs_cancel", ""));
}

TEST_F(node, B_trace_of_a_cancelled_read)
{
	struct ring *ring = ring_new(0);
	unsigned long long id;

	START_TRACE();
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));

	id = last_event("cs_submit").id;
	check_event(_metadata, "cs_queue", id, "maker");
	check_event(_metadata, "cs_cancel", id, "canceller");
	check_event(_metadata, "cs_claim", id, "canceller");
	check_event(_metadata, "cs_complete", id, "canceller");
	EXPECT_EQ(-ECANCELED, last_event("cs_complete").result);
	EXPECT_EQ(0, tracing_count("cs_claim", "who=server"));
}

/* What is refused has a cs_submit and nothing more. */
TEST_F(node, B_trace_of_a_refused_read)
{
	struct cancelsafe_sample sample;
	struct ring *ring = ring_new(0);

	queue_limit(1);
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	START_TRACE();
	ASSERT_EQ(-1, read(self->bench.fd, &sample, sizeof(sample)));
	ASSERT_EQ(EBUSY, errno);
	EXPECT_EQ(1, tracing_count("cs_submit", ""));
	EXPECT_EQ(0, tracing_count("cs_queue", ""));
	EXPECT_EQ(0, tracing_count("cs_complete", ""));
}

TEST_F(node, A1_B_trace_has_one_end_for_each_read)
{
	struct ring *ring = ring_new(0);
	int i;

	START_TRACE();
	for (i = 0; i < 8; i++)
		ring_read(ring, i, self->bench.fd);
	ASSERT_EQ(8, wait_waiting(8));
	for (i = 0; i < 8; i += 2)
		ring_cancel_until_ended(ring, i);
	settle_us(0);
	ASSERT_EQ(0, wait_waiting(0));
	EXPECT_EQ(8, tracing_count("cs_queue", ""));
	EXPECT_EQ(8, tracing_count("cs_claim", ""));
	EXPECT_EQ(8, tracing_count("cs_complete", ""));
	EXPECT_EQ(4, tracing_count("cs_claim", "who=canceller"));
	EXPECT_TRUE(ring_all_ended_once(ring));
}

TEST_HARNESS_MAIN
