// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe: what happens to a request that waits in a driver when someone no
 * longer wants it?
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>

#include "node.h"
#include "path/aio.h"
#include "path/read.h"
#include "path/uring_cmd.h"
#include "plug.h"
#include "point.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static struct cs_settings start = {
	.settle_us = 1000,
	.acquire_us = 0,
	.queue_limit = 65536,
	.watchdog_s = 300,
	.protocol = CS_ROUTINE_ENDS,
};

module_param_named(settle_us, start.settle_us, uint, 0444);
MODULE_PARM_DESC(settle_us,
		 "microseconds the device needs to settle, at the start (1000)");
module_param_named(acquire_us, start.acquire_us, uint, 0444);
MODULE_PARM_DESC(acquire_us,
		 "microseconds an acquisition takes, at the start (0)");
module_param_named(queue_limit, start.queue_limit, uint, 0444);
MODULE_PARM_DESC(queue_limit,
		 "how many requests may wait, at the start (65536)");

/* Each model has its node, so that comparing them needs no switching. */
static const struct {
	const char *name;
	const struct cs_model *model;
} kinds[] = {
	{ "cancelsafe", &cs_model_csq },
	{ "cancelsafe-cancel-lock", &cs_model_cancel_lock },
	{ "cancelsafe-driver-queue", &cs_model_driver_queue },
	{ "cancelsafe-framework", &cs_model_framework },
	{ "cancelsafe-startio", &cs_model_startio },
	{ "cancelsafe-wait-queue", &cs_model_wait_queue },
};

#define MAX_INSTANCES 8

static unsigned int instances = 1;
module_param(instances, uint, 0444);
MODULE_PARM_DESC(instances,
		 "how many nodes of each kind: NAME, NAME1, ... (1 to 8; 1)");

static struct {
	char name[32];
	struct cs_node *node;
} nodes[MAX_INSTANCES * ARRAY_SIZE(kinds)];
static unsigned int nr_nodes;

/* Number 0 has none in its name. */
static int create_node(unsigned int kind, unsigned int number)
{
	char *name = nodes[nr_nodes].name;
	struct cs_node *node;

	snprintf(name, sizeof(nodes->name), number ? "%s%u" : "%s",
		 kinds[kind].name, number);
	node = cs_node_create(name, kinds[kind].model, &start);
	if (IS_ERR(node))
		return PTR_ERR(node);
	nodes[nr_nodes++].node = node;
	return 0;
}

static void destroy_nodes(void)
{
	while (nr_nodes)
		cs_node_destroy(nodes[--nr_nodes].node);
}

static int create_nodes(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < instances * ARRAY_SIZE(kinds) && !err; i++)
		err = create_node(i % ARRAY_SIZE(kinds), i / ARRAY_SIZE(kinds));
	if (err)
		destroy_nodes();
	return err;
}

/* Whatever can fail has succeeded before. */
static void publish_nodes(void)
{
	unsigned int i;

	for (i = 0; i < nr_nodes; i++)
		cs_node_publish(nodes[i].node);
}

static int check_parameters(void)
{
	if (instances < 1 || instances > MAX_INSTANCES) {
		pr_err("parameter instances=%u: must be from 1 to %u\n",
		       instances, MAX_INSTANCES);
		return -EINVAL;
	}
	return cs_settings_check(&start);
}

static int __init cancelsafe_init(void)
{
	int err;

	err = check_parameters();
	if (err)
		return err;
	cs_points_init();
	err = cs_read_init();
	if (err)
		goto err_points;
	err = cs_aio_init();
	if (err)
		goto err_read;
	err = cs_uring_cmd_init();
	if (err)
		goto err_aio;
	err = cs_plug_init();
	if (err)
		goto err_cmd;
	err = create_nodes();
	if (err)
		goto err_plug;
	publish_nodes();
	return 0;

err_plug:
	cs_plug_exit();
err_cmd:
	cs_uring_cmd_exit();
err_aio:
	cs_aio_exit();
err_read:
	cs_read_exit();
err_points:
	cs_points_exit();
	return err;
}

static void __exit cancelsafe_exit(void)
{
	cs_point(UNLOAD);
	cs_uring_cmd_drain();
	destroy_nodes();
	cs_plug_exit();
	cs_uring_cmd_exit();
	cs_aio_exit();
	cs_read_exit();
	cs_points_exit();
}

module_init(cancelsafe_init);
module_exit(cancelsafe_exit);
MODULE_DESCRIPTION("Reads that wait, and six ways to cancel them");
MODULE_LICENSE("GPL");
