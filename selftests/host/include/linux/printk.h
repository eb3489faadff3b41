/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOST_LINUX_PRINTK_H
#define HOST_LINUX_PRINTK_H

#include <stdio.h>

/* The last line, for a test that expects one. */
extern __thread char host_log[128];

#define pr_err(...) ((void)snprintf(host_log, sizeof(host_log), __VA_ARGS__))

#endif
