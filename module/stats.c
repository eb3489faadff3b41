// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/sysfs.h>

#include "node.h"
#include "stats.h"

/* A count's attribute and its line in a snapshot have the same name. */
struct count {
	struct device_attribute attr;
	enum cs_count count;
};

static void node_snapshot(struct device *dev, struct cs_counts *snapshot)
{
	struct cs_node *node = cs_node_of(dev);

	cs_snapshot(node->queue, &node->queue->ledger.counts, snapshot);
}

static ssize_t show(struct device *dev, struct device_attribute *attr,
		    char *buf)
{
	struct count *count = container_of(attr, struct count, attr);
	struct cs_counts now;

	node_snapshot(dev, &now);
	return sysfs_emit(buf, "%llu\n", now.n[count->count]);
}

#define COUNT(_name, _count) \
	[_count] = { .attr = __ATTR(_name, 0444, show, NULL), .count = _count }

static struct count counts[CS_NR_COUNTS] = {
	COUNT(submitted, CS_COUNT_SUBMITTED),
	COUNT(completed, CS_COUNT_COMPLETED),
	COUNT(cancelled, CS_COUNT_CANCELLED),
	COUNT(failed, CS_COUNT_FAILED),
	COUNT(waiting, CS_COUNT_WAITING),
	COUNT(acquired, CS_COUNT_ACQUIRED),
	COUNT(undeliverable, CS_COUNT_UNDELIVERABLE),
};

static const char *name_of(enum cs_count count)
{
	return counts[count].attr.attr.name;
}

static ssize_t all_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct cs_counts now;
	ssize_t len = 0;
	int i;

	node_snapshot(dev, &now);
	for (i = 0; i < CS_NR_COUNTS; i++)
		len += sysfs_emit_at(buf, len, "%s:\t%llu\n", name_of(i),
				     now.n[i]);
	return len;
}
static DEVICE_ATTR_RO(all);

static struct attribute *attrs[] = {
	&counts[CS_COUNT_SUBMITTED].attr.attr,
	&counts[CS_COUNT_COMPLETED].attr.attr,
	&counts[CS_COUNT_CANCELLED].attr.attr,
	&counts[CS_COUNT_FAILED].attr.attr,
	&counts[CS_COUNT_WAITING].attr.attr,
	&counts[CS_COUNT_ACQUIRED].attr.attr,
	&counts[CS_COUNT_UNDELIVERABLE].attr.attr,
	&dev_attr_all.attr,
	NULL,
};

const struct attribute_group cs_stats_group = {
	.name = "stats",
	.attrs = attrs,
};

/**
 * cs_stats_show_file() - one consistent snapshot of an open file, for fdinfo
 * @m:    where to
 * @file: the open file
 *
 * Context: may sleep.
 */
void cs_stats_show_file(struct seq_file *m, struct cs_file *file)
{
	struct cs_counts now;
	int i;

	cs_snapshot(file->queue, &file->counts, &now);
	for (i = 0; i < CS_NR_COUNTS; i++)
		seq_printf(m, "%s:\t%llu\n", name_of(i), now.n[i]);
}
