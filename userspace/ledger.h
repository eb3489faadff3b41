/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every sample that was read in a run, by its sequence number.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

#include "cancelsafe.h"
#include "law.h"

/*
 * How many samples a ledger can hold, at 8 bytes each. Memory is taken as
 * samples come. A run ends by itself when its ledger is nearly full.
 */
#define LEDGER_SAMPLES (1ULL << 27)

/**
 * struct ledger - the samples that were read; any thread may add to it, of any
 *                 process that was forked after ledger_open()
 * @base:  samples up to this number were acquired before the run
 * @times: when sample @base + 1 + index was acquired; 0: it was not read
 * @last:  the highest number that was read
 */
struct ledger {
	__u64 base;
	_Atomic __u64 *times;
	_Atomic __u64 last;
};

/**
 * struct ledger_limits - what the device says, for ledger_check()
 * @last:         highest number that it can have handed out
 * @settle_ns:    shortest time that it was to keep between two samples
 * @not_before:   when the run began
 * @not_after:    when the run ended
 */
struct ledger_limits {
	__u64 last;
	__u64 settle_ns;
	__u64 not_before, not_after;
};

/**
 * struct ledger_result - what ledger_check() found
 * @missing:       numbers up to @last that were not read
 * @first_missing: the lowest of them
 * @closest_ns:    shortest time between two samples in a row; ULLONG_MAX: none
 */
struct ledger_result {
	__u64 missing;
	__u64 first_missing;
	__u64 closest_ns;
};

/**
 * ledger_open() - begin a ledger
 * @ledger: the ledger
 * @base:   how many samples the device has acquired already
 *
 * Return: 0, or -1 after having complained.
 */
int ledger_open(struct ledger *ledger, __u64 base);

/**
 * ledger_note() - a sample was read
 * @ledger: the ledger
 * @law:    learns of it if the sample was read before, or cannot be
 * @sample: the sample
 */
void ledger_note(struct ledger *ledger, struct law *law,
		 const struct cancelsafe_sample *sample);

/**
 * ledger_nearly_full() - whether the run should end
 * @ledger: the ledger
 *
 * Return: true if there is not much room left.
 */
bool ledger_nearly_full(const struct ledger *ledger);

/**
 * ledger_check() - go through the whole ledger, when nobody adds to it anymore
 * @ledger: the ledger
 * @law:    learns of samples that are invented, out of order, or too close
 * @limits: what the device says
 * @result: what was found
 */
void ledger_check(struct ledger *ledger, struct law *law,
		  const struct ledger_limits *limits, struct ledger_result *result);

#endif /* LEDGER_H */
