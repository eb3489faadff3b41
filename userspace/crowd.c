// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side, all of one open file, by one path.
 */
#include <stdlib.h>
#include <string.h>

#include "crowd.h"
#include "command.h"
#include "ring.h"

static const struct crowd_ops *const paths[PATHS] = {
	[PATH_READ] = &crowd_thread_ops,
	[PATH_IOWQ] = &crowd_ring_ops,
	[PATH_POLL] = &crowd_ring_ops,
	[PATH_AIO] = &crowd_aio_ops,
	[PATH_CMD] = &crowd_cmd_ops,
};

struct crowd *crowd_open(enum path path, unsigned int size)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd) + size * sizeof(crowd->reads[0]));

	if (!crowd) {
		complain("no memory for %u reads", size);
		return NULL;
	}
	crowd->ops = paths[path];
	crowd->fd = -1;
	crowd->size = size;
	for (unsigned int i = 0; i < size; i++) {
		crowd->reads[i].crowd = crowd;
		atomic_store(&crowd->reads[i].ended, true);
	}
	if (crowd->ops->open(crowd)) {
		free(crowd);
		return NULL;
	}
	return crowd;
}

int crowd_submit(struct crowd *crowd, unsigned int index)
{
	struct crowd_read *read = &crowd->reads[index];

	atomic_store(&read->ended, false);
	read->cancelled_at = 0;
	read->cancels = 0;
	read->answers = 0;
	memset(&read->sample, 0, sizeof(read->sample));
	return crowd->ops->submit(crowd, read);
}

int crowd_cancel(struct crowd *crowd, unsigned int index)
{
	struct crowd_read *read = &crowd->reads[index];

	if (!read->cancelled_at)
		read->cancelled_at = now_ns();
	read->cancels++;
	return crowd->ops->cancel(crowd, read);
}

bool crowd_over(const struct crowd_read *read)
{
	return atomic_load(&read->ended) && read->answers == read->cancels;
}

int crowd_await(struct crowd *crowd, unsigned int index, __u64 until)
{
	while (!crowd_over(&crowd->reads[index]) && now_ns() < until)
		if (crowd->ops->wait(crowd, until))
			return -1;
	return 0;
}

/* The last word: whoever sees it ended sees all of it. */
void crowd_end(struct crowd_read *read, int result)
{
	read->result = result;
	read->ended_at = now_ns();
	atomic_store(&read->ended, true);
}

void crowd_answer(struct crowd_read *read, int answer)
{
	if (!read->answers++)
		read->answer = answer;
}

void crowd_close(struct crowd *crowd)
{
	if (!crowd)
		return;
	crowd->ops->close(crowd);
	free(crowd);
}
