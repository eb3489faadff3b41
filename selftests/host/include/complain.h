/* SPDX-License-Identifier: GPL-2.0 */
/* In place of module/complain.h: each program has its own use for it. */
#ifndef HOST_COMPLAIN_H
#define HOST_COMPLAIN_H

#include <linux/types.h>

struct cs_request;

/* For a test that expects one: the last line, in host.c. */
extern __thread char host_log[128];

void cs_complain(const struct cs_request *req, const char *what,
		 const char *why, const char *rule);

static inline bool cs_may_complain(void)
{
	return true;
}

#endif
