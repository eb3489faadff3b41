// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes: its parameters, and what holds it.
 *
 * Needs the module's file, /cancelsafe.ko unless CANCELSAFE_KO says otherwise.
 * However it was loaded before, afterwards it is without parameters.
 */
#include <sys/epoll.h>

#include "aio_reads.h"
#include "cancelsafe_test.h"
#include "cmd.h"
#include "module.h"

#define HOW_LONG_MS 1500

static void __attribute__((constructor)) skip_without_module(void)
{
	const char *why = module_file_missing();

	if (why)
		ksft_exit_skip("%s\n", why);
}

FIXTURE(module) {
	int unused;
};

FIXTURE_SETUP(module)
{
	int err;

	tracing_stop();
	err = module_unload_soon();
	ASSERT_TRUE(!err || err == -ENOENT) {
		TH_LOG("cannot unload the module: %s", strerror(-err));
	}
}

FIXTURE_TEARDOWN(module)
{
	int err;

	tracing_stop();
	err = module_unload_soon();
	EXPECT_TRUE(!err || err == -ENOENT) {
		TH_LOG("cannot unload the module: %s", strerror(-err));
	}
	EXPECT_EQ(0, module_load(""));
}

/* Parameters */

TEST_F(module, B_starting_values_without_parameters)
{
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(1000, node_get("settle_us"));
	EXPECT_EQ(0, node_get("acquire_us"));
	EXPECT_EQ(65536, node_get("queue_limit"));
	EXPECT_STREQ("", counts_text(node_counts()));
}

TEST_F(module, B_starting_values_from_parameters)
{
	ASSERT_EQ(0, module_load("settle_us=5 acquire_us=6 queue_limit=7"));
	EXPECT_EQ(5, node_get("settle_us"));
	EXPECT_EQ(6, node_get("acquire_us"));
	EXPECT_EQ(7, node_get("queue_limit"));
	ASSERT_EQ(0, module_unload());

	ASSERT_EQ(0, module_load("settle_us=3600000000 acquire_us=3600000000 queue_limit=4194304"));
	EXPECT_EQ(3600000000, node_get("settle_us"));
	EXPECT_EQ(3600000000, node_get("acquire_us"));
	EXPECT_EQ(4194304, node_get("queue_limit"));
}

TEST_F(module, B_wrong_parameters_refuse_to_load)
{
	static const char *const wrong[] = {
		"settle_us=3600000001", "settle_us=-1", "settle_us=",
		"settle_us=five", "settle_us=5us", "settle_us=4294967296",
		"acquire_us=3600000001", "acquire_us=-1", "acquire_us=five",
		"queue_limit=0", "queue_limit=4194305", "queue_limit=-1",
		"instances=0", "instances=9", "instances=-1", "instances=two",
		"settle_us=5 acquire_us=6 queue_limit=0",
	};
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		err = module_load(wrong[i]);
		EXPECT_TRUE(err == -EINVAL || err == -ERANGE) {
			TH_LOG("loading with %s: %d", wrong[i], err);
		}
		EXPECT_EQ(-ENOENT, module_unload()) {
			TH_LOG("it is loaded, with %s", wrong[i]);
		}
		EXPECT_EQ(-1, access(NODE, F_OK));
	}
}

TEST_F(module, A7_numbers_begin_at_one_and_counts_at_zero)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, module_load("settle_us=0"));
		EXPECT_STREQ("", counts_text(node_counts()));
		EXPECT_EQ(1, node_probe().sequence);
		EXPECT_EQ(2, node_probe().sequence);
		ASSERT_EQ(0, module_unload_soon());
	}
}

static const char *const kinds[] = {
	"cancelsafe", "cancelsafe-cancel-lock", "cancelsafe-driver-queue",
	"cancelsafe-framework", "cancelsafe-startio", "cancelsafe-wait-queue",
};

/* Whether there are so many of each kind, numbered, and no more. */
static bool there_are(unsigned int instances)
{
	char name[64];
	size_t kind;
	unsigned int i;
	bool there;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (i = 0; i <= 8; i++) {
			snprintf(name, sizeof(name), i ? "/dev/%s%u" : "/dev/%s",
				 kinds[kind], i);
			there = !access(name, F_OK);
			if (there ? i >= instances : i < instances)
				return false;
		}
	}
	return true;
}

TEST_F(module, B_as_many_nodes_of_each_kind_as_are_asked_for)
{
	ASSERT_EQ(0, module_load(""));
	EXPECT_TRUE(there_are(1));
	ASSERT_EQ(0, module_unload_soon());
	ASSERT_EQ(0, module_load("instances=8"));
	EXPECT_TRUE(there_are(8));
	ASSERT_EQ(0, module_unload_soon());
	EXPECT_TRUE(there_are(0));
}

/* Each has a device, settings and counts of its own. */
TEST_F(module, A1_A7_nodes_share_nothing)
{
	static const char *const names[] = {
		"cancelsafe", "cancelsafe1", "cancelsafe-cancel-lock",
		"cancelsafe-cancel-lock1", "cancelsafe-framework",
		"cancelsafe-framework1", "cancelsafe-startio",
		"cancelsafe-startio1", "cancelsafe-wait-queue",
		"cancelsafe-wait-queue1",
	};
	size_t i;

	ASSERT_EQ(0, module_load("instances=2 settle_us=100"));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		node_name = names[i];
		EXPECT_EQ(100, node_get("settle_us"));
		EXPECT_STREQ("", counts_text(node_counts()));
		EXPECT_EQ(1, node_probe().sequence);
		EXPECT_EQ(2, node_probe().sequence);
		settle_us(NEVER);
	}
}

TEST_F(module, L29_a_loaded_device_has_to_settle_first)
{
	uint64_t before = now_ns();

	ASSERT_EQ(0, module_load("settle_us=300000"));
	EXPECT_LE(before + 300000000, node_probe().acquired_ns);
}

/* What holds the module */

TEST_F(module, L17_rmmod_while_open)
{
	int fd, second;

	ASSERT_EQ(0, module_load(""));
	fd = node_open(O_RDONLY);
	second = dup(fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(second);
	EXPECT_EQ(0, module_unload());
}

TEST_F(module, L17_rmmod_while_a_read_waits)
{
	struct reader *reader;
	int fd;

	ASSERT_EQ(0, module_load("settle_us=3600000000"));
	handle_signals(0);
	fd = node_open(O_RDONLY);
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_waiting(1));
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	reader_signal(reader);
	EXPECT_EQ(-EINTR, reader_result(reader));
	close(fd);
	EXPECT_EQ(0, module_unload());
}

TEST_F(module, L17_L19_rmmod_while_unplugged)
{
	int fd;

	ASSERT_EQ(0, module_load(""));
	fd = node_open(O_RDONLY);
	ASSERT_EQ(0, node_unplug());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(fd);
	EXPECT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load("settle_us=0"));
	EXPECT_EQ(1, node_probe().sequence);
}

/* The descriptor is closed, but the ring's read has the file. */
TEST_F(module, L17_rmmod_while_a_rings_read_waits)
{
	struct ring *ring = ring_new(0);
	int fd;

	ASSERT_EQ(0, module_load("settle_us=3600000000"));
	fd = node_open(O_RDONLY);
	ring_read(ring, 0, fd);
	ASSERT_EQ(1, wait_waiting(1));
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(module, L17_rmmod_while_a_libaio_read_waits)
{
	struct aio *aio = aio_new();
	int fd;

	ASSERT_EQ(0, module_load("settle_us=3600000000"));
	fd = node_open(O_RDONLY);
	aio_open(aio);
	aio_read(aio, 0, fd);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(-EINPROGRESS, aio_cancel(aio, 0));
	EXPECT_EQ(-ECANCELED, aio_result(aio, 0));
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(module, L17_rmmod_while_a_command_waits)
{
	struct ring *ring = ring_new(0);
	int fd;

	ASSERT_EQ(0, module_load("settle_us=3600000000"));
	fd = node_open(O_RDONLY);
	cmd_read(ring, 0, fd, 1);
	ASSERT_EQ(1, wait_waiting(1));
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	ring_close(ring);
	EXPECT_EQ(0, module_unload_soon());
}

/* What polled is gone with the file, although the epoll is still open. */
TEST_F(module, L17_L30_rmmod_after_the_last_poll)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct ring *ring = ring_new(0);
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd;

	node_name = "cancelsafe-wait-queue";
	ASSERT_EQ(0, module_load("settle_us=3600000000"));
	fd = node_open(O_RDONLY);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	ring_read(ring, 0, fd);
	close(fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(-ECANCELED, ring_cancel_until_ended(ring, 0));
	EXPECT_EQ(0, module_unload_soon());
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	close(epoll);
}

static atomic_bool stop;
static atomic_uint opened, refused, wrong;

static bool is_no_node(int err)
{
	return err == ENOENT || err == ENODEV || err == ENXIO;
}

static void *open_until_stopped(void *unused)
{
	struct cancelsafe_sample sample;
	int fd;

	while (!stop) {
		fd = open(NODE, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			opened++;
			wrong += read(fd, &sample, sizeof(sample)) !=
				 SAMPLE_SIZE;
			close(fd);
		} else if (is_no_node(errno)) {
			refused++;
		} else {
			wrong++;
		}
		usleep(random() % 500);
	}
	return unused;
}

TEST_F(module, L17_rmmod_against_open)
{
	uint64_t begun = now_ns();
	unsigned int rounds = 0;
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    open_until_stopped, NULL));
	while (go_on(begun, HOW_LONG_MS,
		     rounds > 1 && opened > 5 && refused > 5)) {
		rounds++;
		ASSERT_EQ(0, module_load("settle_us=0"));
		usleep(random() % 3000);
		ASSERT_EQ(0, module_unload_soon());
	}
	stop = true;
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
	TH_LOG("%u times loaded and unloaded: %u opened, %u found no node",
	       rounds, opened, refused);
	EXPECT_LT(1, rounds);
	EXPECT_LT(5, opened);
	EXPECT_LT(5, refused);
	EXPECT_EQ(0, wrong);
}

/* Each leaves nothing that is open, and has just had its last completion. */

static void end_with_a_sample(void)
{
	node_probe();
}

static void end_with_a_signal(void)
{
	int fd = node_open(O_RDONLY);
	struct reader *reader;

	settle_us(NEVER);
	reader = read_in_thread(fd);
	wait_waiting(1);
	reader_signal(reader);
	reader_result(reader);
	close(fd);
}

static void end_a_ring_with_a_sample(void)
{
	struct ring *ring = ring_new(0);
	int fd = node_open(O_RDONLY);

	ring_read(ring, 0, fd);
	close(fd);
	ring_result(ring, 0);
	ring_close(ring);
}

static void end_a_ring_with_a_cancel(void)
{
	struct ring *ring = ring_new(0);
	int fd = node_open(O_RDONLY);

	settle_us(NEVER);
	ring_read(ring, 0, fd);
	close(fd);
	ring_cancel_until_ended(ring, 0);
	ring_close(ring);
}

static void end_a_libaio_read_with_a_sample(void)
{
	struct aio *aio = aio_new();
	int fd = node_open(O_RDONLY);

	aio_open(aio);
	aio_read(aio, 0, fd);
	close(fd);
	aio_result(aio, 0);
	aio_destroy(aio);
}

static void end_libaio_reads_with_their_context(void)
{
	struct aio *aio = aio_new();
	int fd = node_open(O_RDONLY);

	aio_open(aio);
	aio_read_many(aio, 100, fd);
	close(fd);
	aio_destroy(aio);
}

static void end_a_ring_with_a_command(void)
{
	struct ring *ring = ring_new(0);
	int fd = node_open(O_RDONLY);

	cmd_read(ring, 0, fd, 1);
	close(fd);
	ring_result(ring, 0);
	ring_close(ring);
}

/* The command's end is nobody's who could wait for it. */
static void end_a_ring_under_a_command(void)
{
	struct ring *ring = ring_new(0);
	int fd = node_open(O_RDONLY);

	settle_us(NEVER);
	cmd_read(ring, 0, fd, 1);
	close(fd);
	ring_close(ring);
}

static void (*const ends[])(void) = {
	end_with_a_sample,
	end_with_a_signal,
	end_a_ring_with_a_sample,
	end_a_ring_with_a_cancel,
	end_a_libaio_read_with_a_sample,
	end_libaio_reads_with_their_context,
	end_a_ring_with_a_command,
	end_a_ring_under_a_command,
};

TEST_F(module, L30_rmmod_just_after_the_last_completion)
{
	uint64_t begun = now_ns();
	unsigned int i;

	handle_signals(0);
	for (i = 0; go_on(begun, HOW_LONG_MS, i >= ARRAY_SIZE(ends)); i++) {
		ASSERT_EQ(0, module_load("settle_us=100"));
		ends[i % ARRAY_SIZE(ends)]();
		ASSERT_EQ(0, module_unload_soon());
	}
	TH_LOG("%u times", i);
	EXPECT_LE(ARRAY_SIZE(ends), i);
}

/* It ends in an interrupt. */
TEST_F(module, L30_rmmod_just_after_the_timers_last_completion)
{
	uint64_t begun = now_ns();
	unsigned int i;

	for (i = 0; go_on(begun, HOW_LONG_MS, i >= 3); i++) {
		ASSERT_EQ(0, module_load("settle_us=100"));
		node_name = "cancelsafe-startio";
		node_probe();
		ASSERT_EQ(0, module_unload_soon());
	}
	TH_LOG("%u times", i);
}

/* Nobody is left whom it could be told: it ends with the module. */
static void unload_under(struct __test_metadata *_metadata, pid_t reader)
{
	ASSERT_EQ(1, wait_claimed(1));
	kill(reader, SIGKILL);
	ASSERT_NE(-ETIMEDOUT, reap(reader));
	EXPECT_EQ(1, node_counts().waiting);
	tracing_stop();
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(module, A9_L4_L30_rmmod_with_an_abandoned_request_in_service)
{
	pid_t pid;

	ASSERT_EQ(0, module_load("settle_us=0 acquire_us=3600000000"));
	START_TRACE();
	pid = fork_child();
	if (!pid)
		node_probe();
	unload_under(_metadata, pid);
}

TEST_F(module, A9_L14_L30_rmmod_with_an_abandoned_libaio_read_in_service)
{
	struct aio *aio = aio_new();
	pid_t pid;

	ASSERT_EQ(0, module_load("settle_us=0 acquire_us=3600000000"));
	START_TRACE();
	pid = fork_child();
	if (!pid) {
		aio_open(aio);
		aio_read(aio, 0, node_open(O_RDONLY));
		pause();
	}
	unload_under(_metadata, pid);
	EXPECT_TRUE(aio_is_untouched(aio, 0));
}

TEST_HARNESS_MAIN
