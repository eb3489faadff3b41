// SPDX-License-Identifier: GPL-2.0
/*
 * The path of io_uring's commands: READ, and CANCEL by tag, of the file, of the ring.
 */
#include "path_cmd.h"
#include "ring.h"

static __u64 tag_of(const struct worker *worker, const struct slot *slot)
{
	return slot_user_data(worker->slots, slot, OF_READ);
}

void cmd_read(struct worker *worker, struct slot *slot, unsigned int flags)
{
	struct cancelsafe_cmd_read payload = {
		.buffer = (__u64)(unsigned long)slot->req.buffer,
		.tag = tag_of(worker, slot),
	};

	ring_command(&worker->ring, worker->fd, CANCELSAFE_CMD_READ, &payload, payload.tag, flags);
}

void cmd_cancel(struct worker *worker, struct slot *slot, enum way way, __u64 user_data,
		__u64 now)
{
	struct cancelsafe_cmd_cancel payload = { .which = CANCELSAFE_CANCEL_TAG };

	switch (way) {
	case BY_FILE:
		payload.which = CANCELSAFE_CANCEL_FILE;
		file_cancel_begin(&worker->file_cancels, now);
		break;
	case BY_RING:
		payload.which = CANCELSAFE_CANCEL_RING;
		break;
	default:
		payload.tag = tag_of(worker, slot);
		break;
	}
	ring_command(&worker->ring, worker->fd, CANCELSAFE_CMD_CANCEL, &payload, user_data, 0);
}
