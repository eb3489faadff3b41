/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's tracepoints, in a trace instance of our own. Beside being tested
 * themselves they show what no count does: that a waiting request was claimed,
 * or that a cancel has reached the driver.
 */
#ifndef TRACING_H
#define TRACING_H

#include <stdbool.h>

int tracing_start(void);
void tracing_stop(void);
int tracing_find(const char *event, const char *word, char *line, size_t size);
unsigned int tracing_count(const char *event, const char *word);
unsigned int tracing_count_in_softirq(const char *event, const char *word);
unsigned int wait_claimed(unsigned int n);
unsigned int wait_cancels(unsigned int n);

#endif /* TRACING_H */
