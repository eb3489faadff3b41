// SPDX-License-Identifier: GPL-2.0
/*
 * How long cancelled reads took to end: a histogram.
 */
#include "latency.h"

#define SPLIT_SHIFT 3	/* 2^3 is LATENCY_SPLIT */

/* The first octave is linear, in eighths of a microsecond; the others halve each other. */
static unsigned int octave_of(__u64 eighths)
{
	unsigned int octave = 0;

	while (eighths >> SPLIT_SHIFT >> octave)
		octave++;
	return octave;
}

static unsigned int split_shift(unsigned int octave)
{
	return octave ? octave - 1 : 0;
}

/* Where the times that are counted there end. */
static __u64 end_ns(unsigned int octave, unsigned int split)
{
	__u64 first = octave ? LATENCY_SPLIT : 0;

	return ((first + split + 1) << split_shift(octave)) * 1000 / LATENCY_SPLIT;
}

void latency_note(struct latency *latency, __u64 ns)
{
	__u64 eighths = ns * LATENCY_SPLIT / 1000, worst = atomic_load(&latency->worst);
	unsigned int octave = octave_of(eighths);
	unsigned int split = (eighths >> split_shift(octave)) % LATENCY_SPLIT;

	if (octave >= LATENCY_OCTAVES) {
		octave = LATENCY_OCTAVES - 1;
		split = LATENCY_SPLIT - 1;
	}
	atomic_fetch_add_explicit(&latency->times[octave][split], 1, memory_order_relaxed);
	while (worst < ns)
		if (atomic_compare_exchange_weak(&latency->worst, &worst, ns))
			break;
}

void latency_add(struct latency *sum, const struct latency *more)
{
	for (int octave = 0; octave < LATENCY_OCTAVES; octave++)
		for (int split = 0; split < LATENCY_SPLIT; split++)
			sum->times[octave][split] += more->times[octave][split];
	if (sum->worst < more->worst)
		sum->worst = more->worst;
}

__u64 latency_octave(const struct latency *latency, unsigned int octave)
{
	__u64 sum = 0;

	for (int split = 0; split < LATENCY_SPLIT; split++)
		sum += latency->times[octave][split];
	return sum;
}

__u64 latency_count(const struct latency *latency)
{
	__u64 sum = 0;

	for (int octave = 0; octave < LATENCY_OCTAVES; octave++)
		sum += latency_octave(latency, octave);
	return sum;
}

__u64 latency_quantile(const struct latency *latency, unsigned int percent)
{
	__u64 rank = (latency_count(latency) * percent + 99) / 100, seen = 0, ns;

	for (int octave = 0; octave < LATENCY_OCTAVES; octave++) {
		for (int split = 0; split < LATENCY_SPLIT; split++) {
			seen += latency->times[octave][split];
			if (seen < rank || !seen)
				continue;
			ns = end_ns(octave, split);
			return ns < latency->worst ? ns : latency->worst;
		}
	}
	return latency->worst;
}
