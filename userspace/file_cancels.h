/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cancels of all that a file has waiting: they reach other threads' reads, too.
 *
 *	who cancels			a thread whose read was cancelled
 *	-----------			---------------------------------
 *	count it as under way		its read ends: -ECANCELED
 *	CANCEL				is one under way?
 *	note when it was answered	else, was one answered since its submission?
 *	count it as over
 *
 * So the one that did it is seen: if it is no more under way, then what was noted is
 * later than the submission.
 */
#ifndef FILE_CANCELS_H
#define FILE_CANCELS_H

#include <stdatomic.h>
#include <linux/types.h>

/**
 * struct file_cancels - such cancels of an open file
 * @under_way: how many have not answered
 * @made:      when the last was made
 * @answered:  when the last has answered
 */
struct file_cancels {
	_Atomic unsigned int under_way;
	_Atomic __u64 made;
	_Atomic __u64 answered;
};

/**
 * file_cancel_begin() - one is about to be submitted
 * @cancels: the file's
 * @now:     the time
 */
static inline void file_cancel_begin(struct file_cancels *cancels, __u64 now)
{
	cancels->made = now;
	cancels->under_way++;
}

/**
 * file_cancel_end() - one has answered
 * @cancels: the file's
 * @now:     the time
 */
static inline void file_cancel_end(struct file_cancels *cancels, __u64 now)
{
	cancels->answered = now;
	cancels->under_way--;
}

/**
 * file_cancel_after() - can one have hit a read that has ended?
 * @cancels: the file's
 * @time:    when that was submitted
 *
 * Return: when the last one was made, or 0: no.
 */
static inline __u64 file_cancel_after(struct file_cancels *cancels, __u64 time)
{
	if (cancels->under_way || cancels->answered >= time)
		return cancels->made;
	return 0;
}

#endif /* FILE_CANCELS_H */
