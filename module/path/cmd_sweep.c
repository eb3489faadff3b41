// SPDX-License-Identifier: GPL-2.0
/*
 * On kernels that do not tell a driver when a command's ring is torn down, or when
 * its task waits in exec for it to end: while commands wait, they are looked
 * through once a second. Without that the ring of a killed process would keep them,
 * and an exec would wait, for as long as the device takes.
 *
 * A command is in the list from before its submit until just before its end. So
 * while the lock is held, none that is in the list ends, and with it io_uring's own
 * request stays, the ring and the task (cs_cmd_is_orphan() looks at all three).
 */
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "cmd_read.h"

#ifdef CS_CMD_SWEEP

static void sweep(struct work_struct *unused);

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(waiting);
static DECLARE_DELAYED_WORK(sweeping, sweep);

/* Returns an orphan of those still to be looked at, with a reference, or NULL. */
static struct cs_cmd_read *next_orphan(struct list_head *todo)
{
	struct cs_cmd_read *read;

	lockdep_assert_held(&lock);
	while ((read = list_first_entry_or_null(todo, struct cs_cmd_read,
						in_sweep))) {
		list_move_tail(&read->in_sweep, &waiting);
		if (cs_cmd_is_orphan(read->cmd)) {
			refcount_inc(&read->req.refs);
			return read;
		}
		cond_resched_lock(&lock);
	}
	return NULL;
}

static void sweep(struct work_struct *unused)
{
	struct cs_cmd_read *read;
	LIST_HEAD(todo);

	spin_lock(&lock);
	list_splice_init(&waiting, &todo);
	while ((read = next_orphan(&todo))) {
		spin_unlock(&lock);
		cs_cmd_orphaned(read);
		cs_put(&read->req);
		spin_lock(&lock);
	}
	if (!list_empty(&waiting))
		schedule_delayed_work(&sweeping, HZ);
	spin_unlock(&lock);
}

/**
 * cs_sweep_add() - a command is about to be submitted
 * @read: it
 *
 * Context: task context.
 */
void cs_sweep_add(struct cs_cmd_read *read)
{
	spin_lock(&lock);
	list_add_tail(&read->in_sweep, &waiting);
	schedule_delayed_work(&sweeping, HZ);
	spin_unlock(&lock);
}

/**
 * cs_sweep_remove() - a command is about to end
 * @read: added
 *
 * Context: task context.
 */
void cs_sweep_remove(struct cs_cmd_read *read)
{
	spin_lock(&lock);
	list_del(&read->in_sweep);
	spin_unlock(&lock);
}

/**
 * cs_sweep_exit() - after the last command
 *
 * Context: may sleep.
 */
void cs_sweep_exit(void)
{
	cancel_delayed_work_sync(&sweeping);
}

#endif /* CS_CMD_SWEEP */
