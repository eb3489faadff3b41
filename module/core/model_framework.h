/* SPDX-License-Identifier: GPL-2.0 */
/* What can be set at a node of the framework's: model_framework.c. */
#ifndef CS_MODEL_FRAMEWORK_H
#define CS_MODEL_FRAMEWORK_H

#include <linux/types.h>

struct cs_queue;

/**
 * enum cs_route - what the driver does with a delivered request
 * @CS_ROUTE_DIRECT:  it keeps it
 * @CS_ROUTE_REQUEUE: it puts it back while the device settles
 * @CS_ROUTE_FORWARD: it passes it on to a queue of its own
 * @CS_ROUTE_LOWER:   it sends a request of its own on to a lower target
 */
enum cs_route {
	CS_ROUTE_DIRECT,
	CS_ROUTE_REQUEUE,
	CS_ROUTE_FORWARD,
	CS_ROUTE_LOWER,
	CS_NR_ROUTES,
};

extern const char *const cs_route_names[CS_NR_ROUTES];

enum cs_route cs_framework_route(struct cs_queue *queue);
int cs_framework_set_route(struct cs_queue *queue, enum cs_route route);
bool cs_framework_has_lower(struct cs_queue *queue);
void cs_framework_plug_lower(struct cs_queue *queue, bool plugged);

#endif /* CS_MODEL_FRAMEWORK_H */
