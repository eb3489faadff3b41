// SPDX-License-Identifier: GPL-2.0
/*
 * What reads cost that do nothing but wait, and whether they are served in order.
 *
 * They wait in a process of its own, which has no thread and no memory yet that was
 * theirs, and takes all with it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "command.h"
#include "cost.h"
#include "files.h"
#include "ring.h"
#include "situation.h"
#include "threads.h"

#define WITH_THREADS 100	/* so many reads, where each has a thread */
#define WITHOUT 1000		/* where none has */
#define FILLS 3			/* so often */
#define ARRIVE_NS 60000000000ULL
#define POLL_NS 300000000	/* how long io_uring may take to poll for all */
#define REST_US 100000

#define IN_ORDER 8		/* reads whose order is looked at, */
#define IN_THE_MIDDLE 3		/* of which this one is cancelled */
#define SERVE_NS 5000000000ULL

/* The process in which they wait. */

static __u64 kilobytes(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) : 0;
}

/* Each processor keeps part of these counts to itself, till that is asked for. */
static int kernel_memory(__u64 *bytes)
{
	static const char path[] = "/proc/meminfo";
	__u64 unused;
	char text[4096];
	int err;

	number_of_file("/proc/sys/vm/stat_refresh", &unused);
	err = text_of_file(path, text, sizeof(text));
	if (err)
		return complain("cannot read %s: %s: is /proc mounted?", path, strerror(-err));
	*bytes = 1024 * (kilobytes(text, "\nSlab:") + kilobytes(text, "\nKernelStack:"));
	return 0;
}

/* Of whoever has just ended the memory is given back a little later. */
static int kernel_memory_at_rest(__u64 *bytes)
{
	__u64 before;
	int err = kernel_memory(bytes);

	do {
		before = *bytes;
		usleep(REST_US);
		err = err ?: kernel_memory(bytes);
	} while (!err && *bytes < before);
	return err;
}

static bool is_refused(const struct crowd *crowd, struct cost *cost)
{
	const struct crowd_read *first = &crowd->reads[0];

	if (atomic_load(&first->ended) && first->result < 0)
		cost->refused = first->result;
	return cost->refused;
}

static int fill(const struct stage *stage, struct crowd *crowd, struct cost *cost)
{
	__u64 until = now_ns() + ARRIVE_NS;

	if (crowd_submit(crowd, 0) || situation_arrive(stage, crowd, 0, crowd->fd))
		return -1;
	if (is_refused(crowd, cost))
		return 0;
	for (unsigned int i = 1; i < crowd->size; i++)
		if (crowd_submit(crowd, i))
			return -1;
	if (stage->path == PATH_POLL)
		return crowd_await(crowd, 0, now_ns() + POLL_NS);
	if (stage_await_count(crowd->fd, crowd->size, true, until) < 1)
		return complain("%s: %u reads do not come to wait", node_device, crowd->size);
	return 0;
}

static int measure(const struct stage *stage, struct cost *cost)
{
	bool has_threads = PATH_BIT(stage->path) & (PATH_BIT(PATH_READ) | PATH_BIT(PATH_IOWQ));
	struct crowd *crowd = crowd_open(stage->path, has_threads ? WITH_THREADS : WITHOUT);
	__u64 before, after;

	if (!crowd)
		return -1;
	crowd->fd = node_open();
	if (crowd->fd < 0 || kernel_memory_at_rest(&before) || fill(stage, crowd, cost))
		return -1;
	if (cost->refused)
		return 0;
	if (kernel_memory(&after))
		return -1;
	cost->reads = crowd->size;
	cost->bytes = after > before ? after - before : 0;
	if (threads_count(&cost->threads, &cost->kernel))
		return -1;
	cost->threads--;	/* the one that is there anyway */
	return 0;
}

_Noreturn static void be(const struct stage *stage, struct cost *cost, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	_exit(measure(stage, cost) ? STATUS_FAILED : STATUS_HELD);
}

/* The process that compares. */

static int measure_elsewhere(const struct stage *stage, struct cost *cost)
{
	pid_t parent = getpid(), pid;
	int status;

	fflush(stdout);		/* or each has a copy of what is not written yet */
	pid = fork();
	if (!pid)
		be(stage, cost, parent);
	if (pid < 0)
		return complain("cannot start a process: %s: raise ulimit -u (RLIMIT_NPROC)",
				strerror(errno));
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_HELD ? 0 : -1;
}

/*
 * Memory that was freed before is used again, and a kernel that watches gives it back in
 * heaps, long afterwards: both make it seem less. So the most of several counts.
 */
static int fill_several(const struct stage *stage, struct cost *cost)
{
	__u64 most = 0;

	for (int i = 0; i < FILLS; i++) {
		if (stage_interrupted || measure_elsewhere(stage, cost))
			return -1;
		if (most < cost->bytes)
			most = cost->bytes;
	}
	cost->bytes = most;
	return 0;
}

static int find_bytes_and_threads(const struct stage *stage, struct cost *cost)
{
	struct cost *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (shared == MAP_FAILED)
		return complain("no memory: %s", strerror(errno));
	err = fill_several(stage, shared);
	*cost = *shared;
	munmap(shared, sizeof(*shared));
	return err;
}

static int queue_in_order(const struct stage *stage, struct crowd *crowd)
{
	for (unsigned int i = 0; i < crowd->size; i++)
		if (crowd_submit(crowd, i) || situation_arrive(stage, crowd, i, crowd->fd))
			return -1;
	return situation_cancel(crowd, IN_THE_MIDDLE);
}

/* Each got a sample that was acquired after those of the reads before it. */
static int look_at_order(const struct stage *stage, struct crowd *crowd, bool *kept)
{
	__u64 last = 0;

	*kept = true;
	for (unsigned int i = 0; i < crowd->size; i++) {
		struct crowd_read *read = &crowd->reads[i];

		if (crowd_await(crowd, i, now_ns() + SERVE_NS))
			return -1;
		if (!crowd_over(read))
			return complain("%s: a read by %s that was to be served does not end",
					node_device, path_words[stage->path].meaning);
		if (i == IN_THE_MIDDLE || read->result < 0)
			continue;
		*kept &= read->sample.sequence > last;
		last = read->sample.sequence;
	}
	return 0;
}

static int serve_in_order(struct stage *stage, struct crowd *crowd, struct cost *cost)
{
	bool kept;
	int err;

	crowd->fd = node_open();
	if (crowd->fd < 0)
		return -1;
	err = stage_hold() ?: queue_in_order(stage, crowd) ?: stage_serve(stage) ?:
	      look_at_order(stage, crowd, &kept);
	close(crowd->fd);
	if (!err)
		cost->kept += kept;
	return err;
}

static int find_order(struct stage *stage, struct cost *cost)
{
	struct crowd *crowd = crowd_open(stage->path, IN_ORDER);
	int err = crowd ? 0 : -1;

	for (int i = 0; i < ORDERS && !err && !stage_interrupted; i++)
		err = serve_in_order(stage, crowd, cost);
	if (!err)
		crowd_close(crowd);
	return err;
}

int cost_find_waiting(struct stage *stage, struct cost *cost)
{
	return stage_hold() ?: find_bytes_and_threads(stage, cost) ?: stage_serve(stage);
}

int cost_find(struct stage *stage, struct cost *cost)
{
	int err = cost_find_waiting(stage, cost);

	if (!err && !cost->refused)
		err = find_order(stage, cost);
	return err ?: (stage_interrupted ? -1 : 0);
}
