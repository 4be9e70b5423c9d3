/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "crypto.h"
#include "embedded.h"
#include "migrate.h"

enum { OPENING_SERVER, OPENING_CONNECT, OPENING_MIGRATE, OPENING_READ, OPENING_CONNECTORS, OPENING_DONE };

struct opening {
	int state;
	struct timer patience; /* no connection within a minute: say why */
	struct migrating *migrating;
	struct task over; /* ends with the error, from the loop */
	struct error error;
	struct store *store;
};

void *pending_new(struct store *store, size_t size)
{
	struct pending *pending = alloc_zeroed(1, size);

	pending->next = store->pending;
	pending->at = &store->pending;
	if (pending->next)
		pending->next->at = &pending->next;
	store->pending = pending;
	return pending;
}

void pending_free(void *memory)
{
	struct pending *pending = memory;

	*pending->at = pending->next;
	if (pending->next)
		pending->next->at = pending->at;
	free(pending);
}

/* -- Turns -- */

static void grant_next(struct task *task)
{
	struct lane *lane = container_of(task, struct lane, grant);

	if (lane->holder || !lane->waiting)
		return;
	struct turn *turn = lane->waiting;
	lane->waiting = turn->next;
	lane->holder = turn;
	turn->next = NULL;
	turn->is_holding = true;
	turn->granted(turn);
}

void turn_take(struct lane *lane, struct turn *turn)
{
	struct turn **end = &lane->waiting;

	assert(!turn->lane);
	while (*end)
		end = &(*end)->next;
	*end = turn;
	turn->next = NULL;
	turn->lane = lane;
	turn->is_holding = false;
	task_queue(lane->store->loop, &lane->grant);
}

void turn_end(struct turn *turn)
{
	struct lane *lane = turn->lane;

	if (!lane)
		return;
	turn->lane = NULL;
	if (turn->is_holding) {
		turn->is_holding = false;
		lane->holder = NULL;
		if (lane->waiting)
			task_queue(lane->store->loop, &lane->grant);
		return;
	}
	for (struct turn **at = &lane->waiting; *at; at = &(*at)->next) {
		if (*at != turn)
			continue;
		*at = turn->next;
		return;
	}
}

/* -- Connectors -- */

struct store_connector *store_connector(struct store *store, const char *name)
{
	for (size_t i = 0; i < store->n_connectors; i++)
		if (strcmp(store->connectors[i].name, name) == 0)
			return &store->connectors[i];
	return NULL;
}

const struct store_connector *store_connector_by_id(const struct store *store, int16_t id)
{
	for (size_t i = 0; i < store->n_connectors; i++)
		if (store->connectors[i].id == id)
			return &store->connectors[i];
	return NULL;
}

int64_t store_id(struct store *store)
{
	return id_next(&store->ids, clock_wall_us());
}

static void connector_row(struct store *store, const struct pg_result *result, size_t row)
{
	struct slice name = pg_text(result, row, 1), role = pg_text(result, row, 2);
	char *text = alloc_printf("%.*s", SLICE_ARGS(name));
	struct store_connector *known = store_connector(store, text);

	if (!known) {
		assert(store->n_connectors < STORE_CONNECTORS_MAX);
		known = &store->connectors[store->n_connectors++];
		*known =
		        (struct store_connector){ .id = (int16_t)pg_int(result, row, 0), .name = TAKE(text) };
	}
	free(text);
	(void)snprintf(known->role, sizeof(known->role), "%.*s", SLICE_ARGS(role));
	known->is_paused = pg_bool(result, row, 3);
}

struct knowing {
	struct pending pending;
	struct store *store;
	pg_done *done;
	void *owner;
	struct error error; /* of making new ones known */
};

static void known_stored(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)result;
	if (err)
		((struct knowing *)owner)->error = *err;
}

static void known_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct knowing *knowing = owner;
	struct error failed = knowing->error;
	pg_done *done = knowing->done;

	for (size_t row = 0; !err && row < result->n_rows; row++)
		connector_row(knowing->store, result, row);
	owner = knowing->owner;
	pending_free(knowing);
	done(owner, failed.kind ? NULL : result, failed.kind ? &failed : err);
}

void store_know_connectors(struct store *store, pg_done *done, void *owner)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	const struct config *config = store->config;
	struct slice *columns[4];
	struct knowing *knowing = pending_new(store, sizeof(*knowing));

	knowing->store = store;
	knowing->done = done;
	knowing->owner = owner;
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		columns[c] = arena_array(arena, config->n_connectors + 1, sizeof(struct slice));
	for (size_t i = 0; i < config->n_connectors; i++) {
		const struct connector_config *connector = &config->connectors[i];

		columns[0][i] = slice_of(connector->name);
		columns[1][i] = slice_of(connector->ops->name);
		columns[2][i] = slice_of(connector->role == ROLE_MA ? "ma" : "sfa");
		columns[3][i] = slice_of(mode_name((enum mode)connector->mode));
	}
	/* The lock keeps two daemons from giving one number twice. */
	pg_begin(store->quick);
	pg_exec(store->quick, "LOCK TABLE connector IN SHARE ROW EXCLUSIVE MODE", NULL, NULL);
	PG_QUERY(store->quick,
	         "INSERT INTO connector AS c (connector_id, name, module, role, mode, created_at)"
	         " SELECT (SELECT coalesce(max(connector_id), 0) FROM connector) + row_number() OVER (ORDER "
	         "BY t.name), t.name, t.module,"
	         " t.role, t.mode, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) t (name, "
	         "module, role, mode)"
	         " WHERE NOT EXISTS (SELECT 1 FROM connector k WHERE k.name = t.name)",
	         NULL, NULL, PG_TEXTS(columns[0], config->n_connectors),
	         PG_TEXTS(columns[1], config->n_connectors), PG_TEXTS(columns[2], config->n_connectors),
	         PG_TEXTS(columns[3], config->n_connectors), PG_AT(clock_wall_us()));
	PG_QUERY(store->quick,
	         "UPDATE connector c SET module = t.module, role = t.role FROM unnest($1::text[], "
	         "$2::text[], $3::text[])"
	         " t (name, module, role) WHERE c.name = t.name AND (c.module, c.role) IS DISTINCT FROM "
	         "(t.module, t.role)",
	         NULL, NULL, PG_TEXTS(columns[0], config->n_connectors),
	         PG_TEXTS(columns[1], config->n_connectors), PG_TEXTS(columns[2], config->n_connectors));
	pg_commit(store->quick, known_stored, knowing);
	pg_exec(store->quick,
	        "SELECT connector_id, name, role, is_paused FROM connector ORDER BY connector_id", known_read,
	        knowing);
}

/* -- Opening -- */

static void opening_end(struct store *store, const struct error *err)
{
	struct opening *opening = store->opening;

	if (!opening)
		return;
	timer_stop(store->loop, &opening->patience);
	task_cancel(store->loop, &opening->over);
	store->opening = NULL;
	free(opening);
	store->is_open = !err;
	store->opened(store, err);
}

static void opening_over(struct task *task)
{
	struct opening *opening = container_of(task, struct opening, over);
	struct error err = opening->error;

	opening_end(opening->store, &err);
}

static void opening_connectors_done(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)result;
	opening_end(owner, err);
}

static void opening_read_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct store *store = owner;
	struct error missing = { 0 };

	if (err || !result->n_rows) {
		(void)fail(&missing, ERROR_TRANSIENT, "could not read the installation");
		opening_end(store, err ? err : &missing);
		return;
	}
	store->secret = (uint64_t)pg_int(result, 0, 0);
	((struct opening *)store->opening)->state = OPENING_CONNECTORS;
	store_know_connectors(store, opening_connectors_done, store);
}

static void opening_migrated(void *owner, const struct pg_result *result, const struct error *err)
{
	struct store *store = owner;

	(void)result;
	((struct opening *)store->opening)->migrating = NULL;
	if (err) {
		opening_end(store, err);
		return;
	}
	((struct opening *)store->opening)->state = OPENING_READ;
	PG_QUERY(store->quick,
	         "INSERT INTO installation (installation_id, hash_secret, created_at) VALUES (1, $1, $2) ON "
	         "CONFLICT DO NOTHING",
	         NULL, NULL, PG_I((int64_t)random_uint64()), PG_AT(clock_wall_us()));
	pg_exec(store->quick, "SELECT hash_secret FROM installation", opening_read_done, store);
}

static void connection_changed(struct pg *pg, bool is_up, void *owner)
{
	struct store *store = owner;
	struct opening *opening = store->opening;
	bool all_up = pg_is_up(store->quick) && pg_is_up(store->bulk.pg) && pg_is_up(store->hot.pg);

	if (opening && pg == store->quick && !is_up)
		store->changed(store); /* it is tried again until the patience ends, but not in silence */
	if (opening && opening->state == OPENING_CONNECT && all_up) {
		opening->state = OPENING_MIGRATE;
		timer_stop(store->loop, &opening->patience); /* a migration takes the time it takes */
		opening->migrating = migrate(store->quick, clock_wall_us(), opening_migrated, store);
	}
	if (store->is_up == all_up)
		return;
	store->is_up = all_up;
	if (store->is_open)
		store->changed(store);
}

static void opening_late(struct timer *timer)
{
	struct opening *opening = container_of(timer, struct opening, patience);
	struct store *store = (struct store *)opening->patience.owner;
	struct error late = { 0 };
	const struct error *why = store->quick ? pg_error(store->quick) : NULL;

	(void)fail(&late, ERROR_TRANSIENT, "could not reach the store within 60 s%s%s",
	           why && why->kind ? ": " : "", why && why->kind ? why->text : "");
	opening_end(store, &late);
}

static struct pg *connect_to(struct store *store, const char *name, int statement_timeout_ms)
{
	const struct pg_options options = {
		.conninfo = store->conninfo,
		.application_name = name,
		.prepare = store->config->store_prepares,
		.statement_timeout_ms = statement_timeout_ms,
		.lock_timeout_ms = 10000,
		.changed = connection_changed,
		.owner = store,
	};

	return pg_new(store->loop, &options);
}

static void opening_connect(struct store *store)
{
	struct opening *opening = store->opening;

	opening->state = OPENING_CONNECT;
	timer_start(store->loop, &opening->patience, 60 * US_PER_S);
	store->quick = connect_to(store, "tandemd quick", 60000);
	store->bulk.pg = connect_to(store, "tandemd bulk", 120000);
	store->hot.pg = connect_to(store, "tandemd hot", 60000);
}

static void server_ready(void *owner, const struct error *err)
{
	struct store *store = owner;

	if (err)
		opening_end(store, err);
	else
		opening_connect(store);
}

static void server_restarted(void *owner, const struct error *why)
{
	struct store *store = owner;

	(void)why;
	if (store->is_open)
		store->changed(store);
}

static void lane_init(struct lane *lane, struct store *store)
{
	*lane = (struct lane){ .store = store, .grant.run = grant_next };
}

static void opening_start_server(struct store *store)
{
	struct opening *opening = store->opening;
	const struct embedded_options options = {
		.state_dir = store->config->state_dir,
		.socket_dir = store->config->runtime_dir,
		.postgres_bin = store->config->postgres_bin,
		.ready = server_ready,
		.restarted = server_restarted,
		.owner = store,
	};

	store->embedded = embedded_new(store->loop, &options, &opening->error);
	if (!store->embedded) {
		task_queue(store->loop, &opening->over);
		return;
	}
	store->conninfo = alloc_text(embedded_conninfo(store->embedded));
}

static char *external_conninfo(const struct config *config)
{
	if (slice_is_null(config->store_password))
		return alloc_text(config->store);
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
	struct slice password = url_escape(arena, config->store_password);
	return alloc_printf("%s%spassword=%.*s", config->store, strchr(config->store, '?') ? "&" : "?",
	                    SLICE_ARGS(password));
}

void store_open(struct store *store)
{
	struct opening *opening = alloc_zeroed(1, sizeof(*opening));

	lane_init(&store->bulk, store);
	lane_init(&store->hot, store);
	opening->patience =
	        (struct timer){ .expired = opening_late, .name = "store opening", .owner = store };
	opening->over = (struct task){ .run = opening_over };
	opening->store = store;
	store->opening = opening;
	if (strcmp(store->config->store, "embedded") == 0) {
		opening_start_server(store);
		return;
	}
	store->conninfo = external_conninfo(store->config);
	opening_connect(store);
}

void store_close(struct store *store)
{
	struct opening *opening = TAKE(store->opening);

	if (opening) {
		timer_stop(store->loop, &opening->patience);
		task_cancel(store->loop, &opening->over);
	}
	store->is_open = store->is_up = false;
	task_cancel(store->loop, &store->bulk.grant);
	task_cancel(store->loop, &store->hot.grant);
	pg_free(store->quick);
	pg_free(store->bulk.pg);
	pg_free(store->hot.pg);
	store->quick = store->bulk.pg = store->hot.pg = NULL;
	while (store->pending)
		pending_free(store->pending);
	if (opening)
		free(opening->migrating);
	free(opening);
	embedded_stop(store->embedded);
	store->embedded = NULL;
	free(store->conninfo);
	store->conninfo = NULL;
	for (size_t i = 0; i < store->n_connectors; i++)
		free((char *)store->connectors[i].name);
	store->n_connectors = 0;
}
