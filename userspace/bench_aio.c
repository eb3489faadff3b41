// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to submit a libaio request, cancel it, and get its event.
 */
#include <errno.h>
#include <libaio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"
#include "cancelsafe.h"
#include "command.h"
#include "node.h"
#include "ring.h"

#define IN_A_LAP 256		/* divisible by each batch */

/**
 * struct queued - a contender's own
 * @context: of libaio
 * @fd:      what is read, or polled
 * @polls:   it is polled
 * @batch:   how many are submitted at once
 * @iocbs:   they
 * @sample:  where their data would go
 */
struct queued {
	io_context_t context;
	int fd;
	bool polls;
	unsigned int batch;
	struct iocb iocbs[BENCH_BATCH_MOST];
	struct cancelsafe_sample sample;
};

/* @kind: not NULL: polls */
static int open_queued(const struct contender *contender, const struct bench_trial *trial,
		       void **state)
{
	struct queued *queued = calloc(1, sizeof(*queued));
	int err;

	if (!queued)
		return complain("no memory");
	*state = queued;
	queued->batch = trial->batch;
	queued->polls = contender->kind;
	queued->fd = queued->polls ? eventfd(0, EFD_CLOEXEC) : node_open();
	if (queued->fd < 0)
		return -1;
	err = -io_setup(BENCH_BATCH_MOST, &queued->context);
	return err ? complain("cannot set up libaio: %s: raise the sysctl fs.aio-max-nr?",
			      strerror(err)) : 0;
}

static int close_queued(void *state)
{
	struct queued *queued = state;

	io_destroy(queued->context);
	close(queued->fd);
	free(queued);
	return 0;
}

static int submit_batch(struct queued *queued)
{
	struct iocb *iocbs[BENCH_BATCH_MOST];
	int submitted;

	for (unsigned int i = 0; i < queued->batch; i++) {
		iocbs[i] = &queued->iocbs[i];
		if (queued->polls)
			io_prep_poll(iocbs[i], queued->fd, POLLIN);
		else
			io_prep_pread(iocbs[i], queued->fd, &queued->sample,
				      sizeof(queued->sample), 0);
	}
	submitted = io_submit(queued->context, queued->batch, iocbs);
	return submitted == (int)queued->batch ? 0 : complain("cannot submit to libaio");
}

/* There is no system call that cancels more than one. */
static int cancel(struct queued *queued)
{
	struct io_event event;

	for (unsigned int i = 0; i < queued->batch; i++) {
		int said = io_cancel(queued->context, &queued->iocbs[i], &event);

		if (said != -EINPROGRESS)
			return complain("io_cancel of a request that waits said %d (%s)",
					said, strerror(-said));
	}
	return 0;
}

static int get_events(struct queued *queued)
{
	struct io_event events[BENCH_BATCH_MOST];
	unsigned int count = 0;

	while (count < queued->batch) {
		const unsigned int missing = queued->batch - count;
		int got = io_getevents(queued->context, missing, missing, &events[count],
				       NULL);

		/* io_uring's task work may interrupt it, and it has some then, or none. */
		if (got != -EINTR && got <= 0)
			return complain("a cancelled libaio request has no event: %d", got);
		if (got > 0)
			count += got;
	}
	for (unsigned int i = 0; i < count; i++)
		if (!queued->polls && (long)events[i].res != -ECANCELED)
			return complain("a cancelled libaio request said %ld",
					(long)events[i].res);
	return 0;
}

static int cross_all(void *state, struct bench_lap *lap)
{
	struct queued *queued = state;
	__u64 start = now_ns();

	for (unsigned int i = 0; i < IN_A_LAP; i += queued->batch)
		if (submit_batch(queued) || cancel(queued) || get_events(queued))
			return -1;
	lap->ns = now_ns() - start;
	lap->operations = IN_A_LAP;
	return 0;
}

static const struct contender contenders[] = {
	{ "pread of ours", OURS, NULL, open_queued, cross_all, close_queued },
	{ "IOCB_CMD_POLL", PEER, "polls", open_queued, cross_all, close_queued },
};

int bench_aio(struct bench *bench)
{
	for (unsigned int i = 0; i < BENCH_BATCHES; i++) {
		const struct bench_trial trial = { "aio", 1, bench_batches[i] };

		if (bench_hold() || bench_race(bench, &trial, contenders, 2))
			return -1;
		if (trial.batch == 1)
			bench_goal_ratio(bench, "aio/poll", "pread of ours, of an IOCB_CMD_POLL",
					 bench_figure(bench, &trial, "pread of ours"),
					 bench_figure(bench, &trial, "IOCB_CMD_POLL"), 1.1);
	}
	return 0;
}
