/* SPDX-License-Identifier: GPL-2.0 */
/* The driver on the framework, as the model and its routes share it. */
#ifndef CS_FRAMEWORK_DRIVER_H
#define CS_FRAMEWORK_DRIVER_H

#include "framework.h"
#include "model_framework.h"
#include "target.h"

struct cs_fw_driver;

/**
 * struct cs_fw_route - what differs between them
 * @callbacks: of the first queue
 * @forwarded: of the second one
 * @sends:     to the lower target, and is of no use without one
 * @claim:     The device has settled: take a request away from cancellers, or NULL.
 * @complete:  it was served
 */
struct cs_fw_route {
	const struct cs_fw_callbacks *callbacks;
	const struct cs_fw_callbacks *forwarded;
	bool sends;
	struct cs_request *(*claim)(struct cs_fw_driver *d);
	void (*complete)(struct cs_fw_driver *d, struct cs_request *req,
			 int err);
};

/**
 * struct cs_fw_driver - a node's
 * @queue:   the node
 * @fw:      the framework
 * @route:   changed while nobody is under way in it, under the framework's lock
 * @serving: the device is the server's alone; under the framework's lock
 * @kept:    the request that it has marked: under the automatic lock (direct), the own
 *           one (forward; lower, once it is marked), or exchanged, and with a reference
 *           (requeue)
 * @own:     the own lock; irqsave
 * @lower:   the lower target, and
 * @sent:    what was sent there: one at a time
 *
 * Locks, from the outside: a file's, by try_now(); the automatic and the driver's own;
 * the framework's and the target's; the ledger's and the device's.
 */
struct cs_fw_driver {
	struct cs_queue queue;
	struct cs_framework fw;
	const struct cs_fw_route *route;
	bool serving;
	struct cs_request *kept;
	spinlock_t own;
	struct cs_target lower;
	struct cs_sent sent;
};

/* framework_routes.c */
extern const struct cs_fw_route cs_fw_routes[CS_NR_ROUTES];

#endif /* CS_FRAMEWORK_DRIVER_H */
