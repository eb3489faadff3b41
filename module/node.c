// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/slab.h>

#include "node.h"
#include "open.h"
#include "stats.h"

static const struct attribute_group *groups[] = {
	&cs_settings_group,
	&cs_stats_group,
	NULL,
};

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

static int register_misc(struct cs_node *node, const char *name)
{
	node->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = name,
		.fops = cs_open_fops(node->queue->model),
		.groups = groups,
		.mode = 0660,
	};
	return misc_register(&node->misc);
}

/**
 * cs_node_create() - make a node and everything behind it
 * @name:     in /dev; must outlive the node
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
	cs_watchdog_init(&node->watchdog);
	cs_device_init(&node->device);
	node->queue = create_queue(node, name, model, settings);
	if (!node->queue)
		goto err_node;
	err = cs_server_start(&node->server, node->queue, &node->device);
	if (err)
		goto err_queue;
	err = register_misc(node, name);
	if (err)
		goto err_server;
	return node;

err_server:
	cs_server_stop(&node->server);
err_queue:
	kfree(node->queue);
err_node:
	kfree(node);
	return ERR_PTR(err);
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
 * 1. misc_deregister(): no new file, no attribute is being read or written. So
 *    nobody can submit, and nobody arms the server.
 * 2. The watchdog is called off: nobody cancels that it could be armed for.
 * 3. The server stops. A request that was abandoned in service ends here, at
 *    once, and with it the last one.
 *
 * Context: may sleep.
 */
void cs_node_destroy(struct cs_node *node)
{
	misc_deregister(&node->misc);
	cs_watchdog_stop(&node->watchdog);
	cs_server_stop(&node->server);
	check_account(node->queue);
	kfree(node->queue);
	kfree(node);
}
