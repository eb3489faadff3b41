/* SPDX-License-Identifier: GPL-2.0 */
/* The core has nothing to do with how the kernel's log is written to. */
#ifndef CS_COMPLAIN_H
#define CS_COMPLAIN_H

#include <linux/printk.h>

/**
 * cs_complain_of_driver() - the framework's driver has broken a rule, and was refused
 * @what: the mistake
 * @rule: which one of the contract's
 *
 * Context: any.
 */
static inline void cs_complain_of_driver(const char *what, const char *rule)
{
	pr_err("cancelsafe: framework: %s (rule %s)\n", what, rule);
}

#endif /* CS_COMPLAIN_H */
