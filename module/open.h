/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The open files of a node, and what system calls do with them.
 */
#ifndef CS_OPEN_H
#define CS_OPEN_H

#include "core/file.h"

struct cs_model;
struct cs_node;
struct file_operations;

const struct file_operations *cs_open_fops(const struct cs_model *model);
unsigned int cs_open_walk(struct cs_node *node, cs_visit visit, void *arg);
void cs_open_unplug(struct cs_node *node);

#endif /* CS_OPEN_H */
