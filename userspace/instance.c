// SPDX-License-Identifier: GPL-2.0
/*
 * The processes of a run. Only they have anything in flight: the process that
 * forks them watches, and outlives them however they end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "instance.h"

#define END_ABRUPTLY SIGUSR2

/* Cleaning up after it is the kernel's and the driver's business. */
static void end_abruptly(int signal)
{
	(void)signal;
	_exit(STATUS_HELD);
}

/* The process itself. */

static int join(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
	if (worker->error)
		return complain("thread %u: it could not go on: %s", worker->index + 1,
				strerror(-worker->error));
	if (!worker->hung && io_uring_cq_ready(&worker->ring))
		law_broken(&worker->shared->law, "A1",
			   "thread %u: a CQE came after every read had ended", worker->index + 1);
	return STATUS_HELD;
}

static int work(struct worker *workers, unsigned int count)
{
	int status = STATUS_HELD;
	unsigned int started;

	for (started = 0; started < count && !status; started++)
		if (worker_start(&workers[started]))
			break;
	if (started < count) {
		atomic_store(&workers->shared->stop, true);
		status = STATUS_FAILED;
	}
	while (started--)
		status = join(&workers[started]) ?: status;
	return status;
}

/* It must not outlive the process that watches it, which may be gone already. */
_Noreturn static void be(struct run *run, unsigned int index, pid_t parent)
{
	struct sigaction action = { .sa_handler = end_abruptly };
	unsigned int threads = run->plan.threads;

	sigaction(END_ABRUPTLY, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	_exit(work(&run->workers[index * threads], threads));
}

/* The process that watches. */

int instances_start(struct run *run)
{
	pid_t parent = getpid(), pid;

	fflush(stdout);		/* or each has a copy of what is not written yet */
	for (unsigned int i = 0; i < run->plan.instances; i++)
		run->instances[i].ended = true;
	for (unsigned int i = 0; i < run->plan.instances; i++) {
		pid = fork();
		if (!pid)
			be(run, i, parent);
		if (pid < 0) {
			atomic_store(&run->shared.stop, true);
			complain("cannot start instance %u: %s: raise ulimit -u (RLIMIT_NPROC), or "
				 "take fewer", i + 1, strerror(errno));
			return -1;
		}
		run->instances[i].ended = false;
		run->instances[i].pid = pid;
	}
	return 0;
}

static void note_end(struct run *run, unsigned int index, int status)
{
	struct instance *instance = &run->instances[index];

	instance->ended = true;
	instance->status = status;
	instance->failed = WIFEXITED(status) && WEXITSTATUS(status) != STATUS_HELD;
	instance->died = WIFSIGNALED(status) && !run->abrupt;
	if (instance->failed)
		atomic_store(&run->shared.stop, true);
}

bool instances_ended(struct run *run)
{
	bool all = true;
	int status;

	for (unsigned int i = 0; i < run->plan.instances; i++) {
		if (run->instances[i].ended)
			continue;
		if (waitpid(run->instances[i].pid, &status, WNOHANG) > 0)
			note_end(run, i, status);
		else
			all = false;
	}
	return all;
}

void instances_end_abruptly(struct run *run)
{
	run->abrupt = true;
	for (unsigned int i = 0; i < run->plan.instances; i++)
		if (!run->instances[i].ended)
			kill(run->instances[i].pid, END_ABRUPTLY);
}
