// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does what it is asked to when it is loaded: with it the harness
 * is tested for what it makes of a kernel's reports.
 */
#include <linux/bug.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static bool warn;
module_param(warn, bool, 0);
MODULE_PARM_DESC(warn, "give a warning");

static bool oops;
module_param(oops, bool, 0);
MODULE_PARM_DESC(oops, "follow a null pointer");

static int __init broken_init(void)
{
	int *volatile nowhere = NULL;

	WARN_ON(warn);
	return oops ? *nowhere : 0;
}
module_init(broken_init);

MODULE_DESCRIPTION("Warns or oopses when it is loaded");
MODULE_LICENSE("GPL");
