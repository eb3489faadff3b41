/* SPDX-License-Identifier: GPL-2.0 */
/* The core has nothing to do with how the kernel's log is written to. */
#ifndef CS_COMPLAIN_H
#define CS_COMPLAIN_H

#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "core/model.h"

/**
 * cs_complain() - a framework's driver was refused something
 * @req:  the request with which it wanted to do that
 * @what: it wanted
 * @why:  it was refused
 * @rule: the contract's, by which it was
 *
 * Context: any.
 */
static inline void cs_complain(const struct cs_request *req, const char *what,
			       const char *why, const char *rule)
{
	pr_err("cancelsafe: %s: %s of request %llu failed: %s (rule %s)\n",
	       req->file->queue->name, what, req->id, why, rule);
}

/**
 * cs_may_complain() - has there not been too much of it lately?
 *
 * A driver that makes one mistake after the other does not flood the log.
 *
 * Context: any.
 */
static inline bool cs_may_complain(void)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	return __ratelimit(&limit);
}

#endif /* CS_COMPLAIN_H */
