// SPDX-License-Identifier: GPL-2.0
/*
 * Every sample that was read in a run, by its sequence number.
 *
 * The table is as long as it can ever get, and the kernel gives memory only
 * for what is touched: so threads need one exchange to note a sample, and the
 * loser of two who read the same one knows at once.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "command.h"
#include "ledger.h"

int ledger_open(struct ledger *ledger, __u64 base)
{
	size_t size = LEDGER_SAMPLES * sizeof(*ledger->times);
	void *times;

	times = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (times == MAP_FAILED) {
		complain("cannot set %zu MiB of address space aside: %s: "
			 "raise ulimit -v, or set sysctl vm.overcommit_memory=0",
			 size >> 20, strerror(errno));
		return -1;
	}
	ledger->base = base;
	ledger->times = times;
	atomic_init(&ledger->last, base);
	return 0;
}

static void note_last(struct ledger *ledger, __u64 sequence)
{
	__u64 last = atomic_load(&ledger->last);

	while (last < sequence)
		if (atomic_compare_exchange_weak(&ledger->last, &last, sequence))
			break;
}

void ledger_note(struct ledger *ledger, struct law *law,
		 const struct cancelsafe_sample *sample)
{
	__u64 sequence = sample->sequence;
	__u64 time = sample->acquired_ns;

	if (sequence <= ledger->base) {
		law_broken(law, "A7",
			   "sample %llu was read, but the run began after sample %llu",
			   sequence, ledger->base);
		return;
	}
	note_last(ledger, sequence);
	if (sequence - ledger->base > LEDGER_SAMPLES)
		return;		/* ledger_check() finds it invented */
	if (!time) {
		law_broken(law, "ABI", "sample %llu has no time", sequence);
		time = 1;	/* yet it was read */
	}
	if (atomic_exchange(&ledger->times[sequence - ledger->base - 1], time))
		law_broken(law, "A7", "sample %llu was read twice", sequence);
}

bool ledger_nearly_full(const struct ledger *ledger)
{
	return atomic_load(&ledger->last) - ledger->base > LEDGER_SAMPLES / 16 * 15;
}

struct stamp {
	__u64 sequence;
	__u64 ns;
};

/* Both were read, and nothing between them. */
static void check_pair(struct law *law, const struct ledger_limits *limits,
		       struct stamp earlier, struct stamp later)
{
	__u64 least_ns = (later.sequence - earlier.sequence) * limits->settle_ns;

	if (later.ns < earlier.ns)
		law_broken(law, "device", "sample %llu was acquired before sample %llu",
			   later.sequence, earlier.sequence);
	else if (later.ns - earlier.ns < least_ns)
		law_broken(law, "device",
			   "samples %llu and %llu are %llu ns apart, the device needs %llu ns",
			   earlier.sequence, later.sequence, later.ns - earlier.ns, least_ns);
}

static void check_time(struct law *law, const struct ledger_limits *limits,
		       struct stamp sample)
{
	if (sample.ns < limits->not_before)
		law_broken(law, "device", "sample %llu bears a time before the run",
			   sample.sequence);
	if (sample.ns > limits->not_after)
		law_broken(law, "device", "sample %llu bears a time after the run",
			   sample.sequence);
}

static void note_missing(struct ledger_result *result, __u64 sequence)
{
	if (!result->missing++)
		result->first_missing = sequence;
}

static void note_closest(struct ledger_result *result, struct stamp earlier, struct stamp later)
{
	if (later.sequence - earlier.sequence == 1 && later.ns - earlier.ns < result->closest_ns)
		result->closest_ns = later.ns - earlier.ns;
}

void ledger_check(struct ledger *ledger, struct law *law,
		  const struct ledger_limits *limits, struct ledger_result *result)
{
	struct stamp earlier = { 0 }, sample;

	*result = (struct ledger_result){ .closest_ns = ULLONG_MAX };
	for (__u64 i = 0; i < LEDGER_SAMPLES && ledger->base + i < limits->last; i++) {
		sample.sequence = ledger->base + 1 + i;
		sample.ns = atomic_load_explicit(&ledger->times[i], memory_order_relaxed);
		if (!sample.ns) {
			note_missing(result, sample.sequence);
			continue;
		}
		check_time(law, limits, sample);
		if (earlier.sequence) {
			check_pair(law, limits, earlier, sample);
			note_closest(result, earlier, sample);
		}
		earlier = sample;
	}
	if (ledger->last > limits->last)
		law_broken(law, "A7", "sample %llu was read, but only %llu were acquired",
			   ledger->last, limits->last);
}
