// SPDX-License-Identifier: GPL-2.0
#include "core/model.h"
#include "device.h"
#include "server.h"

/**
 * cs_server_start() - begin to serve
 * @server: zeroed
 * @queue:  whose requests
 * @device: the device
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int cs_server_start(struct cs_server *server, struct cs_queue *queue,
		    struct cs_device *device)
{
	server->ops = queue->model->timer ? &cs_timer_ops : &cs_poller_ops;
	server->queue = queue;
	server->device = device;
	return server->ops->start(server);
}

/**
 * cs_server_ready_at() - when will the device have settled?
 * @server: its node's
 *
 * Context: any.
 * Return: a time of CLOCK_MONOTONIC, perhaps long past.
 */
ktime_t cs_server_ready_at(struct cs_server *server)
{
	return cs_device_ready_at(server->device,
				  READ_ONCE(server->queue->settings.settle_us));
}

/**
 * cs_server_acquired_at() - when does an acquisition end?
 * @server: its node's
 * @begun:  when it has begun
 *
 * Context: any.
 * Return: a time of CLOCK_MONOTONIC.
 */
ktime_t cs_server_acquired_at(struct cs_server *server, ktime_t begun)
{
	return ktime_add_us(begun, READ_ONCE(server->queue->settings.acquire_us));
}
