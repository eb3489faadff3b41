/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam below a request: what a model supplies, and what it may ask for.
 *
 * A model is who owns a waiting request, and how a cancel that races with its
 * completion is decided. A host is where the model runs: the kernel module,
 * with a thread and a device, or a test program.
 */
#ifndef CS_MODEL_H
#define CS_MODEL_H

#include "request.h"

struct cs_queue;

/**
 * struct cs_model - one way to let requests wait
 * @name:       as the node's attribute "model" shows it
 * @queue_size: bytes of its queue, which starts with a &struct cs_queue
 * @init:       make a zeroed queue ready
 * @submit:     Take a request over, or refuse it with an error. Calls
 *              cs_pend() at the moment it is queued. Task context, no locks.
 * @try_now:    Fill the sample at once if the device has settled and nobody
 *              waits, else -EAGAIN. Any context.
 * @cancel:     Complete the request if a cancel can still claim it. Its flag is
 *              not set yet: the model decides under which lock it is. Any
 *              context, so every lock it takes is irqsave. Never CS_OVER:
 *              cs_cancel() knows that itself.
 * @service:    The device has settled: claim one request, serve it, complete
 *              it. Returns whether to be called again. In the host's server,
 *              which is alone.
 */
struct cs_model {
	const char *name;
	size_t queue_size;
	void (*init)(struct cs_queue *queue);
	int (*submit)(struct cs_request *req);
	int (*try_now)(struct cs_request *req);
	enum cs_verdict (*cancel)(struct cs_request *req, int err);
	bool (*service)(struct cs_queue *queue);
};

/**
 * struct cs_host - what a model may ask for
 * @arm:         Requests wait: call service() once the device has settled. Any
 *               context. Arming again replaces, so it does no harm.
 * @settled:     Has the device settled? Any context.
 * @acquire:     Acquire a sample for a claimed request, from a device that had
 *               settled when it was claimed; takes acquire_us. In service()
 *               only. -ENODEV: the node is going away.
 * @acquire_now: Acquire a sample if that takes no time at all, else -EAGAIN.
 *               Any context.
 */
struct cs_host {
	void (*arm)(struct cs_queue *queue);
	bool (*settled)(struct cs_queue *queue);
	int (*acquire)(struct cs_queue *queue, struct cancelsafe_sample *sample);
	int (*acquire_now)(struct cs_queue *queue,
			   struct cancelsafe_sample *sample);
};

/**
 * struct cs_settings - what can be set at a node while it runs
 * @settle_us:   how long the device needs to settle between two samples
 * @acquire_us:  how long an acquisition takes after the claim
 * @queue_limit: how many requests may wait
 *
 * Each is written whole and read whenever it is needed: WRITE_ONCE, READ_ONCE.
 */
struct cs_settings {
	unsigned int settle_us;
	unsigned int acquire_us;
	unsigned int queue_limit;
};

/**
 * struct cs_queue - a node's requests, as its model keeps them
 * @model:     the model
 * @host:      where it runs
 * @host_data: the host's own
 * @name:      of the node, for the tracepoints
 * @settings:  of the node
 * @ledger:    counts
 * @last_id:   of the last request made here
 *
 * The beginning of each model's own queue.
 */
struct cs_queue {
	const struct cs_model *model;
	const struct cs_host *host;
	void *host_data;
	const char *name;
	struct cs_settings settings;
	struct cs_ledger ledger;
	atomic64_t last_id;
};

void cs_queue_init(struct cs_queue *queue, const struct cs_model *model,
		   const struct cs_host *host, const char *name);

/* The models: model_*.c, one a file */
extern const struct cs_model cs_model_csq;

#endif /* CS_MODEL_H */
