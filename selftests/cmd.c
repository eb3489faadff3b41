// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

/* Its completion is an answer, unless the caller changes that. */
struct io_uring_sqe *cmd_prepare(struct ring *ring, int fd, unsigned int op,
				 const void *payload)
{
	struct io_uring_sqe *sqe = ring_prepare(ring);

	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
	sqe->cmd_op = op;
	memcpy(sqe->cmd, payload, 16);
	io_uring_sqe_set_data64(sqe, RING_CANCEL);
	return sqe;
}

struct io_uring_sqe *cmd_prepare_read(struct ring *ring, unsigned int i,
				      int fd, uint64_t tag)
{
	struct ring_read *read = &ring->reads[i];
	struct cancelsafe_cmd_read payload = {
		.buffer = (uintptr_t)read->bytes,
		.tag = tag,
	};
	struct io_uring_sqe *sqe = cmd_prepare(ring, fd, CANCELSAFE_CMD_READ,
					       &payload);

	memset(read->bytes, POISON, sizeof(read->bytes));
	read->begun = true;
	read->ends = 0;
	io_uring_sqe_set_data64(sqe, i);
	return sqe;
}

struct io_uring_sqe *cmd_prepare_cancel(struct ring *ring, int fd,
					unsigned int which, uint64_t tag)
{
	struct cancelsafe_cmd_cancel payload = {
		.tag = tag,
		.which = which,
	};

	return cmd_prepare(ring, fd, CANCELSAFE_CMD_CANCEL, &payload);
}

void cmd_read(struct ring *ring, unsigned int i, int fd, uint64_t tag)
{
	cmd_prepare_read(ring, i, fd, tag);
	ring_submit(ring);
}

/* Submits what was prepared, one answer of which is to come. Returns it. */
int cmd_answer(struct ring *ring)
{
	unsigned int before = ring->answers.all;

	ring_submit(ring);
	if (!ring_wait_answered(ring, before + 1))
		return -ETIMEDOUT;
	return ring->answers.last;
}

int cmd_cancel(struct ring *ring, int fd, unsigned int which, uint64_t tag)
{
	cmd_prepare_cancel(ring, fd, which, tag);
	return cmd_answer(ring);
}

/* Why no command can be tested here; NULL if they can. */
const char *cmd_missing(void)
{
	struct ring *ring = ring_new(0);
	int fd = node_open(O_RDONLY);
	int answer = cmd_cancel(ring, fd, CANCELSAFE_CANCEL_FILE, 0);

	close(fd);
	ring_close(ring);
	free(ring);
	if (answer == -EOPNOTSUPP)
		return "this kernel's io_uring has no commands for the node";
	if (answer)
		die("a cancel of nothing answered %d", answer);
	return NULL;
}

/* How many open files and the like hold the module. */
long module_refs(void)
{
	const char *path = "/sys/module/cancelsafe/refcnt";
	char text[32];
	int err = read_file(path, text, sizeof(text));

	if (err)
		die("cannot read %s: %s", path, strerror(-err));
	return strtol(text, NULL, 10);
}
