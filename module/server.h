/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What serves a node's requests: a thread (poller.c), or where the model wants it
 * a timer (timer.c). Only server.c knows which.
 */
#ifndef CS_SERVER_H
#define CS_SERVER_H

#include <linux/ktime.h>

#include "poller.h"
#include "timer.h"

struct cancelsafe_sample;
struct cs_device;
struct cs_queue;
struct cs_server;

/**
 * struct cs_server_ops - a way to serve
 * @start:   begin to serve. May sleep. 0 or an error
 * @stop:    cease, however long the device takes; nobody arms it any more. May
 *           sleep: nothing of it runs afterwards
 * @park:    End the service under way, and begin no other. It may be armed, and
 *           does nothing. May sleep.
 * @unpark:  go on. May sleep
 * @arm:     A request waits: serve once the device has settled. Any context.
 * @reckon:  A setting has changed: look anew who waits, and for what. Any context.
 * @acquire: as in &struct cs_host
 */
struct cs_server_ops {
	int (*start)(struct cs_server *server);
	void (*stop)(struct cs_server *server);
	void (*park)(struct cs_server *server);
	void (*unpark)(struct cs_server *server);
	void (*arm)(struct cs_server *server);
	void (*reckon)(struct cs_server *server);
	int (*acquire)(struct cs_server *server,
		       struct cancelsafe_sample *sample);
};

/**
 * struct cs_server - a node's server
 * @ops:    which it is
 * @queue:  whose requests it serves
 * @device: which it asks
 * @poller: its own, if it is a thread
 * @timer:  its own, if it is a timer
 */
struct cs_server {
	const struct cs_server_ops *ops;
	struct cs_queue *queue;
	struct cs_device *device;
	union {
		struct cs_poller poller;
		struct cs_timer timer;
	};
};

int cs_server_start(struct cs_server *server, struct cs_queue *queue,
		    struct cs_device *device);
ktime_t cs_server_ready_at(struct cs_server *server);
ktime_t cs_server_acquired_at(struct cs_server *server, ktime_t begun);

static inline void cs_server_stop(struct cs_server *server)
{
	server->ops->stop(server);
}

static inline void cs_server_park(struct cs_server *server)
{
	server->ops->park(server);
}

static inline void cs_server_unpark(struct cs_server *server)
{
	server->ops->unpark(server);
}

static inline void cs_server_arm(struct cs_server *server)
{
	server->ops->arm(server);
}

static inline void cs_server_reckon(struct cs_server *server)
{
	server->ops->reckon(server);
}

static inline int cs_server_acquire(struct cs_server *server,
				    struct cancelsafe_sample *sample)
{
	return server->ops->acquire(server, sample);
}

#endif /* CS_SERVER_H */
