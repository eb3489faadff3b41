// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that blocks in read(2), and is signalled out of it.
 *
 * Its signals come from a timer of its own, aimed at this thread. A signal that
 * comes too early, before the thread is in read(2), interrupts nothing: so the
 * timer goes on, until the read has ended. Disarming it is a system call, and a
 * signal that is still pending is handled when that returns: so none is left
 * over for the next read.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "worker.h"

#define STACK_SIZE (64 << 10)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* How many signals this thread has handled in its current read. */
static __thread volatile sig_atomic_t signals;

static void handle_signal(int signal)
{
	(void)signal;
	signals++;
}

static struct timespec timespec_of(__u64 ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

/* 0 would disarm it: so the shortest patience is a nanosecond. */
static void arm(timer_t timer, __u64 patience_ns)
{
	struct itimerspec when = {
		.it_value = timespec_of(patience_ns ?: 1),
		.it_interval = timespec_of(REPEAT_NS),
	};

	timer_settime(timer, 0, &when, NULL);
}

static void disarm(timer_t timer)
{
	timer_settime(timer, 0, &(struct itimerspec){ 0 }, NULL);
}

/* What has interrupted it: its own timer, or its worker, because the run is to stop. */
static void note_signals(struct worker *worker, struct request *req, __u64 now)
{
	bool late = now >= req->cancel_at;

	if (!signals)
		return;
	request_cancelled(worker, req, late ? BY_SIGNAL : BY_NOBODY, late ? req->cancel_at : now);
	while (--signals)
		request_cancelled(worker, req, req->by, now);
}

static void read_once(struct reader *reader, timer_t timer)
{
	struct worker *worker = reader->worker;
	__u64 number = atomic_fetch_add(&reader->number, 1) + 1;
	struct request req;
	ssize_t got;

	signals = 0;
	request_begin(worker, &req,
		      (struct read_name){ worker->index, reader->index, number,
					  PATH_BIT(PATH_READ) }, now_ns());
	atomic_store(&reader->due, req.cancel_at);
	arm(timer, req.fate.patience_ns);
	got = read(worker->fd, req.buffer, BUFFER_SIZE);
	if (got < 0)
		got = -errno;
	disarm(timer);
	atomic_store(&reader->due, NEVER_NS);
	note_signals(worker, &req, now_ns());
	request_ended(worker, &req, got, -EINTR);
	request_close(worker, &req);
}

static void *run(void *arg)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
		.sigev_notify_thread_id = gettid(),
	};
	struct reader *reader = arg;
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer)) {
		reader->worker->error = -errno;
	} else {
		while (reader->number < reader->quota &&
		       !atomic_load(&reader->worker->shared->stop))
			read_once(reader, timer);
		timer_delete(timer);
	}
	atomic_store(&reader->done, true);
	return NULL;
}

int reader_start(struct reader *reader)
{
	struct sigaction action = { .sa_handler = handle_signal };	/* no SA_RESTART */
	pthread_attr_t attributes;
	int err;

	sigaction(SIGUSR1, &action, NULL);
	atomic_store(&reader->due, NEVER_NS);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	err = pthread_create(&reader->thread, &attributes, run, reader);
	pthread_attr_destroy(&attributes);
	if (!err)
		return 0;
	complain("cannot start blocking reader %u of thread %u: %s: raise ulimit -u "
		 "(RLIMIT_NPROC), or take fewer threads", reader->index,
		 reader->worker->index + 1, strerror(err));
	return -1;
}

/* It makes no other read now: so a signal that comes late does no harm. */
static void hurry(struct reader *reader)
{
	if (atomic_load(&reader->due) != NEVER_NS)
		pthread_kill(reader->thread, SIGUSR1);
}

bool readers_attend(struct worker *worker, __u64 now, bool stopping)
{
	for (unsigned int i = 0; i < worker->readers_used; i++) {
		struct reader *reader = &worker->readers[i];
		__u64 due = atomic_load(&reader->due);

		if (atomic_load(&reader->done))
			continue;
		if (worker_give_up(worker, "blocking read", reader->number, due, now))
			return false;
		if (stopping)
			hurry(reader);
	}
	return true;
}

bool readers_done(const struct worker *worker)
{
	for (unsigned int i = 0; i < worker->readers_used; i++)
		if (!atomic_load(&worker->readers[i].done))
			return false;
	return true;
}
