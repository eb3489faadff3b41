// SPDX-License-Identifier: GPL-2.0
/*
 * When to cancel a read so that the cancel meets what ends it: found out by trying.
 */
#include "aim.h"

#define SHORTEST_STEP_NS 250
#define LONGEST_STEP_NS 1000000

/* Longer steps as long as all go into one direction, shorter ones when that turns. */
void aim_anew(struct aim *aim, bool later)
{
	aim->step = later == aim->later ? aim->step * 2 : aim->step / 2;
	if (aim->step < SHORTEST_STEP_NS)
		aim->step = SHORTEST_STEP_NS;
	if (aim->step > LONGEST_STEP_NS)
		aim->step = LONGEST_STEP_NS;
	aim->later = later;
	aim->at += later ? aim->step : -aim->step;
	if (aim->at < aim->soonest)
		aim->at = aim->soonest;
	if (aim->at > aim->latest)
		aim->at = aim->latest;
}
