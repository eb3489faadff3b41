// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "tally.h"

void tally_begin(struct tally *tally, uint64_t base, unsigned int settle)
{
	tally->base = base;
	tally->settle = settle;
	settle_us(settle);
}

static bool is_new(struct tally *tally, const struct cancelsafe_sample *sample)
{
	uint64_t number = sample->sequence - tally->base;

	return is_sample(sample) && number < TALLY_SAMPLES &&
	       !tally->seen[number]++;
}

/* A read into @buffer has ended, which had held nothing but POISON before. */
void tally_end(struct tally *tally, long result, const void *buffer, size_t size)
{
	if (result == -ECANCELED && is_untouched(buffer, size)) {
		tally->cancelled++;
	} else if (result == SAMPLE_SIZE && is_new(tally, buffer)) {
		tally->samples++;
	} else {
		tally->wrong++;
		tally->last = result;
	}
}

/*
 * A slow machine's device has always settled before the next read comes, and no
 * cancel finds one that waits: then it is made slower. Returns its settling time.
 */
unsigned int keep_pace(unsigned int settle, uint64_t samples, uint64_t cancelled)
{
	if (samples > 20 + 10 * cancelled && settle < 100000)
		settle_us(settle *= 2);
	return settle;
}

void tally_keep_pace(struct tally *tally)
{
	tally->settle = keep_pace(tally->settle, tally->samples,
				  tally->cancelled);
}

/* The numbers from 0 to @n - 1, in random order. */
void shuffle(unsigned int *order, unsigned int n)
{
	unsigned int i, j, swap;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i > 0; i--) {
		j = random() % (i + 1);
		swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
}
