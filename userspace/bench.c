// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side, all of one open file, by one path.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "ring.h"

static const struct bench_ops *const paths[PATHS] = {
	[PATH_READ] = &bench_thread_ops,
	[PATH_IOWQ] = &bench_ring_ops,
	[PATH_POLL] = &bench_ring_ops,
	[PATH_AIO] = &bench_aio_ops,
	[PATH_CMD] = &bench_cmd_ops,
};

struct bench *bench_open(enum path path, unsigned int size)
{
	struct bench *bench = calloc(1, sizeof(*bench) + size * sizeof(bench->reads[0]));

	if (!bench) {
		complain("no memory for %u reads", size);
		return NULL;
	}
	bench->ops = paths[path];
	bench->fd = -1;
	bench->size = size;
	for (unsigned int i = 0; i < size; i++) {
		bench->reads[i].bench = bench;
		atomic_store(&bench->reads[i].ended, true);
	}
	if (bench->ops->open(bench)) {
		free(bench);
		return NULL;
	}
	return bench;
}

int bench_submit(struct bench *bench, unsigned int index)
{
	struct bench_read *read = &bench->reads[index];

	atomic_store(&read->ended, false);
	read->cancelled_at = 0;
	read->cancels = 0;
	read->answers = 0;
	memset(&read->sample, 0, sizeof(read->sample));
	return bench->ops->submit(bench, read);
}

int bench_cancel(struct bench *bench, unsigned int index)
{
	struct bench_read *read = &bench->reads[index];

	if (!read->cancelled_at)
		read->cancelled_at = now_ns();
	read->cancels++;
	return bench->ops->cancel(bench, read);
}

bool bench_over(const struct bench_read *read)
{
	return atomic_load(&read->ended) && read->answers == read->cancels;
}

int bench_await(struct bench *bench, unsigned int index, __u64 until)
{
	while (!bench_over(&bench->reads[index]) && now_ns() < until)
		if (bench->ops->wait(bench, until))
			return -1;
	return 0;
}

/* The last word: whoever sees it ended sees all of it. */
void bench_end(struct bench_read *read, int result)
{
	read->result = result;
	read->ended_at = now_ns();
	atomic_store(&read->ended, true);
}

void bench_answer(struct bench_read *read, int answer)
{
	if (!read->answers++)
		read->answer = answer;
}

void bench_close(struct bench *bench)
{
	if (!bench)
		return;
	bench->ops->close(bench);
	free(bench);
}
