// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "node.h"
#include "open.h"
#include "plug.h"
#include "point.h"
#include "stats.h"

/*
 * All nodes, and which of them are plugged in. Taken before misc_mtx, which an
 * open holds.
 */
static DEFINE_MUTEX(plug_lock);
static LIST_HEAD(nodes);

/* Plugging in and out, under the plug's lock */

static const struct attribute_group *groups[] = {
	&cs_settings_group,
	&cs_stats_group,
	NULL,
};

static int plug_in(struct cs_node *node)
{
	int err;

	lockdep_assert_held(&plug_lock);
	node->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = node->queue->name,
		.fops = cs_open_fops(node->queue->model),
		.groups = groups,
		.parent = cs_plug_parent(),
		.mode = 0660,
	};
	err = misc_register(&node->misc);
	node->plugged = !err;
	return err;
}

/*
 * 1. misc_deregister(): there will be no new file, and no attribute is being read
 *    or written. So the list of files only gets shorter, and nobody changes a
 *    setting.
 * 2. Each file refuses what comes, and what waits is cancelled.
 * 3. The server parks, however long an acquisition takes: a request that a thread
 *    had in service ends.
 * 4. The model ends what was claimed for the server elsewhere, and what a timer had
 *    in service. What is left is about to be inserted or, in the framework, marked,
 *    and whoever does that will find it cancelled; or it is a canceller's.
 */
static void plug_out(struct cs_node *node)
{
	lockdep_assert_held(&plug_lock);
	misc_deregister(&node->misc);
	node->plugged = false;

	cs_open_unplug(node);
	cs_server_park(&node->server);
	if (node->queue->model->drain)
		node->queue->model->drain(node->queue);
}

static struct cs_node *find(const char *name)
{
	struct cs_node *node;

	lockdep_assert_held(&plug_lock);
	list_for_each_entry(node, &nodes, in_nodes) {
		if (sysfs_streq(name, node->queue->name))
			return node;
	}
	return NULL;
}

/**
 * cs_node_plug() - plug a node in again
 * @name: its name; a newline at the end does not matter
 *
 * Context: may sleep; not from an attribute of the node's own.
 * Return: 0; -EINVAL: there is no such node; -EBUSY: it is plugged in; or the
 * error of its registration.
 */
int cs_node_plug(const char *name)
{
	struct cs_node *node;
	int err = -EINVAL;

	mutex_lock(&plug_lock);
	node = find(name);
	if (node)
		err = node->plugged ? -EBUSY : plug_in(node);
	if (!err)
		cs_server_unpark(&node->server);
	mutex_unlock(&plug_lock);
	return err;
}

/**
 * cs_node_unplug() - unplug a node, whoever uses it
 * @name: its name; a newline at the end does not matter
 *
 * Context: may sleep; not from an attribute of the node's own.
 * Return: 0; -EINVAL: there is no such node; -ENODEV: it is unplugged already.
 */
int cs_node_unplug(const char *name)
{
	struct cs_node *node;
	int err = -EINVAL;

	cs_point(UNPLUG);
	mutex_lock(&plug_lock);
	node = find(name);
	if (node)
		err = node->plugged ? 0 : -ENODEV;
	if (!err)
		plug_out(node);
	mutex_unlock(&plug_lock);
	return err;
}

/* Nodes */

static struct cs_queue *create_queue(struct cs_node *node, const char *name,
				     const struct cs_model *model,
				     const struct cs_settings *settings)
{
	struct cs_queue *queue = kzalloc(model->queue_size, GFP_KERNEL);

	if (!queue)
		return NULL;
	queue->settings = *settings;
	queue->host_data = node;
	cs_queue_init(queue, model, &cs_kernel_host, name);
	return queue;
}

/**
 * cs_node_create() - make a node and everything behind it, but for the name
 * @name:     in /dev, once it is published; must outlive the node
 * @model:    who owns its waiting requests
 * @settings: in range; see cs_settings_check()
 *
 * Context: may sleep.
 * Return: the node, or an ERR_PTR().
 */
struct cs_node *cs_node_create(const char *name, const struct cs_model *model,
			       const struct cs_settings *settings)
{
	struct cs_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int err = -ENOMEM;

	if (!node)
		return ERR_PTR(err);
	spin_lock_init(&node->lock);
	INIT_LIST_HEAD(&node->files);
	INIT_LIST_HEAD(&node->in_nodes);
	cs_watchdog_init(&node->watchdog);
	cs_device_init(&node->device);
	init_waitqueue_head(&node->sleepers);
	node->queue = create_queue(node, name, model, settings);
	if (!node->queue)
		goto err_node;
	err = cs_server_start(&node->server, node->queue, &node->device);
	if (err)
		goto err_queue;
	return node;

err_queue:
	kfree(node->queue);
err_node:
	kfree(node);
	return ERR_PTR(err);
}

/**
 * cs_node_publish() - plug a node in for the first time
 * @node: created
 *
 * From here on somebody may have it open, for which only the unloading of a module
 * waits, and not a load that fails. So a load must not fail any more, and a node that
 * cannot be plugged in is one that was unplugged.
 *
 * Context: may sleep.
 */
void cs_node_publish(struct cs_node *node)
{
	int err;

	mutex_lock(&plug_lock);
	list_add_tail(&node->in_nodes, &nodes);
	err = plug_in(node);
	if (err)
		cs_server_park(&node->server);
	mutex_unlock(&plug_lock);
	if (err)
		pr_warn("%s stays unplugged, error %d: its name to plug tries again\n",
			node->queue->name, err);
}

/* With the node's server gone, only a bug can leave a request behind. */
static void check_account(struct cs_queue *queue)
{
	struct cs_counts now;

	cs_snapshot(queue, &queue->ledger.counts, &now);
	WARN(!cs_law_holds(&now) || now.n[CS_COUNT_WAITING],
	     "%s: a request or a sample has no place in the account\n",
	     queue->name);
}

/**
 * cs_node_destroy() - the reverse
 * @node: no file of it is open, which the module's reference count sees to
 *
 * 1. It is unplugged, if it was plugged in: no new file, no attribute is being read or
 *    written. A request that was abandoned in service ends here, at once, and
 *    with it the last one. Nobody finds the node to plug it in again.
 * 2. The watchdog is called off: nothing waits that it could be armed for.
 * 3. The server stops.
 *
 * Context: may sleep.
 */
void cs_node_destroy(struct cs_node *node)
{
	cs_point(UNPLUG);
	mutex_lock(&plug_lock);
	list_del(&node->in_nodes);
	if (node->plugged)
		plug_out(node);
	mutex_unlock(&plug_lock);

	cs_watchdog_stop(&node->watchdog);
	cs_server_stop(&node->server);
	check_account(node->queue);
	kfree(node->queue);
	kfree(node);
}
