/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When to cancel a read so that the cancel meets what ends it: found out by trying.
 */
#ifndef AIM_H
#define AIM_H

#include <stdbool.h>
#include <linux/types.h>

/**
 * struct aim - when to cancel, after an appointed time; all in ns
 * @at:      then
 * @step:    how far the next one is from it
 * @soonest: never sooner
 * @latest:  never later
 * @later:   the last step went there
 */
struct aim {
	__s64 at, step, soonest, latest;
	bool later;
};

/**
 * aim_anew() - after a cancel
 * @aim:   when that was
 * @later: it came too soon to lose: the next is to be later
 */
void aim_anew(struct aim *aim, bool later);

#endif /* AIM_H */
