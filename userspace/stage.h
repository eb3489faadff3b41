/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node as the stage of a comparison: its device serves when it is told to, others
 * wait there, and one read is looked at. The chosen node (see node.h) is used, and is
 * ours alone; afterwards it has its settings again.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <linux/types.h>

#include "aim.h"
#include "crowd.h"
#include "node.h"

#define STAGE_POLICY_SIZE 16	/* or a protocol's name */

/**
 * struct stage - the node
 * @path:       how the read that is looked at comes in
 * @settle_us:  its settings, as they were
 * @acquire_us: the same
 * @policy:     the same: close_policy
 * @server_ends: a cancelled current request is the server's to end
 * @crowd:      where that read waits
 * @others:     where those wait that came before it; in read(2)
 * @waiting:    how many of these do
 * @file:       the open file of the read; -1: it is closed
 * @watch:      a duplicate, for its counters
 * @before:     these, before the read
 * @aim:        in a race: when to cancel it
 */
struct stage {
	enum path path;
	__u64 settle_us, acquire_us;
	char policy[STAGE_POLICY_SIZE];
	bool server_ends;
	struct crowd *crowd, *others;
	unsigned int waiting;
	int file, watch;
	struct snapshot before;
	struct aim aim;
};

/* A signal wants us to end. */
extern atomic_bool stage_interrupted;

/**
 * stage_open() - take the node
 * @stage: where to
 * @path:  how the read that is looked at comes in
 *
 * Return: 0, or -1 after having complained. Whoever calls it catches the signals
 * that end a program until it has called stage_close().
 */
int stage_open(struct stage *stage, enum path path);

/**
 * stage_close() - give it back as it was; nothing waits there
 * @stage: the node
 *
 * Return: 0, or -1 after having complained.
 */
int stage_close(struct stage *stage);

/**
 * stage_catch_signals() - note those that end a program, in place of ending
 */
void stage_catch_signals(void);

/**
 * stage_sample() - take a sample; nobody waits
 * @sample: where to
 *
 * Return: 0, or -1 after having complained.
 */
int stage_sample(struct cancelsafe_sample *sample);

/**
 * stage_hold() - from here on whoever reads waits; nobody does yet
 *
 * Return: 0, or -1 after having complained.
 */
int stage_hold(void);

/**
 * stage_invite() - have others wait; only when it is held
 * @stage: the node
 *
 * Return: 0, or -1 after having complained.
 */
int stage_invite(struct stage *stage);

/**
 * stage_serve() - serve all that wait, until none does
 * @stage: the node
 *
 * Return: 0, or -1 after having complained.
 */
int stage_serve(struct stage *stage);

/**
 * stage_dismiss() - wait until the others have ended, served or not
 * @stage: the node
 *
 * Return: 0, or -1 after having complained.
 */
int stage_dismiss(struct stage *stage);

/**
 * stage_file_open() - open a file for the read
 * @stage: the node
 *
 * Return: 0, or -1 after having complained.
 */
int stage_file_open(struct stage *stage);

/**
 * stage_file_close() - close it, if it is open, and its duplicate
 * @stage: the node
 */
void stage_file_close(struct stage *stage);

/**
 * stage_await_count() - wait until so many of an open file's reads wait in the driver
 * @fd:    the file
 * @count: how many
 * @more:  whether so many or more; else so many or fewer
 * @until: or until this time
 *
 * Return: 1: they do; 0: they did not; -1 after having complained.
 */
int stage_await_count(int fd, __u64 count, bool more, __u64 until);

#endif /* STAGE_H */
