// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "module.h"
#include "node.h"

const char *module_file(void)
{
	return getenv("CANCELSAFE_KO") ?: "/cancelsafe.ko";
}

/* Why a test cannot load it; NULL if it can. */
const char *module_file_missing(void)
{
	static char why[256];

	if (!access(module_file(), R_OK))
		return NULL;
	snprintf(why, sizeof(why),
		 "there is no %s to load: name the module's file with CANCELSAFE_KO=",
		 module_file());
	return why;
}

/* Returns 0 or -errno, as the next ones. */
int module_load(const char *parameters)
{
	int fd = open(module_file(), O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return err;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "cancelsafe", O_NONBLOCK) ? -errno :
								      0;
}

/* Once nobody holds it any more, which a ring may do a little longer. */
int module_unload_soon(void)
{
	int err;

	WAIT_UNTIL((err = module_unload()) != -EWOULDBLOCK && err != -EBUSY);
	return err;
}
