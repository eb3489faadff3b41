/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Points: places in the code where a test may hold a thread, so that a race is
 * lost on purpose and every time.
 *
 * They are there only in a module that was built for tests, with
 * CANCELSAFE_POINTS=y on make's command line; point.c says how to use them. In
 * any other module a point is nothing at all; on the host it is what
 * selftests/host/include/point.h makes of it.
 *
 * Who comes to a point holds no lock of ours, and may sleep, or is not held up.
 */
#ifndef CS_POINT_H
#define CS_POINT_H

/* In the order of cs_point_name(), where each is described. */
enum cs_point_id {
	CS_POINT_OPEN,
	CS_POINT_SUBMIT,
	CS_POINT_QUEUED,
	CS_POINT_DELIVERED,
	CS_POINT_INTERRUPTED,
	CS_POINT_CANCEL_ENTERED,
	CS_POINT_LOCK,
	CS_POINT_CANCEL_LEFT,
	CS_POINT_ABANDON,
	CS_POINT_RETURNING,
	CS_POINT_BEFORE_CLAIM,
	CS_POINT_CLAIMED,
	CS_POINT_BEFORE_COMPLETE,
	CS_POINT_COMPLETED,
	CS_POINT_SETTING,
	CS_POINT_FLUSH,
	CS_POINT_UNLOAD,
	CS_POINT_UNPLUG,
	CS_NR_POINTS,
};

/* A point's name in scripts, and who comes there when. */
static inline const char *cs_point_name(enum cs_point_id point)
{
	static const char *const names[CS_NR_POINTS] = {
		/* who opens the node, and holds the module from now on */
		[CS_POINT_OPEN] = "open",

		/* who submits: its file knows of the request, the model does not yet */
		[CS_POINT_SUBMIT] = "submit",
		/* who submits: it was queued, and may have ended by now */
		[CS_POINT_QUEUED] = "queued",
		/* who delivers: the framework's driver has it, and has not looked yet */
		[CS_POINT_DELIVERED] = "delivered",

		/* who waits for a request, woken by what may be a cancel */
		[CS_POINT_INTERRUPTED] = "interrupted",
		/* who cancels: the model does not know of it yet */
		[CS_POINT_CANCEL_ENTERED] = "cancel-entered",
		/* who takes the csq model's lock: a canceller has the routine by then */
		[CS_POINT_LOCK] = "lock",
		/* who cancels: the verdict is there */
		[CS_POINT_CANCEL_LEFT] = "cancel-left",
		/* who waits, and is about to wait no longer */
		[CS_POINT_ABANDON] = "abandon",
		/* who read, done with the request, about to return */
		[CS_POINT_RETURNING] = "returning",

		/* the server: the device has settled */
		[CS_POINT_BEFORE_CLAIM] = "before-claim",
		/* the server: it has claimed a request, and no sample yet */
		[CS_POINT_CLAIMED] = "claimed",
		/* the server: the request's result is known */
		[CS_POINT_BEFORE_COMPLETE] = "before-complete",
		/* the server: the request may be gone by now */
		[CS_POINT_COMPLETED] = "completed",

		/* who writes a setting, and has not changed it yet */
		[CS_POINT_SETTING] = "setting",
		/* who closes a descriptor, and has cancelled nothing yet */
		[CS_POINT_FLUSH] = "flush",
		/* who unloads the module: it cannot be opened any more */
		[CS_POINT_UNLOAD] = "unload",
		/* who takes a node away: all of it still works */
		[CS_POINT_UNPLUG] = "unplug",
	};

	return names[point];
}

#ifdef CANCELSAFE_POINTS

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(cs_points_on);

void cs_point_reached(enum cs_point_id point);
void cs_points_init(void);
void cs_points_exit(void);

/* The calling thread is at this point: cs_point(QUEUED) */
#define cs_point(name)							\
do {									\
	if (static_branch_unlikely(&cs_points_on))			\
		cs_point_reached(CS_POINT_##name);			\
} while (0)

#else

#define cs_point(name) ((void)CS_POINT_##name)

static inline void cs_points_init(void)
{
}

static inline void cs_points_exit(void)
{
}

#endif /* CANCELSAFE_POINTS */

#endif /* CS_POINT_H */
