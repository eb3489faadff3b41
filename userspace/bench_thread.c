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

#include "bench.h"
#include "command.h"
#include "ring.h"

#define STACK_SIZE (64 << 10)

static void handle_signal(int signal)
{
	(void)signal;
}

static int thread_open(struct bench *bench)
{
	struct sigaction action = { .sa_handler = handle_signal };	/* no SA_RESTART */

	sigaction(SIGUSR1, &action, NULL);
	return sem_init(&bench->something, 0, 0);
}

static void sleep_till_go(sem_t *go)
{
	while (sem_wait(go))	/* a signal that came late */
		;
}

static void *run(void *arg)
{
	struct bench_read *mine = arg;
	struct bench *bench = mine->bench;
	ssize_t got;

	for (;;) {
		sleep_till_go(&mine->go);
		if (atomic_load(&bench->stop))
			return NULL;
		got = read(bench->fd, &mine->sample, sizeof(mine->sample));
		bench_end(mine, got < 0 ? -errno : got);
		sem_post(&bench->something);
	}
}

static int begin(struct bench_read *read)
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

static int thread_submit(struct bench *bench, struct bench_read *read)
{
	(void)bench;
	if (!read->begun && begin(read))
		return -1;
	sem_post(&read->go);
	return 0;
}

static int thread_cancel(struct bench *bench, struct bench_read *read)
{
	(void)bench;
	bench_answer(read, 0);
	pthread_kill(read->thread, SIGUSR1);
	return 0;
}

static int thread_wait(struct bench *bench, __u64 until)
{
	struct timespec end = { until / 1000000000, until % 1000000000 };

	sem_clockwait(&bench->something, CLOCK_MONOTONIC, &end);
	return 0;
}

static void thread_close(struct bench *bench)
{
	atomic_store(&bench->stop, true);
	for (unsigned int i = 0; i < bench->size; i++) {
		struct bench_read *read = &bench->reads[i];

		if (!read->begun)
			continue;
		sem_post(&read->go);
		pthread_join(read->thread, NULL);
	}
}

const struct bench_ops bench_thread_ops = {
	.open = thread_open,
	.submit = thread_submit,
	.cancel = thread_cancel,
	.wait = thread_wait,
	.close = thread_close,
	.silent = true,
};
