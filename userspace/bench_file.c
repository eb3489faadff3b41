// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to cancel all requests of an open file by one command: for each of
 * them, from the cancel until its CQE was seen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"
#include "node.h"
#include "pairs.h"
#include "ring.h"

#define IN_A_LAP 1024
#define OTHERS_MOST 16384	/* of another open file */

/**
 * struct sweeper - a contender's own
 * @ring:   its ring
 * @fd:     its open file, or -1
 * @others: requests of another one, or NULL
 * @sample: where samples would go
 */
struct sweeper {
	struct io_uring ring;
	int fd;
	struct pairs *others;
	struct cancelsafe_sample sample;
};

static int open_ring(const struct contender *contender, const struct bench_trial *trial,
		     void **state)
{
	struct sweeper *sweeper = calloc(1, sizeof(*sweeper));

	(void)contender;
	(void)trial;
	if (!sweeper)
		return complain("no memory");
	sweeper->fd = -1;
	*state = sweeper;
	return ring_open(&sweeper->ring, IN_A_LAP);
}

static int open_alone(const struct contender *contender, const struct bench_trial *trial,
		      void **state)
{
	struct sweeper *sweeper;

	if (open_ring(contender, trial, state))
		return -1;
	sweeper = *state;
	sweeper->fd = node_open();
	return sweeper->fd < 0 ? -1 : 0;
}

static int open_beside_others(const struct contender *contender,
			      const struct bench_trial *trial, void **state)
{
	const unsigned int *others = contender->kind;
	struct sweeper *sweeper;

	if (open_alone(contender, trial, state))
		return -1;
	sweeper = *state;
	return pairs_open(&pair_cmd, *others, &sweeper->others) ?:
	       pairs_fill(sweeper->others, *others);
}

static int close_sweeper(void *state)
{
	struct sweeper *sweeper = state;

	io_uring_queue_exit(&sweeper->ring);
	if (sweeper->others)
		pairs_close(sweeper->others);
	if (sweeper->fd >= 0)
		close(sweeper->fd);
	free(sweeper);
	return 0;
}

static int send_all(struct sweeper *sweeper)
{
	int err = io_uring_submit(&sweeper->ring);

	return err < 0 ? complain("cannot submit to the io_uring: %s", strerror(-err)) : 0;
}

/* Each says what it should; its user_data is 0. The cancel says how many it ended. */
static int reap(struct sweeper *sweeper, unsigned int count, int expected)
{
	struct io_uring_cqe *cqe;
	char said[RESULT_NAME_SIZE];
	int err;

	for (unsigned int i = 0; i < count; i++) {
		err = io_uring_wait_cqe(&sweeper->ring, &cqe);
		if (err)
			return complain("cannot wait at the io_uring: %s", strerror(-err));
		if (cqe->res != (cqe->user_data ? IN_A_LAP : expected))
			return complain("of a cancelled file, something said %s",
					result_name(cqe->res, said));
		io_uring_cqe_seen(&sweeper->ring, cqe);
	}
	return 0;
}

static int queue_all(struct sweeper *sweeper)
{
	const struct cancelsafe_cmd_read payload = {
		.buffer = (__u64)(unsigned long)&sweeper->sample,
	};

	for (unsigned int i = 0; i < IN_A_LAP; i++)
		ring_command(&sweeper->ring, sweeper->fd, CANCELSAFE_CMD_READ, &payload, 0, 0);
	return send_all(sweeper);
}

static int cancel_file(void *state, struct bench_lap *lap)
{
	static const struct cancelsafe_cmd_cancel payload = { .which = CANCELSAFE_CANCEL_FILE };
	struct sweeper *sweeper = state;
	__u64 start;

	if (queue_all(sweeper))
		return -1;
	start = now_ns();
	ring_command(&sweeper->ring, sweeper->fd, CANCELSAFE_CMD_CANCEL, &payload, 1, 0);
	if (send_all(sweeper) || reap(sweeper, IN_A_LAP + 1, -ECANCELED))
		return -1;
	lap->ns = now_ns() - start;
	lap->operations = IN_A_LAP;
	return 0;
}

static int do_nothing(void *state, struct bench_lap *lap)
{
	struct sweeper *sweeper = state;
	__u64 start = now_ns();

	for (unsigned int i = 0; i < IN_A_LAP; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&sweeper->ring);

		io_uring_prep_nop(sqe);
		io_uring_sqe_set_data64(sqe, 0);
	}
	if (send_all(sweeper) || reap(sweeper, IN_A_LAP, 0))
		return -1;
	lap->ns = now_ns() - start;
	lap->operations = IN_A_LAP;
	return 0;
}

int bench_file(struct bench *bench)
{
	static const struct bench_trial trial = { "cancel-file", IN_A_LAP, IN_A_LAP };
	const unsigned int others = bench->most < OTHERS_MOST ? bench->most : OTHERS_MOST;
	const struct contender contenders[] = {
		{ "CANCEL, beside others' requests", OURS, &others, open_beside_others,
		  cancel_file, close_sweeper },
		{ "CANCEL, the file's", OURS, NULL, open_alone, cancel_file, close_sweeper },
		{ "NOP", FLOOR, NULL, open_ring, do_nothing, close_sweeper },
	};
	const struct figure *nop;

	if (bench_hold() ||
	    bench_race(bench, &trial, contenders, sizeof(contenders) / sizeof(contenders[0])))
		return -1;
	nop = bench_figure(bench, &trial, "NOP");
	bench_goal_ratio(bench, "cancel-file/nop", "each request, of a NOP",
			 bench_figure(bench, &trial, "CANCEL, the file's"), nop, 1.2);
	bench_goal_ratio(bench, "cancel-file/others", "the same, beside others' requests",
			 bench_figure(bench, &trial, "CANCEL, beside others' requests"), nop, 1.2);
	return 0;
}
