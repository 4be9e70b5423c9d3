/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Engine: ties the layers together; the only one that sees them all, and (with main.c) the only one that logs.
 *
 *	schedule.c	when which stream is polled; leases; housekeeping
 *	instance.c	a connector at run time: session, budget, calls
 *	pass.c		one pass over a stream: ask, read, store
 *	push.c		dirty marks → differences → writes
 *	alerts.c	activities → owner → task
 *	hooks.c		webhooks: verify, parse, inbox, hot passes
 *	web.c		/hooks, /metrics, /healthz, /readyz
 *	commands.c	the control socket's methods
 *
 * One engine a process. It starts by opening the store; everything else follows from the store being up and the leases
 * being ours. When the store is lost, pulls and pushes pause where they are and hooks answer 503, until it is back.
 */
#include "config.h"
#include "control.h"
#include "hooks.h"
#include "http.h"
#include "instance.h"
#include "listener.h"
#include "loop.h"
#include "store.h"

struct alerts;
struct commands;

struct engine {
	struct loop *loop;
	struct http *http;
	struct store store;
	struct config *config;
	struct log log;
	struct inbox inbox;
	struct listener *listener;
	struct control *control;
	struct instance **instances;		/* in the order of the configuration */
	size_t n_instances;
	struct alerts *alerts;
	struct commands *commands;		/* made with the first command */
	struct timer tick;			/* every second: watchdog, leases, schedules */
	struct timer lease_timer;
	bool is_ready;				/* store open, leases taken */
	bool is_stopping, is_leased;
	int64_t stop_by_us;			/* monotonic: writes under way may end until then */
	struct instance **retired;
	size_t n_retired;
	int64_t started_us;			/* wall */
	int64_t swept_us;
	struct error error;			/* why it is not ready */
	uint64_t batches, batch_records, batch_failures, reloads, reload_failures;
	double store_seconds;
	int listen_fd, control_fd;		/* from the service manager, or -1 */
	void (*ready)(struct engine *engine, const struct error *err);	/* once: serving, or cannot */
	void (*stopped)(struct engine *engine);
	void *owner;
};

struct engine *engine_new(struct loop *loop, struct config *config, int listen_fd, int control_fd);
void engine_start(struct engine *engine);				/* `ready` comes from the loop */
void engine_stop(struct engine *engine);				/* lets writes under way end (10 s), then `stopped` */
void engine_free(struct engine *engine);
/* Loads the configuration again; on any problem the old one stays and the problems are returned (printed). */
bool engine_reload(struct engine *engine, struct buf *problems);
struct instance *engine_instance(struct engine *engine, const char *name);	/* NULL if none */
/*
 * The first loads of people and accounts are whole on every instance, or refused: only now it is known who is missing
 * where. An instance whose own people are refused is not to be pushed to all the same.
 */
bool engine_is_loaded(const struct engine *engine);
bool engine_may_push(const struct instance *instance);
/* Something changed that pushes, alerts or polls may want to know of at once. */
void engine_wake_pushes(struct engine *engine);
void engine_wake_alerts(struct engine *engine);
