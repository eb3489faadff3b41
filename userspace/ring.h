/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands need of io_uring, over liburing 2.3.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <linux/types.h>
#include <liburing.h>

#define RESULT_NAME_SIZE 48
#define TIME_NAME_SIZE 16

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
 * ring_open_for() - the same, with room for more that end at once
 * @ring:    the ring
 * @entries: how many are submitted at once
 * @ends:    how many may end at once, 65536 at most
 *
 * Return: 0, or -1 after having complained.
 */
int ring_open_for(struct io_uring *ring, unsigned int entries, unsigned int ends);

/**
 * ring_probe() - whether a ring can be set up at all
 *
 * Return: 0, or -1 after having complained.
 */
int ring_probe(void);

/**
 * ring_read() - put a read into the batch
 * @ring:      the ring
 * @fd:        what to read
 * @buffer:    the kernel's from here on until the read's own CQE has come
 * @size:      its size
 * @user_data: names the read; no other request in flight may have it
 * @flags:     IOSQE_ASYNC: do not try it inline first, but straight to an io-wq
 *             worker; IOSQE_IO_LINK: ring_link_timeout() follows
 */
void ring_read(struct io_uring *ring, int fd, void *buffer, size_t size,
	       __u64 user_data, unsigned int flags);

/**
 * ring_cancel() - put a cancel into the batch
 * @ring:      the ring
 * @target:    the user_data of what is to be cancelled
 * @user_data: names the cancel itself
 */
void ring_cancel(struct io_uring *ring, __u64 target, __u64 user_data);

/**
 * ring_cancel_fd() - put a cancel by descriptor into the batch
 * @ring:      the ring
 * @fd:        reads of this file are to be cancelled
 * @all:       all of them; else the first that the kernel finds
 * @user_data: names the cancel itself
 */
void ring_cancel_fd(struct io_uring *ring, int fd, bool all, __u64 user_data);

/**
 * ring_cancel_all() - put a cancel of all that the ring has in flight into the batch
 * @ring:      the ring
 * @user_data: names the cancel itself
 */
void ring_cancel_all(struct io_uring *ring, __u64 user_data);

/**
 * ring_command() - put a command into the batch
 * @ring:      the ring
 * @fd:        whose command
 * @op:        which one
 * @payload:   16 bytes of what it is about
 * @user_data: names the command
 * @flags:     as of ring_read()
 */
void ring_command(struct io_uring *ring, int fd, unsigned int op, const void *payload,
		  __u64 user_data, unsigned int flags);

/**
 * ring_sync_cancel() - submit the batch, then cancel, and wait until that is done
 * @ring:       the ring
 * @target:     the user_data of what is to be cancelled
 * @timeout_ns: how long to wait at most: without one, some kernels wait for ever
 *
 * Return: 0: it was cancelled, and its CQE has come or comes; -ETIME: it has not
 * ended yet; -ENOENT: not found; another negative errno.
 */
int ring_sync_cancel(struct io_uring *ring, __u64 target, __u64 timeout_ns);

/**
 * ring_link_timeout() - put a timeout into the batch, right behind the read that it limits
 * @ring:      the ring
 * @after:     after what time it is cancelled; must stay until the batch is submitted
 * @user_data: names the timeout itself
 */
void ring_link_timeout(struct io_uring *ring, struct __kernel_timespec *after, __u64 user_data);

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
 * result_word() - the same in a table: "32", "-ECANCELED"
 * @res:  the result
 * @word: where to
 *
 * Return: @word.
 */
const char *result_word(int res, char word[static RESULT_NAME_SIZE]);

/**
 * clock_ns() - what a clock says
 * @clock: which
 *
 * Return: in nanoseconds; 0: there is no such clock any more.
 */
__u64 clock_ns(clockid_t clock);

/**
 * now_ns() - the time, on the clock that the device stamps its samples with
 *
 * Return: CLOCK_MONOTONIC, in nanoseconds.
 */
__u64 now_ns(void);

/**
 * sleep_until() - wait for a time, and be there on time
 * @time: the time, as of now_ns()
 */
void sleep_until(__u64 time);

/**
 * time_name() - a duration for people, in the largest unit of which it has one
 * @ns:   the duration
 * @name: where to
 *
 * Return: @name.
 */
const char *time_name(__u64 ns, char name[static TIME_NAME_SIZE]);

#endif /* RING_H */
