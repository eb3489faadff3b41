/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's log says. */
#ifndef KLOG_H
#define KLOG_H

/* How often it has this; who cannot read it dies. */
unsigned int klog_count(const char *what);

#endif
