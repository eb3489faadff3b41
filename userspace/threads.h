/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The threads of this process.
 */
#ifndef THREADS_H
#define THREADS_H

/**
 * threads_count() - how many there are
 * @all:   where to: in all
 * @io_wq: where to: how many of these are io_uring's, which stay a while when they have
 *         nothing to do
 *
 * Return: 0, or -1 after having complained.
 */
int threads_count(unsigned int *all, unsigned int *io_wq);

#endif /* THREADS_H */
