// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of the node's io_uring commands when their process, their thread or
 * their ring ends, while they wait and while they are served.
 *
 * A command holds its file, and the file the module, until it has ended; a request
 * that was abandoned holds neither. So the module's reference count tells that
 * nothing of a process is left, however long the device takes.
 */
#include <stdlib.h>
#include <sys/wait.h>

#define ON_EVERY_NODE
#include "cmd_fixture.h"

/* So long does the sweep of older kernels take to find what it looks for. */
#define TWO_SWEEPS_US 2500000

#define EXPECT_NODE(...)						\
	EXPECT_STREQ(counts_text((struct counts){ __VA_ARGS__ }),	\
		     counts_text(counts_since(node_counts(),		\
					      self->bench.before)))

#define EXPECT_STATUS(_status, _expected)				\
	EXPECT_EQ(_expected, _status) {					\
		TH_LOG("the process's wait status: %d", _status);	\
	}

/* How a process ends */

static void never(void)
{
	for (;;)
		pause();
}

static void by_exit(void)
{
	_exit(42);
}

static void by_exec(void)
{
	execlp("true", "true", NULL);
	_exit(127);
}

/*
 * A process with a file and a ring of its own, and @n commands: when they wait, and
 * the first is in service if it is to be, the process ends.
 */
static pid_t fork_with_commands(const FIXTURE_VARIANT(cmd) *variant, int n,
				bool in_service, void (*end)(void))
{
	pid_t pid = fork_child();
	struct ring *ring;
	int i, fd;

	if (pid)
		return pid;
	fd = new_cmd_ring(variant, node_open(O_RDONLY), &ring);
	for (i = 0; i < n; i++) {
		with_flags(cmd_prepare_read(ring, i, fd, i + 1),
			   variant->sqe_flags);
		ring_submit(ring);
	}
	wait_waiting(n);
	if (in_service)
		wait_claimed(1);
	end();
	return 0;
}

/* The bench's own, and that of who keeps the server busy. */
static long files(void)
{
	return node_busy < 0 ? 1 : 2;
}

/* A ring that was closed before may hold a file for a while. */
static long wait_refs(long n)
{
	long refs;

	WAIT_UNTIL((refs = module_refs()) == n);
	return refs;
}

/* Four that wait, and the end of their process */
#define CHECK_END_WAITING(_end, _signal, _status) do {			\
	pid_t _pid;							\
									\
	self->bench.others = true;					\
	ASSERT_EQ(files(), wait_refs(files()));				\
	_pid = fork_with_commands(variant, 4, false, _end);		\
	if (_signal) {							\
		ASSERT_EQ(4, wait_waiting(4));				\
		kill(_pid, _signal);					\
	}								\
	EXPECT_STATUS(reap(_pid), _status);				\
	EXPECT_EQ(0, wait_waiting(0));					\
	EXPECT_NODE(.submitted = 4, .cancelled = 4);			\
	EXPECT_EQ(files(), wait_refs(files()));				\
} while (0)

/* One in service and one that waits. The sample comes when all have gone. */
#define CHECK_END_IN_SERVICE(_end, _signal, _status) do {		\
	long _refs;							\
	pid_t _pid;							\
									\
	self->bench.others = true;					\
	ASSERT_EQ(files(), wait_refs(files()));				\
	START_SERVICE_TEST();						\
	_refs = module_refs();						\
	_pid = fork_with_commands(variant, 2, true, _end);		\
	if (_signal) {							\
		ASSERT_EQ(2, wait_waiting(2));				\
		ASSERT_EQ(1, wait_claimed(1));				\
		kill(_pid, _signal);					\
	}								\
	EXPECT_STATUS(reap(_pid), _status);				\
	EXPECT_EQ(_refs, wait_refs(_refs));				\
	EXPECT_NODE(.submitted = 2, .cancelled = 1, .waiting = 1);	\
	acquire_us(0);							\
	EXPECT_EQ(0, wait_waiting(0));					\
	EXPECT_NODE(.submitted = 2, .cancelled = 1, .failed = 1,	\
		    .acquired = 1, .undeliverable = 1);			\
} while (0)

TEST_F(cmd, A9_B_L29_sigkill_with_commands_waiting)
{
	CHECK_END_WAITING(never, SIGKILL, SIGKILL);
}

TEST_F(cmd, A9_B_L4_sigkill_with_a_command_in_service)
{
	CHECK_END_IN_SERVICE(never, SIGKILL, SIGKILL);
}

TEST_F(cmd, A9_B_L10_exit_with_commands_waiting)
{
	CHECK_END_WAITING(by_exit, 0, 42 << 8);
}

TEST_F(cmd, A9_B_L10_exit_with_a_command_in_service)
{
	CHECK_END_IN_SERVICE(by_exit, 0, 42 << 8);
}

TEST_F(cmd, A9_B_L9_exec_with_commands_waiting)
{
	CHECK_END_WAITING(by_exec, 0, 0);
}

TEST_F(cmd, A9_B_L9_exec_with_a_command_in_service)
{
	CHECK_END_IN_SERVICE(by_exec, 0, 0);
}

/* The ring ends, its process goes on. */

TEST_F(cmd, A9_B_L11_ring_torn_down_with_commands_waiting)
{
	int i;

	READ_MANY(4);
	ring_close(self->ring);
	EXPECT_EQ(0, wait_waiting(0));
	for (i = 0; i < 4; i++)
		EXPECT_TRUE(ring_is_untouched(self->ring, i));
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .cancelled = 4);
}

TEST_F(cmd, A9_B_L11_ring_torn_down_with_a_command_in_service)
{
	long refs;
	int fd;

	self->bench.others = true;
	ASSERT_EQ(files(), wait_refs(files()));
	START_SERVICE_TEST();
	refs = module_refs();
	fd = node_open(O_RDONLY);
	cmd_prepare_read(self->ring, 0, fd, 1)->flags |=
		variant->sqe_flags & ~IOSQE_FIXED_FILE;
	ring_submit(self->ring);
	ASSERT_EQ(1, wait_claimed(1));
	close(fd);
	ring_close(self->ring);
	EXPECT_EQ(refs, wait_refs(refs));
	EXPECT_NODE(.submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_TRUE(ring_is_untouched(self->ring, 0));
	EXPECT_NODE(.submitted = 1, .failed = 1, .acquired = 1,
		    .undeliverable = 1);
}

/* The thread ends, its ring and its process go on. */

/**
 * struct submitter - a thread that submits, and goes
 * @ring: whose
 * @fd:   to read from
 */
struct submitter {
	struct ring *ring;
	int fd;
};

static void *submit_and_exit(void *arg)
{
	struct submitter *submitter = arg;

	cmd_read(submitter->ring, 0, submitter->fd, 1);
	cmd_read(submitter->ring, 1, submitter->fd, 2);
	wait_waiting(2);
	return NULL;
}

/* On other kinds of rings the commands do not belong to a thread that may go. */
TEST_F(queue, G1_A7_B_L27_the_submitters_thread_exits)
{
	struct submitter submitter = { ring_new(0), self->bench.fd };
	struct ring *ring = submitter.ring;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_and_exit,
				    &submitter));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	usleep(TWO_SWEEPS_US);
	EXPECT_FALSE(ring_reap(ring));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .waiting = 2);

	/* its process can still cancel it */
	EXPECT_EQ(0, cmd_cancel(ring, self->bench.fd, CANCELSAFE_CANCEL_TAG, 2));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 1));

	settle_us(0);
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .failed = 1, .acquired = 1, .undeliverable = 1);
	ring_close(ring);
}

static void *enable_and_submit(void *arg)
{
	struct submitter *submitter = arg;

	if (io_uring_enable_rings(&submitter->ring->uring))
		die("cannot enable a ring");
	submit_and_exit(submitter);
	never();
	return NULL;
}

/*
 * Who has a ring's task work deferred is the only one to post its completions. This
 * ring was made by one thread, and is used by another; the first calls exec, and as
 * long as a command of its own is there io_uring has all of them cancelled. A kernel
 * with lockdep gives a warning if a completion comes from the wrong thread.
 */
TEST_F(queue, A9_B_L9_L21_exec_by_another_thread_than_the_rings_submitter)
{
	int fd = self->bench.fd;
	pid_t pid = fork_child();

	if (!pid) {
		struct submitter submitter = {
			ring_new(IORING_SETUP_R_DISABLED |
				 IORING_SETUP_SINGLE_ISSUER |
				 IORING_SETUP_DEFER_TASKRUN), fd
		};
		pthread_t thread;

		cmd_read(ring_new(0), 0, fd, 1);
		if (pthread_create(&thread, NULL, enable_and_submit, &submitter))
			die("cannot start a thread");
		wait_waiting(3);
		by_exec();
	}
	EXPECT_STATUS(reap(pid), 0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(fd, .submitted = 3, .cancelled = 3);
}

/*
 * Two processes submit to one ring, and one of them calls exec. That the ring is
 * asked to cancel all of its commands is not the other's concern.
 */
TEST_F(queue, G4_A9_exec_of_one_who_shares_a_ring)
{
	struct ring *ring = ring_new(0);
	int fd = self->bench.fd;
	pid_t pid;

	cmd_read(ring, 0, fd, 1);
	ASSERT_EQ(1, wait_waiting(1));
	pid = fork_child();
	if (!pid) {
		cmd_read(ring, 1, fd, 1);
		wait_waiting(2);
		by_exec();
	}
	EXPECT_STATUS(reap(pid), 0);
	EXPECT_COUNTS(fd, .submitted = 2, .cancelled = 1, .waiting = 1);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(ring, 0));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 1));
	ring_close(ring);
}

/* Death at any moment: before the submit, waiting, in service, in task work. */

static pid_t fork_reading(const FIXTURE_VARIANT(cmd) *variant, int file)
{
	pid_t pid = fork_child();
	struct ring *ring;
	int i, fd;

	if (pid)
		return pid;
	fd = new_cmd_ring(variant, file, &ring);
	for (i = 0;; i = (i + 1) % 4) {
		with_flags(cmd_prepare_read(ring, i, fd, i + 1),
			   variant->sqe_flags);
		ring_submit(ring);
		if (random() % 2)
			ring_reap(ring);
	}
}

TEST_F(cmd, A1_A7_A9_L13_L15_killed_at_any_moment)
{
	uint64_t begun = now_ns();
	unsigned int rounds = 0, most_us = 20000;
	struct counts counts;
	pid_t pid;

	settle_us(50);
	do {
		acquire_us(random() % 2 * 200);
		srandom(rounds);
		pid = fork_reading(variant, self->bench.fd);
		usleep(random() % most_us);
		kill(pid, SIGKILL);
		ASSERT_NE(-ETIMEDOUT, reap(pid));
		rounds++;
		counts = file_counts(self->bench.fd);
		if (!counts.completed)	/* a slow machine has not even begun by then */
			most_us += most_us / 8;
	} while (go_on(begun, 1000, rounds > 10 && counts.completed));
	bench_release();
	counts = file_counts(self->bench.fd);
	TH_LOG("%u processes: %s", rounds, counts_text(counts));
	EXPECT_LT(0, counts.completed);
}

/* What happens to the open file */

TEST_F(queue, A2_B_G2_G4_L7_L8_policy_cancel_close_while_a_command_waits)
{
	struct ring *ring = ring_new(0);
	int duplicate = dup(self->bench.fd);
	pid_t pid;

	close_policy("cancel");
	cmd_read(ring, 0, self->bench.fd, 1);
	ASSERT_EQ(1, wait_waiting(1));
	pid = fork_child();
	if (!pid)
		_exit(close(duplicate) ? 1 : 0);
	EXPECT_STATUS(reap(pid), 0);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	ASSERT_EQ(0, close(duplicate));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
	ring_close(ring);
}

TEST_F(queue, A1_A9_B_L16_L19_unplugged_while_commands_wait)
{
	struct ring *ring = ring_new(0);
	int i;

	cmd_read(ring, 0, self->bench.fd, 1);
	cmd_read(ring, 1, self->bench.fd, 2);
	ASSERT_EQ(2, wait_waiting(2));
	ASSERT_EQ(0, node_unplug());
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-ENODEV, ring_result(ring, i));
		EXPECT_TRUE(ring_is_untouched(ring, i));
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .failed = 2);
	ASSERT_EQ(0, node_plug());
	ring_close(ring);
}

/* A cancel came too late for it, and its acquisition does not end. */
TEST_F(queue, A2_A9_G3_a_cancelled_command_in_service_is_let_go)
{
	struct ring *ring = ring_new(0);

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	cmd_read(ring, 0, self->bench.fd, 1);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(-EALREADY, cmd_cancel(ring, self->bench.fd,
					CANCELSAFE_CANCEL_TAG, 1));
	EXPECT_EQ(-ECANCELED, ring_result(ring, 0));
	EXPECT_TRUE(ring_is_untouched(ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
	ring_close(ring);
}

static void by_a_stop(void)
{
	raise(SIGSTOP);
	_exit(0);
}

/* Waiting needs no thread that could be stopped: stopped, it waits still. */
TEST_F(cmd, B_L31_sigstop_and_sigcont_while_waiting)
{
	pid_t pid = fork_with_commands(variant, 2, false, by_a_stop);
	int status;

	self->bench.others = true;
	ASSERT_TRUE(WAIT_UNTIL(waitpid(pid, &status, WUNTRACED | WNOHANG) ==
			       pid));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_NODE(.submitted = 2, .waiting = 2);
	kill(pid, SIGCONT);
	EXPECT_STATUS(reap(pid), 0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_NODE(.submitted = 2, .cancelled = 2);
}

TEST_HARNESS_MAIN
