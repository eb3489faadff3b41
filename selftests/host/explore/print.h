/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PRINT_H
#define PRINT_H

#include "search.h"

void print_order(const struct scenario *scenario,
		 const struct explored_model *model, const struct found *found);

#endif
