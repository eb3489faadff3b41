/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device node: opening it, its settings and its counters.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

enum counter {
	SUBMITTED, COMPLETED, CANCELLED, FAILED, WAITING,
	ACQUIRED, UNDELIVERABLE,
	COUNTERS
};

/* The counters' names, as the kernel writes them. */
extern const char *const counter_names[COUNTERS];

/**
 * struct snapshot - all counters of a node or an open file, at one moment
 * @count: the counters
 */
struct snapshot {
	__u64 count[COUNTERS];
};

#define NODE_NAME_SIZE 33

/* Where the node is, and its attributes: those of cancelsafe, unless chosen. */
extern const char *node_device, *node_sysfs;

/**
 * node_choose() - use another node than cancelsafe
 * @name: as in /dev
 *
 * Return: whether this can be a name. Whether there is such a node is seen when
 * it is used.
 */
bool node_choose(const char *name);

/**
 * node_chosen() - which node is used
 * @name: where to: node_choose() takes it, even after others were chosen
 */
void node_chosen(char name[NODE_NAME_SIZE]);

/**
 * node_open() - open the node for reading
 *
 * Return: a file descriptor, or -1 after having complained.
 */
int node_open(void);

/**
 * node_advice() - what to do when there is no such node
 *
 * Return: a text, as complain() has it at its end.
 */
const char *node_advice(void);

/**
 * node_has() - whether the node has one of the sysfs attributes
 * @attribute: its name; a model may lack those that mean nothing to it
 *
 * Return: false only if there is a node without it.
 */
bool node_has(const char *attribute);

/**
 * node_text() - read one of the node's sysfs attributes
 * @attribute: its name, as in "model"
 * @text:      where to; without the newline
 * @size:      how much fits
 *
 * Return: 0, or -1 after having complained.
 */
int node_text(const char *attribute, char *text, size_t size);

/**
 * node_model_is() - find out whether the node has this model
 * @model: its name
 * @is:    where to
 *
 * Return: 0, or -1 after having complained.
 */
int node_model_is(const char *model, bool *is);

/**
 * node_setting() - read one of the node's sysfs attributes that is a number
 * @attribute: its name, as in "settle_us"
 * @value:     where to
 *
 * Return: 0, or -1 after having complained.
 */
int node_setting(const char *attribute, __u64 *value);

/**
 * node_set() - write one of the node's sysfs attributes
 * @attribute: its name, as in "settle_us"
 * @value:     what to write
 *
 * Return: 0, or -1 after having complained.
 */
int node_set(const char *attribute, const char *value);

/**
 * node_set_number() - the same for one that is a number
 * @attribute: its name
 * @value:     the number
 *
 * Return: 0, or -1 after having complained.
 */
int node_set_number(const char *attribute, __u64 value);

/**
 * node_plug() - pull the node out while it is used, or put it in again
 * @action: "unplug" or "plug"
 *
 * Return: 0, or -1 after having complained.
 */
int node_plug(const char *action);

/**
 * node_snapshot() - read the node's counters, consistent with each other
 * @snapshot: where to
 *
 * Return: 0, or -1 after having complained.
 */
int node_snapshot(struct snapshot *snapshot);

/**
 * file_snapshot() - read an open file's own counters, from its fdinfo
 * @fd:       the open node
 * @snapshot: where to
 *
 * Return: 0, or -1 after having complained.
 */
int file_snapshot(int fd, struct snapshot *snapshot);

/**
 * requests_add_up() - the law's first half
 * @s: what to look at
 *
 * Return: whether submitted = completed + cancelled + failed + waiting.
 */
bool requests_add_up(const struct snapshot *s);

/**
 * samples_add_up() - the law's second half
 * @s: what to look at
 *
 * Return: whether acquired = completed + undeliverable.
 */
bool samples_add_up(const struct snapshot *s);

#endif /* NODE_H */
