/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ABI of /dev/cancelsafe: one header for the kernel and for userspace.
 */
#ifndef _UAPI_CANCELSAFE_H
#define _UAPI_CANCELSAFE_H

#include <linux/types.h>

/**
 * struct cancelsafe_sample - what one read returns
 * @sequence:    number of the acquisition: 1 for the first since the module
 *               was loaded, then one more for each
 * @acquired_ns: when it was acquired, CLOCK_MONOTONIC, in nanoseconds
 * @value:       the signal, 0 to 65535
 * @reserved:    zero
 *
 * A read returns exactly one sample, however big its buffer is. A buffer that
 * cannot hold one is refused with EINVAL.
 */
struct cancelsafe_sample {
	__u64 sequence;
	__u64 acquired_ns;
	__u32 value;
	__u32 reserved[3];
};

/*
 * io_uring commands (IORING_OP_URING_CMD), in sqe->cmd_op; what they are about
 * is in the 16 bytes of sqe->cmd.
 */
#define CANCELSAFE_CMD_READ	1	/* struct cancelsafe_cmd_read */
#define CANCELSAFE_CMD_CANCEL	2	/* struct cancelsafe_cmd_cancel */

/**
 * struct cancelsafe_cmd_read - read one sample
 * @buffer: address of a struct cancelsafe_sample
 * @tag:    a name for this request, for CANCELSAFE_CMD_CANCEL; 0: none
 *
 * Waits for the sample, without a thread, whatever O_NONBLOCK says. The result
 * is the size of a sample, or
 *
 *	-ECANCELED	cancelled; or there was nobody left to give the sample to
 *	-EEXIST		another request of this process, through this open file
 *			and this ring, has the tag
 *	-EFAULT		the sample could not be stored, and is lost
 *	-EBADF		the file is not open for reading
 *	-EBUSY, -ENOMEM, -ENODEV, as read(2)
 *	-EOPNOTSUPP	not on this node, ring or kernel
 *
 * A tag can be used again once the CQE was seen.
 */
struct cancelsafe_cmd_read {
	__u64 buffer;
	__u64 tag;
};

/* Which requests CANCELSAFE_CMD_CANCEL means; only ever the caller's own */
#define CANCELSAFE_CANCEL_TAG	0	/* the one with this tag, of this ring */
#define CANCELSAFE_CANCEL_FILE	1	/* all of this open file */
#define CANCELSAFE_CANCEL_RING	2	/* all commands of this open file and ring */

/**
 * struct cancelsafe_cmd_cancel - cancel requests
 * @tag:      with CANCELSAFE_CANCEL_TAG, not 0; else 0
 * @which:    CANCELSAFE_CANCEL_...
 * @reserved: 0
 *
 * Requests belong to the process that submitted them. Each one that this cancels
 * ends with -ECANCELED, and its buffer stays as it was. One that is being served, or
 * submitted, or cancelled by another is left to whoever does it. Never waits. The
 * result is
 *
 *	CANCELSAFE_CANCEL_TAG:
 *	0		cancelled
 *	-EALREADY	it is being served, or submitted, or cancelled by another:
 *			its CQE comes soon, if it has not yet, and says what became of it
 *	-ENOENT		there is none, or it is over
 *
 *	CANCELSAFE_CANCEL_FILE, CANCELSAFE_CANCEL_RING: how many were cancelled
 *
 *	-EINVAL		none of these
 */
struct cancelsafe_cmd_cancel {
	__u64 tag;
	__u32 which;
	__u32 reserved;
};

#endif /* _UAPI_CANCELSAFE_H */
