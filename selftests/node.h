/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The node under test: its settings and its counts, and how to wait for them.
 *
 * What is not itself under test does not fail quietly: die() says what was
 * tried, and ends the test.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "cancelsafe.h"

#define NODE "/dev/cancelsafe"
#define NODE_SYSFS "/sys/class/misc/cancelsafe/"
#define PARENT_SYSFS "/sys/devices/cancelsafe/"

/* The node that all of the below is about: cancelsafe, unless a test says so. */
extern const char *node_name;

/*
 * The open file of a read that keeps the node's server busy, so that a test's own
 * reads are queued; -1: there is none. It does not count: node_counts() is without
 * it. It goes as soon as the device may settle: settle_us() waits for that.
 */
extern int node_busy;

#define SAMPLE_SIZE ((long)sizeof(struct cancelsafe_sample))

/* The longest settling time: within a test, the device never settles. */
#define NEVER 3600000000u

/* Far longer than anything takes that does happen, on a slow machine too. */
#define WATCHDOG_NS 20000000000ull

/* Every byte that a read may write holds this before. */
#define POISON 0xa5

/**
 * struct counts - a snapshot, of the node or of an open file
 */
struct counts {
	uint64_t submitted;
	uint64_t completed;
	uint64_t cancelled;
	uint64_t failed;
	uint64_t waiting;
	uint64_t acquired;
	uint64_t undeliverable;
};

#define NR_COUNTS (sizeof(struct counts) / sizeof(uint64_t))

extern const char *const count_names[NR_COUNTS];

/*
 * Wait until a condition holds, or the watchdog barks. Tells which: a statement
 * expression with the condition's last value.
 */
#define WAIT_UNTIL(condition) ({					\
	uint64_t _end = now_ns() + WATCHDOG_NS;				\
	bool _holds;							\
									\
	while (!(_holds = (condition)) && now_ns() < _end)		\
		usleep(200);						\
	_holds;								\
})

void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
uint64_t now_ns(void);
bool go_on(uint64_t begun, unsigned int ms, bool enough);

int read_file(const char *path, char *text, size_t size);
int write_file(const char *path, const char *text, size_t len);

/* Settings */
const char *node_path(const char *attribute);
bool node_has(const char *attribute);
bool node_model_is(const char *name);
bool node_starts(void);
int node_write(const char *setting, const char *text);
uint64_t node_get(const char *attribute);
void node_set(const char *setting, uint64_t value);
void settle_us(uint64_t us);
void acquire_us(uint64_t us);
void queue_limit(uint64_t limit);
void close_policy(const char *policy);

/* Unplugging it and plugging it in again: 0 or -errno */
int node_unplug(void);
int node_plug(void);

/* Counts */
bool parse_counts(const char *text, struct counts *counts);
struct counts node_counts(void);
struct counts file_counts(int fd);
struct counts counts_since(struct counts now, struct counts before);
bool law_holds(struct counts counts);
const char *counts_text(struct counts counts);
long wait_waiting(long n);

/* The node, and what a read of it leaves behind */
const char *node_missing(void);
int node_try_open(int flags);
int node_open(int flags);
struct cancelsafe_sample node_probe(void);
bool is_untouched(const void *from, size_t len);
bool is_sample(const struct cancelsafe_sample *sample);

#endif /* NODE_H */
