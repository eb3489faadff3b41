/* SPDX-License-Identifier: GPL-2.0 */
/* The states that were seen, and in how many orders each can go on to its end. */
#ifndef STATES_H
#define STATES_H

#include "arena.h"

/* Not counted yet: the search is still on its way through this state. */
#define OPEN (-1.0)

void states_clear(void);
double *states_find(struct digest digest);
void states_add(struct digest digest);
size_t states_count(void);

#endif
