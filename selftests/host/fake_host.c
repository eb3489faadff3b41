// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include <linux/errno.h>

static struct fake_read *read_of(struct cs_request *req)
{
	return container_of(req, struct fake_read, req);
}

static void complete(struct cs_request *req)
{
	read_of(req)->under_lock = host_locks_held();
	__atomic_add_fetch(&read_of(req)->completions, 1, __ATOMIC_RELEASE);
}

static bool copy(struct cs_request *req)
{
	struct fake_read *read = read_of(req);

	if (read->faulty)
		return false;
	read->got = req->sample.sequence;
	return true;
}

static void release(struct cs_request *req)
{
	__atomic_store_n(&read_of(req)->released, true, __ATOMIC_RELEASE);
}

static const struct cs_path path = {
	.name = "fake",
	.complete = complete,
	.copy = copy,
	.release = release,
};

static void arm(struct cs_queue *queue)
{
	struct fake_node *node = queue->host_data;

	__atomic_add_fetch(&node->armed, 1, __ATOMIC_RELAXED);
}

static bool settled(struct cs_queue *queue)
{
	struct fake_node *node = queue->host_data;

	return !node->unsettled;
}

static int acquire(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	struct fake_node *node = queue->host_data;

	if (node->in_acquire)
		node->in_acquire(node);
	if (node->gone)
		return -ENODEV;
	*sample = (struct cancelsafe_sample){ .sequence = ++node->sequence };
	return 0;
}

static int acquire_now(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	struct fake_node *node = queue->host_data;

	return node->unsettled ? -EAGAIN : acquire(queue, sample);
}

static void watch(struct cs_queue *queue)
{
}

static void breathe(struct cs_queue *queue)
{
}

static const struct cs_host host = {
	.arm = arm,
	.settled = settled,
	.acquire = acquire,
	.acquire_now = acquire_now,
	.watch = watch,
	.breathe = breathe,
};

static void file_released(struct cs_file *file)
{
	file->release = NULL;
}

void fake_node_init(struct fake_node *node, const struct cs_model *model)
{
	*node = (struct fake_node){ .queue = calloc(1, model->queue_size) };
	node->queue->settings.queue_limit = 1000;
	node->queue->settings.protocol = CS_ROUTINE_ENDS;
	node->queue->host_data = node;
	cs_queue_init(node->queue, model, &host, "fake");
	cs_file_init(&node->file, node->queue, file_released);
}

void fake_node_destroy(struct fake_node *node)
{
	free(node->queue);
}

void fake_read_init(struct fake_read *read, struct fake_node *node)
{
	memset(read, 0, sizeof(*read));
	cs_request_init(&read->req, &path, &node->file, 1, node);
}

u64 fake_count(struct fake_node *node, enum cs_count count)
{
	struct cs_counts now;

	cs_snapshot(node->queue, &node->queue->ledger.counts, &now);
	return now.n[count];
}

/* For the node and for its only open file, which must agree. */
bool fake_law_holds(struct fake_node *node)
{
	struct cs_counts of_node, of_file;

	cs_snapshot(node->queue, &node->queue->ledger.counts, &of_node);
	cs_snapshot(node->queue, &node->file.counts, &of_file);
	return cs_law_holds(&of_node) &&
	       !memcmp(&of_node, &of_file, sizeof(of_node));
}
