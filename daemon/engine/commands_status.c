/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "commands_private.h"
#include "json.h"
#include "pass.h"
#include "push.h"

static void status_release(struct command *command)
{
	struct status *status = command->state;

	json_decref(status->backlog);
	json_decref(status->cursors);
	json_decref(status->causes);
}

/* -- What the store says -- */

static void read_backlog(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "dirty", CELL_INT, 0 },  { "due", CELL_INT, 0 },
		{ "hooks", CELL_INT, 0 },           { "parked", CELL_INT, 0 }, { "alerts", CELL_INT, 0 },
		{ "activities", CELL_INT, 0 },
	};
	struct status *status = command->state;

	for (size_t row = 0; row < result->n_rows; row++) {
		json_t *counts = cells_read(&command->engine->store, result, row, cells, ARRAY_SIZE(cells));
		const char *name = json_string_value(json_object_get(counts, "connector"));

		if (name)
			json_object_set(status->backlog, name, counts);
		json_decref(counts);
	}
}

static void read_cursors(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "stream", CELL_TEXT, 0 }, { "records", CELL_INT, 0 },
		{ "cursor", CELL_TEXT, 0 },         { "loaded", CELL_TIME, 0 },
	};
	struct status *status = command->state;

	for (size_t row = 0; row < result->n_rows; row++) {
		json_t *cursor = cells_read(&command->engine->store, result, row, cells, ARRAY_SIZE(cells));
		const char *name = json_string_value(json_object_get(cursor, "connector"));
		const char *stream = json_string_value(json_object_get(cursor, "stream"));

		if (name && !json_object_get(status->cursors, name))
			json_object_set_new(status->cursors, name, json_object());
		if (name && stream)
			json_object_set(json_object_get(status->cursors, name), stream, cursor);
		json_decref(cursor);
	}
}

static void read_version(struct command *command, const struct pg_result *result)
{
	struct status *status = command->state;

	status->schema = pg_int(result, 0, 0);
	(void)snprintf(status->server, sizeof(status->server), "%.*s", SLICE_ARGS(pg_text(result, 0, 1)));
}

static void read_causes(struct command *command, const struct pg_result *result)
{
	struct status *status = command->state;

	for (size_t row = 0; row < result->n_rows; row++) {
		const struct store_connector *connector =
		        store_connector_by_id(&command->engine->store, (int16_t)pg_int(result, row, 0));
		const char *line = arena_printf(command->arena, "%s: %.*s: %s",
		                                connector ? connector->name : "no connector",
		                                SLICE_ARGS(pg_text(result, row, 2)),
		                                reason_fold(command->arena, pg_text(result, row, 3)));
		int64_t before = json_integer_value(json_object_get(status->causes, line));

		set_int(status->causes, line, before + pg_int(result, row, 4));
	}
}

/* -- One connector -- */

static void count_loaded(const struct instance *instance, int *ret_on, int *ret_loaded)
{
	*ret_on = *ret_loaded = 0;
	for (size_t i = 0; i < instance->n_streams; i++) {
		*ret_on += instance->streams[i].config->is_on;
		*ret_loaded += instance->streams[i].config->is_on && instance->streams[i].is_loaded;
	}
}

static bool is_failing(const struct instance *instance)
{
	for (size_t i = 0; i < instance->n_streams; i++)
		if (instance->streams[i].config->is_on && instance->streams[i].error.kind)
			return true;
	return false;
}

static const char *state_of(struct command *command, const struct instance *instance)
{
	const struct engine *engine = command->engine;
	int n_on, n_loaded;

	count_loaded(instance, &n_on, &n_loaded);
	if (!engine->store.is_up || !engine->is_ready)
		return engine->store.is_open && !engine->store.is_up ? "store down" : "starting";
	if (!instance_is_ours(instance))
		return "not ours";
	if (instance->is_paused)
		return "paused";
	if (instance->session_state == SESSION_REFUSED)
		return instance->error.kind == ERROR_REFUSED ? "refused" : "down";
	if (is_failing(instance))
		return "failing";
	if (instance->budget.wait_until_us > clock_mono_us())
		return "throttled";
	if (n_loaded < n_on)
		return arena_printf(command->arena, "loading %d/%d", n_loaded, n_on);
	return instance->is_held ? "held" : "ok";
}

static int64_t stream_lag_us(const struct stream_state *stream)
{
	return stream->config->is_on && stream->is_loaded && stream->passed_us
	               ? clock_wall_us() - stream->passed_us
	               : -1;
}

static int64_t lag_us(const struct instance *instance)
{
	int64_t most = -1;

	for (size_t i = 0; i < instance->n_streams; i++)
		if (stream_lag_us(&instance->streams[i]) > most)
			most = stream_lag_us(&instance->streams[i]);
	return most;
}

static void set_rate(json_t *row, double rate, bool is_running)
{
	json_object_set_new(row, "rate", is_running ? json_integer((json_int_t)(rate + 0.5)) : json_null());
}

static double rate_now(const struct instance *instance)
{
	double rate = 0;

	if (instance->poll)
		rate += pass_progress(instance->poll).records_per_s;
	if (instance->resync)
		rate += pass_progress(instance->resync).records_per_s;
	return rate;
}

static int64_t records_of(const json_t *cursors)
{
	const char *stream;
	json_t *cursor;
	int64_t sum = 0;

	json_object_foreach((json_t *)cursors, stream, cursor) sum +=
	        json_integer_value(json_object_get(cursor, "records"));
	return sum;
}

static void lag_set(json_t *row, int64_t us)
{
	set_age(row, "lag", us);
	json_object_set_new(row, "lag_s", us >= 0 ? json_integer(us / US_PER_S) : json_null());
}

static void connector_row(struct command *command, json_t *table, const struct instance *instance)
{
	static const char *const counts[] = { "dirty", "due", "hooks", "parked", "alerts", "activities" };
	const struct status *status = command->state;
	const struct connector_config *config = instance->config;
	const json_t *backlog = json_object_get(status->backlog, instance->name);
	const json_t *cursors = json_object_get(status->cursors, instance->name);
	json_t *row = table_row(table);

	set_text(row, "connector", slice_of(instance->name));
	set_text(row, "module", slice_of(config->ops->name));
	set_text(row, "role", slice_of(config->role == ROLE_MA ? "ma" : "sfa"));
	set_text(row, "mode", slice_of(mode_name((enum mode)config->mode)));
	set_text(row, "state", slice_of(state_of(command, instance)));
	set_text(row, "pushes", slice_of(push_barrier(instance) ? push_barrier(instance) : "on"));
	lag_set(row, lag_us(instance));
	json_object_set_new(row, "records", cursors ? json_integer(records_of(cursors)) : json_null());
	set_rate(row, rate_now(instance), instance->poll || instance->resync);
	set_int(row, "calls", budget_used_today(&instance->budget, clock_mono_us()));
	json_object_set_new(row, "quota",
	                    config->calls_per_day ? json_integer(config->calls_per_day) : json_null());
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		json_t *count = json_object_get(backlog, counts[i]);

		json_object_set(row, counts[i], count ? count : json_null());
	}
}

/* -- One stream -- */

static const struct pass *pass_of(const struct instance *instance, const struct stream_state *stream)
{
	const struct pass *passes[] = { instance->hot, instance->poll, instance->resync };

	for (size_t i = 0; i < ARRAY_SIZE(passes); i++)
		if (passes[i] && pass_stream(passes[i]) == stream)
			return passes[i];
	return NULL;
}

static const char *stream_state_of(const struct stream_state *stream, const struct pass *pass)
{
	if (!stream->config->is_on)
		return "off";
	if (stream->error.kind)
		return "failing";
	if (!stream->is_loaded)
		return pass ? "loading" : "to be loaded";
	return pass ? pass_progress(pass).state : "ok";
}

static void stream_row(struct command *command, json_t *table, const struct instance *instance,
                       const struct stream_state *stream)
{
	const struct status *status = command->state;
	const char *name = stream->config->ops->name;
	const json_t *cursor = json_object_get(json_object_get(status->cursors, instance->name), name);
	const struct pass *pass = pass_of(instance, stream);
	json_t *row = table_row(table), *records = json_object_get(cursor, "records"),
	       *at = json_object_get(cursor, "cursor");

	set_text(row, "connector", slice_of(instance->name));
	set_text(row, "stream", slice_of(name));
	set_text(row, "state", slice_of(stream_state_of(stream, pass)));
	lag_set(row, stream_lag_us(stream));
	json_object_set(row, "records", records ? records : json_null());
	set_int(row, "changed", (int64_t)stream->changed);
	set_int(row, "parked", (int64_t)stream->parked);
	set_rate(row, pass ? pass_progress(pass).records_per_s : stream->records_per_s,
	         pass || stream->records_per_s > 0);
	set_time(row, "passed", stream->passed_us);
	set_text(row, "error", stream->error.kind ? slice_of(stream->error.text) : SLICE_NULL);
	json_object_set(row, "cursor", at ? at : json_null());
}

/* -- Answer -- */

static json_t *streams_table(struct command *command)
{
	static const struct column columns[] = {
		{ "connector", "CONNECTOR" }, { "stream", "STREAM" },
		{ "state", "STATE" },         { "lag", "LAG" },
		{ "records", "RECORDS" },     { "changed", "CHANGED" },
		{ "parked", "PARKED" },       { "rate", "PER S" },
		{ "passed", "LAST PASS" },
	};
	const struct engine *engine = command->engine;
	json_t *table = table_new(columns, ARRAY_SIZE(columns));

	for (size_t i = 0; i < engine->n_instances; i++)
		for (size_t s = 0; s < engine->instances[i]->n_streams; s++)
			stream_row(command, table, engine->instances[i], &engine->instances[i]->streams[s]);
	return table;
}

static json_t *connectors_table(struct command *command)
{
	static const struct column columns[] = {
		{ "connector", "CONNECTOR" }, { "module", "MODULE" },
		{ "role", "ROLE" },           { "mode", "MODE" },
		{ "state", "STATE" },         { "lag", "LAG" },
		{ "records", "RECORDS" },     { "rate", "PER S" },
		{ "calls", "CALLS 24H" },     { "quota", "OF" },
		{ "due", "TO PUSH" },         { "hooks", "HOOKS" },
		{ "parked", "PARKED" },       { "alerts", "ALERTS" },
	};
	const struct engine *engine = command->engine;
	json_t *table = table_new(columns, ARRAY_SIZE(columns));

	for (size_t i = 0; i < engine->n_instances; i++)
		connector_row(command, table, engine->instances[i]);
	return table;
}

static void status_answer(struct command *command)
{
	const struct engine *engine = command->engine;
	json_t *table = command_flag(command, "streams") ? streams_table(command) : connectors_table(command);

	status_notes(command, table);
	json_object_set_new(table, "ready", json_boolean(engine->is_ready));
	json_object_set_new(table, "loaded", json_boolean(engine_is_loaded(engine)));
	command_answer(command, table);
}

static struct status *status_begin(struct command *command)
{
	struct status *status = arena_alloc(command->arena, sizeof(*status));

	*status = (struct status){ .backlog = json_object(),
		                   .cursors = json_object(),
		                   .causes = json_object() };
	command->state = status;
	command->release = status_release;
	return status;
}

void status_run(struct command *command)
{
	const struct store *store = &command->engine->store;

	(void)status_begin(command);
	if (!store->is_open || !store->is_up) {
		status_answer(command);
		return;
	}
	command->go_on = status_answer;
	report_backlog(command_report(command, read_backlog), clock_wall_us(), STATUS_COUNTED_MOST);
	report_cursors(command_report(command, read_cursors));
	report_causes(command_report(command, read_causes), 100);
	report_version(command_report(command, read_version));
}

/* -- Version -- */

static void version_answer(struct command *command)
{
	const struct status *status = command->state;
	json_t *story = story_new();

	story_line(story, "tandemd %s", TANDEM_VERSION);
	set_text(story, "daemon", SLICE(TANDEM_VERSION));
	if (status->schema) {
		story_line(story, "schema %lld", (long long)status->schema);
		story_line(story, "PostgreSQL %s", status->server);
		set_int(story, "schema", status->schema);
		set_text(story, "postgresql", slice_of(status->server));
	} else {
		story_line(story, "the store is not there: its versions are not known");
	}
	story_line(story, "%s", http_library());
	story_line(story, "jansson/%s", jansson_version_str());
	set_text(story, "libcurl", slice_of(http_library()));
	set_text(story, "jansson", slice_of(jansson_version_str()));
	command_answer(command, story);
}

void version_run(struct command *command)
{
	const struct store *store = &command->engine->store;

	(void)status_begin(command);
	if (!store->is_open || !store->is_up) {
		version_answer(command);
		return;
	}
	command->go_on = version_answer;
	report_version(command_report(command, read_version));
}
