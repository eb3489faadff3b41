// SPDX-License-Identifier: GPL-2.0
/*
 * Loading the module for one run, and unloading it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "module.h"
#include "node.h"
#include "refusal.h"

#define MODULE_NAME "cancelsafe"
#define MODULE_FILE MODULE_NAME ".ko"
#define PATH_SIZE 4096
#define TICK_US 10000
#define TICKS 500	/* five seconds */

static bool loaded_by_us;

/* The module's file in the folder of this program. */
static bool beside_us(char path[static PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - sizeof(MODULE_FILE));
	char *slash;

	if (length < 0)
		return false;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	strcpy(slash + 1, MODULE_FILE);
	return true;
}

static const char *find(char path[static PATH_SIZE])
{
	if (access(MODULE_FILE, F_OK) && beside_us(path) && !access(path, F_OK))
		return path;
	return MODULE_FILE;
}

/* udev may have its own ideas of the node's owner: wait until it can be opened. */
static int wait_for_node(void)
{
	for (int i = 0; i < TICKS; i++) {
		if (!access(node_device, R_OK))
			return 0;
		usleep(TICK_US);
	}
	complain("the module is loaded, but %s cannot be read after five seconds: "
		 "is devtmpfs mounted on /dev?", node_device);
	return -1;
}

int module_load(const char *path)
{
	char buffer[PATH_SIZE];
	int fd, err;

	if (!access("/sys/module/" MODULE_NAME, F_OK))
		return 0;
	path = path ?: find(buffer);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("cannot open %s: %s: build it with make module, or say where it is: "
			 "--load KO", path, strerror(errno));
		return -1;
	}
	err = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	loaded_by_us = !err;
	if (err == EEXIST)	/* somebody else was quicker */
		err = 0;
	if (err)
		refusal_complain(path, fd, err);
	close(fd);
	return err ? -1 : wait_for_node();
}

int module_unload(void)
{
	int err = EAGAIN;

	if (!loaded_by_us)
		return 0;
	for (int i = 0; i < TICKS && err == EAGAIN; i++) {
		if (i)
			usleep(TICK_US);
		err = syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) ? errno : 0;
	}
	if (err == EAGAIN)
		complain("the module stays loaded: somebody else uses it. Later: rmmod "
			 MODULE_NAME);
	else if (err)
		complain("cannot unload the module: %s: rmmod " MODULE_NAME, strerror(err));
	return err && err != EAGAIN ? -1 : 0;
}
