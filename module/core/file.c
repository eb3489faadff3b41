// SPDX-License-Identifier: GPL-2.0
/*
 * The requests of an open file. file.h says who may meet whom.
 */
#include <linux/errno.h>

#include "model.h"

/**
 * struct walk - somebody's way along a file's requests
 * @link: in the file's walks
 * @next: the next one, or the list's head; who unlinks it moves us on
 * @last: the highest number given out when the walk began. It ends at the first
 *        request with a higher one, however fast others submit: that one was linked
 *        after the walk began, and so was all behind it, whatever its number
 */
struct walk {
	struct list_head link;
	struct list_head *next;
	u64 last;
};

/**
 * cs_file_init() - an open file, with one reference
 * @file:    zeroed
 * @queue:   the node's
 * @release: called when the last reference is put
 *
 * Context: before anybody else knows the file.
 */
void cs_file_init(struct cs_file *file, struct cs_queue *queue,
		  void (*release)(struct cs_file *file))
{
	file->queue = queue;
	file->release = release;
	refcount_set(&file->refs, 1);
	spin_lock_init(&file->lock);
	INIT_LIST_HEAD(&file->requests);
	INIT_LIST_HEAD(&file->walks);
}

/**
 * cs_file_put() - drop a reference
 * @file: may be freed by this
 *
 * Context: any.
 */
void cs_file_put(struct cs_file *file)
{
	if (refcount_dec_and_test(&file->refs))
		file->release(file);
}

/**
 * cs_file_link() - a request is about to be submitted
 * @req: has the reference that is dropped after cs_file_unlink()
 *
 * Context: any.
 * Return: 0, or -ENODEV: the file's node was unplugged.
 */
int cs_file_link(struct cs_request *req)
{
	struct cs_file *file = req->file;
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&file->lock, flags);
	if (file->gone)
		err = -ENODEV;
	else
		list_add_tail(&req->in_file, &file->requests);
	spin_unlock_irqrestore(&file->lock, flags);
	return err;
}

/**
 * cs_file_unlink() - a request was refused, or is complete
 * @req: linked
 *
 * Context: any.
 */
void cs_file_unlink(struct cs_request *req)
{
	struct cs_file *file = req->file;
	unsigned long flags;
	struct walk *walk;

	spin_lock_irqsave(&file->lock, flags);
	list_for_each_entry(walk, &file->walks, link) {
		if (walk->next == &req->in_file)
			walk->next = req->in_file.next;
	}
	list_del_init(&req->in_file);
	spin_unlock_irqrestore(&file->lock, flags);
}

static void begin_walk(struct cs_file *file, struct walk *walk)
{
	unsigned long flags;

	spin_lock_irqsave(&file->lock, flags);
	walk->next = file->requests.next;
	walk->last = atomic64_read(&file->queue->last_id);
	list_add_tail(&walk->link, &file->walks);
	spin_unlock_irqrestore(&file->lock, flags);
}

static void end_walk(struct cs_file *file, struct walk *walk)
{
	unsigned long flags;

	spin_lock_irqsave(&file->lock, flags);
	list_del_init(&walk->link);
	spin_unlock_irqrestore(&file->lock, flags);
}

/*
 * The next request, with a reference, or NULL. The lock is held for one step
 * only, so that a long list holds nobody up.
 */
static struct cs_request *step(struct cs_file *file, struct walk *walk)
{
	struct cs_request *req = NULL;
	unsigned long flags;

	spin_lock_irqsave(&file->lock, flags);
	if (walk->next != &file->requests) {
		req = list_entry(walk->next, struct cs_request, in_file);
		walk->next = req->in_file.next;
		if (req->id > walk->last)
			req = NULL;
		else
			refcount_inc(&req->refs);
	}
	spin_unlock_irqrestore(&file->lock, flags);
	return req;
}

/**
 * cs_file_walk() - visit a file's requests
 * @file:  the caller holds a reference
 * @visit: what to do with each
 * @arg:   for @visit
 *
 * Every request that was submitted before and is not complete is met, though it
 * may not be queued yet. Who submits meanwhile may be met or not.
 *
 * Context: may sleep.
 * Return: the sum of what @visit returned.
 */
unsigned int cs_file_walk(struct cs_file *file, cs_visit visit, void *arg)
{
	struct cs_queue *queue = file->queue;
	struct cs_request *req;
	unsigned int sum = 0;
	struct walk walk;

	begin_walk(file, &walk);
	while ((req = step(file, &walk))) {
		sum += visit(req, arg);
		cs_put(req);
		queue->host->breathe(queue);
	}
	end_walk(file, &walk);
	return sum;
}

struct cancel_those {
	int maker;
	int err;
	cs_match match;
	const void *arg;
};

static bool is_meant(const struct cs_request *req,
		     const struct cancel_those *those)
{
	if (those->maker != CS_ANY_MAKER && !cs_is_made_by(req, those->maker))
		return false;
	return those->match(req, those->arg);
}

static unsigned int cancel_if_meant(struct cs_request *req, void *arg)
{
	const struct cancel_those *those = arg;

	return is_meant(req, those) &&
	       cs_cancel(req, those->err) == CS_CANCELLED;
}

/**
 * cs_file_cancel() - cancel those of a file's requests that are meant
 * @file:  the caller holds a reference
 * @maker: for which thread group: nobody else's are cancelled (rule G4). Or
 *         CS_ANY_MAKER: what ends is a descriptor, or the node, and no process
 * @err:   what a cancelled one reports
 * @match: which of these
 * @arg:   for @match
 *
 * Context: may sleep.
 * Return: how many this call has claimed, and so ended.
 */
unsigned int cs_file_cancel(struct cs_file *file, int maker, int err,
			    cs_match match, const void *arg)
{
	struct cancel_those those = { maker, err, match, arg };

	return cs_file_walk(file, cancel_if_meant, &those);
}

static bool any(const struct cs_request *req, const void *unused)
{
	return true;
}

/**
 * cs_file_unplug() - the file's node goes away
 * @file: the caller holds a reference
 *
 * What waits ends with -ENODEV, and so does what comes.
 *
 * Context: may sleep.
 */
void cs_file_unplug(struct cs_file *file)
{
	unsigned long flags;

	spin_lock_irqsave(&file->lock, flags);
	WRITE_ONCE(file->gone, true);	/* a poll looks without the lock */
	spin_unlock_irqrestore(&file->lock, flags);

	cs_file_cancel(file, CS_ANY_MAKER, -ENODEV, any, NULL);
}
