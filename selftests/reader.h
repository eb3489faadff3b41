/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One read(2) of the node, in a thread or in a process of its own, and the
 * signals that may interrupt it.
 */
#ifndef READER_H
#define READER_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "node.h"

#define READER_BUFFER 64

/**
 * struct reader - one read, and what came of it
 * @fd:     an open file of the node
 * @buffer: where it reads to, poisoned; @sample's place unless told otherwise
 * @size:   how much of it may be used
 * @thread: that reads
 * @pid:    of the process that reads, if it is not ours
 * @tid:    of the thread that reads
 * @result: SAMPLE_SIZE, or -errno; valid once
 * @ended:  is set
 *
 * Shared with the process that reads, and never freed, so that no read that
 * comes too late can write to memory that is used for something else.
 */
struct reader {
	int fd;
	void *buffer;
	size_t size;

	pthread_t thread;
	pid_t pid;
	_Atomic pid_t tid;

	long result;
	atomic_bool ended;

	union {
		struct cancelsafe_sample sample;
		unsigned char bytes[READER_BUFFER];
	};
};

struct reader *reader_new(int fd);
void reader_run(struct reader *reader);
struct reader *read_in_thread(int fd);
struct reader *read_in_process(int fd);
void read_behind(struct reader **readers, int n, int fd);
void reader_start_thread(struct reader *reader);
long reader_result(struct reader *reader);
bool reader_is_untouched(const struct reader *reader);
char reader_state(const struct reader *reader);

/* Memory */
void *before_a_hole(size_t usable);
void unmap_before_a_hole(void *at);

/* Signals: SIGUSR1, and how often it was handled, in whichever process */
void handle_signals(int sa_flags);
unsigned int signals_handled(void);
void reader_signal(struct reader *reader);

/* Processes */
pid_t fork_child(void);
int reap(pid_t pid);

#endif /* READER_H */
