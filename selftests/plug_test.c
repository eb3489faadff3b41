// SPDX-License-Identifier: GPL-2.0
/*
 * The node is unplugged while it is in use, and plugged in again.
 */
#define ON_EVERY_NODE
#include "cancelsafe_test.h"
#include "ring.h"

static void check_gone(struct __test_metadata *_metadata,
		       struct reader *reader)
{
	EXPECT_EQ(-ENODEV, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
}

TEST_F(node, A1_A9_B_L16_L19_unplugged_while_reads_wait)
{
	struct reader *thread = read_in_thread(self->bench.fd);
	struct reader *process = read_in_process(self->bench.fd);

	ASSERT_EQ(2, wait_waiting(2));
	ASSERT_EQ(0, node_unplug());
	check_gone(_metadata, thread);
	check_gone(_metadata, process);
	EXPECT_EQ(0, reap(process->pid));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .failed = 2);
	ASSERT_EQ(0, node_plug());
}

/* In the driver, or where nothing is queued in io_uring, which is told by a poll. */
TEST_F(node, A1_A9_B_L16_L19_unplugged_while_a_rings_read_waits)
{
	struct ring *ring = ring_new(0);

	ring_read(ring, 0, self->bench.fd);
	if (node_has("queue_limit"))
		ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, node_unplug());
	EXPECT_EQ(-ENODEV, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_EQ(0, file_counts(self->bench.fd).waiting);
	ASSERT_EQ(0, node_plug());
}

TEST_F(node, A1_A9_B_L16_L19_unplugged_while_a_read_is_in_service)
{
	struct reader *served, *queued;

	START_SERVICE_TEST();
	served = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	queued = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	ASSERT_EQ(0, node_unplug());
	check_gone(_metadata, served);
	check_gone(_metadata, queued);
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .failed = 2);
	ASSERT_EQ(0, node_plug());
}

TEST_F(node, A9_L4_L16_unplugged_with_an_abandoned_request_in_service)
{
	struct reader *reader;

	START_SERVICE_TEST();
	reader = read_in_process(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	kill(reader->pid, SIGKILL);
	reap(reader->pid);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	ASSERT_EQ(0, node_unplug());
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1);
	ASSERT_EQ(0, node_plug());
}

/* The name goes; an open file stays valid, and says -ENODEV from then on. */
TEST_F(node, A1_L16_an_unplugged_file_refuses_and_counts_nothing)
{
	struct cancelsafe_sample sample;
	int other;

	ASSERT_EQ(0, node_unplug());
	EXPECT_EQ(-ENODEV, node_try_open(O_RDONLY));
	EXPECT_FALSE(node_has("settle_us"));
	EXPECT_EQ(-1, read(self->bench.fd, &sample, sizeof(sample)));
	EXPECT_EQ(ENODEV, errno);

	ASSERT_EQ(0, node_plug());
	settle_us(0);
	EXPECT_EQ(-1, read(self->bench.fd, &sample, sizeof(sample)));
	EXPECT_EQ(ENODEV, errno);
	ASSERT_EQ(0, fcntl(self->bench.fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, read(self->bench.fd, &sample, sizeof(sample)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));

	self->bench.others = true;
	other = node_open(O_RDONLY);
	EXPECT_EQ(SAMPLE_SIZE, read(other, &sample, sizeof(sample)));
	close(other);
}

TEST_F(node, A7_counters_sequence_and_settings_go_on)
{
	struct counts before = node_counts();

	settle_us(12345);
	ASSERT_EQ(0, node_unplug());
	ASSERT_EQ(0, node_plug());
	EXPECT_EQ(12345, node_get("settle_us"));
	EXPECT_STREQ(counts_text(before), counts_text(node_counts()));
	EXPECT_EQ(self->bench.sequence + 1, node_probe().sequence);
	self->bench.sequence++;
	self->bench.others = true;
	self->bench.before = node_counts();
}

TEST_F(node, L16_what_cannot_be_plugged_is_refused)
{
	EXPECT_EQ(-EBUSY, node_plug());
	ASSERT_EQ(0, node_unplug());
	EXPECT_EQ(-ENODEV, node_unplug());
	ASSERT_EQ(0, node_plug());
	EXPECT_EQ(-EINVAL, write_file(PARENT_SYSFS "unplug", "cancelsaf", 9));
	EXPECT_EQ(-EINVAL, write_file(PARENT_SYSFS "plug", "no such node\n", 13));
}

/* As echo writes it. */
TEST_F(node, L16_a_newline_after_the_name_does_not_matter)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "%s\n", node_name);

	EXPECT_EQ(0, write_file(PARENT_SYSFS "unplug", name, len));
	EXPECT_EQ(0, write_file(PARENT_SYSFS "plug", name, len));
}

/* Unplugging against whatever a read does just now */

#define READERS 4

/**
 * struct storm - threads that read, whatever becomes of the node
 * @flags:   O_NONBLOCK, or 0
 * @stop:    they are to end
 * @plugs:   how often it was plugged in or unplugged: odd, it is unplugged
 * @gone_at: when the last unplug was over, by the device's clock
 * @samples: how many samples they got
 * @gone:    how often they were told -ENODEV
 * @late:    how many samples are of after the unplug, which is wrong
 * @other:   how often anything else, which is wrong
 */
static struct storm {
	int flags;
	atomic_bool stop;
	atomic_uint plugs;
	_Atomic uint64_t gone_at;
	atomic_ulong samples;
	atomic_ulong gone;
	atomic_ulong late;
	atomic_ulong other;
} storm;

/* Of a file that was opened before the node was unplugged for the @plugs'th time. */
static bool is_late(const struct cancelsafe_sample *sample, unsigned int plugs)
{
	return storm.plugs == plugs + 1 && sample->acquired_ns > storm.gone_at;
}

/* Returns what the read returned that ended it. */
static long read_until_it_fails(void)
{
	unsigned int plugs = storm.plugs & ~1u;
	struct cancelsafe_sample sample;
	int fd = node_try_open(O_RDONLY | storm.flags);
	long n;

	if (fd < 0)
		return fd;
	do {
		n = read(fd, &sample, sizeof(sample));
		n = n < 0 ? -errno : n;
		if (n == SAMPLE_SIZE) {
			storm.samples++;
			storm.late += is_late(&sample, plugs);
		}
	} while (!storm.stop && (n == SAMPLE_SIZE || n == -EAGAIN));
	close(fd);
	return n;
}

static void *read_in_the_storm(void *unused)
{
	long end;

	while (!storm.stop) {
		end = read_until_it_fails();
		if (end == -ENODEV)
			storm.gone++;
		else if (end != SAMPLE_SIZE && end != -EAGAIN)
			storm.other++;
	}
	return unused;
}

static void unplug_and_plug(struct __test_metadata *_metadata,
			    unsigned int pause_us)
{
	ASSERT_EQ(0, node_unplug());
	storm.gone_at = now_ns();
	storm.plugs++;
	usleep(pause_us);
	storm.plugs++;
	ASSERT_EQ(0, node_plug());
}

static void check_storm(struct __test_metadata *_metadata)
{
	uint64_t before = now_ns();
	pthread_t threads[READERS];
	unsigned int round;
	int i;

	for (i = 0; i < READERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    read_in_the_storm, NULL));
	for (round = 0; go_on(before, 2000, storm.gone > 20); round++) {
		usleep(1000 + round * 37 % 1000);
		unplug_and_plug(_metadata, round * 1009 % 3000);
	}
	storm.stop = true;
	settle_us(0);
	for (i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("unplugged %u times: %lu samples, %lu times ENODEV", round,
	       storm.samples, storm.gone);
	EXPECT_EQ(0, storm.other);
	EXPECT_EQ(0, storm.late);
	EXPECT_LT(0, storm.samples);
	EXPECT_LT(0, storm.gone);
}

TEST_F(node, A1_A3_A7_A9_L16_L19_unplug_against_insert_claim_and_completion)
{
	self->bench.others = true;
	settle_us(50);
	check_storm(_metadata);
}

TEST_F(node, A1_A3_A7_A9_L16_L19_unplug_against_service)
{
	self->bench.others = true;
	settle_us(0);
	acquire_us(200);
	check_storm(_metadata);
}

TEST_F(node, A7_B_L16_unplug_against_reads_that_do_not_wait)
{
	self->bench.others = true;
	storm.flags = O_NONBLOCK;
	settle_us(0);
	check_storm(_metadata);
}

TEST_HARNESS_MAIN
