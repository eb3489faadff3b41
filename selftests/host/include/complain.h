/* SPDX-License-Identifier: GPL-2.0 */
/* In place of module/complain.h: the last line is kept. */
#ifndef HOST_COMPLAIN_H
#define HOST_COMPLAIN_H

#include <stdio.h>

/* For a test that expects one. */
extern __thread char host_log[128];

static inline void cs_complain_of_driver(const char *what, const char *rule)
{
	snprintf(host_log, sizeof(host_log), "%s (rule %s)", what, rule);
}

#endif
