/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands need of io_uring, over liburing 2.3.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <liburing.h>

#define RESULT_NAME_SIZE 48

/**
 * ring_open() - set up a ring
 * @ring:    the ring
 * @entries: how many requests, cancels among them, are ever in flight; so there
 *           is always an SQE to be had, and room for every CQE
 *
 * Return: 0, or -1 after having complained.
 */
int ring_open(struct io_uring *ring, unsigned int entries);

/**
 * ring_read() - put a read into the batch
 * @ring:      the ring
 * @fd:        what to read
 * @buffer:    the kernel's from here on until the read's own CQE has come
 * @size:      its size
 * @user_data: names the read; no other request in flight may have it
 * @async:     do not try it inline first: straight to an io-wq worker
 */
void ring_read(struct io_uring *ring, int fd, void *buffer, size_t size,
	       __u64 user_data, bool async);

/**
 * ring_cancel() - put a cancel into the batch
 * @ring:      the ring
 * @target:    the user_data of what is to be cancelled
 * @user_data: names the cancel itself
 */
void ring_cancel(struct io_uring *ring, __u64 target, __u64 user_data);

/**
 * ring_wait() - submit the batch, then wait for a CQE
 * @ring:       the ring
 * @timeout_ns: how long to wait at most
 *
 * Return: 0, whether or not a CQE has come, or a negative errno.
 */
int ring_wait(struct io_uring *ring, __u64 timeout_ns);

/**
 * result_name() - a CQE's result for people: "32", "-ECANCELED (-125)"
 * @res:  the result
 * @name: where to
 *
 * Return: @name.
 */
const char *result_name(int res, char name[static RESULT_NAME_SIZE]);

/**
 * now_ns() - the time, on the clock that the device stamps its samples with
 *
 * Return: CLOCK_MONOTONIC, in nanoseconds.
 */
__u64 now_ns(void);

#endif /* RING_H */
