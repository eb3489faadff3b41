/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device node: its model, device and settings, and its open files.
 */
#ifndef CS_NODE_H
#define CS_NODE_H

#include <linux/device.h>
#include <linux/miscdevice.h>

#include "core/model.h"
#include "device.h"
#include "server.h"

/**
 * struct cs_node - one /dev/cancelsafe...
 * @misc:         the name, and the device under which the attributes are
 * @queue:        the waiting requests, as the model keeps them, and the settings
 * @device:       what the requests wait for
 * @server:       serves them
 */
struct cs_node {
	struct miscdevice misc;

	struct cs_queue *queue;
	struct cs_device device;
	struct cs_server server;
};

struct cs_node *cs_node_create(const char *name, const struct cs_model *model,
			       const struct cs_settings *settings);
void cs_node_destroy(struct cs_node *node);

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
