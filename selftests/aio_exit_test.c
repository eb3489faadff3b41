// SPDX-License-Identifier: GPL-2.0
/*
 * libaio's reads when their context goes: io_destroy, exit, exec; and what does
 * not take it along.
 *
 * io_destroy, exit and exec sleep uninterruptibly until each read has ended, so
 * what may hang is done by a child.
 */
#include <stdlib.h>
#include <string.h>

#define ON_EVERY_NODE
#include "aio_fixture.h"
#include "klog.h"

/* Shorter than the driver's patience, longer than anything else takes. */
#define AT_ONCE_NS 5000000000ull

/* A child that does not wait: by how it goes */

static void child_exits(struct aio *aio)
{
	(void)aio;
	_exit(0);
}

static void child_destroys(struct aio *aio)
{
	_exit(aio_destroy(aio) ? 1 : 0);
}

static void child_execs(struct aio *aio)
{
	(void)aio;
	execl("/bin/true", "true", NULL);
	_exit(1);
}

static void child_is_killed(struct aio *aio)
{
	(void)aio;
	raise(SIGKILL);
}

FIXTURE(going) {
	struct bench bench;
	struct aio *aio;
};

FIXTURE_VARIANT(going) {
	void (*go)(struct aio *aio);
	int status;
	const char *name;
};

FIXTURE_VARIANT_ADD(going, exit) {
	.go = child_exits,
};

OTHER_QUEUES(going, exit_, .go = child_exits);

FIXTURE_VARIANT_ADD(going, sigkill) {
	.go = child_is_killed,
	.status = SIGKILL,
};

OTHER_QUEUES(going, sigkill_, .go = child_is_killed, .status = SIGKILL);

FIXTURE_VARIANT_ADD(going, exec) {
	.go = child_execs,
};

OTHER_QUEUES(going, exec_, .go = child_execs);

FIXTURE_VARIANT_ADD(going, io_destroy) {
	.go = child_destroys,
};

OTHER_QUEUES(going, io_destroy_, .go = child_destroys);

FIXTURE_SETUP(going)
{
	if (variant->name)
		node_name = variant->name;
	bench_setup(_metadata, &self->bench);
	self->aio = aio_new();
}

FIXTURE_TEARDOWN(going)
{
	bench_release();
	EXPECT_TRUE(WAIT_UNTIL(aio_requests() == 0)) {
		TH_LOG("%ld requests are left in memory", aio_requests());
	}
	bench_teardown(_metadata, &self->bench);
}

/* Returns how long that took, or 0 if it was not as it should be. */
static uint64_t gone_in(pid_t pid, int status, uint64_t since)
{
	return reap(pid) == status ? now_ns() - since : 0;
}

#define EXPECT_GONE_BEFORE(_limit, _pid, _status, _since) do {		\
	uint64_t _ns = gone_in(_pid, _status, _since);			\
									\
	TH_LOG("gone in %ju ms", (uintmax_t)(_ns / 1000000));		\
	EXPECT_LT(0, _ns);						\
	EXPECT_GT(_limit, _ns);						\
} while (0)

TEST_F(going, A2_A9_B_G1_L9_L10_L14_L29_with_reads_waiting)
{
	uint64_t since = now_ns();
	unsigned int i, wrong = 0;
	pid_t pid = fork_child();

	if (!pid) {
		aio_open(self->aio);
		aio_read_many(self->aio, 1000, self->bench.fd);
		variant->go(self->aio);
	}
	EXPECT_GONE_BEFORE(WATCHDOG_NS, pid, variant->status, since);
	for (i = 0; i < 1000; i++)
		wrong += !aio_is_untouched(self->aio, i);
	EXPECT_EQ(0, wrong);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1000, .cancelled = 1000);
}

/* Another one waits behind it: that is cancelled, the first is abandoned. */
static void submit_and_wait(struct aio *aio, int fd)
{
	aio_open(aio);
	aio_read_many(aio, 2, fd);
	wait_claimed(1);
}

static void check_abandoned(struct __test_metadata *_metadata, int fd,
			    struct aio *aio)
{
	EXPECT_COUNTS(fd, .submitted = 2, .cancelled = 1, .waiting = 1);
	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_TRUE(aio_is_untouched(aio, 0));
	EXPECT_TRUE(aio_is_untouched(aio, 1));
	EXPECT_COUNTS(fd, .submitted = 2, .cancelled = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

TEST_F(going, A9_B_L4_L9_L10_L14_with_a_read_in_service)
{
	uint64_t since;
	pid_t pid;

	START_SERVICE_TEST();
	since = now_ns();
	pid = fork_child();
	if (!pid) {
		submit_and_wait(self->aio, self->bench.fd);
		variant->go(self->aio);
	}
	EXPECT_GONE_BEFORE(AT_ONCE_NS, pid, variant->status, since);
	check_abandoned(_metadata, self->bench.fd, self->aio);
}

/*
 * io_cancel was told that the sample will come, and the context has forgotten the
 * read. Of exit and exec there is a sign, of io_destroy none: it is as patient as
 * the driver. But a read in lasting service has left at once.
 */
TEST_F(going, A9_L4_L9_L10_L14_after_io_cancel_came_too_late)
{
	bool destroys = variant->go == child_destroys;
	uint64_t since;
	pid_t pid;

	START_SERVICE_TEST();
	since = now_ns();
	pid = fork_child();
	if (!pid) {
		submit_and_wait(self->aio, self->bench.fd);
		if (aio_cancel(self->aio, 0) != aio_cancel_in_service())
			abort();
		variant->go(self->aio);
	}
	EXPECT_GONE_BEFORE(destroys ? WATCHDOG_NS : AT_ONCE_NS, pid,
			   variant->status, since);
	check_abandoned(_metadata, self->bench.fd, self->aio);
}

/*
 * The process goes while its reads are being served: some samples are there, but
 * not the memory that they are for. If it goes during a copy, then its memory and
 * the other reads do so a little later. A framework's driver that has just been given
 * a read, and marks it, finds that it was cancelled: such a one has no sample.
 */
TEST_F(going, A1_A7_L15_while_samples_come)
{
	unsigned int rounds = 0, wrong = 0, settle = 300;
	bool marks = node_model_is("framework");
	uint64_t begun = now_ns();
	struct counts counts;
	pid_t pid;

	do {
		settle_us(settle);
		pid = fork_child();
		if (!pid) {
			aio_open(self->aio);
			aio_read_many(self->aio, AIO_READS, self->bench.fd);
			variant->go(self->aio);
		}
		wrong += reap(pid) != variant->status || wait_waiting(0);
		counts = file_counts(self->bench.fd);
		wrong += !law_holds(counts);
		rounds++;
		if (!counts.cancelled)
			settle *= 2;	/* on a slow machine none waits still */
	} while (!wrong && go_on(begun, 1000, rounds > 3 && counts.cancelled));
	TH_LOG("%u rounds: %s", rounds, counts_text(counts));
	EXPECT_EQ(0, wrong);
	EXPECT_LT(0, counts.cancelled);
	EXPECT_EQ(rounds * AIO_READS, counts.submitted);
	if (!marks)
		EXPECT_EQ(counts.failed, counts.undeliverable);
	if (variant->go != child_destroys)
		EXPECT_LT(0, counts.undeliverable);
}

/*
 * A thread that is still in io_submit, with a read of something that blocks it
 * there, holds up an io_destroy. When it leaves, the context goes in its hands,
 * and looks as if it called io_cancel.
 */
struct submitter {
	struct aio *aio;
	int fd;
	int pipe[2];
	pthread_t thread;
};

static void *submit_and_block(void *arg)
{
	struct submitter *submitter = arg;
	struct iocb *iocbs[2] = {
		aio_prepare(submitter->aio, 0, submitter->fd),
		aio_prepare(submitter->aio, 1, submitter->pipe[0]),
	};

	io_submit(submitter->aio->context, 2, iocbs);
	return NULL;
}

static void *unblock(void *arg)
{
	struct submitter *submitter = arg;

	sleep(1);
	if (write(submitter->pipe[1], "x", 1) != 1)
		die("cannot write to a pipe");
	return NULL;
}

static void destroy_under_io_submit(struct aio *aio, int fd)
{
	struct submitter submitter = { .aio = aio, .fd = fd };
	pthread_t thread;

	aio_open(aio);
	if (pipe(submitter.pipe) ||
	    pthread_create(&submitter.thread, NULL, submit_and_block,
			   &submitter) ||
	    pthread_create(&thread, NULL, unblock, &submitter))
		die("cannot start a thread");
	wait_claimed(1);
	_exit(aio_destroy(aio) ? 1 : 0);
}

TEST_F(queue, A9_L14_io_destroy_held_up_by_io_submit)
{
	uint64_t since;
	pid_t pid;

	START_SERVICE_TEST();
	since = now_ns();
	pid = fork_child();
	if (!pid)
		destroy_under_io_submit(aio_new(), self->bench.fd);
	EXPECT_GONE_BEFORE(WATCHDOG_NS, pid, 0, since);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
}

/* What does not cancel */

static void *submit_one(void *aio)
{
	aio_submit(aio, 0);
	return NULL;
}

TEST_F(aio, A1_G1_L27_the_thread_that_submitted_exits)
{
	pthread_t thread;

	aio_prepare(self->aio, 0, self->bench.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_one, self->aio));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	usleep(100000);
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
}

TEST_F(aio, A1_L7_close_while_a_read_waits)
{
	int fd = node_open(O_RDONLY);

	self->bench.others = true;
	aio_read_many(self->aio, 2, fd);
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(2, node_counts().waiting);
	EXPECT_EQ(-EINPROGRESS, aio_cancel(self->aio, 1));
	EXPECT_EQ(-ECANCELED, aio_result(self->aio, 1));
	settle_us(0);
	EXPECT_EQ(SAMPLE_SIZE, aio_result(self->aio, 0));
	EXPECT_TRUE(is_sample(&self->aio->reads[0].sample));
}

static void read_and_stop(struct aio *aio, int fd)
{
	aio_open(aio);
	aio_read(aio, 0, fd);
	raise(SIGSTOP);
	_exit(aio_result(aio, 0) == SAMPLE_SIZE ? 0 : 1);
}

/* Served while it is stopped, it finds its sample when it goes on. */
TEST_F(queue, B_L31_sigstop_and_sigcont_while_waiting)
{
	struct aio *aio = aio_new();
	pid_t pid = fork_child();
	int status;

	if (!pid)
		read_and_stop(aio, self->bench.fd);
	ASSERT_TRUE(WAIT_UNTIL(waitpid(pid, &status, WUNTRACED | WNOHANG) ==
			       pid));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	settle_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_TRUE(is_sample(&aio->reads[0].sample));
	kill(pid, SIGCONT);
	EXPECT_EQ(0, reap(pid));
}

/* A child has a copy of the memory, and no AIO context. */
TEST_F(aio, A1_L8_a_forked_child_exits)
{
	pid_t pid;

	aio_read(self->aio, 0, self->bench.fd);
	pid = fork_child();
	if (!pid)
		_exit(aio_cancel(self->aio, 0) == -EINVAL ? 0 : 1);
	EXPECT_EQ(0, reap(pid));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
}

static void check_both_end_with(struct __test_metadata *_metadata,
				struct aio *aio, long result)
{
	int i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(result, aio_result(aio, i));
		EXPECT_TRUE(aio_is_untouched(aio, i));
	}
}

TEST_F(aio, A2_B_G2_L7_policy_cancel_close_while_reads_wait)
{
	int fd = node_open(O_RDONLY);

	self->bench.others = true;
	close_policy("cancel");
	aio_read_many(self->aio, 2, fd);
	ASSERT_EQ(0, close(fd));
	check_both_end_with(_metadata, self->aio, -ECANCELED);
}

TEST_F(aio, A1_A9_B_L16_L19_unplugged_while_reads_wait)
{
	aio_read_many(self->aio, 2, self->bench.fd);
	ASSERT_EQ(0, node_unplug());
	check_both_end_with(_metadata, self->aio, -ENODEV);
	EXPECT_COUNTS(self->bench.fd, .submitted = 2, .failed = 2);
	ASSERT_EQ(0, node_plug());
}

/* How often the log says so. */
static unsigned int times_let_go(void)
{
	return klog_count("still in service: detached from it");
}

/* Its acquisition does not end. In lasting service it need not wait for the watchdog. */
TEST_F(aio, A2_A9_G3_a_cancelled_read_in_service_is_let_go)
{
	unsigned int before = times_let_go();

	START_SERVICE_TEST();
	node_set("watchdog_s", 1);
	aio_read(self->aio, 0, self->bench.fd);
	ASSERT_EQ(1, wait_claimed(1));
	EXPECT_EQ(aio_cancel_in_service(), aio_cancel(self->aio, 0));
	EXPECT_EQ(-ECANCELED, aio_result(self->aio, 0));
	EXPECT_TRUE(aio_is_untouched(self->aio, 0));
	EXPECT_EQ(before + !node_starts(), times_let_go());
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .waiting = 1);
	acquire_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_COUNTS(self->bench.fd, .submitted = 1, .failed = 1,
		      .acquired = 1, .undeliverable = 1);
}

TEST_HARNESS_MAIN
