// SPDX-License-Identifier: GPL-2.0
/*
 * How a read(2) is cancelled: by a signal, by the end of its process, and not
 * by a stop.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>

#define ON_EVERY_NODE
#include "cancelsafe_test.h"

TEST_F(node, A2_B_handler_while_queued_is_eintr)
{
	struct reader *reader;

	handle_signals(0);
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	reader_signal(reader);
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_EQ(1, signals_handled());
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

/* Cancelled, and submitted anew: how the new one comes to wait is seen here. */
static bool wait_restarted(int fd, uint64_t submitted)
{
	return WAIT_UNTIL(file_counts(fd).submitted == submitted);
}

TEST_F(node, A2_B_handler_with_sa_restart_while_queued_restarts)
{
	struct reader *reader;

	handle_signals(SA_RESTART);
	reader = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	reader_signal(reader);
	ASSERT_TRUE(wait_restarted(self->bench.fd, 2));
	EXPECT_EQ(1, signals_handled());
	EXPECT_FALSE(reader->ended);
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .waiting = 1);

	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .cancelled = 1,
		      .completed = 1, .acquired = 1);
}

TEST_F(queue, A6_a_restarted_read_has_lost_its_place)
{
	struct reader *first, *second;

	handle_signals(SA_RESTART);
	first = read_in_thread(self->bench.fd);
	ASSERT_EQ(1, wait_waiting(1));
	second = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	reader_signal(first);
	ASSERT_TRUE(wait_restarted(self->bench.fd, 3));

	settle_us(0);
	ASSERT_EQ(SAMPLE_SIZE, reader_result(first));
	ASSERT_EQ(SAMPLE_SIZE, reader_result(second));
	EXPECT_LT(second->sample.sequence, first->sample.sequence);
}

/* The signal is there before the handler can run: first comes the sample. */
static void signal_in_service(struct __test_metadata *_metadata, int fd,
			      int sa_flags)
{
	struct reader *reader;

	START_SERVICE_TEST();
	handle_signals(sa_flags);
	reader = read_in_thread(fd);
	ASSERT_EQ(1, wait_claimed(1));
	reader_signal(reader);
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_EQ(0, signals_handled());
	EXPECT_FALSE(reader->ended);
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_TRUE(is_sample(&reader->sample));
	EXPECT_EQ(1, signals_handled());
	EXPECT_COUNTS(fd, .submitted = 1, .completed = 1, .acquired = 1);
}

TEST_F(node, A3_A8_B_handler_in_service_gets_the_sample)
{
	signal_in_service(_metadata, self->bench.fd, 0);
}

TEST_F(node, A3_A8_B_handler_with_sa_restart_in_service_gets_the_sample)
{
	signal_in_service(_metadata, self->bench.fd, SA_RESTART);
}

/* SIGTERM has no handler here, so it is as deadly. */
static void kill_while_queued(struct __test_metadata *_metadata, int fd,
			      int signal)
{
	struct reader *reader = read_in_process(fd);
	int status;

	ASSERT_EQ(1, wait_waiting(1));
	kill(reader->pid, signal);
	status = reap(reader->pid);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) {
		TH_LOG("the killed process's wait status: %d", status);
	}
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_COUNTS(fd, .submitted = 1, .cancelled = 1);
}

TEST_F(node, A2_A9_B_L29_sigkill_while_queued)
{
	kill_while_queued(_metadata, self->bench.fd, SIGKILL);
}

TEST_F(node, A2_A9_B_L29_deadly_signal_while_queued)
{
	kill_while_queued(_metadata, self->bench.fd, SIGTERM);
}

/* The request stays, without its reader, until the acquisition ends. */
static void check_abandoned(struct __test_metadata *_metadata, int fd,
			    struct reader *reader)
{
	int status = reap(reader->pid);

	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		TH_LOG("the killed process's wait status: %d", status);
	}
	EXPECT_COUNTS(fd, .submitted = 1, .waiting = 1);

	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_COUNTS(fd, .submitted = 1, .failed = 1, .acquired = 1,
		      .undeliverable = 1);
}

TEST_F(node, A9_B_L4_R17_sigkill_in_service_abandons)
{
	struct reader *reader;

	START_SERVICE_TEST();
	reader = read_in_process(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	kill(reader->pid, SIGKILL);
	check_abandoned(_metadata, self->bench.fd, reader);
}

TEST_F(node, A9_B_L4_L24_sigkill_after_a_signal_in_service_abandons)
{
	struct reader *reader;

	START_SERVICE_TEST();
	handle_signals(0);
	reader = read_in_process(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	reader_signal(reader);
	ASSERT_EQ(1, wait_cancels(1));
	EXPECT_FALSE(reader->ended);
	kill(reader->pid, SIGKILL);
	check_abandoned(_metadata, self->bench.fd, reader);
}

/* While one is in service and abandoned, others queue, and are served after. */
TEST_F(node, A6_A9_an_abandoned_request_holds_up_nobody_for_long)
{
	struct reader *dead, *next;

	START_SERVICE_TEST();
	dead = read_in_process(self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	next = read_in_thread(self->bench.fd);
	ASSERT_EQ(2, wait_waiting(2));
	kill(dead->pid, SIGKILL);
	ASSERT_NE(-ETIMEDOUT, reap(dead->pid));

	acquire_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(next));
	EXPECT_EQ(self->bench.sequence + 2, next->sample.sequence);
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .completed = 1,
		      .failed = 1, .acquired = 2, .undeliverable = 1);
}

TEST_F(node, A2_A9_B_G1_L10_exit_with_reads_waiting)
{
	pid_t pid = fork_child();
	int i, status;

	if (!pid) {
		for (i = 0; i < 4; i++)
			read_in_thread(self->bench.fd);
		wait_waiting(4);
		_exit(42);
	}
	status = reap(pid);
	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42) {
		TH_LOG("the process's wait status: %d", status);
	}
	EXPECT_COUNTS(self->bench.fd, .submitted = 4, .cancelled = 4);
}

TEST_F(node, L29_all_sleep_interruptibly)
{
	struct reader *readers[8];
	int i;

	handle_signals(0);
	for (i = 0; i < 8; i++)
		readers[i] = read_in_thread(self->bench.fd);
	ASSERT_EQ(8, wait_waiting(8));
	for (i = 0; i < 8; i++)
		EXPECT_TRUE(WAIT_UNTIL(reader_state(readers[i]) == 'S'));
	for (i = 0; i < 8; i++)
		reader_signal(readers[i]);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(-EINTR, reader_result(readers[i]));
}

/* A child under our debugger's hand, stopped before its first instruction. */
static struct reader *read_traced(int fd)
{
	struct reader *reader = reader_new(fd);
	pid_t pid = fork_child();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		reader_run(reader);
		_exit(0);
	}
	reader->pid = pid;
	return reader;
}

static bool is_at_read(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       info.entry.nr == SYS_read;
}

/* Let it run into its read(2), and stop it at the door. */
static bool run_to_read(pid_t pid)
{
	if (!WIFSTOPPED(reap(pid)) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD))
		return false;
	while (!is_at_read(pid)) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) ||
		    !WIFSTOPPED(reap(pid)))
			return false;
	}
	return true;
}

TEST_F(node, A2_A4_L1_signal_pending_before_the_insert)
{
	struct reader *reader;
	int status;

	handle_signals(0);
	reader = read_traced(self->bench.fd);
	ASSERT_TRUE(run_to_read(reader->pid));
	reader_signal(reader);
	ASSERT_EQ(0, ptrace(PTRACE_CONT, reader->pid, NULL, NULL));

	status = reap(reader->pid);
	ASSERT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1) {
		TH_LOG("the process's wait status: %d", status);
	}
	EXPECT_EQ(0, wait_waiting(0));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, reader->pid, NULL, SIGUSR1));
	EXPECT_EQ(-EINTR, reader_result(reader));
	EXPECT_TRUE(reader_is_untouched(reader));
	EXPECT_EQ(0, reap(reader->pid));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .cancelled = 1);
}

static void check_resumed(struct __test_metadata *_metadata, int fd,
			  struct reader *reader)
{
	ASSERT_TRUE(WAIT_UNTIL(file_counts(fd).waiting == 1));
	EXPECT_FALSE(reader->ended) {
		TH_LOG("it ended with %ld", reader->result);
	}
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, reader_result(reader));
	EXPECT_EQ(0, reap(reader->pid));
}

TEST_F(node, L31_B_sigstop_and_sigcont_while_waiting)
{
	struct reader *reader = read_in_process(self->bench.fd);
	int status;

	ASSERT_EQ(1, wait_waiting(1));
	kill(reader->pid, SIGSTOP);
	ASSERT_TRUE(WAIT_UNTIL(waitpid(reader->pid, &status,
				       WUNTRACED | WNOHANG) == reader->pid));
	ASSERT_TRUE(WIFSTOPPED(status));
	kill(reader->pid, SIGCONT);
	check_resumed(_metadata, self->bench.fd, reader);
}

TEST_F(node, L31_B_ptrace_attach_while_waiting)
{
	struct reader *reader = read_in_process(self->bench.fd);
	int status;

	ASSERT_EQ(1, wait_waiting(1));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, reader->pid, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, reader->pid, NULL, NULL));
	status = reap(reader->pid);
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, reader->pid, NULL, NULL));
	check_resumed(_metadata, self->bench.fd, reader);
}

TEST_HARNESS_MAIN
