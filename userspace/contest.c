// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that queue requests and cancel them at the same time.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "contest.h"
#include "crowd.h"
#include "node.h"
#include "ring.h"

#define BATCH 64			/* requests queued at once, and then cancelled */
#define PREPARE_NS 50000000ULL		/* for a process to be ready */
#define PATIENCE_S 5
#define MEASURE_NS 200000000ULL

/*
 * What the processes share. Each works between these times, and then adds what it did.
 */
struct common {
	_Atomic __u64 cancelled, served;
	__u64 from, until;
};

/* A process at its node. */

static void queue_batch(struct crowd *crowd)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		const struct cancelsafe_cmd_read payload = {
			.buffer = (__u64)(unsigned long)&crowd->reads[i].sample,
			.tag = i + 1,
		};

		ring_command(&crowd->ring, crowd->fd, CANCELSAFE_CMD_READ, &payload, 0, 0);
	}
}

static void cancel_batch(struct crowd *crowd)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		const struct cancelsafe_cmd_cancel payload = { .tag = i + 1 };

		ring_command(&crowd->ring, crowd->fd, CANCELSAFE_CMD_CANCEL, &payload, 1, 0);
	}
}

/* Until all have ended, and all cancels. */
static int reap_batch(struct crowd *crowd, struct contest *mine)
{
	struct __kernel_timespec patience = { .tv_sec = PATIENCE_S };
	struct io_uring_cqe *cqe;
	int err;

	for (unsigned int i = 0; i < 2 * BATCH; i++) {
		err = io_uring_wait_cqe_timeout(&crowd->ring, &cqe, &patience);
		if (err)
			return complain("%s: cancelled requests do not end: %s", node_device,
					strerror(-err));
		mine->cancelled += cqe->user_data && !cqe->res;
		mine->served += !cqe->user_data && cqe->res > 0;
		io_uring_cqe_seen(&crowd->ring, cqe);
	}
	return 0;
}

static int contend(struct common *common, struct crowd *crowd)
{
	struct contest mine = { 0 };
	int err = 0;

	sleep_until(common->from);
	while (!err && now_ns() < common->until) {
		queue_batch(crowd);
		io_uring_submit(&crowd->ring);
		cancel_batch(crowd);
		io_uring_submit(&crowd->ring);
		err = reap_batch(crowd, &mine);
	}
	common->cancelled += mine.cancelled;
	common->served += mine.served;
	return err;
}

_Noreturn static void be(struct common *common, const char *name, pid_t parent)
{
	struct crowd *crowd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	node_choose(name);
	crowd = crowd_open(PATH_CMD, BATCH);
	if (!crowd)
		_exit(STATUS_FAILED);
	crowd->fd = node_open();
	_exit(crowd->fd < 0 || contend(common, crowd) ? STATUS_FAILED : STATUS_HELD);
}

/* The process that measures. */

static int await_all(unsigned int count)
{
	int status, err = 0;

	while (count) {
		if (wait(&status) < 0)
			continue;
		err |= !WIFEXITED(status) || WEXITSTATUS(status) != STATUS_HELD;
		count--;
	}
	return err ? complain("a process could not queue requests and cancel them") : 0;
}

static int hold(struct common *common, const char *const *names, unsigned int count)
{
	pid_t parent = getpid(), pid;
	unsigned int started;

	common->from = now_ns() + count * PREPARE_NS;
	common->until = common->from + MEASURE_NS;
	fflush(stdout);		/* or each has a copy of what is not written yet */
	for (started = 0; started < count; started++) {
		pid = fork();
		if (!pid)
			be(common, names[started], parent);
		if (pid < 0)
			break;
	}
	if (await_all(started))
		return -1;
	if (started < count)
		return complain("cannot start %u processes: raise ulimit -u (RLIMIT_NPROC)", count);
	return 0;
}

int contest_hold(const char *const *names, unsigned int count, struct contest *contest)
{
	struct common *common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (common == MAP_FAILED)
		return complain("no memory: %s", strerror(errno));
	err = hold(common, names, count);
	contest->cancelled = common->cancelled * 1000000000 / MEASURE_NS;
	contest->served = common->served * 1000000000 / MEASURE_NS;
	munmap(common, sizeof(*common));
	return err;
}
