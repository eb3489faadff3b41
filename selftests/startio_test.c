// SPDX-License-Identifier: GPL-2.0
/*
 * The node of StartIo: an idle server starts a request at once, and its service
 * lasts as long as the device takes to settle. What holds of those behind it the
 * programs show that run on every node.
 */
#include <dirent.h>

#include "aio_reads.h"
#include "cancelsafe_test.h"
#include "cmd.h"
#include "ring.h"

#define TIMER_BREATH_NS 20000	/* module/timer.c: BREATH */

/* The server is idle, the device has just begun to settle, and never does. */
FIXTURE(startio) {
	struct bench bench;
};

FIXTURE_SETUP(startio)
{
	node_name = "cancelsafe-startio";
	bench_setup(_metadata, &self->bench);
	settle_us(0);
	settle_us(NEVER);
	if (tracing_start())
		SKIP(return, "the module's events cannot be traced");
}

FIXTURE_TEARDOWN(startio)
{
	bench_teardown(_metadata, &self->bench);
}

TEST_F(startio, B_the_model_is_named)
{
	char text[32];

	ASSERT_EQ(0, read_file(node_path("model"), text, sizeof(text)));
	EXPECT_STREQ("startio\n", text);
}

TEST_F(startio, A6_D1_one_is_started_and_the_others_are_queued)
{
	struct reader *readers[8];
	int i;

	read_behind(readers, 8, self->bench.fd);
	EXPECT_EQ(1, tracing_count("cs_claim", ""));
	settle_us(0);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(self->bench.sequence + 1 + i,
			  readers[i]->sample.sequence);
	}
	EXPECT_EQ(8, tracing_count("cs_claim", "who=server"));
}

TEST_F(startio, A6_D1_order_is_kept_when_some_are_cancelled)
{
	struct reader *readers[8];
	uint64_t next = self->bench.sequence + 1;
	int i;

	handle_signals(0);
	read_behind(readers, 8, self->bench.fd);
	for (i = 2; i < 8; i += 3) {
		reader_signal(readers[i]);
		ASSERT_EQ(-EINTR, reader_result(readers[i]));
	}
	settle_us(0);
	for (i = 0; i < 8; i++) {
		if (i % 3 == 2)
			continue;
		ASSERT_EQ(SAMPLE_SIZE, reader_result(readers[i]));
		EXPECT_EQ(next++, readers[i]->sample.sequence);
	}
}

TEST_F(startio, C3_D1_the_limit_is_of_those_who_are_queued)
{
	struct cancelsafe_sample sample;
	struct reader *readers[3];

	queue_limit(2);
	read_behind(readers, 3, self->bench.fd);
	EXPECT_EQ(-1, read(self->bench.fd, &sample, sizeof(sample)));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_COUNTS(self->bench.fd, .submitted = 3, .waiting = 3);
}

/* The kernel's threads are known by their names, of which it keeps 15 bytes. */
static bool is_there_a_thread(const char *name)
{
	char path[300], comm[32];
	struct dirent *entry;
	bool found = false;
	DIR *proc = opendir("/proc");

	while (proc && !found && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (read_file(path, comm, sizeof(comm)))
			continue;
		comm[strcspn(comm, "\n")] = '\0';
		found = *comm && !strncmp(name, comm, 15) &&
			(strlen(comm) == 15 || !strcmp(name, comm));
	}
	closedir(proc);
	return found;
}

TEST_F(startio, D2_a_timer_waits_for_the_device_and_no_thread)
{
	EXPECT_TRUE(is_there_a_thread("cancelsafe"));
	EXPECT_FALSE(is_there_a_thread("cancelsafe-startio"));
}

#define AT_ONCE 8

/* The timer takes a breath each time it has fired: there is one between two samples. */
static bool two_at_a_time(const struct aio *aio)
{
	int i;

	for (i = 1; i < AT_ONCE; i++)
		if (aio->reads[i].sample.acquired_ns <
		    aio->reads[i - 1].sample.acquired_ns + TIMER_BREATH_NS)
			return true;
	return false;
}

/*
 * At a device that settles in no time everybody is served by the timer, one each time it
 * fires: neither by who submits nor within the service of the one before.
 */
TEST_F(startio, A1_D2_R18_many_at_once)
{
	struct aio *aio = aio_new();
	int i, round;

	aio_open(aio);
	for (round = 0; round < 20; round++) {
		settle_us(round % 2 ? 0 : NEVER);
		aio_read_many(aio, AT_ONCE, self->bench.fd);
		settle_us(0);
		for (i = 0; i < AT_ONCE; i++)
			ASSERT_EQ(SAMPLE_SIZE, aio_result(aio, i));
		EXPECT_TRUE(round % 2 || !two_at_a_time(aio));
	}
	aio_destroy(aio);
	EXPECT_COUNTS(self->bench.fd, .submitted = 20 * AT_ONCE,
		      .completed = 20 * AT_ONCE, .acquired = 20 * AT_ONCE);
	EXPECT_EQ(20 * AT_ONCE, tracing_count_in_softirq("cs_complete", "who=server"));
}

/* Lasting service: section B */

static void signal_current(struct __test_metadata *_metadata, int fd,
			   int sa_flags)
{
	struct reader *reader;

	handle_signals(sa_flags);
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_claimed(1));
	reader_signal(reader);
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_FALSE(reader->ended);
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_EQ(1, signals_handled());
	EXPECT_COUNTS(fd, .submitted = 1, .completed = 1, .acquired = 1);
}

TEST_F(startio, A3_A8_B_R16_handler_in_lasting_service_gets_the_sample)
{
	signal_current(_metadata, self->bench.fd, 0);
}

TEST_F(startio, A3_A8_B_R16_sa_restart_in_lasting_service_gets_the_sample)
{
	signal_current(_metadata, self->bench.fd, SA_RESTART);
}

/* Nobody waits for it any more. It is served all the same, and lost. */
static void check_abandoned(struct __test_metadata *_metadata, int fd)
{
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);
	settle_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(fd, .submitted = 1, .failed = 1, .acquired = 1,
		      .undeliverable = 1);
}

TEST_F(startio, A9_B_L4_L29_sigkill_in_lasting_service_abandons)
{
	struct reader *reader = read_in_process(self->bench.fd);

	ASSERT_EQ(1, wait_claimed(1));
	kill(reader->pid, SIGKILL);
	ASSERT_NE(-ETIMEDOUT, reap(reader->pid));
	check_abandoned(_metadata, self->bench.fd);
	EXPECT_TRUE(reader_is_untouched(reader));
}

TEST_F(startio, A6_A9_R15_the_next_is_started_after_an_abandoned_one)
{
	struct reader *dead = read_in_process(self->bench.fd), *next;

	ASSERT_EQ(1, wait_claimed(1));
	next = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	kill(dead->pid, SIGKILL);
	ASSERT_NE(-ETIMEDOUT, reap(dead->pid));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(next));
	EXPECT_EQ(self->bench.sequence + 2, next->sample.sequence);
}

TEST_F(startio, A2_A9_B_async_cancel_in_lasting_service_abandons)
{
	struct ring *ring = ring_new(0);

	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	check_abandoned(_metadata, self->bench.fd);
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	ring_close(ring);
}

TEST_F(startio, A9_B_L11_ring_torn_down_in_lasting_service_abandons)
{
	struct ring *ring = ring_new(0);

	ring_read(ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	ring_close(ring);
	EXPECT_TRUE(WAIT_UNTIL(tracing_count("cs_cancel", "")));
	check_abandoned(_metadata, self->bench.fd);
}

TEST_F(startio, A3_A8_B_cancel_by_tag_in_lasting_service_is_too_late)
{
	const char *why = cmd_missing();
	struct ring *ring;

	if (why)
		SKIP(return, "%s", why);
	ring = ring_new(0);
	cmd_read(ring, 0, self->bench.fd, 1);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(-EALREADY,
		  cmd_cancel(ring, self->bench.fd, CANCELSAFE_CANCEL_TAG, 1));
	EXPECT_EQ(0, cmd_cancel(ring, self->bench.fd, CANCELSAFE_CANCEL_FILE, 0));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_EQ(-ENOENT,
		  cmd_cancel(ring, self->bench.fd, CANCELSAFE_CANCEL_TAG, 1));
	ring_close(ring);
}

TEST_F(startio, A2_A9_B_io_cancel_in_lasting_service_abandons)
{
	struct aio *aio = aio_new();

	aio_open(aio);
	aio_read(aio, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(-EINPROGRESS, aio_cancel(aio, 0));
	EXPECT_EQ(-ECANCELED, aio_result(aio, 0));
	EXPECT_EQ(-EINVAL, aio_cancel(aio, 0));
	check_abandoned(_metadata, self->bench.fd);
	EXPECT_TRUE(aio_is_untouched(aio, 0));
	aio_destroy(aio);
}

TEST_F(startio, A9_B_L14_io_destroy_in_lasting_service_abandons)
{
	struct aio *aio = aio_new();

	aio_open(aio);
	aio_read(aio, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(0, aio_destroy(aio));
	check_abandoned(_metadata, self->bench.fd);
}

TEST_F(startio, A8_B_G2_policy_cancel_in_lasting_service_gets_the_sample)
{
	struct reader *reader;

	close_policy("cancel");
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	close(dup(self->bench.fd));
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_FALSE(reader->ended);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
}

TEST_F(startio, A1_A9_B_L16_L19_unplugged_in_lasting_service)
{
	struct reader *served, *queued;

	served = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	queued = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	ASSERT_EQ(0, node_unplug());
	EXPECT_EQ(-ENODEV, reader_result(served));
	EXPECT_EQ(-ENODEV, reader_result(queued));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .failed = 2);
	ASSERT_EQ(0, node_plug());
}

/* An acquisition that an unplug has ended is nobody's: the next one takes its time. */
TEST_F(startio, B_L16_L18_an_acquisition_ends_with_its_request)
{
	struct reader *reader;
	int fd;

	settle_us(0);
	acquire_us(NEVER);
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	ASSERT_EQ(0, node_unplug());
	EXPECT_EQ(-ENODEV, reader_result(reader));
	ASSERT_EQ(0, node_plug());

	settle_us(NEVER);
	acquire_us(0);
	fd = node_open(O_RDONLY);
	self->bench.others = true;
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_FALSE(reader->ended);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	close(fd);
}

TEST_HARNESS_MAIN
