/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which nodes there are, whatever the module calls them.
 */
#ifndef NODES_H
#define NODES_H

#include "node.h"

#define NODES 128	/* at most */
#define MODEL_SIZE 24

/**
 * struct found_node - a node
 * @name:  in /dev
 * @model: who owns its waiting requests
 */
struct found_node {
	char name[NODE_NAME_SIZE];
	char model[MODEL_SIZE];
};

/**
 * struct nodes - all nodes
 * @count: how many there are
 * @found: they, one model's after the other's
 */
struct nodes {
	unsigned int count;
	struct found_node found[NODES];
};

/**
 * nodes_find() - which nodes there are
 * @nodes: where to
 *
 * Return: 0, or -1 after having complained: there are none, for example.
 */
int nodes_find(struct nodes *nodes);

/**
 * nodes_alike() - how many have the model of one of them
 * @nodes: they
 * @first: the first of these
 *
 * Return: how many there are from there on.
 */
unsigned int nodes_alike(const struct nodes *nodes, unsigned int first);

#endif /* NODES_H */
