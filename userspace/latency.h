/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long cancelled reads took to end: a histogram.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdatomic.h>
#include <linux/types.h>

/*
 * Octaves of microseconds: the first is below 1 us, the last from 2^28 us (four
 * minutes) on. Each is split into eight, for the quantiles.
 */
#define LATENCY_OCTAVES 30
#define LATENCY_SPLIT 8

/**
 * struct latency - a histogram; any thread may add to it
 * @times: how many took so long
 * @worst: the longest, in nanoseconds
 */
struct latency {
	_Atomic __u64 times[LATENCY_OCTAVES][LATENCY_SPLIT];
	_Atomic __u64 worst;
};

/**
 * latency_note() - one more
 * @latency: the histogram
 * @ns:      how long it took
 */
void latency_note(struct latency *latency, __u64 ns);

/**
 * latency_add() - add a histogram to another
 * @sum:  the one
 * @more: the other
 */
void latency_add(struct latency *sum, const struct latency *more);

/**
 * latency_octave() - how many are in an octave
 * @latency: the histogram
 * @octave:  0: those below 1 us; n: those from 2^(n-1) us to 2^n us
 *
 * Return: their number.
 */
__u64 latency_octave(const struct latency *latency, unsigned int octave);

/**
 * latency_count() - how many there are in all
 * @latency: the histogram
 *
 * Return: their number.
 */
__u64 latency_count(const struct latency *latency);

/**
 * latency_quantile() - how long so many of them took at most
 * @latency: the histogram
 * @percent: how many, 1 to 99
 *
 * Return: nanoseconds, at most an eighth of an octave too many; 0 if it is empty.
 */
__u64 latency_quantile(const struct latency *latency, unsigned int percent);

#endif /* LATENCY_H */
