// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation and each user copy fails, one after the other: what the caller
 * hears of it, and that the law holds all the same.
 *
 * An operation is done again and again; the first of its allocations and copies
 * fails, then the second, and so on, until nothing is left that could fail. A new
 * operation is one more variant below.
 */
#include <glob.h>
#include <sys/uio.h>

#include "aio_reads.h"
#include "cancelsafe_test.h"
#include "cmd.h"
#include "fault.h"
#include "module.h"
#include "ring.h"

/* Far more than any operation has. */
#define MAX_FAILURES 10000

#define TURNS 3

static void __attribute__((constructor)) skip_without_faults(void)
{
	const char *why = fault_missing() ?: module_file_missing();

	if (why)
		ksft_exit_skip("%s\n", why);
}

/*
 * What an operation works on. Each returns what was got, or -errno.
 *
 * A command's sample is copied in the caller's task work, and where only the caller is
 * armed that might be while it is disarmed: between a look at what has failed and the
 * end of failures. So then the sample is held until it is over.
 */
struct subject {
	int fd;
	struct ring *ring;
	struct aio *aio;
	bool held;
};

static long errno_or(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long do_open(struct subject *subject)
{
	int fd = open(NODE, O_RDONLY | O_CLOEXEC);

	(void)subject;
	return fd < 0 ? -errno : errno_or(close(fd));
}

static long do_read(struct subject *subject)
{
	struct cancelsafe_sample sample;

	return errno_or(read(subject->fd, &sample, sizeof(sample)));
}

static long do_read_nowait(struct subject *subject)
{
	struct cancelsafe_sample sample;
	struct iovec iov = { &sample, sizeof(sample) };

	return errno_or(preadv2(subject->fd, &iov, 1, 0, RWF_NOWAIT));
}

/* Into so many buffers that the kernel has to allocate their list. */
static long do_readv(struct subject *subject)
{
	unsigned char bytes[16][SAMPLE_SIZE / 16];
	struct iovec iov[16];
	int i;

	for (i = 0; i < 16; i++)
		iov[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
	return errno_or(readv(subject->fd, iov, 16));
}

/* A submission that fails leaves its entry where it was. */
static long submit(struct subject *subject)
{
	while (io_uring_submit(&subject->ring->uring) < 1)
		;
	fault_spare_caller();
	if (subject->held)
		settle_us(0);
	return ring_result(subject->ring, 0);
}

static long do_ring_read(struct subject *subject)
{
	ring_prepare_read(subject->ring, 0, subject->fd);
	return submit(subject);
}

static long do_ring_read_in_worker(struct subject *subject)
{
	io_uring_sqe_set_flags(ring_prepare_read(subject->ring, 0, subject->fd),
			       IOSQE_ASYNC);
	return submit(subject);
}

static long do_cmd_read(struct subject *subject)
{
	cmd_prepare_read(subject->ring, 0, subject->fd, 0);
	return submit(subject);
}

static long do_aio_read(struct subject *subject)
{
	struct iocb *iocb = aio_prepare(subject->aio, 0, subject->fd);
	int ret = io_submit(subject->aio->context, 1, &iocb);

	fault_spare_caller();
	return ret < 0 ? ret : aio_result(subject->aio, 0);
}

static long do_show_stats(struct subject *subject)
{
	char text[512];

	(void)subject;
	return read_file(NODE_SYSFS "stats/all", text, sizeof(text));
}

static long do_show_setting(struct subject *subject)
{
	char text[64];

	(void)subject;
	return read_file(NODE_SYSFS "queue_limit", text, sizeof(text));
}

static long do_store_setting(struct subject *subject)
{
	(void)subject;
	return node_write("queue_limit", "65536");
}

static long do_show_file(struct subject *subject)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", subject->fd);
	return read_file(path, text, sizeof(text));
}

FIXTURE(fault) {
	struct bench bench;
	struct subject subject;
};

/*
 * @settle_us: the device's settling time meanwhile
 * @held:      where only the caller is armed, the sample is held (see struct subject)
 * @result:    of the operation, if nothing fails
 * @or:        beside -ENOMEM and -EFAULT, what it may say of a failure
 * @failures:  the module's own allocations and copies, at least
 */
FIXTURE_VARIANT(fault) {
	long (*operation)(struct subject *subject);
	unsigned int settle_us;
	bool held;
	long result;
	long or;
	unsigned int failures;
};

#define OPERATION(_name, ...) \
	FIXTURE_VARIANT_ADD(fault, _name) { .operation = do_##_name, __VA_ARGS__ }

OPERATION(open, .failures = 1);
OPERATION(read, .settle_us = 1000, .result = SAMPLE_SIZE, .failures = 2);
OPERATION(read_nowait, .result = SAMPLE_SIZE, .or = -EAGAIN, .failures = 2);
OPERATION(readv, .result = SAMPLE_SIZE, .failures = 2);
OPERATION(ring_read, .result = SAMPLE_SIZE, .failures = 2);
OPERATION(ring_read_in_worker, .settle_us = 1000, .result = SAMPLE_SIZE,
	  .failures = 2);
OPERATION(cmd_read, .settle_us = 1000, .held = true, .result = SAMPLE_SIZE,
	  .failures = 2);
OPERATION(aio_read, .settle_us = 1000, .result = SAMPLE_SIZE, .or = -EAGAIN,
	  .failures = 2);
OPERATION(show_stats);
OPERATION(show_setting);
OPERATION(store_setting);
OPERATION(show_file);

/* A worker that was never there cannot be armed. */
FIXTURE_SETUP(fault)
{
	bench_setup(_metadata, &self->bench);
	settle_us(variant->settle_us);
	self->subject.fd = self->bench.fd;
	self->subject.ring = ring_new(0);
	self->subject.aio = aio_new();
	aio_open(self->subject.aio);
	ASSERT_EQ(SAMPLE_SIZE, do_ring_read_in_worker(&self->subject));
	ASSERT_EQ(SAMPLE_SIZE, do_aio_read(&self->subject));
}

FIXTURE_TEARDOWN(fault)
{
	fault_disarm();
	ring_close(self->subject.ring);
	aio_destroy(self->subject.aio);
	bench_teardown(_metadata, &self->bench);
}

static bool is_said(const FIXTURE_VARIANT(fault) *variant, long ret)
{
	return ret == variant->result || ret == -ENOMEM || ret == -EFAULT ||
	       (variant->or && ret == variant->or);
}

/* Once, with the @n-th failing. Returns whether there was an n-th. */
static bool fails(struct __test_metadata *_metadata,
		  FIXTURE_DATA(fault) *self,
		  const FIXTURE_VARIANT(fault) *variant, unsigned int n)
{
	struct counts counts, before = node_counts();
	bool failed;
	long ret;

	if (self->subject.held)
		settle_us(NEVER);
	fault_arm(n);
	ret = variant->operation(&self->subject);
	failed = fault_disarm();
	counts = counts_since(node_counts(), before);

	EXPECT_TRUE(failed ? is_said(variant, ret) : ret == variant->result) {
		TH_LOG("failure %u: it returned %ld", n, ret);
	}
	EXPECT_TRUE(law_holds(counts) && !counts.waiting &&
		    counts.completed == (ret == SAMPLE_SIZE)) {
		TH_LOG("failure %u: it returned %ld, and counted %s", n, ret,
		       counts_text(counts));
	}
	return failed;
}

/*
 * Each in turn. A cache that has run out is filled again, which fails and changes
 * nothing, in the place of what comes after it: so there is more than one turn.
 * Returns how many failures there were, at most.
 */
static unsigned int fail_each(struct __test_metadata *_metadata,
			      FIXTURE_DATA(fault) *self,
			      const FIXTURE_VARIANT(fault) *variant)
{
	unsigned int turn, n, most = 0;

	for (turn = 0; turn < TURNS; turn++) {
		n = 1;
		while (n < MAX_FAILURES && fails(_metadata, self, variant, n))
			n++;
		EXPECT_NE(MAX_FAILURES, n);
		most = n - 1 > most ? n - 1 : most;
	}
	TH_LOG("%u failures, %" PRIu64 " samples lost so far", most,
	       file_counts(self->bench.fd).undeliverable);
	return most;
}

TEST_F_TIMEOUT(fault, A1_A7_each_failure_in_the_module, 120)
{
	unsigned int failures;

	fault_prepare(FAULT_IN_MODULE);
	failures = fail_each(_metadata, self, variant);
	fault_prepare(FAULT_ELSEWHERE);
	failures += fail_each(_metadata, self, variant);
	EXPECT_LE(variant->failures, failures);
	EXPECT_EQ(variant->result == SAMPLE_SIZE,
		  file_counts(self->bench.fd).undeliverable > 0);
}

TEST_F_TIMEOUT(fault, A1_A7_each_failure_in_the_caller, 120)
{
	self->subject.held = variant->held;
	fault_prepare(FAULT_IN_CALLER);
	EXPECT_LT(0, fail_each(_metadata, self, variant));
}

FIXTURE(loading) {
	int unused;
};

FIXTURE_SETUP(loading)
{
	tracing_stop();
	ASSERT_EQ(0, module_unload_soon());
}

FIXTURE_TEARDOWN(loading)
{
	fault_disarm();
	EXPECT_EQ(0, module_load(""));
}

/* Its node and its caches, while it is not loaded. */
static bool is_left_behind(void)
{
	glob_t found;
	int err = glob("/sys/kernel/slab/cancelsafe*", 0, NULL, &found);

	globfree(&found);
	return err != GLOB_NOMATCH || !access(NODE, F_OK);
}

/* However far it came, a load that fails leaves nothing behind. */
TEST_F_TIMEOUT(loading, B_each_failure_leaves_nothing, 800)
{
	unsigned int n = 0;
	bool failed;
	int err;

	fault_prepare(FAULT_IN_INIT);
	do {
		fault_arm(++n);
		err = module_load("");
		failed = fault_disarm();
		EXPECT_TRUE(failed ? err <= 0 : !err) {
			TH_LOG("failure %u: it returned %d", n, err);
		}
		ASSERT_EQ(err ? -ENOENT : 0, module_unload_soon());
		EXPECT_FALSE(is_left_behind()) {
			TH_LOG("failure %u: it returned %d", n, err);
		}
	} while (failed && n < MAX_FAILURES);
	EXPECT_FALSE(failed);
	TH_LOG("%u failures", n - 1);
}

TEST_HARNESS_MAIN
