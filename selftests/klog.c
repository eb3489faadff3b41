// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/klog.h>

#include "klog.h"
#include "node.h"

#define SYSLOG_ACTION_READ_ALL 3

unsigned int klog_count(const char *what)
{
	static char log[1 << 20];
	int len = klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log) - 1);
	unsigned int n = 0;
	char *at;

	if (len < 0)
		die("cannot read the kernel's log: %s", strerror(errno));
	log[len] = '\0';
	for (at = log; (at = strstr(at, what)); at++)
		n++;
	return n;
}
