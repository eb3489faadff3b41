// SPDX-License-Identifier: GPL-2.0
/*
 * What a lock for all queues costs, against a lock for each.
 *
 * Nobody is served meanwhile: others wait there for good, one of them perhaps in
 * service, and whatever waits behind them is cancelled. Each process has a ring and
 * an open file of its own, so that the kernel above the driver shares nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "locks.h"
#include "stage.h"
#include "ring.h"

#define BATCH 64			/* requests queued at once, and then cancelled */
#define PREPARE_NS 50000000ULL		/* for a process to be ready */
#define PATIENCE_S 5
#define MEASURE_NS 200000000ULL
#define TIMES 3				/* of which the best counts: others only slow it down */

/*
 * What the processes share. Each works between these times, and then adds to @cancelled.
 */
struct contest {
	_Atomic __u64 cancelled;
	__u64 from, until;
};

/* A process at its node. */

static void queue_batch(struct bench *bench)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		const struct cancelsafe_cmd_read payload = {
			.buffer = (__u64)(unsigned long)&bench->reads[i].sample,
			.tag = i + 1,
		};

		ring_command(&bench->ring, bench->fd, CANCELSAFE_CMD_READ, &payload, 0, 0);
	}
}

static void cancel_batch(struct bench *bench)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		const struct cancelsafe_cmd_cancel payload = { .tag = i + 1 };

		ring_command(&bench->ring, bench->fd, CANCELSAFE_CMD_CANCEL, &payload, 1, 0);
	}
}

/* Until all have ended; counts the cancels that said so. */
static int reap_batch(struct bench *bench, __u64 *cancelled)
{
	struct __kernel_timespec patience = { .tv_sec = PATIENCE_S };
	struct io_uring_cqe *cqe;
	int err;

	for (unsigned int i = 0; i < 2 * BATCH; i++) {
		err = io_uring_wait_cqe_timeout(&bench->ring, &cqe, &patience);
		if (err)
			return complain("%s: cancelled requests do not end: %s", node_device,
					strerror(-err));
		*cancelled += cqe->user_data && !cqe->res;
		io_uring_cqe_seen(&bench->ring, cqe);
	}
	return 0;
}

static int contend(struct contest *contest, struct bench *bench)
{
	__u64 cancelled = 0;
	int err = 0;

	sleep_until(contest->from);
	while (!err && now_ns() < contest->until) {
		queue_batch(bench);
		io_uring_submit(&bench->ring);
		cancel_batch(bench);
		io_uring_submit(&bench->ring);
		err = reap_batch(bench, &cancelled);
	}
	contest->cancelled += cancelled;
	return err;
}

_Noreturn static void be(struct contest *contest, const char *name, pid_t parent)
{
	struct bench *bench;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	node_choose(name);
	bench = bench_open(PATH_CMD, BATCH);
	if (!bench)
		_exit(STATUS_FAILED);
	bench->fd = node_open();
	_exit(bench->fd < 0 || contend(contest, bench) ? STATUS_FAILED : STATUS_HELD);
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

static int hold_contest(struct contest *contest, const struct found_node *found,
			unsigned int count)
{
	pid_t parent = getpid(), pid;
	unsigned int started;

	contest->from = now_ns() + count * PREPARE_NS;
	contest->until = contest->from + MEASURE_NS;
	contest->cancelled = 0;
	fflush(stdout);		/* or each has a copy of what is not written yet */
	for (started = 0; started < count; started++) {
		pid = fork();
		if (!pid)
			be(contest, found[started].name, parent);
		if (pid < 0)
			break;
	}
	if (await_all(started))
		return -1;
	if (started < count)
		return complain("cannot start %u processes: raise ulimit -u (RLIMIT_NPROC)", count);
	return 0;
}

static int hold_contests(struct contest *contest, const struct found_node *found,
			 unsigned int count, __u64 *best)
{
	__u64 per_second;
	int err = 0;

	*best = 0;
	for (int i = 0; i < TIMES && !err; i++) {
		err = hold_contest(contest, found, count);
		per_second = contest->cancelled * 1000000000 / MEASURE_NS;
		if (*best < per_second)
			*best = per_second;
	}
	return err;
}

/* The nodes are held; each number of them, from one on. */
static int measure(const struct found_node *found, unsigned int count, struct lock_rates *rates)
{
	struct contest *contest = mmap(NULL, sizeof(*contest), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err = 0;

	if (contest == MAP_FAILED)
		return complain("no memory: %s", strerror(errno));
	for (unsigned int n = 1; n <= count && !err && !stage_interrupted; n++) {
		err = hold_contests(contest, found, n, &rates->per_second[n - 1]);
		rates->count = n;
	}
	munmap(contest, sizeof(*contest));
	return err;
}

int locks_measure(const struct nodes *nodes, unsigned int first, struct lock_rates *rates)
{
	unsigned int count = nodes_alike(nodes, first), open = 0;
	const struct found_node *found = &nodes->found[first];
	struct stage stages[LOCKS_NODES];
	int err = 0;

	*rates = (struct lock_rates){ .model = found->model };
	node_choose(found->name);
	if (!(paths_of_node() & PATH_BIT(PATH_CMD)))
		return 0;
	if (count > LOCKS_NODES)
		count = LOCKS_NODES;
	while (open < count && !err) {
		node_choose(found[open].name);
		err = stage_open(&stages[open], PATH_CMD);
		if (!err) {
			open++;
			err = stage_hold() ?: stage_invite(&stages[open - 1]);
		}
	}
	err = err ?: measure(found, count, rates);
	while (open--) {
		node_choose(found[open].name);
		err |= stage_serve(&stages[open]) | stage_close(&stages[open]);
	}
	return err || stage_interrupted ? -1 : 0;
}

/* The plot */

static const char *title_of(const char *model)
{
	return strcmp(model, "cancel_lock") ? "a lock for each queue" : "one lock for all queues";
}

static void plot_data(const struct lock_rates *rates)
{
	printf("$%s << END\n", rates->model);
	for (unsigned int i = 0; i < rates->count; i++)
		printf("%u %llu\n", i + 1, rates->per_second[i]);
	printf("END\n\n");
}

void locks_plot(const struct lock_rates *rates, unsigned int count)
{
	const char *separator = "plot";
	struct utsname kernel;

	uname(&kernel);
	printf("# gnuplot: makes an SVG of this, unless text is set\n\n");
	for (unsigned int i = 0; i < count; i++)
		plot_data(&rates[i]);
	printf("if (!exists(\"text\")) set terminal svg size 800,500 background \"white\"\n"
	       "set title \"Linux %s, %ld processors: requests queued and cancelled\"\n"
	       "set xlabel \"nodes, with a process each\"\n"
	       "set ylabel \"in a second, all together; best of %d\"\n"
	       "set xrange [0.5:8.5]\n"
	       "set yrange [0:*]\n"
	       "set key below\n"
	       "set format y \"%%.0f\"\n", kernel.release, sysconf(_SC_NPROCESSORS_ONLN), TIMES);
	for (unsigned int i = 0; i < count; i++, separator = ",")
		printf("%s \\\n  $%s with linespoints title \"%s: %s\"", separator, rates[i].model,
		       rates[i].model, title_of(rates[i].model));
	putchar('\n');
}
