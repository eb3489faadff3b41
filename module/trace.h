/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: the way of a request, one event at each station. A request that
 * is refused has a cs_submit, perhaps a cs_cancel, and nothing more; so has io_uring's
 * failed attempt to read without waiting, which a request with another id follows. A
 * cs_cancel may also come when all is over.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cancelsafe

#if !defined(CS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CS_TRACE_H

#include <linux/tracepoint.h>

#include "core/model.h"

#define CS_TRACE_NAME_LEN 32

DECLARE_EVENT_CLASS(cs_request,
	TP_PROTO(const struct cs_request *req, enum cs_who who),
	TP_ARGS(req, who),
	TP_STRUCT__entry(
		__array(char, node, CS_TRACE_NAME_LEN)
		__field(u64, id)
		__array(char, path, CS_TRACE_NAME_LEN)
		__field(int, maker)
		__field(int, who)
		__field(int, result)
	),
	TP_fast_assign(
		strscpy(__entry->node, req->file->queue->name,
			CS_TRACE_NAME_LEN);
		__entry->id = req->id;
		strscpy(__entry->path, req->path->name, CS_TRACE_NAME_LEN);
		__entry->maker = req->maker;
		__entry->who = who;
		__entry->result = READ_ONCE(req->result);
	),
	TP_printk("node=%s id=%llu path=%s maker=%d who=%s result=%d",
		  __entry->node, __entry->id, __entry->path, __entry->maker,
		  __print_symbolic(__entry->who,
				   { CS_MAKER, "maker" },
				   { CS_SERVER, "server" },
				   { CS_CANCELLER, "canceller" }),
		  __entry->result)
);

/* A path wants a sample. */
DEFINE_EVENT(cs_request, cs_submit,
	TP_PROTO(const struct cs_request *req, enum cs_who who),
	TP_ARGS(req, who));

/* It was accepted, and waits. */
DEFINE_EVENT(cs_request, cs_queue,
	TP_PROTO(const struct cs_request *req, enum cs_who who),
	TP_ARGS(req, who));

/* The server or a canceller owns it now. */
DEFINE_EVENT(cs_request, cs_claim,
	TP_PROTO(const struct cs_request *req, enum cs_who who),
	TP_ARGS(req, who));

/* Someone no longer wants it. Not yet an outcome. */
DEFINE_EVENT(cs_request, cs_cancel,
	TP_PROTO(const struct cs_request *req, enum cs_who who),
	TP_ARGS(req, who));

/* Its result is there. */
DEFINE_EVENT(cs_request, cs_complete,
	TP_PROTO(const struct cs_request *req, enum cs_who who),
	TP_ARGS(req, who));

#endif /* CS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
