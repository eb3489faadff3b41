/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host for the core without a kernel: a device that has settled unless a test
 * says otherwise, a path that counts what it is told, and one open file.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "core/model.h"

/* A request and what its path was told. */
struct fake_read {
	struct cs_request req;
	u64 got;		/* which sample its maker has, 0: none */
	bool faulty;		/* its maker's memory takes none */
	int completions;
	bool under_lock;	/* complete() was called with a lock of ours */
	bool released;
};

/**
 * struct fake_node - the node
 * @queue:      its model's
 * @file:       its open file
 * @sequence:   of the last sample
 * @armed:      how often the model asked for service
 * @unsettled:  the device has not settled
 * @gone:       acquire() has to say -ENODEV
 * @in_acquire: a test's own step, while a request is in service
 */
struct fake_node {
	struct cs_queue *queue;
	struct cs_file file;
	u64 sequence;
	int armed;
	bool unsettled;
	bool gone;
	void (*in_acquire)(struct fake_node *node);
};

void fake_node_init(struct fake_node *node, const struct cs_model *model);
void fake_node_destroy(struct fake_node *node);
void fake_read_init(struct fake_read *read, struct fake_node *node);
u64 fake_count(struct fake_node *node, enum cs_count count);
bool fake_law_holds(struct fake_node *node);

#endif
