// SPDX-License-Identifier: GPL-2.0
/*
 * Storms over all paths at once, with kill -9, close, unplug and rmmod in between.
 *
 * CANCELSAFE_SEED= has all processes draw again what they drew in another run;
 * when each is served, cancelled and killed remains the kernel's decision.
 * CANCELSAFE_STORM_S= is for how many seconds, 4 unless set.
 *
 * Needs the module's file, as lifetime_test. Afterwards it is without parameters.
 */
#include <stdlib.h>
#include <sys/wait.h>

#include "cancelsafe_test.h"
#include "module.h"
#include "storm.h"

#define PROCESSES 3
#define LONGEST_ROUND 100
#define PATIENCE_S 200	/* until each path has been used at each node */

static void __attribute__((constructor)) skip_without_module(void)
{
	const char *why = module_file_missing();

	if (why)
		ksft_exit_skip("%s\n", why);
}

/* Where the storm comes from: what it draws, its processes, what it did. */
static struct weather {
	struct storm *storm;
	unsigned int seed;
	pid_t pids[PROCESSES];
	unsigned int rounds;
	unsigned int processes;
	unsigned int kills;
	unsigned int unplugs;
	unsigned int refused;
	unsigned int wrong;
} weather;

static unsigned int draw(unsigned int below)
{
	return storm_draw(&weather.seed, below);
}

static unsigned int number_from_environment(const char *name, unsigned int other)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : other;
}

/* A call that may end in one of two ways */
static void expect_or(const char *what, int result, int err, int or)
{
	if (result == err || result == or)
		return;
	weather.wrong++;
	fprintf(stderr, "# %s: %d\n", what, result);
}

/* The settings. A node that is unplugged just now has none. */

static const char *draw_of(const char *const *values, unsigned int n)
{
	return values[draw(n)];
}

#define DRAW_OF(...) ({							\
	static const char *const _values[] = { __VA_ARGS__ };		\
									\
	draw_of(_values, ARRAY_SIZE(_values));				\
})

static void change_what_others_lack(void)
{
	node_write("current_ended_by", DRAW_OF("routine", "server"));
	node_write("route", DRAW_OF("direct", "requeue", "forward", "lower"));
	node_write("lower", DRAW_OF("plugged", "plugged", "unplugged"));
}

/* One that never settles, or never ends an acquisition, is so for a while only. */
static void change_a_setting(void)
{
	switch (draw(6)) {
	case 0:
		node_write("settle_us", DRAW_OF("0", "20", "200", "3600000000"));
		break;
	case 1:
		node_write("acquire_us", DRAW_OF("0", "0", "20", "500",
						 "3600000000"));
		break;
	case 2:
		node_write("close_policy", DRAW_OF("linger", "cancel"));
		break;
	case 3:
		node_write("queue_limit", DRAW_OF("2", "65536", "65536"));
		break;
	default:
		change_what_others_lack();
	}
}

static void unplug_for_a_while(void)
{
	expect_or("unplug", node_unplug(), 0, 0);
	usleep(draw(2000));
	expect_or("plug", node_plug(), 0, 0);
	weather.unplugs++;
}

/* Refused, unless nobody has a file open just then. */
static void try_to_unload(void)
{
	int err = module_unload();

	if (err) {
		expect_or("rmmod", err, -EWOULDBLOCK, -EBUSY);
		weather.refused++;
		return;
	}
	storm_numbers_begin_anew(weather.storm);
	expect_or("insmod", module_load("settle_us=20"), 0, 0);
}

/* Processes */

static void start_process(unsigned int i)
{
	weather.pids[i] = storm_process(weather.storm, draw(1u << 24));
	weather.processes++;
}

/* It may end well, be killed by us or by itself; it found no fault by abort(). */
static void reap_process(unsigned int i)
{
	expect_or("a process ended with", reap(weather.pids[i]), 0, SIGKILL);
}

static void kill_process(unsigned int i)
{
	kill(weather.pids[i], SIGKILL);
	reap_process(i);
	weather.kills++;
}

static void replace_those_that_ended(void)
{
	siginfo_t info;
	unsigned int i;

	for (i = 0; i < PROCESSES; i++) {
		info.si_pid = 0;
		waitid(P_PID, weather.pids[i], &info,
		       WEXITED | WNOHANG | WNOWAIT);
		if (!info.si_pid)
			continue;
		reap_process(i);
		start_process(i);
	}
}

static void stop_for_a_while(unsigned int i)
{
	kill(weather.pids[i], SIGSTOP);
	usleep(draw(2000));
	kill(weather.pids[i], SIGCONT);
}

/* A moment of the storm */
static void blow(void)
{
	unsigned int i = draw(PROCESSES);

	node_name = storm_nodes[draw(NR_STORM_NODES)];
	switch (draw(32)) {
	case 0:
	case 1:
		kill_process(i);
		start_process(i);
		break;
	case 2:
		stop_for_a_while(i);
		break;
	case 3:
		unplug_for_a_while();
		break;
	case 4:
		try_to_unload();
		break;
	default:
		change_a_setting();
	}
	replace_those_that_ended();
	usleep(draw(4000));
}

/* Calm: whatever was going on ends, well or not. */

static void kill_them_all(void)
{
	unsigned int i;

	for (i = 0; i < PROCESSES; i++)
		kill(weather.pids[i], SIGKILL);
	for (i = 0; i < PROCESSES; i++)
		reap_process(i);
}

static void let_them_finish(void)
{
	unsigned int i;

	weather.storm->stop = true;
	for (i = 0; i < NR_STORM_NODES; i++) {
		node_name = storm_nodes[i];
		settle_us(0);
		acquire_us(0);
	}
	for (i = 0; i < PROCESSES; i++)
		reap_process(i);
	weather.storm->stop = false;
}

static void check_node(struct __test_metadata *_metadata, enum storm_node node)
{
	struct counts counts;

	node_name = storm_nodes[node];
	settle_us(0);
	acquire_us(0);
	node_write("lower", "plugged");
	EXPECT_EQ(0, wait_waiting(0));
	counts = node_counts();
	EXPECT_TRUE(law_holds(counts)) {
		TH_LOG("the law is broken at %s: %s", node_name,
		       counts_text(counts));
	}
	EXPECT_LE(weather.storm->told[node], counts.completed);
	EXPECT_EQ(counts.acquired + 1, node_probe().sequence);
}

/* -1: this kernel does not tell. What is only kept for later is given up first. */
static long objects_of(const char *slab)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", slab);
	write_file(path, "1", 1);
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/objects", slab);
	return read_file(path, text, sizeof(text)) ? -1 : strtol(text, NULL, 10);
}

static void check_slab(struct __test_metadata *_metadata, const char *slab)
{
	EXPECT_TRUE(WAIT_UNTIL(objects_of(slab) <= 0)) {
		TH_LOG("%ld requests are left in %s", objects_of(slab), slab);
	}
}

static void check_slabs(struct __test_metadata *_metadata)
{
	check_slab(_metadata, "cancelsafe_read");
	check_slab(_metadata, "cancelsafe_aio");
	check_slab(_metadata, "cancelsafe_cmd");
}

/* From an unloaded module to an unloaded module */
static void one_round(struct __test_metadata *_metadata)
{
	unsigned int i, moments = draw(LONGEST_ROUND);
	bool killed = draw(2), checked = !killed || draw(2);

	storm_numbers_begin_anew(weather.storm);
	ASSERT_EQ(0, module_load(DRAW_OF("", "settle_us=0", "settle_us=50")));
	for (i = 0; i < PROCESSES; i++)
		start_process(i);
	while (moments--)
		blow();
	if (killed)
		kill_them_all();
	else
		let_them_finish();
	for (i = 0; checked && i < NR_STORM_NODES; i++)
		check_node(_metadata, i);
	if (checked)
		check_slabs(_metadata);
	ASSERT_EQ(0, module_unload_soon());
	weather.rounds++;
}

FIXTURE(storm) {
	int unused;
};

FIXTURE_SETUP(storm)
{
	tracing_stop();
	ASSERT_EQ(0, module_unload_soon());
}

FIXTURE_TEARDOWN(storm)
{
	EXPECT_EQ(0, module_load(""));
}

/* A storm reads so: whoever has a queue by the first paths, the other by polling. */
static bool is_read_by(enum storm_node node, enum storm_path path)
{
	return (node == STORM_WAIT_QUEUE) == (path == STORM_POLL);
}

static void check_tallies(struct __test_metadata *_metadata)
{
	struct storm_tally *tally;
	unsigned int node, path;

	TH_LOG("%u rounds, %u processes, %u killed; %u unplugs, %u rmmods refused",
	       weather.rounds, weather.processes, weather.kills,
	       weather.unplugs, weather.refused);
	for (node = 0; node < NR_STORM_NODES; node++)
		for (path = 0; path < NR_STORM_PATHS; path++) {
			tally = &weather.storm->tallies[path][node];
			if (is_read_by(node, path))
				TH_LOG("%-23s %-4s %8lu samples %8lu cancelled %8lu refused",
				       storm_nodes[node], storm_paths[path],
				       tally->samples, tally->cancelled,
				       tally->refused);
			EXPECT_EQ(0, tally->wrong);
		}
}

/* Each node had both by each path. */
static bool was_stormy(void)
{
	struct storm_tally *tally;
	unsigned int node, path;

	for (node = 0; node < NR_STORM_NODES; node++)
		for (path = 0; path < NR_STORM_PATHS; path++) {
			tally = &weather.storm->tallies[path][node];
			if (is_read_by(node, path) &&
			    (!tally->samples || !tally->cancelled))
				return false;
		}
	return weather.rounds > 1;
}

static bool is_before(uint64_t begun, unsigned int seconds)
{
	return now_ns() - begun < seconds * 1000000000ull;
}

TEST_F_TIMEOUT(storm, A1_A3_A7_A9_L10_L16_L17_L30_over_all_paths, 3600)
{
	unsigned int seed, seconds;
	uint64_t begun = now_ns();

	seed = number_from_environment("CANCELSAFE_SEED", begun % 1000000);
	seconds = number_from_environment("CANCELSAFE_STORM_S", 4);
	TH_LOG("CANCELSAFE_SEED=%u", seed);
	weather.seed = seed;
	weather.storm = storm_new();
	while (is_before(begun, seconds) ||
	       (!was_stormy() && is_before(begun, PATIENCE_S)))
		one_round(_metadata);

	check_tallies(_metadata);
	EXPECT_EQ(0, weather.wrong);
	EXPECT_TRUE(was_stormy());
}

TEST_HARNESS_MAIN
