// SPDX-License-Identifier: GPL-2.0
/*
 * What can be set at a node while it runs: one table, for the attributes and
 * for the module's parameters.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "core/model_framework.h"
#include "node.h"
#include "point.h"

#define HOUR_US 3600000000u
#define LIMIT_MAX 4194304u
#define DAY_S 86400u

/**
 * struct setting - one of them
 * @attr:  its attribute
 * @where: its offset in &struct cs_settings
 * @min:   its smallest value
 * @max:   its biggest
 */
struct setting {
	struct device_attribute attr;
	size_t where;
	unsigned int min;
	unsigned int max;
};

static unsigned int *value_of(struct cs_settings *settings,
			      const struct setting *setting)
{
	return (void *)settings + setting->where;
}

static bool is_allowed(const struct setting *setting, unsigned int value)
{
	return value >= setting->min && value <= setting->max;
}

static ssize_t show(struct device *dev, struct device_attribute *attr,
		    char *buf)
{
	struct setting *setting = container_of(attr, struct setting, attr);
	unsigned int *value = value_of(&cs_node_of(dev)->queue->settings, setting);

	return sysfs_emit(buf, "%u\n", READ_ONCE(*value));
}

/* Whatever is not a number in range is EINVAL, and changes nothing. */
static ssize_t store(struct device *dev, struct device_attribute *attr,
		     const char *buf, size_t len)
{
	struct setting *setting = container_of(attr, struct setting, attr);
	struct cs_node *node = cs_node_of(dev);
	unsigned int value;

	if (kstrtouint(buf, 10, &value) || !is_allowed(setting, value))
		return -EINVAL;
	cs_point(SETTING);
	WRITE_ONCE(*value_of(&node->queue->settings, setting), value);
	cs_server_reckon(&node->server);
	return len;
}

#define SETTING(_name, _min, _max)					\
	{								\
		.attr = __ATTR(_name, 0644, show, store),		\
		.where = offsetof(struct cs_settings, _name),		\
		.min = _min,						\
		.max = _max,						\
	}

static struct setting settle_us = SETTING(settle_us, 0, HOUR_US);
static struct setting acquire_us = SETTING(acquire_us, 0, HOUR_US);
static struct setting queue_limit = SETTING(queue_limit, 1, LIMIT_MAX);
static struct setting watchdog_s = SETTING(watchdog_s, 1, DAY_S);

static ssize_t model_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n", cs_node_of(dev)->queue->model->name);
}
static DEVICE_ATTR_RO(model);

static const char *const close_policies[] = {
	[CS_LINGER] = "linger",
	[CS_CANCEL] = "cancel",
};

static ssize_t close_policy_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	int policy = READ_ONCE(cs_node_of(dev)->close_policy);

	return sysfs_emit(buf, "%s\n", close_policies[policy]);
}

static ssize_t close_policy_store(struct device *dev,
				  struct device_attribute *attr,
				  const char *buf, size_t len)
{
	int policy = sysfs_match_string(close_policies, buf);

	if (policy < 0)
		return policy;
	WRITE_ONCE(cs_node_of(dev)->close_policy, policy);
	return len;
}
static DEVICE_ATTR_RW(close_policy);

static const char *const protocols[] = {
	[CS_SERVER_ENDS] = "server",
	[CS_ROUTINE_ENDS] = "routine",
};

static ssize_t current_ended_by_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	struct cs_settings *settings = &cs_node_of(dev)->queue->settings;

	return sysfs_emit(buf, "%s\n", protocols[READ_ONCE(settings->protocol)]);
}

static ssize_t current_ended_by_store(struct device *dev,
				      struct device_attribute *attr,
				      const char *buf, size_t len)
{
	struct cs_settings *settings = &cs_node_of(dev)->queue->settings;
	unsigned int i;

	for (i = CS_SERVER_ENDS; i <= CS_ROUTINE_ENDS; i++) {
		if (sysfs_streq(buf, protocols[i])) {
			WRITE_ONCE(settings->protocol, i);
			return len;
		}
	}
	return -EINVAL;
}
static DEVICE_ATTR_RW(current_ended_by);

/* What the framework's driver does with a delivered request. */
static ssize_t route_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	enum cs_route route = cs_framework_route(cs_node_of(dev)->queue);

	return sysfs_emit(buf, "%s\n", cs_route_names[route]);
}

static ssize_t route_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	int route = sysfs_match_string(cs_route_names, buf);

	if (route < 0)
		return route;
	return cs_framework_set_route(cs_node_of(dev)->queue, route) ?: len;
}
static DEVICE_ATTR_RW(route);

static const char *const lower_states[] = { "unplugged", "plugged" };

static ssize_t lower_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	bool plugged = cs_framework_has_lower(cs_node_of(dev)->queue);

	return sysfs_emit(buf, "%s\n", lower_states[plugged]);
}

/* One that plugs in would have all fail that one who plugs out is still ending. */
static ssize_t lower_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	static DEFINE_MUTEX(lower_lock);
	int plugged = sysfs_match_string(lower_states, buf);

	if (plugged < 0)
		return plugged;
	mutex_lock(&lower_lock);
	cs_framework_plug_lower(cs_node_of(dev)->queue, plugged);
	mutex_unlock(&lower_lock);
	return len;
}
static DEVICE_ATTR_RW(lower);

static struct attribute *attrs[] = {
	&dev_attr_model.attr,
	&dev_attr_close_policy.attr,
	&dev_attr_current_ended_by.attr,
	&settle_us.attr.attr,
	&acquire_us.attr.attr,
	&queue_limit.attr.attr,
	&watchdog_s.attr.attr,
	&dev_attr_route.attr,
	&dev_attr_lower.attr,
	NULL,
};

/* Whether a node of the model has it. */
static bool has(const struct cs_model *model, const struct attribute *attr)
{
	if (attr == &queue_limit.attr.attr)
		return model->queues;
	if (attr == &dev_attr_current_ended_by.attr)
		return model == &cs_model_cancel_lock;
	if (attr == &dev_attr_route.attr || attr == &dev_attr_lower.attr)
		return model == &cs_model_framework;
	return true;
}

static umode_t is_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	if (!has(cs_node_of(kobj_to_dev(kobj))->queue->model, attr))
		return 0;
	return attr->mode;
}

const struct attribute_group cs_settings_group = {
	.attrs = attrs,
	.is_visible = is_visible,
};

static int check(const struct setting *setting, unsigned int value)
{
	if (is_allowed(setting, value))
		return 0;
	pr_err("parameter %s=%u: must be from %u to %u\n",
	       setting->attr.attr.name, value, setting->min, setting->max);
	return -EINVAL;
}

/**
 * cs_settings_check() - may a node start with these?
 * @settings: from the module's parameters
 *
 * Context: any.
 * Return: 0, or -EINVAL after saying in the log which one is out of range.
 */
int cs_settings_check(const struct cs_settings *settings)
{
	return check(&settle_us, settings->settle_us) ?:
	       check(&acquire_us, settings->acquire_us) ?:
	       check(&queue_limit, settings->queue_limit);
}
