// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "idle.h"
#include "ring.h"

static pid_t idler;

_Noreturn static void be_idle(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	for (;;)
		__asm__ volatile("");
}

int idle_begin(void)
{
	static const struct sched_param none;
	pid_t parent = getpid();

	if (sysconf(_SC_NPROCESSORS_ONLN) != 1)
		return complain("with --instructions this counts what one processor does, and there "
				"are %ld: have one, as with QEMU's -smp 1",
				sysconf(_SC_NPROCESSORS_ONLN));
	idler = fork();
	if (!idler)
		be_idle(parent);
	if (idler < 0)
		return complain("cannot start a process: %s", strerror(errno));
	if (sched_setscheduler(idler, SCHED_IDLE, &none)) {
		complain("cannot have a process run when there is nothing else to do: %s",
			 strerror(errno));
		idle_end();
		return -1;
	}
	return 0;
}

__u64 idle_ns(void)
{
	clockid_t clock;

	if (idler <= 0 || clock_getcpuclockid(idler, &clock))
		return 0;
	return clock_ns(clock);
}

void idle_end(void)
{
	if (idler > 0) {
		kill(idler, SIGKILL);
		waitpid(idler, NULL, 0);
	}
	idler = 0;
}
