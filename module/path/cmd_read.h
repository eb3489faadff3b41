/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A READ command that waits, as the files of this path see it: uring_cmd.c has
 * its life, cmd_tag.c finds it by its tag, cmd_sweep.c finds those whose ring is
 * gone where io_uring does not tell.
 */
#ifndef CS_PATH_CMD_READ_H
#define CS_PATH_CMD_READ_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "../compat.h"
#include "../core/request.h"

struct task_struct;

/**
 * struct cs_cmd_read - a request and its command
 * @req:      the request
 * @cmd:      the command; for whoever may end it
 * @here:     the task that cancels it just now with its ring's uring_lock, and can end
 *            it there; NULL again once it completed it
 * @rcu:      once the last reference is gone
 * @in_tags:  among the tags, if it has one
 * @ring:     names the command's ring, until the command ends
 * @tag:      0: none
 * @in_sweep: among those that the sweep looks at, under its lock
 *
 * On the heap, because an abandoned request outlives its command.
 */
struct cs_cmd_read {
	struct cs_request req;
	union {
		struct {
			struct io_uring_cmd *cmd;
			struct task_struct *here;
		};
		struct rcu_head rcu;
	};
	struct rhash_head in_tags;
	const void *ring;
	u64 tag;
#ifdef CS_CMD_SWEEP
	struct list_head in_sweep;
#endif
};

static inline struct cs_cmd_read *cs_cmd_read_of(const struct cs_request *req)
{
	return container_of(req, struct cs_cmd_read, req);
}

/* uring_cmd.c */
void cs_cmd_orphaned(struct cs_cmd_read *read);

/**
 * struct cs_tag - a tag is unique per open file, ring and maker
 * @file:  the open file
 * @ring:  the ring
 * @tag:   not 0
 * @maker: the thread group
 */
struct cs_tag {
	const struct cs_file *file;
	const void *ring;
	u64 tag;
	int maker;
};

/* cmd_tag.c */
int cs_tags_init(void);
void cs_tags_exit(void);
int cs_tag_insert(struct cs_cmd_read *read);
void cs_tag_remove(struct cs_cmd_read *read);
struct cs_cmd_read *cs_tag_find(const struct cs_tag *tag);

/* cmd_sweep.c */
#ifdef CS_CMD_SWEEP
void cs_sweep_add(struct cs_cmd_read *read);
void cs_sweep_remove(struct cs_cmd_read *read);
void cs_sweep_exit(void);
#else
static inline void cs_sweep_add(struct cs_cmd_read *read) { }
static inline void cs_sweep_remove(struct cs_cmd_read *read) { }
static inline void cs_sweep_exit(void) { }
#endif

#endif /* CS_PATH_CMD_READ_H */
