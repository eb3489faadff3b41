// SPDX-License-Identifier: GPL-2.0
/*
 * Which nodes there are, whatever the module calls them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "files.h"
#include "node.h"
#include "nodes.h"

#define MISC "/sys/class/misc"
#define PREFIX "cancelsafe"

/* Another driver's may be called so, too: it has no model. */
static void note(struct nodes *nodes, const char *name)
{
	struct found_node *found = &nodes->found[nodes->count];
	char path[300];

	if (strncmp(name, PREFIX, strlen(PREFIX)) || strlen(name) >= NODE_NAME_SIZE ||
	    nodes->count == NODES)
		return;
	snprintf(path, sizeof(path), MISC "/%s/model", name);
	if (line_of_file(path, found->model, sizeof(found->model)))
		return;
	strcpy(found->name, name);
	nodes->count++;
}

/* Names by length first: a node comes before those with a number. */
static int compare(const void *a, const void *b)
{
	const struct found_node *one = a, *other = b;
	int by_model = strcmp(one->model, other->model);
	int by_length = strlen(one->name) - strlen(other->name);

	return by_model ?: by_length ?: strcmp(one->name, other->name);
}

int nodes_find(struct nodes *nodes)
{
	DIR *misc = opendir(MISC);
	struct dirent *entry;

	nodes->count = 0;
	if (!misc) {
		complain("cannot read " MISC ": %s: is sysfs mounted?", strerror(errno));
		return -1;
	}
	while ((entry = readdir(misc)))
		note(nodes, entry->d_name);
	closedir(misc);
	if (!nodes->count) {
		complain("there is no node: %s", node_advice());
		return -1;
	}
	qsort(nodes->found, nodes->count, sizeof(nodes->found[0]), compare);
	return 0;
}

unsigned int nodes_alike(const struct nodes *nodes, unsigned int first)
{
	unsigned int end = first;

	while (end < nodes->count && !strcmp(nodes->found[end].model, nodes->found[first].model))
		end++;
	return end - first;
}
