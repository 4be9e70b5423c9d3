/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "commands_private.h"
#include "json.h"
#include "order.h"
#include "pass.h"
#include "schedule.h"

#define RUNS_SHOWN 50

/* -- Runs -- */

enum { RUN_STARTED = 11, RUN_ENDED = 12 }; /* columns of report_runs() */

static int64_t seconds_of(const struct pg_result *result, size_t row)
{
	int64_t from_us = pg_int(result, row, RUN_STARTED), to_us = pg_int(result, row, RUN_ENDED);

	if (!from_us)
		return 0;
	return ((to_us ? to_us : clock_wall_us()) - from_us) / US_PER_S;
}

/* What the pass at work knows and the store does not yet. */
static void run_live(struct command *command, int64_t run_id, json_t *run)
{
	const struct pass *pass = run_pass(command->engine, run_id);
	int64_t records = json_integer_value(json_object_get(run, "records"));
	int64_t seconds = json_integer_value(json_object_get(run, "seconds"));
	double rate = seconds > 0 ? (double)records / (double)seconds : 0;

	if (pass) {
		struct pass_progress progress = pass_progress(pass);

		if (progress.records > records)
			set_int(run, "records", progress.records);
		rate = progress.records_per_s;
		set_text(run, "at", slice_of(progress.state));
		set_text(run, "reading", slice_of(pass_stream(pass)->config->ops->name));
	}
	set_int(run, "rate", (int64_t)(rate + 0.5));
}

static json_t *run_read_row(struct command *command, const struct pg_result *result, size_t row)
{
	static const struct cell cells[] = {
		{ "run", CELL_ID, 'r' },    { "connector", CELL_CONNECTOR, 0 }, { "stream", CELL_TEXT, 0 },
		{ "kind", CELL_TEXT, 0 },   { "state", CELL_TEXT, 0 },          { "records", CELL_INT, 0 },
		{ "changed", CELL_INT, 0 }, { "parked", CELL_INT, 0 },          { "error", CELL_TEXT, 0 },
		{ "actor", CELL_TEXT, 0 },  { "created", CELL_TIME, 0 },        { "started", CELL_TIME, 0 },
		{ "ended", CELL_TIME, 0 },  { "total", CELL_INT, 0 },           { "dry_run", CELL_BOOL, 0 },
		{ "id", CELL_TEXT, 0 },
	};
	json_t *run = cells_read(&command->engine->store, result, row, cells, ARRAY_SIZE(cells));

	set_int(run, "seconds", seconds_of(result, row));
	run_live(command, pg_int(result, row, 0), run);
	return run;
}

static void one_read(struct command *command, const struct pg_result *result)
{
	if (result->n_rows)
		command->state = run_read_row(command, result, 0);
}

static void state_release(struct command *command)
{
	json_decref(command->state);
}

static void one_answer(struct command *command)
{
	json_t *run = command->state;

	if (!run) {
		command_refuse(command, ERROR_CONFIG, "there is no such run; tandemctl runs lists them");
		return;
	}
	command->state = NULL;
	command_answer(command, run);
}

void run_run(struct command *command)
{
	int64_t run_id;

	if (!command_id(command, "run", 'r', &run_id))
		return;
	command->go_on = one_answer;
	command->release = state_release;
	report_runs(command_report(command, one_read), run_id, 1);
}

static void set_took(json_t *run)
{
	bool has_begun = !json_is_null(json_object_get(run, "started"));

	set_age(run, "took", has_begun ? json_integer_value(json_object_get(run, "seconds")) * US_PER_S : -1);
}

static void all_read(struct command *command, const struct pg_result *result)
{
	json_t *rows = json_object_get(command->state, "rows");

	for (size_t row = 0; row < result->n_rows; row++) {
		json_t *run = run_read_row(command, result, row);

		set_took(run);
		json_array_append_new(rows, run);
	}
	if (result->n_rows == RUNS_SHOWN)
		table_note(command->state, "the last %d runs", RUNS_SHOWN);
}

/* A first load is no run of the store, but people look for it here. */
static void load_row(json_t *table, const struct instance *instance)
{
	const struct stream_state *stream = pass_stream(instance->poll);
	struct pass_progress progress = pass_progress(instance->poll);
	int64_t took_us = clock_mono_us() - progress.started_us;
	json_t *row = table_row(table);

	set_text(row, "connector", slice_of(instance->name));
	set_text(row, "stream", slice_of(stream->config->ops->name));
	set_text(row, "kind", SLICE("first load"));
	set_text(row, "state", SLICE("running"));
	set_int(row, "records", progress.records);
	set_int(row, "changed", progress.changed);
	set_int(row, "parked", progress.parked);
	set_int(row, "rate", (int64_t)(progress.records_per_s + 0.5));
	set_int(row, "seconds", took_us / US_PER_S);
	set_time(row, "started", clock_wall_us() - took_us);
	set_age(row, "took", took_us);
}

static void all_answer(struct command *command)
{
	command_answer(command, TAKE(command->state));
}

void runs_run(struct command *command)
{
	static const struct column columns[] = {
		{ "run", "RUN" },         { "connector", "CONNECTOR" }, { "stream", "STREAM" },
		{ "kind", "KIND" },       { "state", "STATE" },         { "records", "RECORDS" },
		{ "changed", "CHANGED" }, { "parked", "PARKED" },       { "rate", "PER S" },
		{ "started", "STARTED" }, { "took", "TOOK" },           { "actor", "BY" },
		{ "error", "ERROR" },
	};
	const struct engine *engine = command->engine;
	json_t *table = table_new(columns, ARRAY_SIZE(columns));

	for (size_t i = 0; i < engine->n_instances; i++)
		if (engine->instances[i]->poll && !pass_stream(engine->instances[i]->poll)->is_loaded)
			load_row(table, engine->instances[i]);
	command->state = table;
	command->release = state_release;
	command->go_on = all_answer;
	report_runs(command_report(command, all_read), 0, RUNS_SHOWN);
}

/* -- Resync -- */

struct resync {
	struct instance *instance;
	struct order_run run;
	const char *stream, *id;
	int64_t since_us, blocking_run;
	bool is_dry;
	const char *blocking_state;
};

static const char *streams_allowed(struct command *command, const struct instance *instance, bool by_id)
{
	const char **names = arena_array(command->arena, instance->n_streams + 1, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < instance->n_streams; i++) {
		const struct stream_config *config = instance->streams[i].config;

		if (config->is_on && (!by_id || config->ops->ids_max))
			names[n++] = config->ops->name;
	}
	return names_allowed(command->arena, names, n);
}

static bool check_stream(struct command *command, struct resync *resync, struct error *err)
{
	struct instance *instance = resync->instance;
	const struct stream_state *stream = resync->stream ? instance_stream(instance, resync->stream) : NULL;
	bool by_id = resync->id != NULL;

	if (!resync->stream)
		return !by_id || fail(err, ERROR_CONFIG, "say the stream that \"%s\" belongs to; allowed: %s",
		                      resync->id, streams_allowed(command, instance, true));
	if (!stream)
		return fail(err, ERROR_CONFIG, "connector %s has no stream \"%s\"; allowed: %s",
		            instance->name, resync->stream, streams_allowed(command, instance, by_id));
	if (!stream->config->is_on)
		return fail(err, ERROR_CONFIG, "stream %s of connector %s is not configured; allowed: %s",
		            resync->stream, instance->name, streams_allowed(command, instance, by_id));
	return !by_id || stream->config->ops->ids_max ||
	       fail(err, ERROR_CONFIG, "stream %s cannot be read by id; allowed: %s", resync->stream,
	            streams_allowed(command, instance, true));
}

static bool check_resync(struct command *command, struct resync *resync, struct error *err)
{
	const char *since = command_text(command, "since"), *name = resync->instance->name;

	if ((since != NULL) + command_flag(command, "full") + (resync->id != NULL) > 1)
		return fail(err, ERROR_CONFIG, "only one of since, full and id can be meant");
	if (resync->id && !resync->id[0])
		return fail(err, ERROR_CONFIG, "the id is empty");
	if (since && !since_parse(slice_of(since), clock_wall_us(), &resync->since_us, err))
		return false;
	if (!check_stream(command, resync, err))
		return false;
	if (!instance_is_ours(resync->instance))
		return fail(err, ERROR_REFUSED, "another daemon runs connector %s: ask that one", name);
	if (resync->instance->is_paused)
		return fail(err, ERROR_REFUSED, "connector %s is paused: tandemctl resume %s first", name,
		            name);
	return true;
}

static void resync_told(struct command *command, const struct pg_result *result)
{
	struct resync *resync = command->state;

	if (!result->n_rows)
		return;
	resync->blocking_run = pg_int(result, 0, 0);
	resync->blocking_state = arena_slice(command->arena, pg_text(result, 0, 2)).data;
}

static void resync_answer(struct command *command)
{
	struct resync *resync = command->state;
	struct instance *instance = resync->instance;
	const char *id = id_print(command->arena, 'r', resync->run.run_id);
	json_t *story;

	if (resync->blocking_run) {
		command_refuse(command, ERROR_REFUSED,
		               "run %s of connector %s is %s already: wait for it or tandemctl cancel it",
		               id_print(command->arena, 'r', resync->blocking_run), instance->name,
		               resync->blocking_state);
		return;
	}
	LOG_INFO(&instance->log, "resync ordered", kv("run", resync->run.run_id),
	         kv("stream", resync->stream ? resync->stream : "all"), kv("since_us", resync->since_us),
	         kv("dry_run", resync->is_dry), kv("actor", command->actor));
	if (!resync->id && !resync->since_us)
		order_run_total(command_pg(command), &resync->run);
	runs_wake(instance);
	story = story_new();
	set_text(story, "run", slice_of(id));
	set_text(story, "connector", slice_of(instance->name));
	story_line(story, "run %s: %s of %s is read again%s", id,
	           resync->id       ? "a record"
	           : resync->stream ? resync->stream
	                            : "everything",
	           instance->name, resync->is_dry ? ", and nothing changed" : "");
	story_line(story, "how far it is: tandemctl runs");
	command_answer(command, story);
}

static struct slice request_json(struct command *command, const struct resync *resync)
{
	CLEANUP(json_decref_p)
	json_t *request = json_pack("{s:s?, s:s?, s:b, s:b}", "stream", resync->stream, "id", resync->id,
	                            "full", !resync->since_us && !resync->id, "dry_run", resync->is_dry);
	if (resync->since_us)
		set_int(request, "since_us", resync->since_us);
	char *text = json_dumps(request, JSON_COMPACT);
	struct slice copy = arena_slice(command->arena, slice_of(text));

	free(text);
	return copy;
}

void resync_run(struct command *command)
{
	struct instance *instance = command_instance(command);
	struct error err = { 0 };

	if (!instance)
		return;
	struct resync *resync = arena_alloc(command->arena, sizeof(*resync));
	resync->instance = instance;
	resync->stream = command_text(command, "stream");
	resync->id = command_text(command, "id");
	resync->is_dry = command_flag(command, "dry_run");
	if (!check_resync(command, resync, &err)) {
		command_fail(command, &err);
		return;
	}
	resync->run = (struct order_run){
		.run_id = store_id(&command->engine->store),
		.connector_id = instance_store(resync->instance)->id,
		.stream = slice_of(resync->stream),
		.id = slice_of(resync->id),
		.actor = command->actor,
		.request = request_json(command, resync),
	};
	command->state = resync;
	command->go_on = resync_answer;
	order_run(&command->engine->store, &resync->run, command_told, command_ask(command, resync_told));
}

/* -- Cancel -- */

struct cancelling {
	int64_t run_id;
	const char *state; /* before; NULL: no such run */
	bool is_cancelled;
};

static void cancel_told(struct command *command, const struct pg_result *result)
{
	struct cancelling *cancelling = command->state;

	if (!result->n_rows)
		return;
	cancelling->state = arena_slice(command->arena, pg_text(result, 0, 0)).data;
	cancelling->is_cancelled = pg_bool(result, 0, 1);
}

static void cancel_answer(struct command *command)
{
	const struct cancelling *cancelling = command->state;
	const char *id = id_print(command->arena, 'r', cancelling->run_id);
	json_t *story;

	if (!cancelling->state) {
		command_refuse(command, ERROR_CONFIG, "there is no run %s; tandemctl runs lists them", id);
		return;
	}
	if (!cancelling->is_cancelled) {
		command_refuse(command, ERROR_REFUSED, "run %s is %s already", id, cancelling->state);
		return;
	}
	LOG_INFO(&command->engine->log, "run cancelled", kv("run", cancelling->run_id),
	         kv("actor", command->actor));
	run_cancelled(command->engine, cancelling->run_id);
	story = story_new();
	set_text(story, "run", slice_of(id));
	story_line(story, "run %s is cancelled; what it has stored stays", id);
	command_answer(command, story);
}

void cancel_run(struct command *command)
{
	struct cancelling *cancelling = arena_alloc(command->arena, sizeof(*cancelling));

	if (!command_id(command, "run", 'r', &cancelling->run_id))
		return;
	command->state = cancelling;
	command->go_on = cancel_answer;
	order_cancel(&command->engine->store, cancelling->run_id, command_told,
	             command_ask(command, cancel_told));
}
