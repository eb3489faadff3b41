/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What storms over all paths: a process whose threads read in every way, cancel
 * what they read in every way, and that ends in any way at any moment. What they
 * read is checked: no sample twice, and no buffer written to without one.
 */
#ifndef STORM_H
#define STORM_H

#include <stdatomic.h>

#include "node.h"

/* Of one node, as long as the module is loaded: more are not looked at. */
#define STORM_SAMPLES 1048576

enum storm_path {
	STORM_READ,
	STORM_IOWQ,
	STORM_AIO,
	STORM_CMD,
	STORM_POLL,
	NR_STORM_PATHS,
};

extern const char *const storm_paths[NR_STORM_PATHS];

/* Those whose requests are queued, and the one where readers wait instead */
enum storm_node {
	STORM_CSQ,
	STORM_STARTIO,
	STORM_CANCEL_LOCK,
	STORM_DRIVER_QUEUE,
	STORM_FRAMEWORK,
	STORM_WAIT_QUEUE,
	NR_STORM_NODES,
	STORM_QUEUES = STORM_WAIT_QUEUE,
};

extern const char *const storm_nodes[NR_STORM_NODES];

/**
 * struct storm_tally - how reads of one node by one path ended, as far as anybody was told
 * @samples:   with a sample, untold before
 * @cancelled: cancelled or interrupted, the buffer as it was
 * @refused:   otherwise as they may, the buffer as it was
 * @wrong:     as they may not
 */
struct storm_tally {
	atomic_ulong samples;
	atomic_ulong cancelled;
	atomic_ulong refused;
	atomic_ulong wrong;
};

/**
 * struct storm - what all processes share
 * @stop:    they are to finish what they do, and end
 * @tallies: how their reads ended
 * @told:    how many samples were read of each node
 * @seen:    which of its samples these were
 */
struct storm {
	atomic_bool stop;
	struct storm_tally tallies[NR_STORM_PATHS][NR_STORM_NODES];
	atomic_ulong told[NR_STORM_NODES];
	atomic_uchar seen[NR_STORM_NODES][STORM_SAMPLES];
};

struct storm *storm_new(void);
void storm_numbers_begin_anew(struct storm *storm);
unsigned int storm_draw(unsigned int *seed, unsigned int below);
pid_t storm_process(struct storm *storm, unsigned int seed);

#endif /* STORM_H */
