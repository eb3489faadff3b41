// SPDX-License-Identifier: GPL-2.0
/*
 * Reads that wait side by side in read(2), each in a thread, which a signal gets out.
 *
 * A signal that comes before its thread is in read(2) gets nobody out: so whoever
 * cancels a read repeats that until it has ended.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "crowd.h"
#include "command.h"
#include "ring.h"

#define STACK_SIZE (64 << 10)

static void handle_signal(int signal)
{
	(void)signal;
}

static int thread_open(struct crowd *crowd)
{
	struct sigaction action = { .sa_handler = handle_signal };	/* no SA_RESTART */

	sigaction(SIGUSR1, &action, NULL);
	return sem_init(&crowd->something, 0, 0);
}

static void sleep_till_go(sem_t *go)
{
	while (sem_wait(go))	/* a signal that came late */
		;
}

static void *run(void *arg)
{
	struct crowd_read *mine = arg;
	struct crowd *crowd = mine->crowd;
	ssize_t got;

	for (;;) {
		sleep_till_go(&mine->go);
		if (atomic_load(&crowd->stop))
			return NULL;
		got = read(crowd->fd, &mine->sample, sizeof(mine->sample));
		crowd_end(mine, got < 0 ? -errno : got);
		sem_post(&crowd->something);
	}
}

static int begin(struct crowd_read *read)
{
	pthread_attr_t attributes;
	int err;

	sem_init(&read->go, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	err = pthread_create(&read->thread, &attributes, run, read);
	pthread_attr_destroy(&attributes);
	if (!err) {
		read->begun = true;
		return 0;
	}
	complain("cannot start a thread for a blocking read: %s: raise ulimit -u (RLIMIT_NPROC)",
		 strerror(err));
	return -1;
}

static int thread_submit(struct crowd *crowd, struct crowd_read *read)
{
	(void)crowd;
	if (!read->begun && begin(read))
		return -1;
	sem_post(&read->go);
	return 0;
}

static int thread_cancel(struct crowd *crowd, struct crowd_read *read)
{
	(void)crowd;
	crowd_answer(read, 0);
	pthread_kill(read->thread, SIGUSR1);
	return 0;
}

static int thread_wait(struct crowd *crowd, __u64 until)
{
	struct timespec end = { until / 1000000000, until % 1000000000 };

	sem_clockwait(&crowd->something, CLOCK_MONOTONIC, &end);
	return 0;
}

static void thread_close(struct crowd *crowd)
{
	atomic_store(&crowd->stop, true);
	for (unsigned int i = 0; i < crowd->size; i++) {
		struct crowd_read *read = &crowd->reads[i];

		if (!read->begun)
			continue;
		sem_post(&read->go);
		pthread_join(read->thread, NULL);
	}
}

const struct crowd_ops crowd_thread_ops = {
	.open = thread_open,
	.submit = thread_submit,
	.cancel = thread_cancel,
	.wait = thread_wait,
	.close = thread_close,
	.silent = true,
};
