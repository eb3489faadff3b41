/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parent of all nodes, /sys/devices/cancelsafe: a node's name, written to its
 * attributes unplug and plug, pulls that node out and puts it in again. They are
 * here because they could not be the node's own, which go with it.
 */
#ifndef CS_PLUG_H
#define CS_PLUG_H

struct device;

int cs_plug_init(void);
void cs_plug_exit(void);
struct device *cs_plug_parent(void);

#endif /* CS_PLUG_H */
