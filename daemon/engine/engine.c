/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerts.h"
#include "alloc.h"
#include "clock.h"
#include "commands.h"
#include "dirty.h"
#include "hooks_http.h"
#include "lease.h"
#include "partition.h"
#include "push.h"
#include "schedule.h"
#include "web.h"

#define TICK_US  (5 * US_PER_S)
#define SWEEP_US (3600 * US_PER_S)

struct instance *engine_instance(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->n_instances; i++)
		if (strcmp(engine->instances[i]->name, name) == 0)
			return engine->instances[i];
	return NULL;
}

/*
 * Activities, deals and campaigns add nothing to who is who. What a remote refuses to show holds up nobody else; only
 * the remote itself gets nothing while its people cannot be seen, for they might be created a second time.
 */
static bool is_holding(const struct stream_state *stream, bool is_own)
{
	enum entity entity = stream->config->ops->entity;

	if (!stream->config->is_on || stream->is_loaded || entity > ENTITY_ACCOUNT)
		return false;
	return !stream->is_refused || (is_own && entity == ENTITY_PERSON);
}

static bool are_people_known(const struct instance *instance, bool is_own)
{
	for (size_t i = 0; i < instance->n_streams; i++)
		if (is_holding(&instance->streams[i], is_own))
			return false;
	return true;
}

bool engine_may_push(const struct instance *instance)
{
	return engine_is_loaded(instance->engine) && are_people_known(instance, true);
}

bool engine_is_loaded(const struct engine *engine)
{
	for (size_t i = 0; i < engine->n_instances; i++)
		if (!are_people_known(engine->instances[i], false))
			return false;
	return true;
}

void engine_wake_pushes(struct engine *engine)
{
	for (size_t i = 0; i < engine->n_instances; i++)
		push_wake(engine->instances[i]);
}

void engine_wake_alerts(struct engine *engine)
{
	if (engine->alerts)
		alerts_wake(engine->alerts);
}

static void wake_all(struct engine *engine)
{
	for (size_t i = 0; engine->is_ready && i < engine->n_instances; i++) {
		struct instance *instance = engine->instances[i];

		if (!instance_is_ours(instance))
			continue;
		schedule_wake(instance);
		runs_wake(instance);
		hooks_wake(instance);
		push_wake(instance);
	}
}

/* -- Leases -- */

static void mode_marked(void *owner, const struct pg_result *result, const struct error *err)
{
	struct instance *instance = owner;

	if (err)
		LOG_WARNING(&instance->log, "could not mark entities", kv("error", err));
	else if (result->n_changed)
		LOG_INFO(&instance->log, "entities marked for a look", kv("marks", result->n_changed));
	push_wake(instance);
}

static void store_modes(struct engine *engine)
{
	for (size_t i = 0; i < engine->n_instances; i++) {
		struct instance *instance = engine->instances[i];
		const struct connector_config *config = instance->config;
		bool creates = false;

		if (!instance_is_ours(instance))
			continue;
		for (size_t s = 0; s < config->n_streams; s++)
			creates = creates || config->streams[s].create;
		dirty_mark_mode(&engine->store, instance_store(instance)->id, mode_name((enum mode)config->mode),
		                config->mode != MODE_OBSERVE, creates, mode_marked, instance);
	}
}

static void leases_renewed(void *owner, const struct pg_result *result, const struct error *err)
{
	struct engine *engine = owner;

	(void)result;
	if (err)
		LOG_WARNING(&engine->log, "could not renew leases", kv("error", err));
}

static void lease_due(struct timer *timer)
{
	struct engine *engine = container_of(timer, struct engine, lease_timer);

	timer_start(engine->loop, &engine->lease_timer, LEASE_LIFE_S * US_PER_S / 3);
	if (engine->store.is_up && engine->is_ready)
		leases_take(&engine->store, leases_renewed, engine);
}

/* -- Starting -- */

static void cursor_row(struct engine *engine, const struct pg_result *result, size_t row)
{
	const struct store_connector *known =
	        store_connector_by_id(&engine->store, (int16_t)pg_int(result, row, 0));
	struct instance *instance = known ? engine_instance(engine, known->name) : NULL;
	CLEANUP(free_pointer) char *name = alloc_printf("%.*s", SLICE_ARGS(pg_text(result, row, 1)));
	struct stream_state *stream = instance ? instance_stream(instance, name) : NULL;

	if (!stream)
		return;
	free(stream->cursor);
	stream->cursor =
	        pg_is_null(result, row, 2) ? NULL : alloc_printf("%.*s", SLICE_ARGS(pg_text(result, row, 2)));
	stream->is_loaded = !pg_is_null(result, row, 3);
	stream->passed_us = pg_int(result, row, 4);
	instance->is_paused = known->is_paused;
}

static void engine_up(struct engine *engine)
{
	engine->is_ready = true;
	engine->error = (struct error){ 0 };
	if (!engine->alerts)
		engine->alerts = alerts_new(engine);
	store_modes(engine);
	wake_all(engine);
	engine_wake_alerts(engine);
	LOG_INFO(&engine->log, "ready", kv("connectors", engine->n_instances),
	         kv("seconds", (double)(clock_wall_us() - engine->started_us) / US_PER_S));
}

static void linked_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct engine *engine = owner;

	for (size_t row = 0; !err && row < result->n_rows; row++) {
		const struct store_connector *known =
		        store_connector_by_id(&engine->store, (int16_t)pg_int(result, row, 0));
		struct instance *instance = known ? engine_instance(engine, known->name) : NULL;

		if (instance)
			instance->n_linked = pg_int(result, row, 1);
	}
}

static void cursors_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct engine *engine = owner;
	bool was_ready = engine->is_ready;

	if (err) {
		engine->error = *err;
		LOG_ERROR(&engine->log, "could not read the cursors", kv("error", err));
		return;
	}
	for (size_t row = 0; row < result->n_rows; row++)
		cursor_row(engine, result, row);
	engine_up(engine);
	if (!was_ready && engine->ready) {
		void (*ready)(struct engine *, const struct error *) = engine->ready;
		engine->ready = NULL;
		ready(engine, NULL);
	}
}

static void leases_taken(void *owner, const struct pg_result *result, const struct error *err)
{
	struct engine *engine = owner;
	int64_t now_us = clock_wall_us();

	(void)result;
	if (err) {
		engine->error = *err;
		LOG_ERROR(&engine->log, "could not take the leases", kv("error", err));
		return;
	}
	for (size_t i = 0; i < engine->n_instances; i++)
		if (!instance_is_ours(engine->instances[i]))
			LOG_WARNING(&engine->instances[i]->log, "another daemon runs this connector");
	partitions_make(&engine->store, now_us, now_us + 62 * 86400 * US_PER_S, NULL, NULL);
	pg_exec(engine->store.quick,
	        "SELECT connector_id, count(*) FROM source_record WHERE NOT deleted GROUP BY connector_id",
	        linked_read, engine);
	pg_exec(engine->store.quick,
	        "SELECT connector_id, stream, cursor, loaded_at, (extract(epoch FROM passed_at) * "
	        "1000000)::bigint FROM sync_cursor",
	        cursors_read, engine);
}

static void store_opened(struct store *store, const struct error *err)
{
	struct engine *engine = store->owner;

	if (err) {
		engine->error = *err;
		LOG_ERROR(&engine->log, "store did not open", kv("error", err));
		if (engine->ready)
			engine->ready(engine, err);
		return;
	}
	inbox_init(&engine->inbox, store);
	LOG_INFO(&engine->log, "store is open",
	         kv("seconds", (double)(clock_wall_us() - engine->started_us) / US_PER_S));
	leases_take(store, leases_taken, engine);
}

static void store_changed(struct store *store)
{
	struct engine *engine = store->owner;

	if (!store->is_up) {
		engine->is_ready = false;
		(void)fail(&engine->error, ERROR_TRANSIENT, "store is down: %s",
		           pg_error(store->quick)->text);
		LOG_WARNING(&engine->log, "store is down: work pauses", kv("error", &engine->error));
		return;
	}
	LOG_INFO(&engine->log, "store is back");
	leases_take(store, leases_taken, engine);
}

/* The same installation over restarts: its name in leases is kept beside the data, or made of host and
 * folder. */
static char *holder_name(const struct config *config)
{
	char host[256] = "host";

	(void)gethostname(host, sizeof(host) - 1);
	return alloc_printf("%s:%s", host, config->state_dir);
}

static void housekeeping(struct timer *timer)
{
	struct engine *engine = container_of(timer, struct engine, tick);
	int64_t now_us = clock_wall_us();

	timer_start(engine->loop, &engine->tick, TICK_US);
	if (!engine->is_ready || !engine->store.is_up)
		return;
	wake_all(engine);
	if (now_us - engine->swept_us < SWEEP_US)
		return;
	engine->swept_us = now_us;
	inbox_sweep(&engine->store);
	partitions_make(&engine->store, now_us, now_us + 62 * 86400 * US_PER_S, NULL, NULL);
}

struct engine *engine_new(struct loop *loop, struct config *config, int listen_fd, int control_fd)
{
	struct engine *engine = alloc_zeroed(1, sizeof(*engine));

	*engine = (struct engine){
		.loop = loop, .config = config_ref(config), .listen_fd = listen_fd, .control_fd = control_fd
	};
	engine->started_us = clock_wall_us();
	engine->http = http_new(loop);
	engine->tick = (struct timer){ .expired = housekeeping, .name = "housekeeping" };
	engine->lease_timer = (struct timer){ .expired = lease_due, .name = "lease" };
	engine->store = (struct store){
		.loop = loop,
		.config = config,
		.holder = holder_name(config),
		.opened = store_opened,
		.changed = store_changed,
		.owner = engine,
	};
	engine->n_instances = config->n_connectors;
	engine->instances = alloc_zeroed(config->n_connectors + 1, sizeof(struct instance *));
	for (size_t i = 0; i < config->n_connectors; i++)
		engine->instances[i] = instance_new(engine, &config->connectors[i]);
	return engine;
}

static bool open_sockets(struct engine *engine, struct error *err)
{
	const struct config *config = engine->config;
	const struct control_options control = {
		.path = config->control,
		.fd = engine->control_fd,
		.operator_group = config->operator_group,
		.admin_group = config->admin_group,
		.handle = commands_handle,
		.owner = engine,
	};
	const struct listener_options listener = {
		.address = config->listen,
		.fd = engine->listen_fd,
		.body_max = config->hook_body_max,
		.timeout_ms = config->request_timeout_ms,
		.connections = config->connection_limit,
		.connections_per_address = config->connections_per_address,
		.handle = web_handle,
		.owner = engine,
	};

	engine->control = control_new(engine->loop, &control, err);
	if (!engine->control)
		return false;
	if (engine->listen_fd < 0 && strcmp(config->listen, "none") == 0)
		return true;
	engine->listener = listener_new(engine->loop, &listener, err);
	return engine->listener != NULL;
}

void engine_start(struct engine *engine)
{
	struct error err = { 0 };

	if (!open_sockets(engine, &err)) {
		engine->error = err;
		LOG_ERROR(&engine->log, "could not open the sockets", kv("error", &err));
		engine->ready(engine, &err);
		return;
	}
	store_open(&engine->store);
	timer_start(engine->loop, &engine->tick, TICK_US);
	timer_start(engine->loop, &engine->lease_timer, LEASE_LIFE_S * US_PER_S / 3);
}

/* -- Reload -- */

static void connectors_known(void *owner, const struct pg_result *result, const struct error *err)
{
	struct engine *engine = owner;

	(void)result;
	if (err)
		LOG_ERROR(&engine->log, "could not make connectors known to the store", kv("error", err));
	else
		leases_take(&engine->store, leases_taken, engine);
}

/* No longer configured. Answers of the store may still be on their way to it, so it is freed at the end only.
 */
static void engine_retire(struct engine *engine, struct instance *instance)
{
	instance_stop(instance);
	engine->retired = alloc_resize(engine->retired, engine->n_retired + 1, sizeof(struct instance *));
	engine->retired[engine->n_retired++] = instance;
	LOG_INFO(&instance->log, "connector is no longer configured");
}

static void apply_config(struct engine *engine, struct config *config)
{
	struct instance **instances = alloc_zeroed(config->n_connectors + 1, sizeof(struct instance *));
	struct config *old = engine->config;

	for (size_t i = 0; i < config->n_connectors; i++) {
		instances[i] = engine_instance(engine, config->connectors[i].name);
		if (instances[i])
			instance_reconfigure(instances[i], &config->connectors[i]);
		else
			instances[i] = instance_new(engine, &config->connectors[i]);
	}
	for (size_t i = 0; i < engine->n_instances; i++)
		if (!config_connector(config, engine->instances[i]->name))
			engine_retire(engine, engine->instances[i]);
	free(engine->instances);
	engine->instances = instances;
	engine->n_instances = config->n_connectors;
	engine->config = config;
	engine->store.config = config;
	if (engine->alerts)
		alerts_reconfigure(engine->alerts);
	if (engine->store.is_up)
		store_know_connectors(&engine->store, connectors_known, engine);
	config_unref(old); /* work under way has its own reference */
}

static bool is_fixed_changed(const struct config *a, const struct config *b, const char **ret_what)
{
	const struct {
		const char *name, *old, *now;
	} fixed[] = {
		{ "store", a->store, b->store },
		{ "state_dir", a->state_dir, b->state_dir },
		{ "listen", a->listen, b->listen },
		{ "control", a->control, b->control },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (strcmp(fixed[i].old, fixed[i].now) == 0)
			continue;
		*ret_what = fixed[i].name;
		return true;
	}
	return false;
}

bool engine_reload(struct engine *engine, struct buf *problems)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct problems found = { .arena = arena };
	struct config *config = config_load(engine->config->dir, true, &found);
	const char *what;

	if (!config) {
		engine->reload_failures++;
		problems_print(&found, problems);
		LOG_ERROR(&engine->log, "new configuration refused, the old one stays",
		          kv("problems", found.n));
		return false;
	}
	if (is_fixed_changed(engine->config, config, &what))
		LOG_WARNING(&engine->log, "setting takes effect at the next start only", kv("setting", what));
	log_level_set((enum log_level)config->log_level);
	apply_config(engine, config);
	engine->reloads++;
	LOG_INFO(&engine->log, "configuration reloaded", kv("connectors", config->n_connectors));
	return true;
}

/* -- Stopping -- */

static void leases_given_back(void *owner, const struct pg_result *result, const struct error *err)
{
	struct engine *engine = owner;

	(void)result;
	(void)err;
	engine->stopped(engine);
}

static bool is_writing(const struct engine *engine)
{
	for (size_t i = 0; i < engine->n_instances; i++)
		if (engine->instances[i]->push)
			return true;
	return alerts_are_busy(engine->alerts);
}

static void stop_step(struct timer *timer)
{
	struct engine *engine = container_of(timer, struct engine, tick);

	if (is_writing(engine) && clock_mono_us() < engine->stop_by_us) {
		timer_start(engine->loop, &engine->tick, 50000);
		return;
	}
	if (engine->store.is_up && engine->is_leased)
		leases_give_back(&engine->store, leases_given_back, engine);
	else
		engine->stopped(engine);
}

void engine_stop(struct engine *engine)
{
	if (engine->is_stopping)
		return;
	engine->is_stopping = true;
	engine->is_leased = engine->is_ready;
	engine->is_ready = false;
	engine->stop_by_us = clock_mono_us() + 10 * US_PER_S;
	if (engine->listener)
		listener_refuse(engine->listener);
	for (size_t i = 0; i < engine->n_instances; i++)
		timer_stop(engine->loop, &engine->instances[i]->schedule);
	timer_stop(engine->loop, &engine->lease_timer);
	engine->tick.expired = stop_step;
	timer_start(engine->loop, &engine->tick, 0);
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	engine->is_stopping = true;
	timer_stop(engine->loop, &engine->tick);
	timer_stop(engine->loop, &engine->lease_timer);
	listener_free(engine->listener);
	commands_free(engine->commands);
	control_free(engine->control);
	inbox_done(&engine->inbox);
	store_close(&engine->store);
	alerts_free(engine->alerts);
	for (size_t i = 0; i < engine->n_instances; i++)
		instance_free(engine->instances[i]);
	for (size_t i = 0; i < engine->n_retired; i++)
		instance_free(engine->retired[i]);
	free(engine->retired);
	free(engine->instances);
	http_free(engine->http);
	config_unref(engine->config);
	free((char *)engine->store.holder);
	free(engine);
}
