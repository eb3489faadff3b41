// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "points.h"

#define DEBUGFS "/sys/kernel/debug"
#define SCRIPT DEBUGFS "/cancelsafe/script"

/* Why no thread can be held; NULL if it can. */
const char *points_missing(void)
{
	if (access(SCRIPT, F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (access(SCRIPT, F_OK))
		return "there is no " SCRIPT ": load a module built with CANCELSAFE_POINTS=y";
	return NULL;
}

void name_me(const char *name)
{
	prctl(PR_SET_NAME, name);
}

/* Of the io-wq workers that the calling thread's reads get. Never freed. */
const char *worker_name(void)
{
	char *name = NULL;

	if (asprintf(&name, "iou-wrk-%d", gettid()) < 0)
		die("no memory for a name");
	return name;
}

/* Scripts */

/* Returns 0 or -errno. */
int script_write(const char *text)
{
	return write_file(SCRIPT, text, strlen(text));
}

void script_start(const char *format, ...)
{
	char text[1024];
	va_list args;
	int err;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err = script_write(text);
	if (err)
		die("cannot write the script to " SCRIPT ": %s\n%s",
		    strerror(-err), text);
}

void script_clear(void)
{
	script_start("\n");
}

/* What became of it, and of each of its lines. Never freed. */
const char *script_state(void)
{
	char *text = malloc(2048);
	int err;

	if (!text)
		die("no memory for a script");
	err = read_file(SCRIPT, text, 2048);
	if (err)
		die("cannot read " SCRIPT ": %s", strerror(-err));
	return text;
}

bool script_is(const char *verdict)
{
	const char *state = script_state();
	size_t len = strlen(verdict);

	return !strncmp(state, verdict, len) && state[len] == '\n';
}

/* It fails by itself before the watchdog barks. */
bool script_passed(void)
{
	WAIT_UNTIL(!script_is("running"));
	return script_is("passed");
}

/* Until this actor waits at this point. */
bool wait_held(const char *actor, const char *point)
{
	char line[128];

	snprintf(line, sizeof(line), "\nheld %s@%s\n", actor, point);
	return WAIT_UNTIL(strstr(script_state(), line));
}
