// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe stress` tells programs. The names are documented in the
 * manual page, and stay.
 */
#include "json.h"
#include "report_json.h"

static void put_plan(const struct plan *plan)
{
	json_open("plan", '{');
	json_number("instances", plan->instances);
	json_number("threads", plan->threads);
	json_number("seconds", plan->seconds);
	json_number("reads", plan->reads);
	json_number("seed", plan->seed);
	json_open("paths", '[');
	for (enum path path = 0; path < PATHS; path++)
		if (plan->mix.share[path])
			json_text(NULL, path_words[path].name);
	json_close(']');
	json_open("mix", '{');
	for (enum way way = 0; way < WAYS; way++)
		json_number(way_words[way].name, plan->mix.weight[way]);
	json_close('}');
	json_bool("abrupt", plan->abrupt);
	json_close('}');
}

static void put_reads(const struct run *run)
{
	const struct tally *total = &run->total;
	__u64 in_driver = run_cancelled_in_driver(run);

	json_open("reads", '{');
	json_number("submitted", tally_submitted(total));
	json_number("sample", tally_ended_as(total, GOT_SAMPLE));
	json_number("too_late", tally_ways(total).too_late);
	json_number("cancelled_in_driver", in_driver);
	json_number("cancelled_before_driver", run_cancelled(run) - in_driver);
	json_number("otherwise", tally_ended_as(total, ENDED_OTHERWISE));
	json_number("in_flight", tally_in_flight(total));
	json_close('}');
}

static void put_path(const struct tally *tally, enum path path)
{
	json_open(path_words[path].name, '{');
	json_number("submitted", tally->submitted[path]);
	json_number("sample", tally->ended[path][GOT_SAMPLE]);
	json_number("too_late", tally->too_late[path]);
	json_number("cancelled", tally->ended[path][WAS_CANCELLED]);
	json_number("otherwise", tally->ended[path][ENDED_OTHERWISE]);
	json_close('}');
}

static void put_paths(const struct tally *tally)
{
	json_open("paths", '{');
	for (enum path path = 0; path < PATHS; path++)
		put_path(tally, path);
	json_close('}');
}

/* Only what was seen: most answers never come. */
static void put_answer(const struct tally *tally, enum way way, enum answer answer)
{
	const _Atomic __u64 *first = tally->first[way][answer];
	__u64 sum = 0;

	for (int sequel = 0; sequel < SEQUELS; sequel++)
		sum += first[sequel];
	if (!sum)
		return;
	json_open(answer_names[answer], '{');
	for (int sequel = 0; sequel < SEQUELS; sequel++)
		json_number(sequel_names[sequel], first[sequel]);
	json_close('}');
}

static void put_way(const struct tally *tally, enum way way)
{
	struct way_tally of = tally_way(tally, way);

	json_open(way_words[way].name, '{');
	json_number("cancels", of.cancels);
	json_number("cancelled", of.cancelled);
	json_number("too_late", of.too_late);
	json_number("not_found_obeyed", of.obeyed);
	json_number("not_found_not_obeyed", of.not_found);
	json_open("answers", '{');
	for (enum answer answer = 0; answer < ANSWERS; answer++)
		put_answer(tally, way, answer);
	json_close('}');
	json_close('}');
}

static void put_ways(const struct run *run)
{
	json_open("ways", '{');
	for (enum way way = 0; way < WAYS; way++)
		put_way(&run->total, way);
	json_close('}');
	json_number("repeated", run->total.repeated);
}

static void put_latency(const struct latency *latency)
{
	json_open("latency_ns", '{');
	json_number("count", latency_count(latency));
	json_number("median", latency_quantile(latency, 50));
	json_number("p99", latency_quantile(latency, 99));
	json_number("worst", latency->worst);
	json_open("octaves", '[');
	for (unsigned int octave = 0; octave < LATENCY_OCTAVES; octave++) {
		if (!latency_octave(latency, octave))
			continue;
		json_open(NULL, '{');
		json_number("below_ns", 1000ULL << octave);
		json_number("count", latency_octave(latency, octave));
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

static void put_snapshot(const char *key, const struct snapshot *snapshot)
{
	json_open(key, '{');
	for (int c = 0; c < COUNTERS; c++)
		json_number(counter_names[c], snapshot->count[c]);
	json_close('}');
}

static void put_node(const struct run *run)
{
	json_open("node", '{');
	put_snapshot("before", &run->before);
	put_snapshot("after", &run->after);
	put_snapshot("own", &run->own);
	json_bool("others", run_has_company(run));
	json_number("others_submitted", run_others(run, SUBMITTED));
	json_number("settle_us", run->settle_us);
	json_close('}');
}

static void put_samples(const struct run *run)
{
	const struct ledger_result *samples = &run->samples;

	json_open("samples", '{');
	json_number("first", run->shared.ledger.base + 1);
	json_number("last", run->after.count[ACQUIRED]);
	json_number("read", tally_ended_as(&run->total, GOT_SAMPLE));
	json_number("not_read", samples->missing);
	json_number("unseen", run->unseen);
	if (samples->closest_ns != ULLONG_MAX)
		json_number("closest_ns", samples->closest_ns);
	json_close('}');
}

static void put_instances(const struct run *run)
{
	const struct instance *instance;

	json_open("instances", '[');
	for (unsigned int i = 0; i < run->plan.instances; i++) {
		instance = &run->instances[i];
		json_open(NULL, '{');
		json_number("pid", instance->pid);
		json_bool("died", instance->died);
		json_close('}');
	}
	json_close(']');
}

static void put_law(const struct law *law)
{
	const struct breach *breach;

	json_open("law", '{');
	json_bool("held", !law->broken);
	json_number("broken", law->broken);
	json_open("breaches", '[');
	for (unsigned int i = 0; i < law->shown; i++) {
		breach = &law->first[i];
		json_open(NULL, '{');
		json_text("rule", breach->rule);
		json_text("what", breach->what);
		json_number("times", breach->times);
		json_number("alike", breach->alike);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

void report_json(const struct run *run)
{
	json_open(NULL, '{');
	put_plan(&run->plan);
	json_number("elapsed_ns", run->ended_ns - run->started_ns);
	json_number("quiet_ns", run->quiet_ns);
	put_reads(run);
	put_paths(&run->total);
	put_ways(run);
	put_latency(&run->total.latency);
	put_node(run);
	put_samples(run);
	put_instances(run);
	put_law(&run->shared.law);
	json_close('}');
}
