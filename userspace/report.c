// SPDX-License-Identifier: GPL-2.0
/*
 * What `cancelsafe stress` tells people.
 */
#include <stddef.h>
#include <stdio.h>

#include "report.h"
#include "terminal.h"

void report_start(const struct run *run, __u64 seconds, __u64 reads, bool keys)
{
	printf("%u thread%s, %d reads in flight each, seed %llu", run->threads,
	       run->threads == 1 ? "" : "s", IN_FLIGHT, run->shared.seed);
	if (reads)
		printf(", %llu reads", reads);
	if (seconds)
		printf(", %llu s", seconds);
	putchar('\n');
	if (keys)
		printf("q ends it gracefully, any other key abruptly\n");
	fflush(stdout);
}

void report_progress(const struct run *run)
{
	__u64 samples = RUN_TOTAL(run, ended[GOT_SAMPLE]);
	__u64 cancelled = RUN_TOTAL(run, ended[WAS_CANCELLED]);
	__u64 ended = run_ended(run);
	double seconds = (now_ns() - run->started_ns) / 1e9;
	char line[160];

	snprintf(line, sizeof(line),
		 "%.0f s: %llu samples, %llu cancelled, %llu in flight, %.0f reads/s",
		 seconds, samples, cancelled, run_in_flight(run), ended / seconds);
	terminal_line(line);
}

static void row(const char *name, __u64 value)
{
	printf("  %-44s%12llu\n", name, value);
}

static void report_reads(const struct run *run)
{
	__u64 cancelled = RUN_TOTAL(run, ended[WAS_CANCELLED]);
	__u64 in_driver = run->own.count[CANCELLED] + run->own.count[FAILED];

	/* What ended otherwise may have been cancelled in the driver, too. */
	if (in_driver > cancelled)
		in_driver = cancelled;
	printf("\nreads\n");
	row("submitted", RUN_TOTAL(run, submitted));
	row("got a sample", RUN_TOTAL(run, ended[GOT_SAMPLE]));
	row("  of these, a cancel came too late for", RUN_TOTAL(run, too_late));
	row("cancelled while they waited in the driver", in_driver);
	row("cancelled before the driver saw them", cancelled - in_driver);
	row("ended otherwise", RUN_TOTAL(run, ended[ENDED_OTHERWISE]));
}

static void report_answers(const struct run *run)
{
	static const char *const said[ANSWERS] = {
		[SAID_DONE] = "0",
		[SAID_ALREADY] = "-EALREADY",
		[SAID_NOT_FOUND] = "-ENOENT",
	};

	printf("\n%-20s%18s%18s\n", "what a cancel said", "read cancelled", "got a sample");
	for (int i = 0; i < ANSWERS; i++)
		printf("  %-18s%18llu%18llu\n", said[i],
		       RUN_TOTAL(run, answers[i][WAS_CANCELLED]),
		       RUN_TOTAL(run, answers[i][GOT_SAMPLE]));
	printf("  So what a cancel says is no proof: only the read's own result is.\n"
	       "  %llu cancels, %llu of them repeated until the read ended.\n",
	       RUN_TOTAL(run, cancels), RUN_TOTAL(run, repeated));
}

static void report_node(const struct run *run)
{
	printf("\n%-16s%14s%14s%14s\n", "node's counters", "before", "after", "by this run");
	for (int c = 0; c < COUNTERS; c++)
		printf("  %-14s%14llu%14llu%14llu\n", counter_names[c],
		       run->before.count[c], run->after.count[c], run->own.count[c]);
	if (run_others(run, SUBMITTED) || run->before.count[WAITING] || run->after.count[WAITING])
		printf("  Somebody else uses the node: %llu reads during this run.\n",
		       run_others(run, SUBMITTED));
}

static void report_samples(const struct run *run)
{
	__u64 got = RUN_TOTAL(run, ended[GOT_SAMPLE]);

	printf("\nsamples %llu to %llu: %llu read, %llu not",
	       run->shared.ledger.base + 1, run->after.count[ACQUIRED], got,
	       run->samples.missing);
	if (run->samples.missing)
		printf(" (the first: %llu)", run->samples.first_missing);
	if (run->samples.closest_ns != ULLONG_MAX)
		printf("; closest %.1f us, settling time %llu us",
		       run->samples.closest_ns / 1e3, run->settle_us);
	putchar('\n');
}

static void report_law(const struct law *law)
{
	const struct breach *breach;

	if (!law->broken) {
		printf("\nThe law held: every read ended once, no sample was lost, repeated or\n"
		       "invented, no cancelled read's buffer was touched, all counters add up.\n");
		return;
	}
	printf("\nTHE LAW WAS BROKEN, %llu time%s:\n", law->broken,
	       law->broken == 1 ? "" : "s");
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

void report_table(const struct run *run)
{
	double seconds = (run->ended_ns - run->started_ns) / 1e9;

	printf("all ended after %.1f s: %.0f reads/s\n", seconds, run_ended(run) / seconds);
	report_reads(run);
	report_answers(run);
	report_node(run);
	report_samples(run);
	report_law(&run->shared.law);
}
