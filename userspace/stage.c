// SPDX-License-Identifier: GPL-2.0
/*
 * A node as the stage of a comparison.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "ring.h"
#include "stage.h"

#define OTHERS 3
#define LONG_US 3600000000ULL	/* the longest that a device can be told to settle */
#define PATIENCE_NS 10000000000ULL

atomic_bool stage_interrupted;

static void note_signal(int signal)
{
	(void)signal;
	atomic_store(&stage_interrupted, true);
}

void stage_catch_signals(void)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };

	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int check_unused(void)
{
	struct snapshot snapshot;

	if (node_snapshot(&snapshot))
		return -1;
	if (!snapshot.count[WAITING])
		return 0;
	complain("%s: others' reads wait there already (%llu): have them stop using it",
		 node_device, snapshot.count[WAITING]);
	return -1;
}

/* Only one model has two protocols for a current request that is cancelled. */
static int find_protocol(struct stage *stage)
{
	static const char name[] = "current_ended_by";
	char protocol[STAGE_POLICY_SIZE];

	if (!node_has(name))
		return 0;
	if (node_text(name, protocol, sizeof(protocol)))
		return -1;
	stage->server_ends = !strcmp(protocol, "server");
	return 0;
}

int stage_open(struct stage *stage, enum path path)
{
	*stage = (struct stage){ .path = path, .file = -1, .watch = -1 };
	if (node_setting("settle_us", &stage->settle_us) ||
	    node_setting("acquire_us", &stage->acquire_us) ||
	    node_text("close_policy", stage->policy, sizeof(stage->policy)) ||
	    find_protocol(stage) || check_unused() ||
	    node_set_number("settle_us", stage->settle_us))	/* may we? */
		return -1;
	stage->crowd = crowd_open(path, 1);
	stage->others = crowd_open(PATH_READ, OTHERS);
	return stage->crowd && stage->others ? 0 : -1;
}

/* All settings, though one of them cannot be set. */
int stage_close(struct stage *stage)
{
	int err = node_set_number("settle_us", stage->settle_us);

	err |= node_set_number("acquire_us", stage->acquire_us);
	err |= node_set("close_policy", stage->policy);
	crowd_close(stage->crowd);
	crowd_close(stage->others);
	return err ? -1 : 0;
}

int stage_sample(struct cancelsafe_sample *sample)
{
	int fd = node_open();
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, sample, sizeof(*sample));
	if (got < 0)
		complain("cannot read %s: %s", node_device, strerror(errno));
	close(fd);
	return got < 0 ? -1 : 0;
}

/* A device that has acquired nothing yet needs no time for the first. */
int stage_hold(void)
{
	struct cancelsafe_sample sample;

	if (node_set_number("acquire_us", 0) || node_set_number("settle_us", 0) ||
	    stage_sample(&sample))
		return -1;
	return node_set_number("settle_us", LONG_US);
}

/* One after the other, so that each has its place. */
int stage_invite(struct stage *stage)
{
	struct crowd *others = stage->others;

	others->fd = node_open();
	if (others->fd < 0)
		return -1;
	for (stage->waiting = 0; stage->waiting < OTHERS; stage->waiting++) {
		if (crowd_submit(others, stage->waiting))
			return -1;
		if (stage_await_count(others->fd, stage->waiting + 1, true,
				      now_ns() + PATIENCE_NS) < 1)
			return -1;
	}
	return 0;
}

int stage_dismiss(struct stage *stage)
{
	struct crowd *others = stage->others;

	for (unsigned int i = 0; i < stage->waiting; i++) {
		if (crowd_await(others, i, now_ns() + PATIENCE_NS))
			return -1;
		if (!crowd_over(&others->reads[i])) {
			complain("%s: a read that was to be served does not end", node_device);
			return -1;
		}
	}
	if (stage->waiting)
		close(others->fd);
	stage->waiting = 0;
	return 0;
}

static int await_empty(void)
{
	__u64 until = now_ns() + PATIENCE_NS;
	struct snapshot snapshot;

	do {
		if (node_snapshot(&snapshot))
			return -1;
		if (!snapshot.count[WAITING])
			return 0;
	} while (now_ns() < until);
	complain("%s: %llu reads that were to be served go on waiting", node_device,
		 snapshot.count[WAITING]);
	return -1;
}

int stage_serve(struct stage *stage)
{
	if (node_set_number("acquire_us", 0) || node_set_number("settle_us", 0) ||
	    await_empty())
		return -1;
	return stage_dismiss(stage);
}

int stage_file_open(struct stage *stage)
{
	stage->file = node_open();
	if (stage->file < 0)
		return -1;
	stage->watch = fcntl(stage->file, F_DUPFD_CLOEXEC, 0);
	stage->crowd->fd = stage->file;
	return file_snapshot(stage->watch, &stage->before);
}

void stage_file_close(struct stage *stage)
{
	if (stage->file >= 0)
		close(stage->file);
	if (stage->watch >= 0)
		close(stage->watch);
	stage->file = -1;
	stage->watch = -1;
}

int stage_await_count(int fd, __u64 count, bool more, __u64 until)
{
	struct snapshot snapshot;
	__u64 waiting;

	do {
		if (file_snapshot(fd, &snapshot))
			return -1;
		waiting = snapshot.count[WAITING];
		if (more ? waiting >= count : waiting <= count)
			return 1;
	} while (now_ns() < until);
	return 0;
}
