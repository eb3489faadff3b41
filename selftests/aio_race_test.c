// SPDX-License-Identifier: GPL-2.0
/*
 * libaio's races, by brute force; and copies that never end.
 */
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ON_EVERY_NODE
#include "aio_fixture.h"
#include "tally.h"

/* io_cancel against completion */

#define BATCH 256

/**
 * struct answers - what io_cancel has said
 * @in_time:   -EINPROGRESS: so many times
 * @too_late:  -EALREADY
 * @not_found: -EINVAL
 */
struct answers {
	uint64_t in_time;
	uint64_t too_late;
	uint64_t not_found;
};

static void count_answer(struct answers *answers, int answer)
{
	answers->in_time += answer == -EINPROGRESS;
	answers->too_late += answer == -EALREADY;
	answers->not_found += answer == -EINVAL;
}

/*
 * Who was told in time ends cancelled, and nobody else. In lasting service that is to
 * be abandoned. A framework's driver that has just been given a read, and marks it,
 * finds that it was cancelled by who was told that he came too late (rule H4).
 */
static bool is_kept(int said, long result)
{
	if (result == -ECANCELED && said == -EALREADY)
		return node_model_is("framework");
	return (said == -EINPROGRESS) == (result == -ECANCELED);
}

/* Some are cancelled, in random order, while the device serves them in its own. */
static void storm_round(struct tally *tally, struct answers *answers,
			struct aio *aio, int fd)
{
	static unsigned int order[BATCH];
	int said[BATCH] = { 0 };
	unsigned int i;

	shuffle(order, BATCH);
	aio_read_many(aio, BATCH, fd);
	for (i = 0; i < BATCH; i++)
		if (random() % 4)
			said[order[i]] = aio_cancel(aio, order[i]);
	for (i = 0; i < BATCH; i++) {
		long result = aio_result(aio, i);

		tally_end(tally, result, aio->reads[i].bytes, AIO_BUFFER);
		tally->wrong += !is_kept(said[i], result);
		count_answer(answers, said[i]);
	}
}

TEST_F(aio, A1_A2_A3_A7_A8_L14_io_cancel_against_completion)
{
	static struct tally tally;
	uint64_t begun = now_ns();
	struct answers answers = {};
	unsigned int rounds = 0;
	struct counts counts;
	uint64_t abandoned;

	tally_begin(&tally, self->bench.sequence, 10);
	do {
		acquire_us(rounds % 2 ? 20 : 0);
		storm_round(&tally, &answers, self->aio, self->bench.fd);
		rounds++;
	} while (!tally.wrong &&
		 go_on(begun, 2000, rounds > 20 && tally.samples > 500 &&
				    tally.cancelled > 500 &&
				    answers.too_late && answers.not_found));

	counts = file_counts(self->bench.fd);
	abandoned = counts.failed + counts.waiting;
	TH_LOG("%u reads: %ju samples, %ju cancelled; io_cancel: %ju EINPROGRESS, %ju EALREADY, %ju EINVAL",
	       rounds * BATCH, (uintmax_t)tally.samples,
	       (uintmax_t)tally.cancelled, (uintmax_t)answers.in_time,
	       (uintmax_t)answers.too_late, (uintmax_t)answers.not_found);
	EXPECT_EQ(0, tally.wrong);
	EXPECT_EQ(rounds * BATCH, counts.submitted);
	EXPECT_EQ(tally.samples, counts.completed);
	EXPECT_EQ(tally.cancelled, counts.cancelled + abandoned);
	if (!node_starts())
		EXPECT_EQ(0, abandoned);
	EXPECT_LT(0, answers.too_late);
	EXPECT_LT(0, answers.not_found);
}

/* io_cancel against everything: another thread cancels whatever it likes. */

/**
 * struct canceller - a thread that cancels
 * @aio:     whose reads,
 * @among:   and among how many of them
 * @stop:    tells it to end
 * @in_time: how many of its cancels were
 * @late:    how many were not
 * @wrong:   how many answers there are that there may not be
 * @thread:  the thread
 */
struct canceller {
	struct aio *aio;
	unsigned int among;
	atomic_bool stop;
	_Atomic uint64_t in_time;
	_Atomic uint64_t late;
	_Atomic uint64_t wrong;
	pthread_t thread;
};

static void *cancel_at_random(void *arg)
{
	struct canceller *canceller = arg;
	unsigned int seed = 1;

	while (!canceller->stop) {
		switch (aio_cancel(canceller->aio,
				   rand_r(&seed) % canceller->among)) {
		case -EINPROGRESS:
			canceller->in_time++;
			break;
		case -EALREADY:
			canceller->late++;
			break;
		case -EINVAL:
			break;
		default:
			canceller->wrong++;
		}
	}
	return NULL;
}

static void canceller_start(struct canceller *canceller, struct aio *aio,
			    unsigned int among)
{
	canceller->aio = aio;
	canceller->among = among;
	if (pthread_create(&canceller->thread, NULL, cancel_at_random,
			   canceller))
		die("cannot start a thread");
}

static void canceller_stop(struct canceller *canceller)
{
	canceller->stop = true;
	if (pthread_join(canceller->thread, NULL))
		die("cannot join a thread");
}

/* What was found in the last moment before the insert may be told "too late". */
TEST_F(aio, A1_A3_L14_io_cancel_from_another_thread)
{
	static struct canceller canceller;
	uint64_t begun = now_ns(), cancelled = 0, samples = 0, wrong = 0;
	unsigned int i;

	settle_us(20);
	canceller_start(&canceller, self->aio, BATCH);
	do {
		for (i = 0; i < BATCH; i++)
			aio_read(self->aio, i, self->bench.fd);
		for (i = 0; i < BATCH; i++) {
			long result = aio_result(self->aio, i);

			cancelled += result == -ECANCELED;
			samples += result == SAMPLE_SIZE;
			wrong += result != -ECANCELED && result != SAMPLE_SIZE;
		}
	} while (!wrong && go_on(begun, 1500, samples > 100 &&
					      cancelled > 100));
	canceller_stop(&canceller);
	TH_LOG("%ju samples, %ju cancelled; io_cancel: %ju EINPROGRESS, %ju EALREADY",
	       (uintmax_t)samples, (uintmax_t)cancelled,
	       (uintmax_t)canceller.in_time, (uintmax_t)canceller.late);
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, canceller.wrong);
	EXPECT_LE(canceller.in_time, cancelled);
	EXPECT_GE(canceller.in_time + canceller.late, cancelled);
}

/*
 * It waits for the iocb to appear, and often finds it before its insert. How often
 * it is told EALREADY even so, because the insert came before it looked, is the
 * machine's business: aio.c says why that may be.
 */
TEST_F(aio, A1_A4_L14_R2_io_cancel_while_io_submit_is_at_work)
{
	static struct canceller canceller;
	uint64_t begun = now_ns();
	unsigned int rounds = 0, wrong = 0;

	canceller_start(&canceller, self->aio, 1);
	do {
		aio_read(self->aio, 0, self->bench.fd);
		wrong += aio_result(self->aio, 0) != -ECANCELED ||
			 !aio_is_untouched(self->aio, 0);
		rounds++;
	} while (!wrong && go_on(begun, 1500, rounds > 1000));
	canceller_stop(&canceller);
	TH_LOG("%u reads; io_cancel: %ju EINPROGRESS, %ju EALREADY", rounds,
	       (uintmax_t)canceller.in_time, (uintmax_t)canceller.late);
	EXPECT_EQ(0, wrong + canceller.wrong);
	EXPECT_EQ(rounds, canceller.in_time + canceller.late);
	EXPECT_LT(0, canceller.in_time);
	EXPECT_COUNTS(self->bench.fd, .submitted = rounds,
		      .cancelled = rounds);
}

/*
 * Memory that is never there: who writes to it sleeps until it is unregistered,
 * which is when its file is closed.
 */
static void *memory_that_hangs(size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *at;

	at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)at;
	range.range.len = size;
	if (fd < 0 || at == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &range))
		die("cannot watch memory: %s", strerror(errno));
	return at;
}

/* More than may be copied at once; and their buffers fill pages. */
#define HANGING 320

static void read_into_memory_that_hangs(struct aio *aio, int fd)
{
	unsigned char *at = memory_that_hangs(HANGING * AIO_BUFFER);
	unsigned int i;

	aio_open(aio);
	for (i = 0; i < HANGING; i++) {
		aio_prepare(aio, i, fd)->u.c.buf = at + i * AIO_BUFFER;
		aio_submit(aio, i);
	}
	pause();
}

/* Of ours: who has kept the server busy is completed, too. */
static bool wait_completed(unsigned int n)
{
	if (node_busy >= 0)
		n++;
	return WAIT_UNTIL(tracing_count("cs_complete", "") == n);
}

/*
 * With two samples on their way, of one of which the context has been told that it
 * is too late to cancel it; and more reads waiting.
 */
static void read_and_die(struct aio *aio, int fd)
{
	aio_open(aio);
	aio_read_many(aio, 2, fd);
	if (!wait_completed(HANGING + 2) || aio_reap(aio) ||
	    aio_cancel(aio, 0) != -EALREADY)
		abort();
	settle_us(NEVER);
	aio_read_many(aio, 100, fd);
	raise(SIGKILL);
}

/*
 * One process's memory is another's nothing: its reads end all the same. One of those
 * that wait may be in lasting service: that is abandoned.
 */
TEST_F(aio, A9_copies_that_hang_hold_up_no_exit)
{
	unsigned int served = node_starts();
	pid_t victim, pid;

	if (close(syscall(SYS_userfaultfd, O_CLOEXEC)))
		SKIP(return, "this kernel has no userfaultfd");
	START_TRACE();
	pid = fork_child();
	if (!pid)
		read_into_memory_that_hangs(aio_new(), self->bench.fd);
	ASSERT_EQ(HANGING, wait_waiting(HANGING));
	settle_us(0);
	EXPECT_TRUE(wait_completed(HANGING));
	EXPECT_EQ(HANGING, node_counts().waiting);

	victim = fork_child();
	if (!victim)
		read_and_die(aio_new(), self->bench.fd);
	EXPECT_EQ(SIGKILL, reap(victim));
	EXPECT_EQ(HANGING + served, node_counts().waiting);

	kill(pid, SIGKILL);
	EXPECT_EQ(SIGKILL, reap(pid));
	EXPECT_EQ(served, wait_waiting(served));
	settle_us(0);
	EXPECT_EQ(0, wait_waiting(0));
	EXPECT_EQ(HANGING + 2 + served, file_counts(self->bench.fd).acquired);
	EXPECT_EQ(100 - served, file_counts(self->bench.fd).cancelled);
}

TEST_HARNESS_MAIN
