// SPDX-License-Identifier: GPL-2.0
/*
 * A whole driver on the cancel-safe queue: /dev/mailbox. A read waits until
 * somebody writes a letter; each letter goes to one reader, the one that came
 * last. A reader that is interrupted just as its letter arrives either gets the
 * letter or leaves the queue, never both and never neither: that is all that
 * csq.c is for.
 *
 * Who owns a reader: once it is queued, whoever takes its cancel routine out.
 * That is a writer, through csq_remove_next(), or the reader's own thread,
 * through cs_cancel_request(). The owner calls finish(), once. The reader lives
 * on its thread's stack, which is safe because that thread always waits for it.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "csq.h"

#define LETTER_MAX 64

struct reader {
	struct cs_cancelable cancelable;
	struct completion done;
	char letter[LETTER_MAX];
	ssize_t result;
};

static struct csq mailbox;
static DEFINE_SPINLOCK(lock);
static LIST_HEAD(readers);

static struct reader *reader_of(struct cs_cancelable *req)
{
	return container_of(req, struct reader, cancelable);
}

static void finish(struct reader *reader, ssize_t result)
{
	reader->result = result;
	complete(&reader->done);
}

/* The six callbacks: a stack of readers under a spinlock. */

static int insert(struct csq *csq, struct cs_cancelable *req, void *unused)
{
	list_add(&req->link, &readers);
	return 0;
}

static void remove(struct csq *csq, struct cs_cancelable *req)
{
	list_del_init(&req->link);
}

static struct cs_cancelable *peek_next(struct csq *csq,
				       struct cs_cancelable *after,
				       void *unused)
{
	struct list_head *at = after ? &after->link : &readers;

	/* The head of an empty list is its own last entry. */
	return list_is_last(at, &readers) ?
	       NULL : list_entry(at->next, struct cs_cancelable, link);
}

static void acquire_lock(struct csq *csq, unsigned long *flags)
	__acquires(&lock)
{
	spin_lock_irqsave(&lock, *flags);
}

static void release_lock(struct csq *csq, unsigned long flags)
	__releases(&lock)
{
	spin_unlock_irqrestore(&lock, flags);
}

static void complete_cancelled(struct csq *csq, struct cs_cancelable *req)
{
	finish(reader_of(req), req->cancelled);
}

static const struct csq_ops ops = {
	.insert = insert,
	.remove = remove,
	.peek_next = peek_next,
	.acquire_lock = acquire_lock,
	.release_lock = release_lock,
	.complete_cancelled = complete_cancelled,
};

/*
 * The driver. What does not fit into the reader's buffer is lost. An io_uring
 * worker needs another answer than -ERESTARTSYS: see module/path/read.c.
 */

static ssize_t mailbox_read(struct file *file, char __user *buf, size_t len,
			    loff_t *pos)
{
	struct reader reader;
	int err;

	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;	/* a letter goes only to those who wait */
	cs_cancelable_init(&reader.cancelable);
	init_completion(&reader.done);
	err = csq_insert(&mailbox, &reader.cancelable, NULL);
	if (err)
		return err;
	if (wait_for_completion_interruptible(&reader.done)) {
		/* If a writer was first, this does nothing, and a letter comes. */
		cs_cancel_request(&reader.cancelable, -ERESTARTSYS);
		wait_for_completion(&reader.done);
	}
	if (reader.result < 0)
		return reader.result;
	len = min_t(size_t, len, reader.result);
	return copy_to_user(buf, reader.letter, len) ? -EFAULT : len;
}

static ssize_t mailbox_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *pos)
{
	char letter[LETTER_MAX];
	struct cs_cancelable *req;

	if (len == 0 || len > sizeof(letter))
		return -EMSGSIZE;
	if (copy_from_user(letter, buf, len))
		return -EFAULT;
	req = csq_remove_next(&mailbox, NULL);
	if (!req)
		return -EAGAIN;	/* nobody waits */
	/* No cancel gets at the reader now: it is ours until finish(). */
	memcpy(reader_of(req)->letter, letter, len);
	finish(reader_of(req), len);
	return len;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = mailbox_read,
	.write = mailbox_write,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mailbox",
	.fops = &fops,
};

static int __init mailbox_init(void)
{
	csq_init(&mailbox, &ops);
	return misc_register(&misc);
}

/* Nobody waits any more: an open file holds the module. */
static void __exit mailbox_exit(void)
{
	misc_deregister(&misc);
}

module_init(mailbox_init);
module_exit(mailbox_exit);
MODULE_DESCRIPTION("An example of the cancel-safe queue: a mailbox");
MODULE_LICENSE("GPL");
