// SPDX-License-Identifier: GPL-2.0
/*
 * A driver's own queue, in which cancellers complete each other's requests: what
 * each is told has to be true of its own. The rules' races themselves are lost on
 * purpose on the host.
 */
#define ON_NODE "cancelsafe-driver-queue"
#include "cmd_fixture.h"

TEST_F(node, B_the_model_is_named_and_has_a_limit)
{
	char text[64];

	ASSERT_EQ(0, read_file(node_path("model"), text, sizeof(text)));
	EXPECT_STREQ("driver_queue\n", text);
	EXPECT_TRUE(node_has("queue_limit"));
}

/* A crew that submits together, and cancels together */

#define HANDS 3
#define ENOUGH 500

/**
 * struct crew - what its threads share
 * @fd:        to read from
 * @served:    there will be samples
 * @begun:     when they began
 * @together:  where each waits for the others
 * @stop:      no further round
 * @cancelled: reads that ended so, and left their buffers alone
 * @samples:   reads that got one
 * @wrong:     other ends
 */
struct crew {
	int fd;
	bool served;
	uint64_t begun;
	pthread_barrier_t together;
	atomic_bool stop;
	atomic_uint cancelled;
	atomic_uint samples;
	atomic_uint wrong;
};

/**
 * struct hand - one of them
 * @crew:   with whom
 * @first:  says when it is enough
 * @ring:   its own, and so its own tags
 * @thread: the thread
 */
struct hand {
	struct crew *crew;
	bool first;
	struct ring *ring;
	pthread_t thread;
};

static void tally(struct crew *crew, struct ring *ring, unsigned int i)
{
	int result = ring_result(ring, i);

	if (result == -ECANCELED && ring_is_untouched(ring, i))
		crew->cancelled++;
	else if (result == SAMPLE_SIZE && is_sample(&ring->reads[i].sample))
		crew->samples++;
	else
		crew->wrong++;
}

/* The last to come is cancelled first: so others are found on the way to it. */
static void work_one_round(struct hand *hand)
{
	struct ring *ring = hand->ring;
	unsigned int i, before = ring->answers.all;

	for (i = 0; i < RING_READS; i++)
		cmd_prepare_read(ring, i, hand->crew->fd, i + 1);
	ring_submit(ring);
	pthread_barrier_wait(&hand->crew->together);
	for (i = RING_READS; i > 0; i--)
		cmd_prepare_cancel(ring, hand->crew->fd, CANCELSAFE_CANCEL_TAG, i);
	ring_submit(ring);
	if (!ring_wait_answered(ring, before + RING_READS))
		hand->crew->wrong++;
	for (i = 0; i < RING_READS; i++)
		tally(hand->crew, ring, i);
}

static void *work(void *arg)
{
	struct hand *hand = arg;
	struct crew *crew = hand->crew;

	for (;;) {
		if (hand->first)
			crew->stop = crew->wrong ||
				     !go_on(crew->begun, 1500,
					    crew->cancelled > ENOUGH &&
					    (crew->samples || !crew->served));
		pthread_barrier_wait(&crew->together);
		if (crew->stop)
			return NULL;
		work_one_round(hand);
	}
}

static void begin_hand(struct hand *hand, struct crew *crew, bool first)
{
	*hand = (struct hand){
		.crew = crew,
		.first = first,
		.ring = ring_new(0),
	};
	if (pthread_create(&hand->thread, NULL, work, hand))
		die("cannot start a thread");
}

/* Returns what its cancels were answered. */
static struct ring_answers end_hand(struct hand *hand)
{
	struct ring_answers answers;

	pthread_join(hand->thread, NULL);
	answers = hand->ring->answers;
	ring_close(hand->ring);
	free(hand->ring);
	return answers;
}

static struct ring_answers let_work(struct crew *crew, int fd)
{
	struct ring_answers one, all = {};
	struct hand hands[HANDS];
	int i;

	crew->fd = fd;
	crew->begun = now_ns();
	pthread_barrier_init(&crew->together, NULL, HANDS);
	for (i = 0; i < HANDS; i++)
		begin_hand(&hands[i], crew, i == 0);
	for (i = 0; i < HANDS; i++) {
		one = end_hand(&hands[i]);
		all.positive += one.positive;
		all.ealready += one.ealready;
		all.enoent += one.enoent;
		all.other += one.other;
	}
	return all;
}

/* Nobody is served, so every cancel was in time, whoever completed what. */
TEST_F(node, A1_A2_A8_F2_F3_L24_cancellers_who_take_each_others)
{
	struct crew crew = {};
	struct ring_answers answers = let_work(&crew, self->bench.fd);

	TH_LOG("%u cancelled", crew.cancelled);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_EQ(0, crew.samples);
	EXPECT_EQ(crew.cancelled, answers.positive);
	EXPECT_EQ(0, answers.ealready);
	EXPECT_EQ(0, answers.enoent);
	EXPECT_EQ(0, answers.other);
	EXPECT_COUNTS(self->bench.fd, .submitted = crew.cancelled,
		      .cancelled = crew.cancelled);
}

/* And a server takes its own between them: who was late has a sample. */
TEST_F(node, A3_A7_A8_F1_F2_cancellers_and_the_server)
{
	struct crew crew = { .served = true };
	struct ring_answers answers;

	settle_us(20);
	answers = let_work(&crew, self->bench.fd);
	TH_LOG("%u cancelled, %u samples; %u EALREADY, %u ENOENT",
	       crew.cancelled, crew.samples, answers.ealready, answers.enoent);
	EXPECT_EQ(0, crew.wrong);
	EXPECT_LT(0, crew.samples);
	EXPECT_EQ(crew.cancelled, answers.positive);
	EXPECT_EQ(crew.samples, answers.ealready + answers.enoent);
	EXPECT_EQ(0, answers.other);
}

TEST_HARNESS_MAIN
