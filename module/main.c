// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe: what happens to a request that waits in a driver when someone no
 * longer wants it?
 */
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

static struct cs_node *node;

static int __init cancelsafe_init(void)
{
	int err;

	err = cs_settings_check(&start);
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
	node = cs_node_create("cancelsafe", &cs_model_csq, &start);
	if (IS_ERR(node)) {
		err = PTR_ERR(node);
		goto err_plug;
	}
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
	cs_node_destroy(node);
	cs_plug_exit();
	cs_uring_cmd_exit();
	cs_aio_exit();
	cs_read_exit();
	cs_points_exit();
}

module_init(cancelsafe_init);
module_exit(cancelsafe_exit);
MODULE_DESCRIPTION("A queue of waiting reads that can be cancelled safely");
MODULE_LICENSE("GPL");
