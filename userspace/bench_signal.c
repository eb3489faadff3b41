// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to get a thread out of a blocking read(2) with a signal, and to have it
 * read again.
 *
 * Both threads share a processor, and the reader has the higher priority: so whenever
 * the other one runs, the reader waits in its read, and a signal is a whole round. But
 * the kernel lets those of low priority run, too, when others have had the processor for
 * long: a signal that meets the reader elsewhere gets it out of nothing, and is repeated.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cancelsafe.h"
#include "command.h"
#include "node.h"
#include "ring.h"

#define IN_A_LAP 256
#define REPEAT_US 1000
#define PATIENCE_NS 30000000000ULL

/**
 * struct blocked - a contender's own
 * @fd:          what is read
 * @other:       the other end of that, or -1
 * @reader:      the thread that reads
 * @stop:        it is to end
 * @interrupted: how often it was
 */
struct blocked {
	int fd, other;
	pthread_t reader;
	atomic_bool stop;
	atomic_uint interrupted;
};

static void handle_signal(int signal)
{
	(void)signal;
}

static void *read_on(void *arg)
{
	struct cancelsafe_sample sample;
	struct blocked *blocked = arg;

	while (!atomic_load(&blocked->stop)) {
		if (read(blocked->fd, &sample, sizeof(sample)) >= 0 || errno != EINTR)
			break;
		atomic_fetch_add(&blocked->interrupted, 1);
	}
	return NULL;
}

static int start_reader(struct blocked *blocked)
{
	struct sched_param priority = { .sched_priority = 1 };
	pthread_attr_t attributes;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &priority);
	err = pthread_create(&blocked->reader, &attributes, read_on, blocked);
	pthread_attr_destroy(&attributes);
	return err ? complain("cannot start a thread of a higher priority: %s: this is for root",
			      strerror(err)) : 0;
}

static int open_blocked(struct blocked **where)
{
	*where = calloc(1, sizeof(**where));
	if (!*where)
		return complain("no memory");
	(*where)->other = -1;
	return 0;
}

static int open_node(const struct contender *contender, const struct bench_trial *trial,
		     void **state)
{
	struct blocked *blocked;

	(void)contender;
	(void)trial;
	if (open_blocked(&blocked))
		return -1;
	*state = blocked;
	blocked->fd = node_open();
	return blocked->fd < 0 ? -1 : start_reader(blocked);
}

static int open_pipe(const struct contender *contender, const struct bench_trial *trial,
		     void **state)
{
	struct blocked *blocked;
	int ends[2];

	(void)contender;
	(void)trial;
	if (open_blocked(&blocked))
		return -1;
	*state = blocked;
	if (pipe(ends))
		return complain("cannot make a pipe: %s", strerror(errno));
	blocked->fd = ends[0];
	blocked->other = ends[1];
	return start_reader(blocked);
}

static int interrupt_once(struct blocked *blocked)
{
	unsigned int before = atomic_load(&blocked->interrupted);

	pthread_kill(blocked->reader, SIGUSR1);
	if (atomic_load(&blocked->interrupted) != before)
		return 0;
	for (__u64 until = now_ns() + PATIENCE_NS; now_ns() < until;) {
		usleep(REPEAT_US);
		if (atomic_load(&blocked->interrupted) != before)
			return 0;
		pthread_kill(blocked->reader, SIGUSR1);
	}
	return complain("signals do not get a thread out of its read");
}

static int interrupt(void *state, struct bench_lap *lap)
{
	__u64 start = now_ns();

	for (unsigned int i = 0; i < IN_A_LAP; i++)
		if (interrupt_once(state))
			return -1;
	lap->ns = now_ns() - start;
	lap->operations = IN_A_LAP;
	return 0;
}

/* A signal that was repeated may have ended it already. */
static int stop_reader(struct blocked *blocked)
{
	atomic_store(&blocked->stop, true);
	for (__u64 until = now_ns() + PATIENCE_NS; now_ns() < until; usleep(REPEAT_US)) {
		pthread_kill(blocked->reader, SIGUSR1);
		if (!pthread_tryjoin_np(blocked->reader, NULL))
			return 0;
	}
	return complain("signals do not end a thread that reads");
}

static int close_blocked(void *state)
{
	struct blocked *blocked = state;

	if (stop_reader(blocked))
		return -1;
	close(blocked->fd);
	if (blocked->other >= 0)
		close(blocked->other);
	free(blocked);
	return 0;
}

static const struct contender contenders[] = {
	{ "read(2) of ours", OURS, NULL, open_node, interrupt, close_blocked },
	{ "read(2) of a pipe", PEER, NULL, open_pipe, interrupt, close_blocked },
};

static int race(struct bench *bench)
{
	static const struct bench_trial trial = { "signal", 1, 1 };

	if (bench_hold() || bench_race(bench, &trial, contenders, 2))
		return -1;
	bench_goal_ratio(bench, "signal/pipe", "read(2) of ours, of a pipe's",
			 bench_figure(bench, &trial, "read(2) of ours"),
			 bench_figure(bench, &trial, "read(2) of a pipe"), 1.05);
	return 0;
}

int bench_signal(struct bench *bench)
{
	struct sigaction action = { .sa_handler = handle_signal };	/* no SA_RESTART */
	cpu_set_t all, one;
	int err;

	sigaction(SIGUSR1, &action, NULL);
	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return complain("cannot stay on one processor: %s", strerror(errno));
	err = race(bench);
	sched_setaffinity(0, sizeof(all), &all);
	return err;
}
