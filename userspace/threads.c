// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of this process.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "files.h"
#include "threads.h"

#define TASKS "/proc/self/task"

int threads_count(unsigned int *all, unsigned int *io_wq)
{
	char path[300], name[32];
	struct dirent *entry;
	DIR *tasks = opendir(TASKS);

	if (!tasks) {
		complain("cannot read " TASKS ": %s: is /proc mounted?", strerror(errno));
		return -1;
	}
	*all = 0;
	*io_wq = 0;
	while ((entry = readdir(tasks))) {
		snprintf(path, sizeof(path), TASKS "/%s/comm", entry->d_name);
		if (entry->d_name[0] == '.' || line_of_file(path, name, sizeof(name)))
			continue;
		++*all;
		*io_wq += !strncmp(name, "iou-wrk", 7);
	}
	closedir(tasks);
	return 0;
}
