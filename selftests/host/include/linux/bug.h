/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_LINUX_BUG_H
#define HOST_LINUX_BUG_H

#include <linux/types.h>

/* In the kernel a warning fails the run whose log it is in; here at once. */
void host_warn(const char *file, int line, const char *condition)
	__attribute__((noreturn));

#define WARN_ON_ONCE(condition)                                        \
	({                                                             \
		bool warn_ = (condition);                              \
		if (warn_)                                             \
			host_warn(__FILE__, __LINE__, #condition);     \
		warn_;                                                 \
	})

#endif
