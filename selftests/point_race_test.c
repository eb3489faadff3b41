// SPDX-License-Identifier: GPL-2.0
/*
 * Races, each lost on purpose: a script says who comes first. What race_test
 * meets at random is met here every time, and in both orders.
 */
#include <pthread.h>

#include "aio_reads.h"
#include "points_fixture.h"
#include "ring.h"

/* Where no server is held, for not every model has one that could be. */
FIXTURE(model) {
	struct bench bench;
};

FIXTURE_VARIANT(model) {
	const char *name;
};

FIXTURE_VARIANT_ADD(model, csq) {
	.name = "cancelsafe",
};

OTHER_QUEUES(model, );

FIXTURE_SETUP(model)
{
	node_name = variant->name;
	scripted_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(model)
{
	scripted_teardown(_metadata, &self->bench);
}

/*
 * Where a cancel is to come before the claim, the server has to be seen at its
 * door: nobody says that it comes at all once nothing waits.
 */
static void wait_for_server(void)
{
	if (!wait_held(SERVER, "before-claim"))
		die("the server does not come to its claim:\n%s",
		    script_state());
}

/* A signal */

/* Queued, and then signalled; the device has settled. */
static struct reader *signalled_while_queued(int fd)
{
	struct reader *reader;

	handle_signals(0);
	reader = thread_named("reader", fd);
	settle_us(0);
	wait_for_server();
	reader_signal(reader);
	return reader;
}

TEST_F(points, A2_A3_B_L2_signal_before_claim)
{
	struct reader *reader;

	script_start("reader@queued\n"
		     "test@setting\n"
		     "reader@interrupted\n"
		     "reader@cancel-left\n"
		     SERVER "@before-claim\n");
	reader = signalled_while_queued(self->bench.fd);
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/* The signal is first, but the claim overtakes the cancel. */
TEST_F(points, A3_A8_B_L2_claim_before_the_cancel)
{
	struct reader *reader;

	script_start("reader@queued\n"
		     "test@setting\n"
		     "reader@interrupted\n"
		     SERVER "@before-claim\n"
		     SERVER "@claimed\n"
		     "reader@cancel-entered\n"
		     "reader@cancel-left\n"
		     SERVER "@before-complete\n");
	reader = signalled_while_queued(self->bench.fd);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_TRUE(is_sample(&reader->sample));
	EXPECT_EQ(1, signals_handled());
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(points, A3_A8_B_L3_interrupted_but_completed_before_the_cancel)
{
	struct reader *reader;

	script_start("reader@queued\n"
		     "test@setting\n"
		     "reader@interrupted\n"
		     SERVER "@before-claim\n"
		     SERVER "@completed\n"
		     "reader@cancel-entered\n");
	reader = signalled_while_queued(self->bench.fd);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_TRUE(is_sample(&reader->sample));
	EXPECT_EQ(1, signals_handled());
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/*
 * The canceller has the routine and waits for the queue's lock, which the server gets: it
 * leaves that request alone, and takes the next one.
 */
TEST_F(points, A1_A2_A3_A7_R5_the_server_meets_what_a_canceller_has)
{
	struct reader *reader, *next;

	handle_signals(0);
	reader = thread_named("reader", self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	next = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	script_start(SERVER "@claimed\n"
		     "reader@lock\n");
	reader_signal(reader);
	ASSERT_TRUE(wait_held("reader", "lock"));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(next));
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .completed = 1,
		      .cancelled = 1, .acquired = 1);
}

/* It comes in the driver, and before the insert: it is not lost. */
static struct reader *signalled_before_insert(int fd)
{
	struct reader *reader;

	handle_signals(0);
	reader = thread_named("reader", fd);
	if (!wait_held("reader", "submit"))
		die("the reader does not come to its submit");
	reader_signal(reader);
	settle_us(0);
	return reader;
}

TEST_F(points, A2_A3_A4_B_L1_signal_before_the_insert)
{
	struct reader *reader;

	script_start("test@setting\n"
		     "reader@submit\n"
		     "test@setting\n"
		     "reader@interrupted\n"
		     "reader@cancel-left\n"
		     SERVER "@before-claim\n");
	reader = signalled_before_insert(self->bench.fd);
	wait_for_server();
	settle_us(0);
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

TEST_F(points, A3_A8_B_L1_signal_before_the_insert_and_claimed_at_once)
{
	struct reader *reader;

	script_start("test@setting\n"
		     "reader@submit\n"
		     SERVER "@claimed\n"
		     "reader@cancel-entered\n"
		     "reader@cancel-left\n"
		     SERVER "@before-complete\n");
	reader = signalled_before_insert(self->bench.fd);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/* SIGKILL: who dies does not wait, so the server is held instead. */

TEST_F(points, A2_A9_B_L4_sigkill_before_claim)
{
	struct reader *reader;

	script_start("reader@queued\n"
		     "test@setting\n"
		     "reader@cancel-left\n"
		     SERVER "@before-claim\n");
	reader = process_named("reader", self->bench.fd);
	settle_us(0);
	wait_for_server();
	kill(reader->pid, SIGKILL);
	EXPECT_TRUE(WIFSIGNALED(reap(reader->pid)));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/*
 * The device acquires at once, so that service is as short as it can be. The
 * reader is gone before the sample is on its way.
 */
TEST_F(points, A1_A7_A9_B_L4_sigkill_in_short_service)
{
	struct reader *reader;

	script_start("reader@queued\n"
		     "test@setting\n"
		     SERVER "@claimed\n"
		     "test@setting\n"
		     "reader@cancel-left\n"
		     "reader@returning\n"
		     SERVER "@before-complete\n");
	reader = process_named("reader", self->bench.fd);
	settle_us(0);
	settle_us(0);
	kill(reader->pid, SIGKILL);
	EXPECT_TRUE(WIFSIGNALED(reap(reader->pid)));
	EXPECT_PASSED();
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

/* The server looks whether more wait, and only then does one come. */
TEST_F(points, A1_submitted_when_the_server_has_looked)
{
	struct reader *first, *second;

	script_start("test@setting\n"
		     "second@queued\n"
		     SERVER "@before-complete\n");
	settle_us(0);
	first = thread_named("first", self->bench.fd);
	ASSERT_TRUE(wait_held(SERVER, "before-complete"));
	second = thread_named("second", self->bench.fd);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(first));
	EXPECT_EQ(SAMPLE_SIZE, reader_result(second));
	EXPECT_PASSED();
}

/* Who does not wait */

/* At the claim and after it the sample belongs to who came first. */
static void check_not_overtaken(struct __test_metadata *_metadata, int fd,
				const char *point)
{
	struct cancelsafe_sample sample;
	struct reader *reader;
	int second;

	second = node_open(O_RDONLY | O_NONBLOCK);
	script_start("reader@queued\n"
		     "test@setting\n"
		     "test@setting\n"
		     SERVER "@%s\n", point);
	reader = thread_named("reader", fd);
	settle_us(0);
	ASSERT_TRUE(wait_held(SERVER, point));
	EXPECT_EQ(-1, read(second, &sample, sizeof(sample)));
	EXPECT_EQ(EAGAIN, errno);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_PASSED();
	close(second);
}

TEST_F(points, A6_nonblocking_read_does_not_overtake_before_claim)
{
	check_not_overtaken(_metadata, self->bench.fd, "before-claim");
}

TEST_F(points, A6_nonblocking_read_does_not_overtake_in_service)
{
	check_not_overtaken(_metadata, self->bench.fd, "claimed");
}

/* A ring */

static void end_ring(struct __test_metadata *_metadata, struct ring *ring)
{
	EXPECT_PASSED();
	EXPECT_TRUE(ring_all_ended_once(ring));
	EXPECT_EQ(0, ring->answers.other);
	ring_close(ring);
}

static void cancel_and_settle(struct ring *ring)
{
	ring_cancel(ring, 0);
	ring_wait_answered(ring, 1);
	settle_us(0);
}

/* The worker runs, and what it is to cancel is in nobody's queue yet. */
TEST_F(model, A2_A3_A4_B_L1_L5_async_cancel_before_the_insert)
{
	const char *worker = worker_name();
	struct ring *ring = ring_new(0);

	script_start("test@setting\n"
		     "%s@submit\n"
		     "%s@interrupted\n"
		     "%s@cancel-left\n", worker, worker, worker);
	ring_read(ring, 0, self->bench.fd);
	ASSERT_TRUE(wait_held(worker, "submit"));
	ring_cancel(ring, 0);
	ASSERT_TRUE(ring_wait_answered(ring, 1));
	settle_us(NEVER);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	end_ring(_metadata, ring);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/*
 * The worker was told to cancel, and the claim overtakes it. Then it waits for
 * the sample, for longer than an impatient one would.
 */
TEST_F(points, A3_A8_B_L2_L5_claim_before_the_workers_cancel)
{
	const char *worker = worker_name();
	struct ring *ring = ring_new(0);

	script_start("%s@interrupted\n"
		     "test@setting\n"
		     SERVER "@claimed\n"
		     "%s@cancel-entered\n"
		     "%s@cancel-left\n"
		     "test@setting\n"
		     "test@setting\n"
		     SERVER "@before-complete\n", worker, worker, worker);
	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	cancel_and_settle(ring);
	settle_us(0);
	usleep(100000);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_TRUE(is_sample(&ring->reads[0].sample));
	end_ring(_metadata, ring);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/* The driver has done with it, and io_uring does not know yet. */
TEST_F(model, A3_A8_B_L3_L5_async_cancel_after_the_sample)
{
	const char *worker = worker_name();
	struct ring *ring = ring_new(0);

	script_start("%s@queued\n"
		     "test@setting\n"
		     "test@setting\n"
		     "%s@returning\n", worker, worker);
	ring_read(ring, 0, self->bench.fd);
	settle_us(0);
	ASSERT_TRUE(wait_held(worker, "returning"));
	cancel_and_settle(ring);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	end_ring(_metadata, ring);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/*
 * What is in service when its cancel comes takes so long that the worker gives
 * it up; at that very moment comes the sample.
 */
TEST_F_TIMEOUT(points, A3_A7_A8_completed_before_it_is_abandoned, 60)
{
	const char *worker = worker_name();
	struct ring *ring = ring_new(0);

	acquire_us(NEVER);
	settle_us(0);
	script_start(SERVER "@claimed\n"
		     "test@setting\n"
		     "%s@cancel-left\n"
		     "test@setting\n"
		     SERVER "@completed\n"
		     "%s@abandon\n", worker, worker);
	ring_read(ring, 0, self->bench.fd);
	settle_us(0);
	ring_cancel(ring, 0);
	ASSERT_TRUE(wait_held(worker, "abandon"));
	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_TRUE(is_sample(&ring->reads[0].sample));
	end_ring(_metadata, ring);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

/* libaio */

struct submission {
	struct aio *aio;
	int fd;
};

static void *submit_held(void *arg)
{
	struct submission *submission = arg;

	name_me("submitter");
	aio_read(submission->aio, 0, submission->fd);
	return NULL;
}

/* io_cancel of a read whose submitter is held, and what it says; then the read ends. */
static void cancel_held_at(struct __test_metadata *_metadata, int fd,
			   const char *point, int said)
{
	struct submission submission = { aio_new(), fd };
	pthread_t submitter;

	aio_open(submission.aio);
	script_start("test@setting\n"
		     "submitter@%s\n", point);
	ASSERT_EQ(0, pthread_create(&submitter, NULL, submit_held,
				    &submission));
	ASSERT_TRUE(wait_held("submitter", point));
	EXPECT_EQ(said, aio_cancel(submission.aio, 0));
	settle_us(0);
	ASSERT_EQ(0, pthread_join(submitter, NULL));
	EXPECT_EQ(-ECANCELED, aio_result(submission.aio, 0));
	EXPECT_TRUE(aio_is_untouched(submission.aio, 0));
	EXPECT_PASSED();
	EXPECT_TRUE(aio_all_ended_once(submission.aio));
	aio_destroy(submission.aio);
	EXPECT_COUNTS(fd, .submitted = 1, .cancelled = 1);
}

/* io_submit has told the context of it, and it is in nobody's queue yet. */
TEST_F(model, A2_A3_A4_B_L14_R1_io_cancel_before_the_insert)
{
	cancel_held_at(_metadata, self->bench.fd, "submit", -EINPROGRESS);
}

/* The framework, whose driver has just been given a read */

FIXTURE(route) {
	struct bench bench;
};

FIXTURE_VARIANT(route) {
	const char *name;
};

FRAMEWORK_ROUTES(route);

FIXTURE_SETUP(route)
{
	node_name = "cancelsafe-framework";
	scripted_setup(_metadata, &self->bench);
	ASSERT_EQ(0, node_write("route", variant->name));
	settle_us(0);
}

FIXTURE_TEARDOWN(route)
{
	scripted_teardown(_metadata, &self->bench);
	EXPECT_EQ(0, node_write("route", "direct"));
}

/*
 * A cancel only sets the flag, and is told that it is too late; then the driver meets
 * the flag, as it marks, passes on or sends the read.
 */
TEST_F(route, A2_A3_H2_H3_H4_H6_L14_io_cancel_between_delivery_and_mark)
{
	cancel_held_at(_metadata, self->bench.fd, "delivered", -EALREADY);
}

/* close(2) */

/*
 * A descriptor is closed, policy cancel, by another thread of the reader's: who walks
 * meets a read that is in nobody's queue yet.
 */
TEST_F(model, A2_A3_A4_B_G2_L7_R1_R12_R13_closed_before_the_insert)
{
	int duplicate = dup(self->bench.fd);
	struct reader *reader;

	close_policy("cancel");
	script_start("test@flush\n"
		     "test@setting\n"
		     "reader@submit\n"
		     "reader@queued\n");
	reader = thread_named("reader", self->bench.fd);
	ASSERT_TRUE(wait_held("reader", "submit"));
	ASSERT_EQ(0, close(duplicate));
	settle_us(NEVER);
	EXPECT_EQ(-ECANCELED, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/* The cancel lock */

FIXTURE(cancel_lock) {
	struct bench bench;
};

FIXTURE_SETUP(cancel_lock)
{
	node_name = "cancelsafe-cancel-lock";
	scripted_setup(_metadata, &self->bench);
}

FIXTURE_TEARDOWN(cancel_lock)
{
	scripted_teardown(_metadata, &self->bench);
	EXPECT_EQ(0, node_write("current_ended_by", "routine"));
}

/*
 * The server has looked which request is the current one. It is cancelled, and the next
 * one has become that, by the other protocol, before the server has the lock: who did
 * not compare would end the first one once more.
 */
TEST_F(cancel_lock, A1_A3_A7_E1_R14_the_current_one_changes_before_the_server_locks)
{
	struct reader *first, *second;

	handle_signals(0);
	script_start("first@cancel-left\n"
		     LOCKING_SERVER "@before-claim\n");
	first = thread_named("first", self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	second = thread_named("second", self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	settle_us(0);
	ASSERT_TRUE(wait_held(LOCKING_SERVER, "before-claim"));
	ASSERT_EQ(0, node_write("current_ended_by", "server"));
	reader_signal(first);
	EXPECT_EQ(-EINTR, reader_result(first));
	EXPECT_EQ(SAMPLE_SIZE, reader_result(second));
	EXPECT_PASSED();
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .completed = 1,
		      .cancelled = 1, .acquired = 1);
}

TEST_HARNESS_MAIN
