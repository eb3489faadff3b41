// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include "fault.h"
#include "node.h"

#define DEBUGFS "/sys/kernel/debug"
#define MAX_TASKS 1024

static const char *const kinds[] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};

/* The fail-nth of each of the @n tasks that are armed, and disarmed, together. */
static struct {
	int fds[MAX_TASKS];
	unsigned int n;
	bool only_caller;
	bool armed;
	bool failed;
} tasks;

/* Why nothing can be made to fail here; NULL if it can. */
const char *fault_missing(void)
{
	static char why[256];
	struct utsname kernel;

	if (access(DEBUGFS "/failslab", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (!access(DEBUGFS "/failslab/require-start", F_OK) &&
	    !access(DEBUGFS "/fail_usercopy/require-start", F_OK))
		return NULL;
	uname(&kernel);
	snprintf(why, sizeof(why),
		 "Linux %s has no fault injection with a stack filter",
		 kernel.release);
	return why;
}

static void set(const char *kind, const char *attribute, const char *text)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", kind, attribute);
	err = write_file(path, text, strlen(text));
	if (err && err != -ENOENT)
		die("cannot write %s to %s: %s", text, path, strerror(-err));
}

/* The code that has to be on the stack when something fails. */
struct range {
	uint64_t start;
	uint64_t end;
};

/* The size is that of all the module's parts, of which its code is the first. */
static struct range module_code(void)
{
	FILE *modules = fopen("/proc/modules", "r");
	struct range code = { 0 };
	char line[512];

	while (modules && !code.start && fgets(line, sizeof(line), modules))
		if (sscanf(line, "cancelsafe %" SCNu64 " %*s %*s %*s %" SCNx64,
			   &code.end, &code.start) == 2)
			code.end += code.start;
	if (!code.start)
		die("cannot find the module's code in /proc/modules");
	fclose(modules);
	return code;
}

/* From the function that calls every init function to the next one. */
static struct range init_code(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	struct range code = { 0 };
	char line[512], name[256];
	uint64_t at;

	while (symbols && !code.end && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%" SCNx64 " %*c %255s", &at, name) != 2)
			continue;
		if (!strcmp(name, "do_one_initcall"))
			code.start = at;
		else if (code.start && at > code.start)
			code.end = at;
	}
	if (!code.end)
		die("cannot find do_one_initcall in /proc/kallsyms");
	fclose(symbols);
	return code;
}

static struct range code_on_stack(enum fault_where where)
{
	switch (where) {
	case FAULT_IN_MODULE:
	case FAULT_ELSEWHERE:
		return module_code();
	case FAULT_IN_INIT:
		return init_code();
	default:
		return (struct range){ 0, UINT64_MAX };
	}
}

static int write_count(int fd, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(fd, text, len, 0);
}

/*
 * Opened long before anything is armed, for opening a file allocates. A task that
 * goes meanwhile is no loss.
 */
static void open_tasks(const char *fail_nth, const char *but)
{
	glob_t found;
	size_t i;
	int fd;

	if (glob(fail_nth, 0, NULL, &found))
		die("there is no %s", fail_nth);
	for (i = 0; i < found.gl_pathc && tasks.n < MAX_TASKS; i++) {
		if (!strcmp(found.gl_pathv[i], but))
			continue;
		fd = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			tasks.fds[tasks.n++] = fd;
	}
	globfree(&found);
}

/* Those that @where asks for, instead of those that were open. */
static void choose_tasks(enum fault_where where)
{
	char caller[64];

	while (tasks.n)
		close(tasks.fds[--tasks.n]);
	snprintf(caller, sizeof(caller), "/proc/%d/task/%d/fail-nth", getpid(),
		 gettid());
	tasks.only_caller = where == FAULT_IN_CALLER || where == FAULT_IN_INIT;
	if (tasks.only_caller)
		open_tasks(caller, "");
	else
		open_tasks("/proc/[0-9]*/task/[0-9]*/fail-nth",
			   where == FAULT_ELSEWHERE ? caller : "");
}

/*
 * When the tasks are there that are to be counted. Allocations that may sleep would
 * be spared unless told, as would single pages.
 */
void fault_prepare(enum fault_where where)
{
	struct range code = code_on_stack(where);
	char start[32], end[32];
	size_t i;

	snprintf(start, sizeof(start), "%#" PRIx64, code.start);
	snprintf(end, sizeof(end), "%#" PRIx64, code.end);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		set(kinds[i], "require-start", start);
		set(kinds[i], "require-end", end);
		set(kinds[i], "ignore-gfp-wait", "N");
		set(kinds[i], "min-order", "0");
		set(kinds[i], "verbose", "0");
	}
	choose_tasks(where);
}

void fault_arm(unsigned int n)
{
	unsigned int i;

	tasks.armed = true;
	tasks.failed = false;
	for (i = 0; i < tasks.n; i++)
		write_count(tasks.fds[i], n);
}

/*
 * A task whose count has come to zero had its failure. Reading the count is a user
 * copy, too: if it is that which fails, there was none before.
 */
static void disarm(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return;
	if (!strcmp(text, "0\n"))
		tasks.failed = true;
	else
		write_count(fd, 0);
}

/* Nothing more fails from now on. Returns whether something has failed. */
bool fault_disarm(void)
{
	unsigned int i;

	for (i = 0; tasks.armed && i < tasks.n; i++)
		disarm(tasks.fds[i]);
	tasks.armed = false;
	return tasks.failed;
}

/* As fault_disarm(), where only the caller is armed; else the others stay so. */
void fault_spare_caller(void)
{
	if (tasks.only_caller)
		fault_disarm();
}
