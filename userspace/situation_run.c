// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that get into a situation, one after the other, and what became of them.
 *
 * Who has completed one is what the driver counts of its open file, once it has ended:
 * a count changes before its reader is told. What the driver has counted as submitted,
 * and not as anything else yet, was left behind by its path.
 *
 * That it was cancelled does not say by whom it was completed where a cancelled current
 * request is the server's to end. There each one is that was the current one: a cancel
 * sets its flag, and the server, when the device has settled, either sees that or has
 * begun to serve it before.
 */
#include "situation.h"

#define BUDGET_NS 10000000000ULL	/* how long a situation may take in all */
#define WAITERS 3	/* when that many go on waiting, so will the others */

/* Nobody is to wait when it ends: a read that still does is served. */
static int finish(struct stage *stage)
{
	struct crowd *crowd = stage->crowd;

	if (stage_serve(stage) || crowd_await(crowd, 0, now_ns() + SITUATION_PATIENCE_NS))
		return -1;
	crowd->timeout_ns = 0;
	return crowd_over(&crowd->reads[0]) ? 0 : situation_cancel(crowd, 0);
}

static bool has_risen(const struct snapshot *before, const struct snapshot *after,
		      enum counter counter)
{
	return after->count[counter] > before->count[counter];
}

static enum who who_completed(const struct situation *situation, const struct stage *stage,
			      const struct snapshot *after, const struct ending *ending)
{
	const struct snapshot *before = &stage->before;

	if (has_risen(before, after, CANCELLED))
		return situation->is_first && stage->server_ends ? WHO_SERVER : WHO_CANCELLER;
	if (has_risen(before, after, COMPLETED))
		return WHO_SERVER;
	if (ending->read == STILL_WAITS)
		return WHO_NOBODY;
	if (ending->read == SAYS && ending->read_said == -ENODEV)
		return WHO_UNPLUG;
	if (has_risen(before, after, SUBMITTED))
		return WHO_ABANDON;
	return WHO_IO_URING;
}

/* What goes on waiting is served, and what was left behind is waited for. */
static int clear_away(const struct situation *situation, struct stage *stage,
		      const struct ending *ending)
{
	if (ending->read == STILL_WAITS)
		return finish(stage) ?: situation->prepare(stage);
	if (ending->who == WHO_ABANDON &&
	    stage_await_count(stage->watch, 0, false, now_ns() + SITUATION_PATIENCE_NS) < 0)
		return -1;
	return 0;
}

static int have_one(const struct situation *situation, struct stage *stage,
		    struct endings *endings)
{
	struct ending ending = { .cancel = SAYS_NOTHING };
	struct snapshot after;
	__u64 after_ns = 0;
	int err = stage_file_open(stage) ?: situation->read(stage, &ending, &after_ns);

	if (err == SITUATION_TOO_LATE) {
		stage_file_close(stage);
		return 0;
	}
	if (err || file_snapshot(stage->watch, &after))
		return -1;
	ending.who = who_completed(situation, stage, &after, &ending);
	err = endings_note(endings, &ending, after_ns) ?: clear_away(situation, stage, &ending);
	stage_file_close(stage);
	return err;
}

static bool is_enough(const struct endings *endings)
{
	const struct alike *first = &endings->alike[0];

	return endings->kinds == 1 && first->ending.read == STILL_WAITS && first->count >= WAITERS;
}

int situation_run(const struct situation *situation, struct stage *stage, __u64 rounds,
		  struct endings *endings)
{
	__u64 until = now_ns() + BUDGET_NS;
	int err = situation->prepare(stage);

	while (!err && rounds-- && now_ns() < until && !stage_interrupted && !is_enough(endings))
		err = have_one(situation, stage, endings);
	stage_file_close(stage);
	return finish(stage) ?: err ?: (stage_interrupted ? -1 : 0);
}
