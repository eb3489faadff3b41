/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A place in a ring for one read after the other, and what its CQEs are called.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <linux/types.h>

#include "request.h"
#include "ring.h"

/* Whose CQE: the read's own, that of a cancel of it, or that of its LINK_TIMEOUT. */
enum of { OF_READ, OF_CANCEL, OF_TIMER, OFS };

/**
 * struct slot - a place for one read after the other
 * @req:       the read
 * @after:     after what time its LINK_TIMEOUT fires
 * @in_flight: whose CQEs have not come
 */
struct slot {
	struct request req;
	struct __kernel_timespec after;
	bool in_flight[OFS];
};

/**
 * slot_is_free() - whether the next read can have it
 * @slot: the slot
 *
 * Return: none of its CQEs is still to come.
 */
static inline bool slot_is_free(const struct slot *slot)
{
	return !slot->in_flight[OF_READ] && !slot->in_flight[OF_CANCEL] &&
	       !slot->in_flight[OF_TIMER];
}

/* user_data: the read's number, its slot, and whose CQE it is. */
#define SLOT_SHIFT 2
#define NUMBER_SHIFT 8
#define SLOTS (1 << (NUMBER_SHIFT - SLOT_SHIFT))

/**
 * slot_user_data() - how a CQE of its read is called
 * @slots: the ring's slots
 * @slot:  the slot
 * @of:    whose CQE
 *
 * Return: a user_data that the ring has never had before.
 */
static inline __u64 slot_user_data(const struct slot *slots, const struct slot *slot, enum of of)
{
	return slot->req.number << NUMBER_SHIFT | (__u64)(slot - slots) << SLOT_SHIFT | of;
}

/* Whose CQE has this user_data? */
static inline enum of of_what(__u64 user_data)
{
	return user_data & ((1 << SLOT_SHIFT) - 1);
}

/* Of which read? */
static inline __u64 number_of(__u64 user_data)
{
	return user_data >> NUMBER_SHIFT;
}

/**
 * slot_of() - where that read is
 * @slots:     the ring's slots, SLOTS of them
 * @user_data: what its CQE is called
 *
 * Return: the slot, or NULL: it is not there anymore.
 */
static inline struct slot *slot_of(struct slot *slots, __u64 user_data)
{
	struct slot *slot = &slots[(user_data & ((1 << NUMBER_SHIFT) - 1)) >> SLOT_SHIFT];

	return slot->req.number == number_of(user_data) ? slot : NULL;
}

#endif /* SLOT_H */
