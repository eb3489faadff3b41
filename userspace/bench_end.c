// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs that the maker of many requests goes: killed, or its ring closed while
 * it lives on. For each request, until the ring has let go of the last one.
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
#include "idle.h"
#include "node.h"
#include "pairs.h"
#include "ring.h"

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

/*
 * A ring's end is nobody's to wait for, nor is it over when its process is. But it holds
 * a file, the one end of a pipe, until its last request has gone; and the other end tells.
 */
struct hold {
	int file;
	int told;
};

static int make_hold(struct hold *hold)
{
	int ends[2];

	if (pipe(ends))
		return complain("cannot make a pipe: %s", strerror(errno));
	*hold = (struct hold){ ends[0], ends[1] };
	return 0;
}

static int give_to_ring(struct hold *hold, struct pairs *pairs)
{
	int err = io_uring_register_files(&pairs->rings[0], &hold->file, 1);

	close(hold->file);
	return err ? complain("cannot have a ring hold a file: %s", strerror(-err)) : 0;
}

static bool is_gone(const struct hold *hold, int patience_ms)
{
	struct pollfd gone = { .fd = hold->told };
	int told;

	do
		told = poll(&gone, 1, patience_ms);
	while (told < 0 && errno == EINTR);
	return told == 1;
}

/* What is not idle: a ring waits for grace periods, during which nothing is done. */
static __u64 busy_ns(void)
{
	return now_ns() - idle_ns();
}

static int wait_until_gone(const struct hold *hold, __u64 start, struct bench_lap *lap)
{
	if (!is_gone(hold, PATIENCE_MS))
		return complain("a ring that has ended keeps its requests");
	lap->ns = busy_ns() - start;
	return 0;
}

/* Killed */

_Noreturn static void be(const struct leaver *leaver, struct hold *hold, int ready,
			 pid_t parent)
{
	struct pairs *pairs;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	if (pairs_open(leaver->kind, leaver->waiting, &pairs) || give_to_ring(hold, pairs) ||
	    pairs_fill(pairs, leaver->waiting) || write(ready, "", 1) != 1)
		_exit(STATUS_FAILED);
	for (;;)
		pause();
}

/* Returns its process id, or -1 after having complained: @hold has its file no more. */
static pid_t start_maker(const struct leaver *leaver, struct hold *hold)
{
	pid_t parent = getpid(), pid;
	int ready[2];
	char byte;

	if (pipe(ready)) {
		complain("cannot make a pipe: %s", strerror(errno));
		close(hold->file);
		return -1;
	}
	fflush(stdout);		/* or the child has it, too */
	pid = fork();
	if (!pid)
		be(leaver, hold, ready[1], parent);
	close(ready[1]);
	close(hold->file);
	if (pid < 0) {
		complain("cannot start a process: %s: raise ulimit -u (RLIMIT_NPROC)",
			 strerror(errno));
	} else if (read(ready[0], &byte, 1) != 1) {
		waitpid(pid, NULL, 0);
		complain("a process could not have %u requests wait", leaver->waiting);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static int kill_maker(void *state, struct bench_lap *lap)
{
	const struct leaver *leaver = state;
	struct hold hold;
	__u64 start;
	pid_t pid;
	int err = -1;

	if (make_hold(&hold))
		return -1;
	pid = start_maker(leaver, &hold);
	if (pid > 0) {
		lap->operations = leaver->waiting;
		start = busy_ns();
		kill(pid, SIGKILL);
		err = wait_until_gone(&hold, start, lap);
		waitpid(pid, NULL, 0);
	}
	close(hold.told);
	return err;
}

/* The ring closed */

static int close_ring(void *state, struct bench_lap *lap)
{
	const struct leaver *leaver = state;
	struct pairs *pairs;
	struct hold hold;
	__u64 start;
	int err;

	if (pairs_open(leaver->kind, leaver->waiting, &pairs) || make_hold(&hold) ||
	    give_to_ring(&hold, pairs) || pairs_fill(pairs, leaver->waiting))
		return -1;
	lap->operations = leaver->waiting;
	start = busy_ns();
	io_uring_queue_exit(&pairs->rings[--pairs->count]);
	err = wait_until_gone(&hold, start, lap);
	close(hold.told);
	pairs_close(pairs);
	return err;
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
	struct hold hold;
	int err;

	if (pairs_open(contender->kind, 1, &pairs) || make_hold(&hold) ||
	    give_to_ring(&hold, pairs) || pairs_fill(pairs, 1))
		return -1;
	io_uring_queue_exit(&pairs->rings[--pairs->count]);
	err = is_gone(&hold, PROBE_MS) ? 0 : cancel_left(pairs->fd) ?: BENCH_ABSENT;
	close(hold.told);
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
	int err = bench->ns ? idle_begin() : 0;

	for (unsigned int i = 0; i < SIZES && trial.waiting < bench->most && !err; i++) {
		trial.waiting = sizes[i] < bench->most ? sizes[i] : bench->most;
		trial.batch = trial.waiting;
		err = bench_hold() ?: bench_race(bench, &trial, contenders, 2);
	}
	idle_end();
	if (err)
		return -1;
	if (bench->ns)	/* for time is mostly sleep, and the same for both */
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
