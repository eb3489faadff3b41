// SPDX-License-Identifier: GPL-2.0
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "node.h"
#include "open.h"
#include "path/aio.h"
#include "path/poll.h"
#include "path/read.h"
#include "path/uring_cmd.h"
#include "point.h"
#include "stats.h"

/**
 * struct open_file - an open file among those of its node
 * @file:    what its requests know of it
 * @in_node: under the node's lock
 */
struct open_file {
	struct cs_file file;
	struct list_head in_node;
};

static struct cs_node *node_of(struct cs_file *file)
{
	return file->queue->host_data;
}

/* Perhaps long after the close, when its last request has ended. */
static void free_file(struct cs_file *file)
{
	struct open_file *open = container_of(file, struct open_file, file);
	struct cs_node *node = node_of(file);
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	list_del(&open->in_node);
	spin_unlock_irqrestore(&node->lock, flags);
	kfree(open);
}

/* FMODE_NOWAIT: read_iter obeys IOCB_NOWAIT. */
static int node_open(struct inode *inode, struct file *filp)
{
	struct cs_node *node =
		container_of(filp->private_data, struct cs_node, misc);
	struct open_file *open = kzalloc(sizeof(*open), GFP_KERNEL_ACCOUNT);

	if (!open)
		return -ENOMEM;
	cs_file_init(&open->file, node->queue, free_file);
	spin_lock_irq(&node->lock);
	list_add_tail(&open->in_node, &node->files);
	spin_unlock_irq(&node->lock);
	filp->private_data = &open->file;
	filp->f_mode |= FMODE_NOWAIT;
	cs_point(OPEN);
	return 0;
}

static bool is_owned_by(const struct cs_request *req, const void *owner)
{
	return req->owner == owner;
}

/*
 * Each close(2) of each duplicate comes here; there is no telling whether it is
 * the last. The requests of other descriptor tables, of a parent or of whoever was
 * handed the file over a socket, are none of the closer's business. The table may
 * be another process's, too: the dying take only their own along.
 */
static int node_flush(struct file *filp, fl_owner_t owner)
{
	struct cs_file *file = filp->private_data;

	cs_point(FLUSH);
	if (READ_ONCE(node_of(file)->close_policy) == CS_CANCEL)
		cs_file_cancel(file, CS_ANY_MAKER, -ECANCELED, is_owned_by,
			       owner);
	else if ((current->flags & PF_EXITING) || fatal_signal_pending(current))
		cs_file_cancel(file, task_tgid_nr(current), -ECANCELED,
			       is_owned_by, owner);
	return 0;
}

static int node_release(struct inode *inode, struct file *filp)
{
	cs_file_put(filp->private_data);
	return 0;
}

/* By which path a read comes in. */
static ssize_t node_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	if (iocb->ki_flags & IOCB_AIO_RW)
		return cs_aio_read(iocb, to);
	return cs_read_iter(iocb, to);
}

static void node_show_fdinfo(struct seq_file *m, struct file *filp)
{
	cs_stats_show_file(m, filp->private_data);
}

#define FOPS_OF_ALL_MODELS			\
	.owner = THIS_MODULE,			\
	.open = node_open,			\
	.flush = node_flush,			\
	.release = node_release,		\
	.llseek = noop_llseek,			\
	.read_iter = node_read_iter,		\
	.uring_cmd = cs_uring_cmd,		\
	.show_fdinfo = node_show_fdinfo

/* No ->poll, or io_uring would arm one and its reads would never wait here. */
static const struct file_operations queueing_fops = {
	FOPS_OF_ALL_MODELS,
};

static const struct file_operations sleeping_fops = {
	FOPS_OF_ALL_MODELS,
	.poll = cs_poll,
};

/**
 * cs_open_fops() - what open files of a node can do
 * @model: the node's
 *
 * Context: any.
 * Return: what misc_register() is to be given.
 */
const struct file_operations *cs_open_fops(const struct cs_model *model)
{
	return model->queues ? &queueing_fops : &sleeping_fops;
}

/*
 * The node's next open file, with a reference in exchange for that to @open, or
 * the first one. A file is in the list until its last reference is gone: so @open
 * still is, and one that is just going is passed by.
 */
static struct open_file *next_open(struct cs_node *node, struct open_file *open)
{
	struct list_head *at = open ? &open->in_node : &node->files;
	struct open_file *next = NULL;

	spin_lock_irq(&node->lock);
	while (!next && !list_is_last(at, &node->files)) {
		at = at->next;
		next = list_entry(at, struct open_file, in_node);
		if (!refcount_inc_not_zero(&next->file.refs))
			next = NULL;
	}
	spin_unlock_irq(&node->lock);

	if (open)
		cs_file_put(&open->file);
	return next;
}

/**
 * cs_open_walk() - visit the requests of all open files
 * @node:  the node
 * @visit: what to do with each
 * @arg:   for @visit
 *
 * Context: may sleep; no lock is held around @visit.
 * Return: the sum of what @visit returned.
 */
unsigned int cs_open_walk(struct cs_node *node, cs_visit visit, void *arg)
{
	struct open_file *open = NULL;
	unsigned int sum = 0;

	while ((open = next_open(node, open)))
		sum += cs_file_walk(&open->file, visit, arg);
	return sum;
}

/**
 * cs_open_unplug() - the node goes away under its open files
 * @node: there will be no new file
 *
 * What waits ends with -ENODEV, as what comes does. Who polls is woken with EPOLLERR
 * and EPOLLHUP: there is nothing to wait for any more.
 *
 * Context: may sleep.
 */
void cs_open_unplug(struct cs_node *node)
{
	struct open_file *open = NULL;

	while ((open = next_open(node, open)))
		cs_file_unplug(&open->file);
	cs_node_wake(node, EPOLLIN | EPOLLERR | EPOLLHUP);
}
