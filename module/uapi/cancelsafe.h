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

#endif /* _UAPI_CANCELSAFE_H */
