/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels from 6.1 on: io_uring's commands, and timers.
 *
 * Where a header tells which API it is, it is asked, and not its version: a
 * distribution's kernel has patches that its number does not know of.
 */
#ifndef CS_COMPAT_H
#define CS_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#include <linux/io_uring_types.h>
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define cs_hrtimer_setup hrtimer_setup
#else
static inline void
cs_hrtimer_setup(struct hrtimer *timer,
		 enum hrtimer_restart (*function)(struct hrtimer *timer),
		 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* Of a command's flags, those that userspace can set: 6.7 */
#ifndef IORING_URING_CMD_MASK
#define IORING_URING_CMD_MASK IORING_URING_CMD_FIXED
#endif

/*
 * The 32 bytes of a command that are the driver's, as a @type. They stay as they
 * are until the command's end.
 */
#ifdef io_uring_cmd_to_pdu
#define cs_cmd_pdu(cmd, type) io_uring_cmd_to_pdu(cmd, type)
#else
#define cs_cmd_pdu(cmd, type) ({					\
	BUILD_BUG_ON(sizeof(type) > sizeof_field(struct io_uring_cmd, pdu)); \
	(type *)&(cmd)->pdu;						\
})
#endif

/*
 * The sqe's 16 bytes for the command, as a const @type, while it is being
 * submitted. They are the submitter's memory: read each field once.
 */
#if defined(io_uring_sqe_cmd)
#define cs_cmd_payload(cmd, type) io_uring_sqe_cmd((cmd)->sqe, type)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define cs_cmd_payload(cmd, type) ((const type *)(cmd)->sqe->cmd)
#else
#define cs_cmd_payload(cmd, type) ((const type *)(cmd)->cmd)
#endif

/* Names the ring of a command that has not ended. */
static inline const void *cs_cmd_ring(struct io_uring_cmd *cmd)
{
	return cmd_to_io_kiocb(cmd)->ctx;
}

/*
 * May who has the uring_lock of this command's ring end it there and then? That posts
 * its CQE, which only the submitter may where he defers all task work to himself; or
 * anybody once the ring is dying, whose CQEs nobody reads any more. It has to be then
 * and there: not every io_uring, while it ends a ring, runs the task work that is
 * deferred meanwhile; it would ask for the command again and again, and never go on.
 */
static inline bool cs_cmd_ends_here(struct io_uring_cmd *cmd)
{
	struct io_ring_ctx *ctx = cmd_to_io_kiocb(cmd)->ctx;

	return !(ctx->flags & IORING_SETUP_DEFER_TASKRUN) ||
	       ctx->submitter_task == current ||
	       percpu_ref_is_dying(&ctx->refs);
}

/*
 * End a command: its CQE is posted now or soon. In the context to which
 * @issue_flags belong. The result's second half of 32-byte CQEs is not used.
 */
static inline void cs_cmd_done(struct io_uring_cmd *cmd, int ret,
			       unsigned int issue_flags)
{
#ifdef IORING_SETUP_CQE_MIXED
	io_uring_cmd_done(cmd, ret, issue_flags);
#else
	io_uring_cmd_done(cmd, ret, 0, issue_flags);
#endif
}

/*
 * CS_CMD_TASK_WORK(name, end): defines what io_uring_cmd_complete_in_task() is
 * given: a function of that name, that calls
 *
 *	void end(struct io_uring_cmd *cmd, bool gone, unsigned int issue_flags);
 *
 * gone: the submitter's memory is not there any more, it is a kernel thread that
 * runs this, or a task on its way out.
 */
#ifdef IO_URING_CMD_TASK_WORK_ISSUE_FLAGS
#define CS_CMD_TASK_WORK(name, end)					\
static void name(struct io_tw_req tw_req, io_tw_token_t tw)		\
{									\
	end(io_uring_cmd_from_tw(tw_req), tw.cancel,			\
	    IO_URING_CMD_TASK_WORK_ISSUE_FLAGS);			\
}
#else
#define CS_CMD_TASK_WORK(name, end)					\
static void name(struct io_uring_cmd *cmd, unsigned int issue_flags)	\
{									\
	end(cmd, current->flags & (PF_EXITING | PF_KTHREAD), issue_flags); \
}
#endif

/*
 * Since 6.7 io_uring tells the driver that a command's ring or its task ends:
 * it issues the command again, to be cancelled. Before that the driver has to
 * find it out (path/cmd_sweep.c).
 */
#ifdef IORING_URING_CMD_CANCELABLE

static inline bool cs_cmd_is_cancel(unsigned int issue_flags)
{
	return issue_flags & IO_URING_F_CANCEL;
}

/* io_uring puts a command's file after its end has returned. */
static inline void cs_cmd_wait_for_ends(void)
{
}

static inline void cs_cmd_mark_cancelable(struct io_uring_cmd *cmd,
					  unsigned int issue_flags)
{
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
}

#else

#define CS_CMD_SWEEP

static inline bool cs_cmd_is_cancel(unsigned int issue_flags)
{
	return false;
}

/* Whoever was preempted at the end of a command is back when this returns. */
static inline void cs_cmd_wait_for_ends(void)
{
	synchronize_rcu_tasks();
}

static inline void cs_cmd_mark_cancelable(struct io_uring_cmd *cmd,
					  unsigned int issue_flags)
{
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define CS_TCTX_IN_CANCEL in_idle
#else
#define CS_TCTX_IN_CANCEL in_cancel
#endif

/*
 * Would io_uring of a later kernel cancel this command, which has not ended? When
 * its ring is torn down; when its task waits, in exec, for its commands to end; or
 * when it is the ring's own thread and does so. A thread's exit sets in_cancel,
 * too, but waits for none, and its commands stay.
 */
static inline bool cs_cmd_is_orphan(struct io_uring_cmd *cmd)
{
	struct io_kiocb *kiocb = cmd_to_io_kiocb(cmd);
	struct task_struct *task = kiocb->task;

	if (percpu_ref_is_dying(&kiocb->ctx->refs))
		return true;
	return atomic_read(&task->io_uring->CS_TCTX_IN_CANCEL) &&
	       (task->in_execve || (task->flags & PF_IO_WORKER));
}

#endif /* IORING_URING_CMD_CANCELABLE */

#endif /* CS_COMPAT_H */
