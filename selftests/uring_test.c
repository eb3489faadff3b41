// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring's READ of the node: what it returns, and what becomes of it when its
 * process, its thread or its ring ends, or is stopped.
 */
#include <glob.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define ON_EVERY_NODE
#include "ring_fixture.h"

TEST_F(ring, A1_A7_read_of_a_settled_device)
{
	struct ring_read *read = &self->ring->reads[0];

	settle_us(0);
	ring_read(self->ring, 0, self->bench.fd);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	EXPECT_TRUE(is_sample(&read->sample));
	EXPECT_EQ(self->bench.sequence + 1, read->sample.sequence);
	EXPECT_TRUE(is_untouched(read->bytes + SAMPLE_SIZE,
				 RING_BUFFER - SAMPLE_SIZE));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .completed = 1,
		      .acquired = 1);
}

TEST_F(ring, A1_A6_A7_L18_L21_reads_wait_and_are_served_in_order)
{
	struct ring *ring = self->ring;
	int i;

	for (i = 0; i < 8; i++) {
		ring_read(ring, i, self->bench.fd);
		ASSERT_EQ(i + 1, wait_waiting(i + 1));
	}
	EXPECT_FALSE(ring_reap(ring));
	settle_us(100);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(SAMPLE_SIZE, ring_result(ring, i));
		EXPECT_EQ(self->bench.sequence + 1 + i,
			  ring->reads[i].sample.sequence);
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 8, .completed = 8,
		      .acquired = 8);
}

TEST_F(ring, A1_a_buffer_too_small_is_refused_and_not_counted)
{
	settle_us(0);
	ring_prepare_read(self->ring, 0, self->bench.fd)->len = 31;
	ring_prepare_read(self->ring, 1, self->bench.fd)->len = 0;
	ring_submit(self->ring);
	EXPECT_EQ(-EINVAL, ring_result(self->ring, 0));
	EXPECT_EQ(-EINVAL, ring_result(self->ring, 1));
	EXPECT_TRUE(ring_is_untouched(self->ring, 0));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));
}

TEST_F(ring, A1_readv_split_inside_the_sample_at_an_offset)
{
	struct ring_read *read = &self->ring->reads[0];
	struct iovec iov[] = {
		{ read->bytes, 5 }, { read->bytes + 5, 59 },
	};
	struct io_uring_sqe *sqe;

	settle_us(0);
	sqe = ring_prepare_read(self->ring, 0, self->bench.fd);
	io_uring_prep_readv(sqe, self->bench.fd, iov, 2, 4096);
	io_uring_sqe_set_data64(sqe, 0);
	ring_submit(self->ring);
	ASSERT_EQ(SAMPLE_SIZE, ring_result(self->ring, 0));
	EXPECT_TRUE(is_sample(&read->sample));
}

TEST_F(ring, B_rwf_nowait_is_served_or_refused_never_waits)
{
	ring_prepare_read(self->ring, 0, self->bench.fd)->rw_flags = RWF_NOWAIT;
	ring_submit(self->ring);
	EXPECT_EQ(-EAGAIN, ring_result(self->ring, 0));
	EXPECT_TRUE(ring_is_untouched(self->ring, 0));
	EXPECT_STREQ("", counts_text(file_counts(self->bench.fd)));

	settle_us(0);
	ring_prepare_read(self->ring, 1, self->bench.fd)->rw_flags = RWF_NOWAIT;
	ring_submit(self->ring);
	EXPECT_EQ(SAMPLE_SIZE, ring_result(self->ring, 1));
}

TEST_F(ring, B_o_nonblock_is_refused_never_waits)
{
	int fd = node_open(O_RDONLY | O_NONBLOCK);

	ring_read(self->ring, 0, fd);
	EXPECT_EQ(-EAGAIN, ring_result(self->ring, 0));
	EXPECT_TRUE(ring_is_untouched(self->ring, 0));
	EXPECT_STREQ("", counts_text(file_counts(fd)));
	close(fd);
}

TEST_F(ring, A1_queue_limit_refuses_and_does_not_count)
{
	bench_limit(_metadata, &self->bench, 1);
	ring_read(self->ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	ring_read(self->ring, 1, self->bench.fd);
	EXPECT_EQ(-EBUSY, ring_result(self->ring, 1));
	EXPECT_TRUE(ring_is_untouched(self->ring, 1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
}

TEST_F(ring, A1_A7_L20_buffer_unmapped_while_waiting)
{
	void *buffer = before_a_hole(SAMPLE_SIZE);
	struct io_uring_sqe *sqe;

	sqe = ring_prepare_read(self->ring, 0, self->bench.fd);
	sqe->addr = (uintptr_t)buffer;
	ring_submit(self->ring);
	ASSERT_EQ(1, wait_waiting(1));
	unmap_before_a_hole(buffer);
	settle_us(0);
	EXPECT_EQ(-EFAULT, ring_result(self->ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

/* The end of a process, of a thread, of a ring */

/* A process with a ring of its own, whose reads wait. It goes on for ever. */
static pid_t fork_with_reads(int fd, unsigned int flags, int n)
{
	pid_t pid = fork_child();
	struct ring *ring;
	int i;

	if (pid)
		return pid;
	ring = ring_new(flags);
	for (i = 0; i < n; i++)
		ring_read(ring, i, fd);
	for (;;)
		ring_reap(ring);
}

static void check_killed(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	status = reap(pid);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		TH_LOG("the killed process's wait status: %d", status);
	}
}

TEST_F(ring, A9_B_L29_sigkill_with_reads_waiting)
{
	pid_t pid = fork_with_reads(self->bench.fd, variant->flags, 4);

	ASSERT_EQ(4, wait_waiting(4));
	check_killed(_metadata, pid);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .cancelled = 4);
}

TEST_F(ring, A9_B_L4_sigkill_in_service_abandons)
{
	pid_t pid;

	START_SERVICE_TEST();
	pid = fork_with_reads(self->bench.fd, variant->flags, 1);
	ASSERT_EQ(1, wait_claimed(1));
	check_killed(_metadata, pid);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

/* A process with a ring, whose reads wait, and which ends by itself. */
static int exit_with_reads(int fd, unsigned int flags, bool in_service)
{
	pid_t pid = fork_child();
	struct ring *ring;

	if (!pid) {
		ring = ring_new(flags);
		ring_read(ring, 0, fd);
		ring_read(ring, 1, fd);
		wait_waiting(2);
		if (in_service)
			wait_claimed(1);
		_exit(42);
	}
	return reap(pid);
}

TEST_F(ring, A9_B_L10_exit_with_reads_waiting)
{
	int status = exit_with_reads(self->bench.fd, variant->flags, false);

	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42) {
		TH_LOG("the process's wait status: %d", status);
	}
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 2);
}

TEST_F(ring, A9_B_L4_L10_exit_with_a_read_in_service)
{
	int status;

	START_SERVICE_TEST();
	status = exit_with_reads(self->bench.fd, variant->flags, true);
	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42) {
		TH_LOG("the process's wait status: %d", status);
	}
	EXPECT_EQ(1, wait_waiting(1));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .failed = 1, .acquired = 1, .undeliverable = 1);
}

TEST_F(ring, A9_B_L11_ring_torn_down_with_reads_waiting)
{
	int i;

	for (i = 0; i < 4; i++)
		ring_read(self->ring, i, self->bench.fd);
	ASSERT_EQ(4, wait_waiting(4));
	ring_close(self->ring);
	EXPECT_EQ(0, wait_waiting(0));
	for (i = 0; i < 4; i++)
		EXPECT_TRUE(ring_is_untouched(self->ring, i));
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .cancelled = 4);
}

/* The ring is gone at once. Its read may still write to the buffer. */
TEST_F(ring, A1_L11_ring_torn_down_with_a_read_in_service)
{
	uint64_t before;

	START_SERVICE_TEST();
	ring_read(self->ring, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	before = now_ns();
	ring_close(self->ring);
	EXPECT_GT(WATCHDOG_NS, now_ns() - before);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_EQ(1, file_counts(self->bench.fd).acquired);
}

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

	ring_read(submitter->ring, 0, submitter->fd);
	wait_waiting(1);
	return NULL;
}

/* On other kinds of rings the reads do not belong to a thread that may go. */
TEST_F(queue, A2_G1_L27_the_submitters_thread_exits)
{
	struct submitter submitter = { ring_new(0), self->bench.fd };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_and_exit,
				    &submitter));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-ECANCELED, ring_result(submitter.ring, 0));
	EXPECT_TRUE(ring_is_untouched(submitter.ring, 0));
	EXPECT_TRUE(ring_all_ended_once(submitter.ring));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

static void *submit_and_exit_in_service(void *arg)
{
	struct submitter *submitter = arg;

	ring_read(submitter->ring, 0, submitter->fd);
	wait_claimed(1);
	return NULL;
}

/*
 * The exit of the thread waits for its worker, in the kernel, where nothing
 * could interrupt it; and the worker for a sample that is an hour away.
 */
TEST_F(queue, A9_L27_the_submitters_thread_exits_while_its_read_is_in_service)
{
	struct submitter submitter = { ring_new(0), self->bench.fd };
	pthread_t thread;
	uint64_t before;

	START_SERVICE_TEST();
	before = now_ns();
	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_and_exit_in_service,
				    &submitter));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_GT(2 * WATCHDOG_NS, now_ns() - before);
	EXPECT_EQ(-ECANCELED, ring_result(submitter.ring, 0));
	EXPECT_TRUE(ring_is_untouched(submitter.ring, 0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

/* A stop is no cancel */

/* A process that tells in @reader what became of its ring's read. */
static pid_t fork_with_a_read(struct reader *reader, unsigned int flags)
{
	pid_t pid = fork_child();
	struct ring *ring;

	if (pid)
		return pid;
	ring = ring_new(flags);
	ring_read(ring, 0, reader->fd);
	reader->result = ring_result(ring, 0);
	reader->ended = true;
	_exit(0);
}

/* It may have been interrupted, or not: but it was not cancelled. */
static void check_not_cancelled(struct __test_metadata *_metadata,
				struct reader *reader, pid_t pid)
{
	long result;

	settle_us(0);
	result = reader_result(reader);
	TH_LOG("the read ended with %ld", result);
	EXPECT_TRUE(result == -EINTR || result == SAMPLE_SIZE);
	EXPECT_EQ(0, reap(pid));
}

TEST_F(ring, L31_B_sigstop_and_sigcont_while_waiting)
{
	struct reader *reader = reader_new(self->bench.fd);
	pid_t pid = fork_with_a_read(reader, variant->flags);
	int status;

	ASSERT_EQ(1, wait_waiting(1));
	kill(pid, SIGSTOP);
	ASSERT_TRUE(WAIT_UNTIL(waitpid(pid, &status, WUNTRACED | WNOHANG) ==
			       pid));
	ASSERT_TRUE(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	check_not_cancelled(_metadata, reader, pid);
}

TEST_F(ring, L31_B_ptrace_attach_while_waiting)
{
	struct reader *reader = reader_new(self->bench.fd);
	pid_t pid = fork_with_a_read(reader, variant->flags);

	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	ASSERT_TRUE(WIFSTOPPED(reap(pid)));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
	check_not_cancelled(_metadata, reader, pid);
}

static bool has_thread_in_state(pid_t pid, char state)
{
	char path[64], text[512], *after;
	bool found = false;
	glob_t threads;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/task/*/stat", pid);
	if (glob(path, 0, NULL, &threads))
		return false;
	for (i = 0; i < threads.gl_pathc; i++) {
		if (read_file(threads.gl_pathv[i], text, sizeof(text)))
			continue;
		after = strrchr(text, ')');
		found |= after && after[2] == state;
	}
	globfree(&threads);
	return found;
}

/* A process that is stopped while its ring's read is in service, then cancels it. */
static pid_t fork_that_cancels_after_a_stop(struct reader *reader,
					    unsigned int flags)
{
	pid_t pid = fork_child();
	struct ring *ring;

	if (pid)
		return pid;
	ring = ring_new(flags);
	ring_read(ring, 0, reader->fd);
	wait_claimed(1);
	raise(SIGSTOP);
	reader->result = ring_cancel_until_ended(ring, 0);
	reader->ended = true;
	_exit(0);
}

/*
 * The stop wakes the worker, which goes on waiting for its sample, in a sleep
 * (ps(1) shows D) that neither a cancel nor the end of the ring would end.
 */
TEST_F(ring, A9_L31_B_cancelled_after_a_stop_in_service)
{
	struct reader *reader = reader_new(self->bench.fd);
	pid_t pid;

	START_SERVICE_TEST();
	pid = fork_that_cancels_after_a_stop(reader, variant->flags);
	ASSERT_TRUE(WAIT_UNTIL(has_thread_in_state(pid, 'D')));
	kill(pid, SIGCONT);
	EXPECT_EQ(-ECANCELED, reader_result(reader));
	EXPECT_EQ(0, reap(pid));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

TEST_HARNESS_MAIN
