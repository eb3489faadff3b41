// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe compare` found out, as JSON.
 */
#include <stddef.h>
#include <sys/utsname.h>

#include "compare.h"
#include "json.h"

static void begin(__u64 rounds)
{
	struct utsname kernel;

	uname(&kernel);
	json_open(NULL, '{');
	json_text("kernel", kernel.release);
	json_number("rounds", rounds);
	json_open("paths", '[');
}

/* In a table an empty cell says that nobody could have told. */
static void put_said(const char *key, enum told told, int said)
{
	char word[RESULT_NAME_SIZE];

	if (told != SAYS_NOTHING)
		json_text(key, told_word(told, said, word));
}

static void put_alike(const struct alike *alike)
{
	json_open(NULL, '{');
	json_number("reads", alike->count);
	put_said("read", alike->ending.read, alike->ending.read_said);
	put_said("cancel", alike->ending.cancel, alike->ending.cancel_said);
	json_text("completed_by", who_words[alike->ending.who]);
	if (latency_count(&alike->after)) {
		json_open("after_ns", '{');
		json_number("median", latency_quantile(&alike->after, 50));
		json_number("p99", latency_quantile(&alike->after, 99));
		json_number("worst", alike->after.worst);
		json_close('}');
	}
	json_close('}');
}

static void put_situation(const struct comparison *comparison, unsigned int index)
{
	const struct situation *situation = &situations[index];
	const struct endings *endings = &comparison->endings[index];

	json_open(NULL, '{');
	json_text("situation", situation->name);
	if (!(situation->paths & PATH_BIT(comparison->path)))
		json_text("impossible", situation->why_not);
	json_open("endings", '[');
	for (unsigned int i = 0; i < endings->kinds; i++)
		put_alike(&endings->alike[i]);
	json_close(']');
	json_close('}');
}

static void put_cost(const struct cost *cost)
{
	json_number("reads_waiting", cost->reads);
	json_number("threads", cost->threads);
	json_number("threads_of_io_wq", cost->kernel);
	json_number("bytes", cost->bytes);
	json_number("orders", ORDERS);
	json_number("orders_kept", cost->kept);
	json_open("situations", '[');
}

static void show_path(const struct comparison *comparison)
{
	char word[RESULT_NAME_SIZE];

	json_open(NULL, '{');
	json_text("node", comparison->node->name);
	json_text("model", comparison->node->model);
	json_text("path", path_words[comparison->path].name);
	if (comparison->cost.refused) {
		json_text("refused", result_word(comparison->cost.refused, word));
	} else {
		put_cost(&comparison->cost);
		for (unsigned int i = 0; i < SITUATIONS; i++)
			put_situation(comparison, i);
		json_close(']');
	}
	json_close('}');
}

/* Whatever there is of a path comes at once. */
static void show_situation(const struct comparison *comparison, unsigned int index)
{
	(void)comparison;
	(void)index;
}

static void end(const struct comparison *all, unsigned int count)
{
	(void)all;
	(void)count;
	json_close(']');
	json_close('}');
}

const struct compare_show compare_json = { begin, show_situation, show_path, end };
