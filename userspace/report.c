// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe stress` tells people.
 */
#include <stdio.h>

#include "report.h"
#include "terminal.h"

static const char bar[] = "##################################################";

#define BAR_WIDTH (sizeof(bar) - 1)

static const char *plural(__u64 n)
{
	return n == 1 ? "" : "s";
}

/* As --path and --mix take them. */
static void report_mix(const struct mix *mix)
{
	const char *before = "paths ";

	for (enum path path = 0; path < PATHS; path++) {
		if (!mix->share[path])
			continue;
		printf("%s%s", before, path_words[path].name);
		before = ",";
	}
	before = "\nmix ";
	for (enum way way = 0; way < WAYS; way++) {
		if (!mix->weight[way])
			continue;
		printf("%s%s=%u", before, way_words[way].name, mix->weight[way]);
		before = ",";
	}
	putchar('\n');
}

void report_start(const struct run *run, bool keys)
{
	const struct plan *plan = &run->plan;

	if (plan->instances > 1)
		printf("%u instances of ", plan->instances);
	printf("%u thread%s, %d reads in flight each, seed %llu", plan->threads,
	       plural(plan->threads), IN_FLIGHT, plan->seed);
	if (plan->reads)
		printf(", %llu reads", plan->reads);
	if (plan->seconds)
		printf(", %llu s", plan->seconds);
	putchar('\n');
	report_mix(&plan->mix);
	if (keys)
		printf("q ends it gracefully, any other key abruptly\n");
	fflush(stdout);
}

void report_progress(const struct run *run)
{
	const struct tally *total = &run->total;
	double seconds = (now_ns() - run->started_ns) / 1e9;
	char line[160];

	snprintf(line, sizeof(line),
		 "%.0f s: %llu samples, %llu cancelled, %llu in flight, %.0f reads/s",
		 seconds, tally_ended_as(total, GOT_SAMPLE), tally_ended_as(total, WAS_CANCELLED),
		 tally_in_flight(total), tally_ended(total) / seconds);
	terminal_line(line);
}

static void row(const char *name, __u64 value)
{
	printf("  %-44s%12llu\n", name, value);
}

static void report_reads(const struct run *run)
{
	const struct tally *total = &run->total;
	__u64 in_driver = run_cancelled_in_driver(run);

	printf("\nreads\n");
	row("submitted", tally_submitted(total));
	row("got a sample", tally_ended_as(total, GOT_SAMPLE));
	row("  of these, a cancel came too late for", tally_ways(total).too_late);
	row("cancelled while they waited in the driver", in_driver);
	row("cancelled before the driver saw them", run_cancelled(run) - in_driver);
	row("ended otherwise", tally_ended_as(total, ENDED_OTHERWISE));
	if (!tally_in_flight(total))
		return;
	row("got a sample that nobody was there to see", run->unseen);
	row("wait in the driver still", run->own.count[WAITING]);
	row("  of all, in flight when their process ended", tally_in_flight(total));
}

static void report_paths(const struct tally *total)
{
	printf("\n%-32s%11s%9s%10s%10s%6s\n", "", "", "got a", "of these,", "", "other-");
	printf("%-32s%11s%9s%10s%10s%6s\n", "paths", "submitted", "sample", "too late",
	       "cancelled", "wise");
	for (enum path path = 0; path < PATHS; path++) {
		const _Atomic __u64 *ended = total->ended[path];

		if (total->submitted[path])
			printf("  %-5s%-25s%11llu%9llu%10llu%10llu%6llu\n", path_words[path].name,
			       path_words[path].meaning, total->submitted[path],
			       ended[GOT_SAMPLE], total->too_late[path], ended[WAS_CANCELLED],
			       ended[ENDED_OTHERWISE]);
	}
}

static void report_way(const char *name, const char *meaning, struct way_tally of)
{
	printf("  %-7s%-19s%9llu%10llu%9llu%12llu%11llu\n", name, meaning, of.cancels,
	       of.cancelled, of.too_late, of.obeyed, of.not_found);
}

static void report_ways(const struct run *run)
{
	struct way_tally of;

	printf("\n%-28s%9s%10s%9s%12s%11s\n", "", "", "reads", "too", "not found,", "not found,");
	printf("%-28s%9s%10s%9s%12s%11s\n", "ways to cancel", "cancels", "cancelled", "late",
	       "but obeyed", "not obeyed");
	for (enum way way = 0; way < WAYS; way++) {
		of = tally_way(&run->total, way);
		if (of.cancels || of.cancelled)
			report_way(way_words[way].name, way_words[way].meaning, of);
	}
	printf("  What io_uring says of a cancel is no proof: only the read's own result is.\n"
	       "  So there were %llu more cancels, each of one read that had not ended yet.\n",
	       run->total.repeated);
}

static const char *octave_name(unsigned int octave, char name[static 16])
{
	if (octave < 10)
		snprintf(name, 16, "%u us", 1 << octave);
	else if (octave < 20)
		snprintf(name, 16, "%u ms", 1 << (octave - 10));
	else
		snprintf(name, 16, "%u s", 1 << (octave - 20));
	return name;
}

static void report_octaves(const struct latency *latency)
{
	unsigned int first = 0, last = LATENCY_OCTAVES - 1;
	__u64 most = 0, here;
	char name[16];

	while (!latency_octave(latency, first))
		first++;
	while (!latency_octave(latency, last))
		last--;
	for (unsigned int octave = first; octave <= last; octave++)
		if (latency_octave(latency, octave) > most)
			most = latency_octave(latency, octave);
	for (unsigned int octave = first; octave <= last; octave++) {
		here = latency_octave(latency, octave);
		printf("  <%7s%10llu%s%.*s\n", octave_name(octave, name), here, here ? "  " : "",
		       (int)((here * BAR_WIDTH + most - 1) / most), bar);
	}
}

static void report_latency(const struct latency *latency)
{
	char median[16], most[16], worst[16];

	if (!latency_count(latency))
		return;
	printf("\nfrom a cancel to its read's end: median %s, 99 %% in %s, worst %s\n",
	       time_name(latency_quantile(latency, 50), median),
	       time_name(latency_quantile(latency, 99), most),
	       time_name(latency->worst, worst));
	report_octaves(latency);
}

static void report_node(const struct run *run)
{
	printf("\n%-16s%14s%14s%14s\n", "node's counters", "before", "after", "by this run");
	for (int c = 0; c < COUNTERS; c++)
		printf("  %-14s%14llu%14llu%14llu\n", counter_names[c],
		       run->before.count[c], run->after.count[c], run->own.count[c]);
	if (run_has_company(run))
		printf("  Somebody else uses the node: %llu reads during this run.\n",
		       run_others(run, SUBMITTED));
}

static void report_samples(const struct run *run)
{
	if (run->after.count[ACQUIRED] == run->shared.ledger.base) {
		printf("\nno sample was acquired\n");
		return;
	}
	printf("\nsamples %llu to %llu: %llu read, %llu not",
	       run->shared.ledger.base + 1, run->after.count[ACQUIRED],
	       tally_ended_as(&run->total, GOT_SAMPLE), run->samples.missing);
	if (run->samples.missing)
		printf(" (the first: %llu)", run->samples.first_missing);
	if (run->samples.closest_ns != ULLONG_MAX)
		printf("; closest %.1f us, settling time %llu us",
		       run->samples.closest_ns / 1e3, run->settle_us);
	putchar('\n');
}

static void report_breaches(const struct law *law)
{
	const struct breach *breach;

	printf("\nTHE LAW WAS BROKEN, %llu time%s:\n", law->broken, plural(law->broken));
	for (unsigned int i = 0; i < law->shown; i++) {
		breach = &law->first[i];
		printf("  %s: %s", breach->rule, breach->what);
		if (breach->times > 1)
			printf(" (%llu times)", breach->times);
		if (breach->alike)
			printf("\n      and %llu more of that kind", breach->alike);
		putchar('\n');
	}
}

static void report_law(const struct run *run)
{
	if (run->shared.law.broken)
		report_breaches(&run->shared.law);
	else if (tally_in_flight(&run->total))
		printf("\nThe law held: no read ended twice, what was in flight left the driver,\n"
		       "no sample was lost, repeated or invented, no cancelled read's buffer was\n"
		       "touched, all counters add up.\n");
	else
		printf("\nThe law held: every read ended once, no sample was lost, repeated or\n"
		       "invented, no cancelled read's buffer was touched, all counters add up.\n");
}

static void report_end(const struct run *run)
{
	__u64 in_flight = tally_in_flight(&run->total);
	double seconds = (run->ended_ns - run->started_ns) / 1e9;
	char quiet[16];

	if (!in_flight) {
		printf("all ended after %.1f s: %.0f reads/s\n", seconds,
		       tally_ended(&run->total) / seconds);
		return;
	}
	printf("ended after %.1f s with %llu reads in flight", seconds, in_flight);
	if (run->own.count[WAITING])
		printf("; %llu wait in the driver still: they were\ngiven up\n",
		       run->own.count[WAITING]);
	else
		printf("; the driver had got rid of them\n%s after the last process was gone\n",
		       time_name(run->quiet_ns, quiet));
}

void report_table(const struct run *run)
{
	report_end(run);
	report_reads(run);
	report_paths(&run->total);
	report_ways(run);
	report_latency(&run->total.latency);
	report_node(run);
	report_samples(run);
	report_law(run);
}
