// SPDX-License-Identifier: GPL-2.0
/*
 * The threat model's word on memory: a request that waits without a thread is
 * charged to the cgroup of who submitted it, whose limit then is its limit.
 *
 * What is looked at is what the charge falls by when the requests end, for
 * then nothing else goes: io_uring keeps its own requests, and those of an AIO
 * context are not charged at all.
 */
#include <libaio.h>
#include <liburing.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cancelsafe_test.h"
#include "cmd.h"

#define CGROUPS "/sys/fs/cgroup"
#define OURS CGROUPS "/cancelsafe_test"

/* Many, because each processor settles its accounts some 64 pages at a time. */
#define REQUESTS 4096
#define BATCH 64

static int write_text(const char *path, const char *text)
{
	return write_file(path, text, strlen(text));
}

static long number_in(const char *path)
{
	char text[64];
	int err = read_file(path, text, sizeof(text));

	if (err)
		die("cannot read %s: %s", path, strerror(-err));
	return strtol(text, NULL, 10);
}

static long charged(void)
{
	return number_in(OURS "/memory.current");
}

/* Why the memory of a cgroup cannot be told here, or NULL: we are in one. */
static const char *enter_cgroup(void)
{
	if (access(CGROUPS "/cgroup.procs", F_OK) &&
	    mount("cgroup", CGROUPS, "cgroup2", 0, NULL))
		return "there is no cgroup2 at " CGROUPS;
	if (write_text(CGROUPS "/cgroup.subtree_control", "+memory"))
		return "this kernel, or " CGROUPS ", has no memory controller";
	if (mkdir(OURS, 0755) && errno != EEXIST)
		return "no cgroup can be made at " CGROUPS;
	if (write_text(OURS "/cgroup.procs", "0"))
		return OURS " takes no process";
	return NULL;
}

static void leave_cgroup(void)
{
	write_text(CGROUPS "/cgroup.procs", "0");
	rmdir(OURS);
}

FIXTURE(charge) {
	struct bench bench;
	int fd;
};

FIXTURE_SETUP(charge)
{
	const char *why = enter_cgroup();

	if (why)
		SKIP(return, "%s", why);
	bench_setup(_metadata, &self->bench);
	self->bench.others = true;
	self->fd = node_open(O_RDONLY);
	close_policy("cancel");
}

FIXTURE_TEARDOWN(charge)
{
	bench_teardown(_metadata, &self->bench);
	leave_cgroup();
}

/* They wait: end them, and see what goes with them. */
static void check_charge(struct __test_metadata *_metadata, int fd,
			 const char *slab)
{
	char path[128];
	long before, bytes;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/object_size", slab);
	bytes = REQUESTS * number_in(path);
	ASSERT_EQ(REQUESTS, wait_waiting(REQUESTS));
	before = charged();
	EXPECT_LE(bytes, before);
	close(fd);
	ASSERT_EQ(0, wait_waiting(0));
	EXPECT_TRUE(WAIT_UNTIL(before - charged() > bytes / 4)) {
		TH_LOG("%d requests of %ld bytes end, and the charge falls from %ld to %ld",
		       REQUESTS, bytes / REQUESTS, before, charged());
	}
}

TEST_F(charge, commands_are_charged_to_their_maker)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQSIZE,
		.cq_entries = REQUESTS,
	};
	struct cancelsafe_sample sample;
	struct cancelsafe_cmd_read payload = { .buffer = (uintptr_t)&sample };
	struct ring ring;
	const char *why = cmd_missing();
	int i;

	if (why)
		SKIP(return, "%s", why);
	if (io_uring_queue_init_params(BATCH, &ring.uring, &params))
		die("cannot make a ring of %d completions", REQUESTS);
	for (i = 1; i <= REQUESTS; i++) {
		cmd_prepare(&ring, self->fd, CANCELSAFE_CMD_READ, &payload);
		if (i % BATCH == 0)
			ring_submit(&ring);
	}
	check_charge(_metadata, self->fd, "cancelsafe_cmd");
	io_uring_queue_exit(&ring.uring);
}

TEST_F(charge, libaio_reads_are_charged_to_their_maker)
{
	struct cancelsafe_sample sample;
	struct iocb read, *reads[BATCH];
	io_context_t context = NULL;
	int i;

	if (io_setup(REQUESTS, &context))
		die("cannot make an AIO context for %d reads", REQUESTS);
	io_prep_pread(&read, self->fd, &sample, sizeof(sample), 0);
	for (i = 0; i < BATCH; i++)
		reads[i] = &read;
	for (i = 0; i < REQUESTS; i += BATCH)
		ASSERT_EQ(BATCH, io_submit(context, BATCH, reads));
	check_charge(_metadata, self->fd, "cancelsafe_aio");
	io_destroy(context);
}

TEST_HARNESS_MAIN
