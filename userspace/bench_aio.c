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
#include "command.h"
#include "node.h"
#include "ring.h"
#include "stage.h"

#define IN_A_LAP 256

/**
 * struct queued - a contender's own
 * @context: of libaio
 * @fd:      what is read, or polled
 * @polls:   it is polled
 * @iocb:    the request
 * @sample:  where its data would go
 */
struct queued {
	io_context_t context;
	int fd;
	bool polls;
	struct iocb iocb;
	struct cancelsafe_sample sample;
};

/* @kind: not NULL: polls */
static int open_queued(const struct contender *contender, const struct bench_trial *trial,
		       void **state)
{
	struct queued *queued = calloc(1, sizeof(*queued));
	int err;

	(void)trial;
	if (!queued)
		return complain("no memory");
	*state = queued;
	queued->polls = contender->kind;
	queued->fd = queued->polls ? eventfd(0, EFD_CLOEXEC) : node_open();
	if (queued->fd < 0)
		return -1;
	err = -io_setup(1, &queued->context);
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

static int cross(struct queued *queued)
{
	struct iocb *iocb = &queued->iocb;
	struct io_event event;
	int said, got;

	if (queued->polls)
		io_prep_poll(iocb, queued->fd, POLLIN);
	else
		io_prep_pread(iocb, queued->fd, &queued->sample, sizeof(queued->sample), 0);
	if (io_submit(queued->context, 1, &iocb) != 1)
		return complain("cannot submit to libaio");
	said = io_cancel(queued->context, iocb, &event);
	if (said != -EINPROGRESS)
		return complain("io_cancel of a request that waits said %d (%s)", said,
				strerror(-said));
	do	/* io_uring's task work may interrupt it */
		got = io_getevents(queued->context, 1, 1, &event, NULL);
	while (got == -EINTR);
	if (got != 1)
		return complain("a cancelled libaio request has no event: %d", got);
	if (queued->polls || (long)event.res == -ECANCELED)
		return 0;
	return complain("a cancelled libaio request said %ld", (long)event.res);
}

static int cross_all(void *state, struct bench_lap *lap)
{
	__u64 start = now_ns();

	for (unsigned int i = 0; i < IN_A_LAP; i++)
		if (cross(state))
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
	static const struct bench_trial trial = { "aio", 1, 1 };

	if (stage_hold() || bench_race(bench, &trial, contenders, 2))
		return -1;
	bench_goal_ratio(bench, "aio/poll", "pread of ours, of an IOCB_CMD_POLL",
			 bench_figure(bench, &trial, "pread of ours"),
			 bench_figure(bench, &trial, "IOCB_CMD_POLL"), 1.1);
	return 0;
}
