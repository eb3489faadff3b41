// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs that the maker of many requests goes: killed, or its ring closed while
 * it lives on. For each request, until nothing of them is left.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "node.h"
#include "pairs.h"
#include "ring.h"
#include "stage.h"

#define PATIENCE_MS 30000
#define PROBE_MS 3000	/* for a single request to go with its ring */

static const unsigned int sizes[] = { 1024, 16384 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/**
 * struct leaver - a contender's own; each lap has requests of its own
 * @kind:    what they are
 * @waiting: how many
 */
struct leaver {
	const struct pair_kind *kind;
	unsigned int waiting;
};

static int open_leaver(const struct contender *contender, const struct bench_trial *trial,
		       void **state)
{
	struct leaver *leaver = malloc(sizeof(*leaver));

	if (!leaver)
		return complain("no memory");
	*leaver = (struct leaver){ contender->kind, trial->waiting };
	*state = leaver;
	return 0;
}

static int close_leaver(void *state)
{
	free(state);
	return 0;
}

/* Killed */

_Noreturn static void be(const struct leaver *leaver, int ready, pid_t parent)
{
	struct pairs *pairs;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	if (pairs_open(leaver->kind, leaver->waiting, &pairs) ||
	    pairs_fill(pairs, leaver->waiting) || write(ready, "", 1) != 1)
		_exit(STATUS_FAILED);
	for (;;)
		pause();
}

static int kill_and_wait(pid_t pid, __u64 *ns)
{
	__u64 start = now_ns();
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		;
	*ns = now_ns() - start;
	return 0;
}

static int kill_maker(void *state, struct bench_lap *lap)
{
	const struct leaver *leaver = state;
	pid_t parent = getpid(), pid;
	int ready[2], got;
	char byte;

	if (pipe(ready))
		return complain("cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		be(leaver, ready[1], parent);
	close(ready[1]);
	if (pid < 0)
		return complain("cannot start a process: %s: raise ulimit -u (RLIMIT_NPROC)",
				strerror(errno));
	got = read(ready[0], &byte, 1);
	close(ready[0]);
	if (got != 1)
		return complain("a process could not have %u requests wait", leaver->waiting);
	lap->operations = leaver->waiting;
	return kill_and_wait(pid, &lap->ns);
}

/* The ring closed */

/*
 * A ring's end is nobody's to wait for. But it holds a file, the one end of a pipe,
 * until its last request has gone; and the other end tells.
 */
static int give_file_to_hold(struct pairs *pairs, int *told)
{
	int ends[2], err;

	if (pipe(ends))
		return complain("cannot make a pipe: %s", strerror(errno));
	err = io_uring_register_files(&pairs->rings[0], &ends[0], 1);
	close(ends[0]);
	*told = ends[1];
	return err ? complain("cannot have a ring hold a file: %s", strerror(-err)) : 0;
}

static bool is_gone(int told, int patience_ms)
{
	struct pollfd gone = { .fd = told };

	return poll(&gone, 1, patience_ms) == 1;
}

static int close_ring(void *state, struct bench_lap *lap)
{
	const struct leaver *leaver = state;
	struct pairs *pairs;
	int told, gone;
	__u64 start;

	if (pairs_open(leaver->kind, leaver->waiting, &pairs) ||
	    give_file_to_hold(pairs, &told) || pairs_fill(pairs, leaver->waiting))
		return -1;
	start = now_ns();
	io_uring_queue_exit(&pairs->rings[--pairs->count]);
	gone = is_gone(told, PATIENCE_MS);
	lap->ns = now_ns() - start;
	lap->operations = leaver->waiting;
	close(told);
	pairs_close(pairs);
	return gone ? 0 : complain("a closed ring keeps its requests");
}

/* Whoever can use the open file can cancel what a closed ring has left there. */
static int cancel_left(int fd)
{
	static const struct cancelsafe_cmd_cancel payload = { .which = CANCELSAFE_CANCEL_FILE };
	struct io_uring ring;

	if (ring_open(&ring, 1))
		return -1;
	ring_command(&ring, fd, CANCELSAFE_CMD_CANCEL, &payload, 0, 0);
	io_uring_submit_and_wait(&ring, 1);
	io_uring_queue_exit(&ring);
	return 0;
}

/* Before 6.7 a ring that is closed by a living process keeps its commands. */
static int open_ring_leaver(const struct contender *contender, const struct bench_trial *trial,
			    void **state)
{
	struct pairs *pairs;
	int told, err;

	if (pairs_open(contender->kind, 1, &pairs) || give_file_to_hold(pairs, &told) ||
	    pairs_fill(pairs, 1))
		return -1;
	io_uring_queue_exit(&pairs->rings[--pairs->count]);
	err = is_gone(told, PROBE_MS) ? 0 : cancel_left(pairs->fd) ?: BENCH_ABSENT;
	close(told);
	pairs_close(pairs);
	return err ?: open_leaver(contender, trial, state);
}

static const struct contender killed[] = {
	{ "commands", OURS, &pair_cmd, open_leaver, kill_maker, close_leaver },
	{ "POLL_ADD", PEER, &pair_poll, open_leaver, kill_maker, close_leaver },
};

static const struct contender closed[] = {
	{ "commands", OURS, &pair_cmd, open_ring_leaver, close_ring, close_leaver },
	{ "POLL_ADD", PEER, &pair_poll, open_ring_leaver, close_ring, close_leaver },
};

static int race(struct bench *bench, const char *scenario, const struct contender *contenders,
		const char *goal)
{
	struct bench_trial trial = { scenario, 0, 1 };

	for (unsigned int i = 0; i < SIZES && trial.waiting < bench->most; i++) {
		trial.waiting = sizes[i] < bench->most ? sizes[i] : bench->most;
		if (stage_hold() || bench_race(bench, &trial, contenders, 2))
			return -1;
	}
	bench_goal_ratio(bench, goal, "commands, of POLL_ADDs",
			 bench_figure(bench, &trial, "commands"),
			 bench_figure(bench, &trial, "POLL_ADD"), 1.1);
	return 0;
}

int bench_killed(struct bench *bench)
{
	return race(bench, "killed", killed, "killed/poll");
}

int bench_closed(struct bench *bench)
{
	return race(bench, "ring-closed", closed, "ring-closed/poll");
}
