/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An open file, and which requests came through it: for those who end them all
 * at once, because the file is closed or its node goes away.
 *
 * A request is in its file's list from before its model takes it over until after
 * its completion. So whoever walks the list meets every request that may still be
 * queued, and those, too, that are only about to be: a cancel of such a one sets
 * its flag, and the insert that follows completes it (rule R13):
 *
 *	submitter			closer
 *	---------			------
 *	link to the file		walk: cancel each
 *	set the routine, queue		  flag = err
 *	test the flag			  routine = xchg(&req->routine, NULL)
 *
 * What is linked after the walk came after the close. An unplugged file says so,
 * under the same lock, and refuses it.
 */
#ifndef CS_FILE_H
#define CS_FILE_H

#include "request.h"

struct cs_queue;

/**
 * struct cs_file - an open file of a node
 * @queue:    the node's model
 * @counts:   under the node's ledger lock
 * @refs:     the file's own, and one for each of its requests: an abandoned
 *            request may outlive the file
 * @release:  frees it
 * @lock:     irqsave, taken before the model's locks; guards the following
 * @requests: those that came through this file, in the order of their arrival
 * @walks:    those who walk along @requests just now
 * @gone:     its node was unplugged: no request comes in any more
 */
struct cs_file {
	struct cs_queue *queue;
	struct cs_counts counts;
	refcount_t refs;
	void (*release)(struct cs_file *file);

	spinlock_t lock;
	struct list_head requests;
	struct list_head walks;
	bool gone;
};

/**
 * typedef cs_visit - do something with a request
 * @req: the caller holds a reference, and no lock
 * @arg: its own
 *
 * Return: what is to be added up.
 */
typedef unsigned int (*cs_visit)(struct cs_request *req, void *arg);

/* For cs_file_cancel(): whoever's. No thread group has this number. */
#define CS_ANY_MAKER 0

/**
 * typedef cs_match - is this request meant?
 * @req: the caller holds a reference
 * @arg: its own
 */
typedef bool (*cs_match)(const struct cs_request *req, const void *arg);

/* For whoever opens a node: file.c */
void cs_file_init(struct cs_file *file, struct cs_queue *queue,
		  void (*release)(struct cs_file *file));
void cs_file_put(struct cs_file *file);
unsigned int cs_file_walk(struct cs_file *file, cs_visit visit, void *arg);
unsigned int cs_file_cancel(struct cs_file *file, int maker, int err,
			    cs_match match, const void *arg);
void cs_file_unplug(struct cs_file *file);

/* For requests: file.c */
int cs_file_link(struct cs_request *req);
void cs_file_unlink(struct cs_request *req);

#endif /* CS_FILE_H */
