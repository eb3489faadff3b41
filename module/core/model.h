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

#include "file.h"

struct cs_queue;

/**
 * struct cs_model - one way to let requests wait
 * @name:       as the node's attribute "model" shows it
 * @queues:     a request waits in it without a thread, so every path can use
 *              it. Otherwise only those who can sleep can
 * @timer:      the host's server is a timer, and no thread
 * @queue_size: bytes of its queue, which starts with a &struct cs_queue
 * @init:       make a zeroed queue ready
 * @submit:     Take a request over, or refuse it with an error. Calls
 *              cs_pend() at the moment it is queued. Task context, no locks.
 * @take:       If it does not queue: the submitted request's own thread looks
 *              whether it is its turn, before it sleeps and whenever it is
 *              woken. True: the request is in service, or over. Any context.
 * @try_now:    Fill the sample at once if the device has settled and nobody
 *              has a right to it before, else -EAGAIN. Any context, under the
 *              file's lock.
 * @ready:      If it does not queue: would try_now() fill the sample? If not,
 *              wake() is called once that has changed. Any context.
 * @cancel:     Complete the request if a cancel can still claim it. Its flag is
 *              not set yet: the model decides under which lock it is. Any
 *              context, so every lock it takes is irqsave. Never CS_OVER:
 *              cs_cancel() knows that itself.
 * @service:    Requests wait and the device should have settled. Asks it; if it
 *              has, claims one request, serves it and completes it, or wakes
 *              those who serve themselves. Returns whether to be called again
 *              when it has settled anew. In the host's server, which is alone;
 *              if that is a timer, then in an interrupt, and at no point.
 * @drain:      The server is parked and no request comes in any more: end what was
 *              claimed for it elsewhere, with -ENODEV unless it was cancelled. NULL
 *              if nothing is.
 *              May sleep.
 */
struct cs_model {
	const char *name;
	bool queues;
	bool timer;
	size_t queue_size;
	void (*init)(struct cs_queue *queue);
	int (*submit)(struct cs_request *req);
	bool (*take)(struct cs_request *req);
	int (*try_now)(struct cs_request *req);
	bool (*ready)(struct cs_queue *queue);
	enum cs_verdict (*cancel)(struct cs_request *req, int err);
	bool (*service)(struct cs_queue *queue);
	void (*drain)(struct cs_queue *queue);
};

/**
 * struct cs_host - what a model may ask for
 * @arm:         Requests wait: call service() once the device has settled. Any
 *               context. Arming again does no harm.
 * @settled:     Has the device settled? Any context.
 * @acquire:     Acquire a sample for a claimed request, from a device that had
 *               settled when it was claimed; takes acquire_us. In service()
 *               only. -ENODEV: the node is going away. A timer does not wait:
 *               -EAGAIN: the device has not settled, or the acquisition has
 *               only begun. service() is to say that it wants to be called
 *               again, and will be when there is a sample.
 * @acquire_now: Acquire a sample if that takes no time at all, else -EAGAIN.
 *               Any context.
 * @watch:       A request was cancelled that somebody else has claimed: see to
 *               it that it does not take for ever. Any context.
 * @breathe:     Between two steps of a long walk: let others have the processor.
 *               May sleep.
 * @wake:        Wake everybody who sleeps until the device is ready. In
 *               service() only.
 */
struct cs_host {
	void (*arm)(struct cs_queue *queue);
	bool (*settled)(struct cs_queue *queue);
	int (*acquire)(struct cs_queue *queue, struct cancelsafe_sample *sample);
	int (*acquire_now)(struct cs_queue *queue,
			   struct cancelsafe_sample *sample);
	void (*watch)(struct cs_queue *queue);
	void (*breathe)(struct cs_queue *queue);
	void (*wake)(struct cs_queue *queue);
};

/*
 * Who ends a current request that was cancelled, and starts the next one: it has to
 * be one of them (rule E3). Bits, for who breaks the rule on the host has both, or neither.
 */
enum cs_protocol {
	CS_SERVER_ENDS = 1,
	CS_ROUTINE_ENDS = 2,
};

/**
 * struct cs_settings - what can be set at a node while it runs
 * @settle_us:   how long the device needs to settle between two samples
 * @acquire_us:  how long an acquisition takes after the claim
 * @queue_limit: how many requests may wait
 * @watchdog_s:  after how many seconds a request is given up that was cancelled
 *               and is not complete
 * @protocol:    of the model cancel_lock
 *
 * Each is written whole and read whenever it is needed: WRITE_ONCE, READ_ONCE.
 */
struct cs_settings {
	unsigned int settle_us;
	unsigned int acquire_us;
	unsigned int queue_limit;
	unsigned int watchdog_s;
	enum cs_protocol protocol;
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
extern const struct cs_model cs_model_cancel_lock;
extern const struct cs_model cs_model_csq;
extern const struct cs_model cs_model_driver_queue;
extern const struct cs_model cs_model_framework;
extern const struct cs_model cs_model_startio;
extern const struct cs_model cs_model_wait_queue;

#endif /* CS_MODEL_H */
