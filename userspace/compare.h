/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `cancelsafe compare` found out, and how it is shown.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "cost.h"
#include "endings.h"
#include "nodes.h"
#include "situation.h"

/**
 * struct comparison - what was found out about a path to a node
 * @node:    the node
 * @path:    the path
 * @cost:    what waiting costs
 * @endings: of each situation; none where @cost.refused, or where the path cannot
 *           get into it
 */
struct comparison {
	const struct found_node *node;
	enum path path;
	struct cost cost;
	struct endings endings[SITUATIONS];
};

/**
 * struct compare_show - a way to show it
 * @begin:     before the first
 * @situation: one of a path's situations was looked at; none is if it is refused
 * @path:      all of a path was
 * @end:       after the last, with all of them
 */
struct compare_show {
	void (*begin)(__u64 rounds);
	void (*situation)(const struct comparison *comparison, unsigned int situation);
	void (*path)(const struct comparison *comparison);
	void (*end)(const struct comparison *all, unsigned int count);
};

extern const struct compare_show compare_terminal, compare_markdown, compare_json;

#endif /* COMPARE_H */
