// SPDX-License-Identifier: GPL-2.0
/*
 * A run of `cancelsafe stress`: sums over its threads.
 */
#include "run.h"

__u64 run_total(const struct run *run, size_t offset)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < run->threads; i++) {
		const char *tally = (const char *)&run->workers[i].tally;

		sum += *(const _Atomic __u64 *)(tally + offset);
	}
	return sum;
}

__u64 run_ended(const struct run *run)
{
	return RUN_TOTAL(run, ended[GOT_SAMPLE]) + RUN_TOTAL(run, ended[WAS_CANCELLED]) +
	       RUN_TOTAL(run, ended[ENDED_OTHERWISE]);
}

__u64 run_in_flight(const struct run *run)
{
	__u64 ended = run_ended(run);	/* first: so it is never more than were submitted */

	return RUN_TOTAL(run, submitted) - ended;
}

__u64 run_rise(const struct run *run, enum counter counter)
{
	return run->after.count[counter] - run->before.count[counter];
}

__u64 run_others(const struct run *run, enum counter counter)
{
	__u64 rise = run_rise(run, counter), own = run->own.count[counter];

	return rise > own ? rise - own : 0;	/* less: verify_node() said so */
}
