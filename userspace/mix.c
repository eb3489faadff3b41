// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to cancel a read, and how often each is chosen.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"

#define NAMES "data, fd, fdall, all, sync, link, signal, none"

const struct way_words way_words[WAYS] = {
	[BY_DATA] = { "data", "by user_data" },
	[BY_FD] = { "fd", "one of the file's" },
	[BY_FDALL] = { "fdall", "all of the file's" },
	[BY_ALL] = { "all", "all of the ring's" },
	[BY_SYNC] = { "sync", "SYNC_CANCEL" },
	[BY_LINK] = { "link", "LINK_TIMEOUT" },
	[BY_SIGNAL] = { "signal", "signal to read(2)" },
	[BY_NOBODY] = { "none", "at the run's end" },
};

static enum way find(const char *name, size_t length)
{
	enum way way;

	for (way = 0; way < WAYS; way++)
		if (strlen(way_words[way].name) == length &&
		    !strncmp(way_words[way].name, name, length))
			break;
	return way;
}

static bool parse_weight(const char *text, const char *end, unsigned int *weight)
{
	char *stopped;
	unsigned long value;

	if (!isdigit((unsigned char)*text))
		return false;
	value = strtoul(text, &stopped, 10);
	*weight = value;
	return stopped == end && value <= MIX_WEIGHT_MAX;
}

/* One item, from @text to @end. */
static bool parse_item(const char *text, const char *end, struct mix *mix, bool *named,
		       char *wrong, size_t size)
{
	const char *equals = memchr(text, '=', end - text);
	int length = (equals ?: end) - text;
	enum way way = find(text, length);
	unsigned int weight = 1;

	if (way == WAYS) {
		snprintf(wrong, size, "\"%.*s\" is no way to cancel; these are: " NAMES,
			 length, text);
		return false;
	}
	if (named[way]) {
		snprintf(wrong, size, "%s stands there twice; name it once", way_words[way].name);
		return false;
	}
	if (equals && !parse_weight(equals + 1, end, &weight)) {
		snprintf(wrong, size, "%s needs a weight from 0 to %d, as in %s=4",
			 way_words[way].name, MIX_WEIGHT_MAX, way_words[way].name);
		return false;
	}
	named[way] = true;
	mix->weight[way] = weight;
	return true;
}

static unsigned int sum(const struct mix *mix)
{
	unsigned int all = 0;

	for (int way = 0; way < WAYS; way++)
		all += mix->weight[way];
	return all;
}

bool mix_parse(const char *text, struct mix *mix, char *wrong, size_t size)
{
	bool named[WAYS] = { false };
	const char *end;

	*mix = (struct mix){ 0 };
	for (;; text = end + 1) {
		end = strchrnul(text, ',');
		if (!parse_item(text, end, mix, named, wrong, size))
			return false;
		if (!*end)
			break;
	}
	if (!sum(mix)) {
		snprintf(wrong, size, "all weights are 0; give one way a weight, as in data=1");
		return false;
	}
	return true;
}

unsigned int mix_blocking(const struct mix *mix, unsigned int reads)
{
	unsigned int weight = mix->weight[BY_SIGNAL], all = sum(mix);
	unsigned int share = reads * weight / all;

	if (weight && !share)
		return 1;
	if (weight < all && share == reads)
		return reads - 1;
	return share;
}

enum way mix_choose(const struct mix *mix, unsigned long long random)
{
	unsigned int left = random % (sum(mix) - mix->weight[BY_SIGNAL]);

	for (enum way way = 0; way < WAYS; way++) {
		if (way == BY_SIGNAL)
			continue;
		if (left < mix->weight[way])
			return way;
		left -= mix->weight[way];
	}
	return BY_NOBODY;
}
