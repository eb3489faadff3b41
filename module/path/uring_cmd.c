// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring's commands. A READ command waits in the model's queue, and no thread
 * waits with it. Its sample is copied in the context of who submitted it, in task
 * work; there a command ends that was queued.
 *
 * Whoever completes the request, or abandons it, queues that task work: exactly
 * one does, the request's fate decides who (request.h). Only who has the ring's
 * uring_lock ends what he has cancelled himself (cancel_here()): a CANCEL by tag of
 * the same ring, and io_uring. Until then the command is there. So are three who may
 * want to end it:
 *
 *	the server		serves it
 *	a CANCEL command	finds it by its tag (cmd_tag.c), or along the
 *				open file's list, as do a close and an unplug
 *	io_uring		when the ring is torn down, and in exec. It calls with
 *				the ring's uring_lock held, again and again until
 *				the command has ended (before 6.7: cmd_sweep.c)
 *
 * The first two have a reference to the request, and look at the command only with
 * uring_lock. io_uring has the command, and the request through it:
 *
 *	submitter			io_uring, with uring_lock
 *	---------			-------------------------
 *	let the command know its request
 *	mark it cancelable		cancel; not queued yet: leave it, the
 *	submit				  submit sees the cancel
 *					in service: abandon
 *					ended by this call: no task work, but
 *					  the end is here (cancel_here())
 *	task work
 *	---------
 *	end the command: takes the mark
 *	  away, with uring_lock		finds no mark, and does not call
 *	put the request
 *
 * Therefore the mark is set first and taken away before the reference is put. A
 * command that was marked never ends by what its submission returns, for that
 * leaves the mark.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../core/model.h"
#include "cmd_read.h"
#include "uring_cmd.h"

/* What a command knows: its request, and where the sample goes. */
struct known {
	struct cs_cmd_read *read;
	void __user *to;
};

static struct known *known_of(struct io_uring_cmd *cmd)
{
	return cs_cmd_pdu(cmd, struct known);
}

static struct cs_cmd_read *request_of(struct io_uring_cmd *cmd)
{
	return known_of(cmd)->read;
}

static struct kmem_cache *cache;

static_assert(sizeof(struct cancelsafe_cmd_read) == 16);
static_assert(sizeof(struct cancelsafe_cmd_cancel) == 16);

/* The end */

/*
 * In the context to which @issue_flags belong. The tag is free, and everything
 * counted, before the CQE is posted.
 */
static void end(struct io_uring_cmd *cmd, int ret, unsigned int issue_flags)
{
	struct cs_cmd_read *read = request_of(cmd);

	cs_sweep_remove(read);
	cs_tag_remove(read);
	cs_cmd_done(cmd, ret, issue_flags);
	cs_put(&read->req);
}

static bool copy_to_submitter(struct cs_request *req)
{
	const struct known *known = known_of(cs_cmd_read_of(req)->cmd);

	return !copy_to_user(known->to, &req->sample, sizeof(req->sample));
}

static void end_of_request(struct io_uring_cmd *cmd, bool gone,
			   unsigned int issue_flags)
{
	struct cs_cmd_read *read = request_of(cmd);

	end(cmd, cs_deliver(&read->req, gone), issue_flags);
}

CS_CMD_TASK_WORK(end_task_work, end_of_request);

static void end_in_task(struct cs_request *req)
{
	io_uring_cmd_complete_in_task(cs_cmd_read_of(req)->cmd, end_task_work);
}

/*
 * Unless its own canceller waits for just that. A sample is for its submitter, who is
 * where the task work is: though a canceller may be the one who completes it.
 */
static void completed(struct cs_request *req)
{
	struct cs_cmd_read *read = cs_cmd_read_of(req);

	if (req->result && in_task() && READ_ONCE(read->here) == current)
		WRITE_ONCE(read->here, NULL);
	else
		end_in_task(req);
}

static void free_after_grace(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct cs_cmd_read, rcu));
}

/* Who looks for a tag may still look at a request that had one. */
static void release(struct cs_request *req)
{
	struct cs_cmd_read *read = cs_cmd_read_of(req);

	if (read->tag)
		call_rcu(&read->rcu, free_after_grace);
	else
		kmem_cache_free(cache, read);
}

static const struct cs_path path = {
	.name = "cmd",
	.complete = completed,
	.copy = copy_to_submitter,
	.detach = end_in_task,
	.release = release,
};

/* READ */

static struct cs_cmd_read *new_read(struct io_uring_cmd *cmd)
{
	const struct cancelsafe_cmd_read *payload =
		cs_cmd_payload(cmd, struct cancelsafe_cmd_read);
	struct cs_cmd_read *read = kmem_cache_alloc(cache, GFP_KERNEL);

	if (!read)
		return NULL;
	cs_request_init(&read->req, &path, cmd->file->private_data,
			task_tgid_nr(current), current->files);
	read->cmd = cmd;
	read->here = NULL;
	read->ring = cs_cmd_ring(cmd);
	read->tag = READ_ONCE(payload->tag);
	*known_of(cmd) = (struct known){
		.read = read,
		.to = u64_to_user_ptr(READ_ONCE(payload->buffer)),
	};
	return read;
}

static int command_read(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct cs_cmd_read *read;
	int err;

	if (!(cmd->file->f_mode & FMODE_READ))
		return -EBADF;
	read = new_read(cmd);
	if (!read)
		return -ENOMEM;
	err = cs_tag_insert(read);
	if (err) {
		cs_put(&read->req);
		return err;
	}
	cs_cmd_mark_cancelable(cmd, issue_flags);
	cs_sweep_add(read);
	err = cs_submit(&read->req);
	if (err)
		end(cmd, err, issue_flags);
	return -EIOCBQUEUED;
}

/* CANCEL */

/*
 * A command is cancelled in the context of @issue_flags, its own ring's: if this call
 * completes it, cancelled, it ends here, without a detour by task work. The caller has
 * a reference.
 *
 *	this task, with uring_lock		whoever else completes it
 *	--------------------------		-------------------------
 *	here: itself
 *	cancel
 *	  completed(): here is this task:	  completed(): here is not that task,
 *	    here: NULL				    or this is an interrupt:
 *	here is NULL: end the command		    queue task work
 *	else here: NULL
 *
 * With uring_lock only one is here at a time. A worker of io-wq does not have it, and
 * the submitter may still be in cs_uring_cmd(): what it cancels ends by task work.
 */
static enum cs_verdict cancel_here(struct cs_cmd_read *read,
				   unsigned int issue_flags)
{
	enum cs_verdict verdict;

	if (issue_flags & IO_URING_F_UNLOCKED)
		return cs_cancel(&read->req, -ECANCELED);

	WRITE_ONCE(read->here, current);
	verdict = cs_cancel(&read->req, -ECANCELED);
	if (!READ_ONCE(read->here))
		end_of_request(read->cmd, false, issue_flags);
	else
		WRITE_ONCE(read->here, NULL);
	return verdict;
}

/*
 * Zero says that this cancel did it. A request whose submit is under way may be
 * found, too: it will be cancelled, but by its submit.
 */
static int cancel_tagged(const struct cs_tag *tag, unsigned int issue_flags)
{
	struct cs_cmd_read *read = cs_tag_find(tag);
	int ret = -ENOENT;

	if (!read)
		return ret;
	switch (cancel_here(read, issue_flags)) {
	case CS_CANCELLED:
		ret = 0;
		break;
	case CS_SOON:
	case CS_LATER:
		ret = -EALREADY;
		break;
	case CS_OVER:
		break;
	}
	cs_put(&read->req);
	return ret;
}

static bool is_queued(const struct cs_request *req, const void *unused)
{
	return cs_is_pending(req);
}

static bool is_of_ring(const struct cs_request *req, const void *ring)
{
	return cs_is_pending(req) && req->path == &path &&
	       cs_cmd_read_of(req)->ring == ring;
}

static int answer_to(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct cancelsafe_cmd_cancel *payload =
		cs_cmd_payload(cmd, struct cancelsafe_cmd_cancel);
	const u32 which = READ_ONCE(payload->which);
	const bool by_tag = which == CANCELSAFE_CANCEL_TAG;
	struct cs_file *file = cmd->file->private_data;
	const struct cs_tag mine = {
		.file = file,
		.ring = cs_cmd_ring(cmd),
		.tag = READ_ONCE(payload->tag),
		.maker = task_tgid_nr(current),
	};

	if (READ_ONCE(payload->reserved) || by_tag != !!mine.tag)
		return -EINVAL;
	switch (which) {
	case CANCELSAFE_CANCEL_TAG:
		return cancel_tagged(&mine, issue_flags);
	case CANCELSAFE_CANCEL_FILE:
		return cs_file_cancel(file, mine.maker, -ECANCELED, is_queued,
				      NULL);
	case CANCELSAFE_CANCEL_RING:
		return cs_file_cancel(file, mine.maker, -ECANCELED, is_of_ring,
				      mine.ring);
	default:
		return -EINVAL;
	}
}

/*
 * It is done, but does not return its answer: 6.1 takes a positive one for an error,
 * which ends a chain of links, and in a worker forgets it.
 */
static int command_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	cs_cmd_done(cmd, answer_to(cmd, issue_flags), issue_flags);
	return -EIOCBQUEUED;
}

/* The ring or the task ends */

/*
 * The dying do not wait (rule A9). Not queued yet, a request may still be refused,
 * and is left to its submit. True: the command is the caller's to end.
 */
static bool abandoned_in_service(struct cs_cmd_read *read,
				 enum cs_verdict verdict)
{
	return (verdict == CS_SOON || verdict == CS_LATER) &&
	       cs_is_pending(&read->req) && cs_abandon(&read->req);
}

/**
 * cs_cmd_orphaned() - nobody waits for this command any more
 * @read: its request; the caller sees to it that it stays
 *
 * A request in service is abandoned, and the command ends at once. May be called at
 * any time, any number of times.
 *
 * Context: task context; io_uring's locks may be held, which the task work is
 * queued without.
 */
void cs_cmd_orphaned(struct cs_cmd_read *read)
{
	if (abandoned_in_service(read, cs_cancel(&read->req, -ECANCELED)))
		end_in_task(&read->req);
}

/*
 * When one of several processes that share a ring calls exec, io_uring asks to
 * cancel the others' commands, too. That is not its to ask (rule G4); it does not
 * wait for them either. The end of the ring comes from a kernel thread.
 */
static void orphaned_by_ring(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct cs_cmd_read *read = request_of(cmd);

	if (!(current->flags & PF_KTHREAD) &&
	    !cs_is_made_by(&read->req, task_tgid_nr(current)))
		return;
	if (!cs_cmd_ends_here(cmd)) {
		cs_cmd_orphaned(read);
		return;
	}
	refcount_inc(&read->req.refs);
	if (abandoned_in_service(read, cancel_here(read, issue_flags)))
		end_of_request(cmd, true, issue_flags);
	cs_put(&read->req);
}

/**
 * cs_uring_cmd() - a command was submitted, or is to be cancelled
 * @cmd:         of an open file of a node
 * @issue_flags: IO_URING_F_...
 *
 * Context: task context of the submitter, or one of io_uring's threads for it; or,
 * with IO_URING_F_CANCEL, whoever ends the ring or the task. Does not wait, though
 * it may sleep.
 * Return: -EIOCBQUEUED: the command ends later, or has ended. Else what its CQE
 * reports: see uapi/cancelsafe.h; -ENOTTY: no such command; -EINVAL: with flags;
 * -EOPNOTSUPP: on a ring that polls, or the model holds no request without a thread.
 */
int cs_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct cs_file *file = cmd->file->private_data;

	if (cs_cmd_is_cancel(issue_flags)) {
		orphaned_by_ring(cmd, issue_flags);
		return 0;
	}
	if ((issue_flags & IO_URING_F_IOPOLL) || !file->queue->model->queues)
		return -EOPNOTSUPP;
	if (cmd->flags & IORING_URING_CMD_MASK)
		return -EINVAL;
	switch (cmd->cmd_op) {
	case CANCELSAFE_CMD_READ:
		return command_read(cmd, issue_flags);
	case CANCELSAFE_CMD_CANCEL:
		return command_cancel(cmd, issue_flags);
	default:
		return -ENOTTY;
	}
}

/**
 * cs_uring_cmd_init() - before the first node
 *
 * Return: 0 or -ENOMEM.
 */
int cs_uring_cmd_init(void)
{
	const size_t sample = offsetof(struct cs_cmd_read, req.sample);
	int err;

	cache = kmem_cache_create_usercopy("cancelsafe_cmd",
					   sizeof(struct cs_cmd_read), 0,
					   SLAB_ACCOUNT, sample,
					   sizeof(struct cancelsafe_sample),
					   NULL);
	if (!cache)
		return -ENOMEM;
	err = cs_tags_init();
	if (err)
		kmem_cache_destroy(cache);
	return err;
}

/**
 * cs_uring_cmd_drain() - no file is open, and none can be opened
 *
 * The nodes are there still. Before 6.7 two may hold a request, and through it its
 * node: the sweep, which had found it before it ended, and a task in end(), whose
 * command has put the last reference to the file.
 *
 * Context: may sleep.
 */
void cs_uring_cmd_drain(void)
{
	cs_sweep_exit();
	cs_cmd_wait_for_ends();
}

/**
 * cs_uring_cmd_exit() - after the last node
 *
 * No request is left: those that were abandoned ended with their node. Memory that
 * waits for a grace period is freed by code of ours.
 *
 * Context: may sleep.
 */
void cs_uring_cmd_exit(void)
{
	rcu_barrier();
	cs_tags_exit();
	kmem_cache_destroy(cache);
}
