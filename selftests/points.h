/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scripts that hold threads at points in the module, until the threads before
 * them in the script have passed theirs: see module/point.c.
 *
 * A thread or process is an actor by its name. It inherits that from whoever
 * makes it, so
 *
 *	name_me("reader");
 *	reader = read_in_thread(fd);
 *	name_me("test");
 *
 * A test takes part in its own script as test@setting, by writing a setting.
 */
#ifndef POINTS_H
#define POINTS_H

#include <stdbool.h>

#include "reader.h"

const char *points_missing(void);
void name_me(const char *name);
const char *worker_name(void);

/* Scripts */
int script_write(const char *text);
void script_start(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void script_clear(void);
const char *script_state(void);
bool script_is(const char *verdict);
bool script_passed(void);
bool wait_held(const char *actor, const char *point);

#endif /* POINTS_H */
