/* SPDX-License-Identifier: GPL-2.0 */
/* In place of module/point.h: the same names. Whoever listens to host.h is told. */
#ifndef HOST_POINT_H
#define HOST_POINT_H

#include <host.h>

#include "../../../module/point.h"

#undef cs_point
#define cs_point(name) host_mark(cs_point_name(CS_POINT_##name))

#endif
