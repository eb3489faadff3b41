// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/err.h>

#include "node.h"
#include "plug.h"

static struct device *parent;

static ssize_t plug_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t len)
{
	return cs_node_plug(buf) ?: len;
}
static DEVICE_ATTR_WO(plug);

static ssize_t unplug_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	return cs_node_unplug(buf) ?: len;
}
static DEVICE_ATTR_WO(unplug);

static struct attribute *plug_attrs[] = {
	&dev_attr_plug.attr,
	&dev_attr_unplug.attr,
	NULL,
};
ATTRIBUTE_GROUPS(plug);

/**
 * cs_plug_parent() - what nodes are plugged into
 *
 * Return: between cs_plug_init() and cs_plug_exit() the device.
 */
struct device *cs_plug_parent(void)
{
	return parent;
}

/**
 * cs_plug_init() - before the first node
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int cs_plug_init(void)
{
	int err;

	parent = root_device_register(KBUILD_MODNAME);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	err = sysfs_create_groups(&parent->kobj, plug_groups);
	if (err)
		root_device_unregister(parent);
	return err;
}

/**
 * cs_plug_exit() - after the last node
 *
 * Context: may sleep: whoever writes to an attribute finishes first.
 */
void cs_plug_exit(void)
{
	sysfs_remove_groups(&parent->kobj, plug_groups);
	root_device_unregister(parent);
}
