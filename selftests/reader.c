// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "reader.h"

static void *shared(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("cannot get %zu bytes of memory: %s", size,
		    strerror(errno));
	return at;
}

/* A read that has not begun. */
struct reader *reader_new(int fd)
{
	struct reader *reader = shared(sizeof(*reader));

	memset(reader->bytes, POISON, sizeof(reader->bytes));
	reader->fd = fd;
	reader->buffer = reader->bytes;
	reader->size = sizeof(reader->bytes);
	return reader;
}

/* Read, here and now. */
void reader_run(struct reader *reader)
{
	ssize_t ret;

	reader->tid = gettid();
	ret = read(reader->fd, reader->buffer, reader->size);
	reader->result = ret < 0 ? -errno : ret;
	reader->ended = true;
}

static void *thread(void *reader)
{
	reader_run(reader);
	return NULL;
}

void reader_start_thread(struct reader *reader)
{
	int err = pthread_create(&reader->thread, NULL, thread, reader);

	if (err)
		die("cannot start a thread: %s", strerror(err));
}

struct reader *read_in_thread(int fd)
{
	struct reader *reader = reader_new(fd);

	reader_start_thread(reader);
	return reader;
}

struct reader *read_in_process(int fd)
{
	struct reader *reader = reader_new(fd);
	pid_t pid = fork_child();

	if (!pid) {
		reader_run(reader);
		_exit(0);
	}
	reader->pid = pid;
	return reader;
}

/* Readers that come one after the other, each in its place; nobody waits before. */
void read_behind(struct reader **readers, int n, int fd)
{
	int i;

	for (i = 0; i < n; i++) {
		readers[i] = read_in_thread(fd);
		if (wait_waiting(i + 1) != i + 1)
			die("reader %d does not wait", i);
	}
}

/* Waits for the read's end. Returns what it returned, or -ETIMEDOUT. */
long reader_result(struct reader *reader)
{
	return WAIT_UNTIL(reader->ended) ? reader->result : -ETIMEDOUT;
}

bool reader_is_untouched(const struct reader *reader)
{
	return is_untouched(reader->bytes, sizeof(reader->bytes));
}

/* As ps(1) shows it: S sleeps, and a signal would wake it. */
char reader_state(const struct reader *reader)
{
	char path[64], text[512], *after;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", reader->tid);
	err = read_file(path, text, sizeof(text));
	if (err)
		die("cannot read %s: %s", path, strerror(-err));
	after = strrchr(text, ')');
	return after ? after[2] : '?';
}

/* Memory */

/* Memory whose last @usable bytes can be written to; what follows cannot. */
void *before_a_hole(size_t usable)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + page, page, PROT_NONE))
		die("cannot map memory: %s", strerror(errno));
	return at + page - usable;
}

/* Now nothing of it can be written to. */
void unmap_before_a_hole(void *at)
{
	size_t page = sysconf(_SC_PAGESIZE);

	if (munmap((void *)((uintptr_t)at & ~(page - 1)), page))
		die("cannot unmap memory: %s", strerror(errno));
}

/* Signals */

static atomic_uint *handled;

static void on_signal(int signal)
{
	(void)signal;
	(*handled)++;
}

void handle_signals(int sa_flags)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = sa_flags,
	};

	handled = shared(sizeof(*handled));
	sigaction(SIGUSR1, &action, NULL);
}

unsigned int signals_handled(void)
{
	return *handled;
}

void reader_signal(struct reader *reader)
{
	pid_t pid = reader->pid ?: getpid();

	if (syscall(SYS_tgkill, pid, reader->tid, SIGUSR1))
		die("cannot signal the reader: %s", strerror(errno));
}

/* Processes */

/* A child that does not outlive its parent, whatever happens to that. */
pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* Returns the child's wait status, or -ETIMEDOUT. */
int reap(pid_t pid)
{
	int status;

	return WAIT_UNTIL(waitpid(pid, &status, WNOHANG) == pid) ? status :
								   -ETIMEDOUT;
}
