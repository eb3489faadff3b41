/* SPDX-License-Identifier: GPL-2.0 */
/* The core has nothing to do with how the kernel's log is written to. */
#ifndef CS_COMPLAIN_H
#define CS_COMPLAIN_H

#include <linux/printk.h>

#include "core/model.h"

/**
 * cs_complain() - a framework's driver was refused something
 * @req:  the request with which it wanted to do that
 * @what: it wanted
 * @why:  it was refused
 * @rule: of the contract's, which is broken
 *
 * A driver that goes on like this does not flood the log.
 *
 * Context: any.
 */
static inline void cs_complain(const struct cs_request *req, const char *what,
			       const char *why, const char *rule)
{
	pr_err_ratelimited("cancelsafe: %s: %s of request %llu failed: %s (rule %s)\n",
			   req->file->queue->name, what, req->id, why, rule);
}

#endif /* CS_COMPLAIN_H */
