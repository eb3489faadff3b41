// SPDX-License-Identifier: GPL-2.0
/*
 * A run of `cancelsafe stress`: what was asked for, and all that was seen of it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"
#include "run.h"

static struct run *allocate(unsigned int nr_workers)
{
	size_t size = sizeof(struct run) + nr_workers * sizeof(struct worker);
	struct run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			       -1, 0);

	if (run == MAP_FAILED) {
		complain("no memory for %u threads: %s", nr_workers, strerror(errno));
		return NULL;
	}
	run->nr_workers = nr_workers;
	for (unsigned int i = 0; i < nr_workers; i++)
		run->workers[i].fd = -1;
	return run;
}

/*
 * The node is opened here, before processes are forked: so the driver's counters
 * of each open file can still be read when its process is gone.
 */
static int init_workers(struct run *run)
{
	__u64 reads = run->plan.reads, n = run->nr_workers;

	for (unsigned int i = 0; i < n; i++)
		if (worker_init(&run->workers[i], &run->shared, i,
				reads ? reads / n + (i < reads % n) : ULLONG_MAX))
			return -1;
	return 0;
}

struct run *run_create(const struct plan *plan)
{
	struct run *run = allocate(plan->instances * plan->threads);
	__u64 acquire_us;

	if (!run)
		return NULL;
	run->plan = *plan;
	run->shared.seed = plan->seed;
	run->shared.mix = plan->mix;
	law_init(&run->shared.law);
	if (init_workers(run) || node_setting("settle_us", &run->settle_us) ||
	    node_setting("acquire_us", &acquire_us) || node_snapshot(&run->before) ||
	    ledger_open(&run->shared.ledger, run->before.count[ACQUIRED])) {
		run_close(run);
		return NULL;
	}
	run->shared.acquire_ns = acquire_us * 1000;
	return run;
}

void run_close(struct run *run)
{
	for (unsigned int i = 0; i < run->nr_workers; i++)
		if (run->workers[i].fd >= 0)
			close(run->workers[i].fd);
}

const struct instance *run_instance_of(const struct run *run, const struct worker *worker)
{
	return &run->instances[worker->index / run->plan.threads];
}

void run_add_up(struct run *run)
{
	struct tally *total = &run->total;

	memset(total, 0, sizeof(*total));
	for (unsigned int i = 0; i < run->nr_workers; i++)
		tally_add(total, &run->workers[i].tally);
}

/* What else can have become of a read in flight, its file's counters say. */
__u64 run_cancelled(const struct run *run)
{
	__u64 in_flight = tally_in_flight(&run->total);
	__u64 others = run->unseen + run->own.count[WAITING];

	return tally_ended_as(&run->total, WAS_CANCELLED) +
	       (in_flight > others ? in_flight - others : 0);
}

/* What ended otherwise may have been cancelled in the driver, too. */
__u64 run_cancelled_in_driver(const struct run *run)
{
	__u64 in_driver = run->own.count[CANCELLED] + run->own.count[FAILED];
	__u64 cancelled = run_cancelled(run);

	return in_driver < cancelled ? in_driver : cancelled;
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

bool run_has_company(const struct run *run)
{
	return run_others(run, SUBMITTED) || run->before.count[WAITING] ||
	       run->after.count[WAITING] > run->own.count[WAITING];
}
