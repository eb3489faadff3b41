/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What comes of many reads, some of which are cancelled, of an open file that
 * nobody else reads; and a device that is slow enough for some of each.
 */
#ifndef TALLY_H
#define TALLY_H

#include "node.h"

/* As many samples as one test may read. */
#define TALLY_SAMPLES 1048576

/**
 * struct tally - what came of many reads
 * @base:      number of the last sample before them
 * @settle:    the device's settling time
 * @samples:   how many reads ended with a sample
 * @cancelled: how many were cancelled, and left their buffers alone
 * @wrong:     how many ended otherwise, or with a sample seen before
 * @last:      how the last wrong one ended
 * @seen:      which samples were read, counted from @base
 */
struct tally {
	uint64_t base;
	unsigned int settle;
	uint64_t samples;
	uint64_t cancelled;
	uint64_t wrong;
	long last;
	unsigned char seen[TALLY_SAMPLES];
};

void tally_begin(struct tally *tally, uint64_t base, unsigned int settle);
void tally_end(struct tally *tally, long result, const void *buffer,
	       size_t size);
void tally_keep_pace(struct tally *tally);
unsigned int keep_pace(unsigned int settle, uint64_t samples, uint64_t cancelled);
void shuffle(unsigned int *order, unsigned int n);

#endif /* TALLY_H */
