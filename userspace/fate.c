// SPDX-License-Identifier: GPL-2.0
/*
 * What the seed decides about a read.
 */
#include "fate.h"

#define LONGEST_EXPONENT 20	/* 2^20 us: the longest patience is about a second */

/* One step of SplitMix64: the next of a sequence of well-mixed numbers. */
static __u64 next(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/*
 * Every power of two is as likely as the others, from 1 us to 1 s: so cancels
 * meet reads at every stage, whatever the device's settling time is.
 */
static __u64 patience_ns(__u64 *state)
{
	__u64 longest_ns = 1000ULL << (next(state) % LONGEST_EXPONENT + 1);

	return longest_ns / 2 + next(state) % (longest_ns / 2);
}

struct fate fate_of(__u64 seed, const struct mix *mix, struct read_name name)
{
	__u64 state = seed;
	struct fate fate;

	state = next(&state) ^ name.thread;
	state = next(&state) ^ name.reader;
	state = next(&state) ^ name.number;
	fate.async = next(&state) % 4 == 0;
	fate.patience_ns = next(&state) % 4 == 0 ? 0 : patience_ns(&state);
	fate.path = mix_choose_path(mix, name.paths, next(&state));
	fate.way = mix_choose_way(mix, fate.path, next(&state));
	return fate;
}
