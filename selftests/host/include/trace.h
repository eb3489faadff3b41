/* SPDX-License-Identifier: GPL-2.0 */
/* In place of module/trace.h: whoever listens to host.h listens here. */
#ifndef HOST_TRACE_H
#define HOST_TRACE_H

#include <host.h>

#include "core/model.h"

void host_trace(enum host_event event, const struct cs_request *req,
		enum cs_who who);

#define trace_cs_submit(req, who) host_trace(HOST_SUBMITTED, req, who)
#define trace_cs_queue(req, who) host_trace(HOST_QUEUED, req, who)
#define trace_cs_claim(req, who) host_trace(HOST_CLAIMED, req, who)
#define trace_cs_cancel(req, who) host_trace(HOST_CANCELLED, req, who)
#define trace_cs_complete(req, who) host_trace(HOST_COMPLETED, req, who)

#endif
