/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the counts are shown: sysfs for a node, fdinfo for an open file.
 */
#ifndef CS_STATS_H
#define CS_STATS_H

struct attribute_group;
struct cs_file;
struct seq_file;

extern const struct attribute_group cs_stats_group;

void cs_stats_show_file(struct seq_file *m, struct cs_file *file);

#endif /* CS_STATS_H */
