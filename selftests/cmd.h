/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The node's io_uring commands: reads that count as the ring's (ring.h), and
 * cancels whose completions are answers, which here are to be trusted.
 */
#ifndef CMD_H
#define CMD_H

#include "ring.h"

/* Without submitting */
struct io_uring_sqe *cmd_prepare(struct ring *ring, int fd, unsigned int op,
				 const void *payload);
struct io_uring_sqe *cmd_prepare_read(struct ring *ring, unsigned int i,
				      int fd, uint64_t tag);
struct io_uring_sqe *cmd_prepare_cancel(struct ring *ring, int fd,
					unsigned int which, uint64_t tag);

void cmd_read(struct ring *ring, unsigned int i, int fd, uint64_t tag);
int cmd_answer(struct ring *ring);
int cmd_cancel(struct ring *ring, int fd, unsigned int which, uint64_t tag);

const char *cmd_missing(void);
long module_refs(void);

#endif /* CMD_H */
