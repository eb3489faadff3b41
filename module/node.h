/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device node: its model, device and settings, and its open files.
 *
 * A node is there from load to unload. In between it can be unplugged, as a
 * device is pulled out while it is in use: its name and its attributes go, what
 * waits ends with -ENODEV, open files stay valid and say -ENODEV for ever. Plugged
 * in again it has its settings and goes on counting.
 */
#ifndef CS_NODE_H
#define CS_NODE_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "core/model.h"
#include "device.h"
#include "server.h"
#include "watchdog.h"

/**
 * enum cs_close_policy - what a close(2) does to waiting requests (rule G2)
 * @CS_LINGER: nothing, as Linux has it; a dying task's requests are cancelled
 * @CS_CANCEL: it cancels those that came through this open file from the
 *             closer's descriptor table, whether or not duplicates stay open
 */
enum cs_close_policy {
	CS_LINGER,
	CS_CANCEL,
};

/**
 * struct cs_node - one /dev/cancelsafe...
 * @in_nodes:     among all nodes, and
 * @plugged:      it can be opened: under node.c's lock of the plug
 * @misc:         the name, and the device under which the attributes are
 * @queue:        the waiting requests, as the model keeps them, and the settings
 * @device:       what the requests wait for
 * @server:       serves them
 * @watchdog:     looks after what was cancelled and does not end
 * @sleepers:     who waits for readiness, if the model does not queue
 * @close_policy: READ_ONCE, WRITE_ONCE
 * @lock:         of @files; irqsave, nothing is taken inside it
 * @files:        the open ones, and those closed whose last request has not ended
 */
struct cs_node {
	struct list_head in_nodes;
	bool plugged;
	struct miscdevice misc;

	struct cs_queue *queue;
	struct cs_device device;
	struct cs_server server;
	struct cs_watchdog watchdog;
	wait_queue_head_t sleepers;
	enum cs_close_policy close_policy;

	spinlock_t lock;	/* of the list */
	struct list_head files;
};

struct cs_node *cs_node_create(const char *name, const struct cs_model *model,
			       const struct cs_settings *settings);
void cs_node_publish(struct cs_node *node);
void cs_node_destroy(struct cs_node *node);
int cs_node_plug(const char *name);
int cs_node_unplug(const char *name);

/*
 * Wakes everybody who sleeps at the node, also who asks for one wake-up among several
 * (EPOLLEXCLUSIVE): a wake-up is nobody's own, and nobody would pass it on.
 */
static inline void cs_node_wake(struct cs_node *node, __poll_t events)
{
	__wake_up(&node->sleepers, TASK_NORMAL, 0, poll_to_key(events));
}

/* The node whose attribute is shown or stored. */
static inline struct cs_node *cs_node_of(struct device *dev)
{
	struct miscdevice *misc = dev_get_drvdata(dev);

	return container_of(misc, struct cs_node, misc);
}

/* host.c */
extern const struct cs_host cs_kernel_host;

/* settings.c */
extern const struct attribute_group cs_settings_group;
int cs_settings_check(const struct cs_settings *settings);

#endif /* CS_NODE_H */
