// SPDX-License-Identifier: GPL-2.0
/*
 * The situations in which somebody no longer wants a read.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "situation.h"

#define MS 1000000ULL			/* in ns */
#define REPEAT_NS (10 * MS)		/* from a cancel to its repetition */
#define ARRIVE_NS (60000 * MS)		/* how long a read may take to its place */
#define POLL_NS (1 * MS)		/* the same where nobody counts it there */

#define TIMEOUT_NS (20 * MS)		/* of a link */
#define SETTLE_NS (2 * MS)		/* in a race */
#define FIRST_STEP_NS (MS / 4)		/* there, from one cancel to the next */
#define SERVICE_US 30000		/* how long the device settles, or acquires, for a read */
#define IN_SERVICE_NS (10 * MS)		/* that is cancelled so long after it was seen */
#define GONE_NS (2000 * MS)		/* how long a dead process may leave a read */

int situation_cancel(struct crowd *crowd, unsigned int index)
{
	struct crowd_read *read = &crowd->reads[index];
	__u64 until = now_ns() + SITUATION_PATIENCE_NS;

	do {
		if (read->answers == read->cancels && crowd_cancel(crowd, index))
			return -1;
		if (crowd_await(crowd, index, now_ns() + REPEAT_NS))
			return -1;
	} while (!crowd_over(read) && now_ns() < until);
	return 0;
}

/* Of the first reads: one may have ended, refused, or by a signal that is left. */
static unsigned int unended(const struct crowd *crowd, unsigned int first)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < first; i++)
		n += !atomic_load(&crowd->reads[i].ended);
	return n;
}

/* For what io_uring polls, nobody in the driver waits. */
int situation_arrive(const struct stage *stage, struct crowd *crowd, unsigned int index, int fd)
{
	__u64 until = now_ns() + ARRIVE_NS;
	int arrived;

	if (stage->path == PATH_POLL)
		return crowd_await(crowd, index, now_ns() + POLL_NS);
	do {
		if (crowd->ops->wait(crowd, now_ns()))
			return -1;
		arrived = stage_await_count(fd, unended(crowd, index + 1), true, now_ns());
	} while (!arrived && now_ns() < until);
	if (!arrived)
		complain("%s: a read does not come to wait", node_device);
	return arrived < 1 ? -1 : 0;
}

static int submit_and_arrive(struct stage *stage)
{
	if (crowd_submit(stage->crowd, 0))
		return -1;
	return situation_arrive(stage, stage->crowd, 0, stage->watch);
}

/* What the read and its cancel say, once it has ended, or has not. */
static void note(const struct stage *stage, __u64 since, struct ending *ending, __u64 *after_ns)
{
	const struct crowd *crowd = stage->crowd;
	const struct crowd_read *read = &crowd->reads[0];

	ending->read = atomic_load(&read->ended) ? SAYS : STILL_WAITS;
	ending->read_said = read->result;
	if (read->cancels) {
		ending->cancel = crowd->ops->silent ? SAYS_NOTHING :
				 read->answers ? SAYS : STILL_WAITS;
		ending->cancel_said = read->answer;
	}
	*after_ns = read->ended_at > since ? read->ended_at - since : 0;
}

static int prepare_queue(struct stage *stage)
{
	return stage_hold() ?: stage_invite(stage);
}

/* Queued behind others, cancelled. */

static int cancel_and_note(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	if (situation_cancel(stage->crowd, 0))
		return -1;
	note(stage, stage->crowd->reads[0].cancelled_at, ending, after_ns);
	return 0;
}

static int read_queued(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	if (submit_and_arrive(stage))
		return -1;
	return cancel_and_note(stage, ending, after_ns);
}

/* The first that waits, or in service, cancelled. */

static int cancel_first(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	if (submit_and_arrive(stage) || crowd_await(stage->crowd, 0, now_ns() + IN_SERVICE_NS))
		return -1;
	if (crowd_over(&stage->crowd->reads[0]))
		return SITUATION_TOO_LATE;
	return cancel_and_note(stage, ending, after_ns);
}

static int prepare_settling(struct stage *stage)
{
	(void)stage;
	return node_set_number("acquire_us", 0) ?: node_set_number("settle_us", SERVICE_US);
}

/* The device settles from the sample on. */
static int read_settling(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	struct cancelsafe_sample sample;

	return stage_sample(&sample) ?: cancel_first(stage, ending, after_ns);
}

static int prepare_service(struct stage *stage)
{
	(void)stage;
	return node_set_number("settle_us", 0) ?: node_set_number("acquire_us", SERVICE_US);
}

/* Racing with its completion. */

static int prepare_race(struct stage *stage)
{
	stage->aim = (struct aim){ .step = FIRST_STEP_NS, .soonest = -(__s64)SETTLE_NS,
				   .latest = 10 * SETTLE_NS };
	return node_set_number("acquire_us", 0) ?: node_set_number("settle_us", SETTLE_NS / 1000);
}

/* The device has settled that long after the sample that was taken last. */
static int read_racing(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	struct cancelsafe_sample sample;

	if (stage_sample(&sample) || crowd_submit(stage->crowd, 0))
		return -1;
	sleep_until(sample.acquired_ns + SETTLE_NS + stage->aim.at);
	if (cancel_and_note(stage, ending, after_ns))
		return -1;
	aim_anew(&stage->aim, ending->read_said < 0);
	return 0;
}

/* Somebody else's act, in a thread of its own, so that ours sees the read's end. */

struct act {
	int (*act)(struct stage *stage);
	struct stage *stage;
	pthread_t thread;
	__u64 at;
	int result;
};

static void *perform(void *arg)
{
	struct act *act = arg;

	act->at = now_ns();
	act->result = act->act(act->stage);
	return NULL;
}

static int read_acted_upon(struct stage *stage, struct act *act, struct ending *ending,
			   __u64 *after_ns)
{
	int err = pthread_create(&act->thread, NULL, perform, act);

	if (err)
		return complain("cannot start a thread: %s", strerror(err));
	err = crowd_await(stage->crowd, 0, now_ns() + SITUATION_PATIENCE_NS);
	pthread_join(act->thread, NULL);
	note(stage, act->at, ending, after_ns);
	ending->cancel = SAYS;
	ending->cancel_said = act->result;
	return err;
}

/* Its file is closed. */

static int prepare_close(struct stage *stage)
{
	return node_set("close_policy", "cancel") ?: prepare_queue(stage);
}

static int do_close(struct stage *stage)
{
	int fd = stage->file;

	stage->file = -1;
	return close(fd) ? -errno : 0;
}

static int read_closed(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	struct act act = { .act = do_close, .stage = stage };

	if (submit_and_arrive(stage))
		return -1;
	return read_acted_upon(stage, &act, ending, after_ns);
}

/* Its process is killed. */

/* The read's process: it has said so when the read is submitted. */
_Noreturn static void be_killed(struct stage *stage, int said, pid_t parent)
{
	struct crowd *crowd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	crowd = crowd_open(stage->path, 1);
	if (!crowd)
		_exit(STATUS_FAILED);
	crowd->fd = stage->file;
	if (crowd_submit(crowd, 0) || write(said, "", 1) != 1)
		_exit(STATUS_FAILED);
	for (;;)
		crowd->ops->wait(crowd, now_ns() + SITUATION_PATIENCE_NS);
}

static int submit_elsewhere(struct stage *stage, pid_t *pid)
{
	pid_t parent = getpid();
	int said[2];
	char byte;
	bool submitted;

	*pid = -1;
	if (pipe(said))
		return complain("cannot make a pipe: %s", strerror(errno));
	*pid = fork();
	if (!*pid)
		be_killed(stage, said[1], parent);
	close(said[1]);
	submitted = *pid > 0 && read(said[0], &byte, 1) == 1;
	close(said[0]);
	if (*pid < 0)
		complain("cannot start a process: %s: raise ulimit -u (RLIMIT_NPROC)",
			 strerror(errno));
	if (!submitted)
		return -1;
	if (stage->path == PATH_POLL)
		sleep_until(now_ns() + POLL_NS);
	else
		stage_await_count(stage->watch, 1, true, now_ns() + ARRIVE_NS);
	return 0;
}

/* The process is gone, and so is its read, be it that a server works for it yet. */
static int read_killed(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	__u64 killed_at, gone_at;
	pid_t pid;
	int gone;

	if (submit_elsewhere(stage, &pid))
		return -1;
	killed_at = now_ns();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	gone_at = now_ns();
	gone = stage_await_count(stage->watch, 0, false, gone_at + GONE_NS);
	if (gone > 0)
		gone_at = now_ns();
	*after_ns = gone_at - killed_at;
	ending->read = IS_GONE;
	ending->cancel = SAYS_NOTHING;
	return gone < 0 ? -1 : 0;
}

/* Its LINK_TIMEOUT fires. */

static int prepare_timeout(struct stage *stage)
{
	stage->crowd->timeout_ns = TIMEOUT_NS;
	return prepare_queue(stage);
}

/* One whose time was over on its way did not wait behind others. */
static int read_timed_out(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	const struct crowd_read *read = &stage->crowd->reads[0];
	bool in_time;

	if (submit_and_arrive(stage))
		return -1;
	in_time = now_ns() < read->cancelled_at;
	if (crowd_await(stage->crowd, 0, now_ns() + TIMEOUT_NS + SITUATION_PATIENCE_NS))
		return -1;
	note(stage, read->cancelled_at, ending, after_ns);
	return in_time || !crowd_over(read) ? 0 : SITUATION_TOO_LATE;
}

/* The node is unplugged. */

static int do_unplug(struct stage *stage)
{
	(void)stage;
	return node_plug("unplug");
}

/* The others end with it: new ones come when it is plugged in again. */
static int read_unplugged(struct stage *stage, struct ending *ending, __u64 *after_ns)
{
	struct act act = { .act = do_unplug, .stage = stage };
	int err;

	if (stage_invite(stage) || submit_and_arrive(stage))
		return -1;
	err = read_acted_upon(stage, &act, ending, after_ns);
	return stage_dismiss(stage) ?: node_plug("plug") ?: err;
}

static int prepare_unplug(struct stage *stage)
{
	(void)stage;
	return stage_hold();
}

const struct situation situations[SITUATIONS] = {
	{ "queued", { "cancelled while it waits behind others" },
	  ~0U, NULL, false, prepare_queue, read_queued },
	{ "settling", { "cancelled while the device settles, and nobody waits before it: some models",
			"have it in service by then" },
	  ~0U, NULL, true, prepare_settling, read_settling },
	{ "service", { "cancelled while the device acquires its sample" },
	  ~0U, NULL, true, prepare_service, cancel_first },
	{ "race", { "cancelled when the device has settled, at what moment is found by trying" },
	  ~0U, NULL, true, prepare_race, read_racing },
	{ "close", { "its file is closed while it waits behind others; close_policy is cancel" },
	  ~0U, NULL, false, prepare_close, read_closed },
	{ "kill -9", { "its process is killed while it waits behind others" },
	  ~0U, NULL, false, prepare_queue, read_killed },
	{ "timeout", { "its LINK_TIMEOUT fires while it waits behind others" },
	  PATHS_RING, "only io_uring has LINK_TIMEOUT", false, prepare_timeout, read_timed_out },
	{ "unplug", { "the node is unplugged while it waits behind others" },
	  ~0U, NULL, false, prepare_unplug, read_unplugged },
};
