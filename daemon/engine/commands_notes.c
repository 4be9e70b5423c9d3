/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "commands_private.h"
#include "json.h"
#include "push.h"

static void note_store(struct command *command, json_t *table)
{
	const struct status *status = command->state;
	const struct engine *engine = command->engine;

	if (status->schema)
		table_note(table, "store: %s, schema %lld, PostgreSQL %s",
		           strcmp(command->config->store, "embedded") == 0 ? "embedded" : "external",
		           (long long)status->schema, status->server);
	if (!engine->is_ready)
		table_note(table, "not ready: %s",
		           engine->error.kind ? engine->error.text : "the store is being opened");
	else if (!engine_is_loaded(engine))
		table_note(table, "nothing is pushed before the first loads of all connectors are whole");
}

static void note_missing(json_t *table, const struct instance *instance, const struct stream_state *stream)
{
	for (size_t i = 0; stream->missing && stream->missing[i]; i++)
		table_note(table, "%s: mapped field \"%s\" of stream %s is not at the remote", instance->name,
		           stream->missing[i], stream->config->ops->name);
}

/* Streams that fail for the same reason are one line. */
static void note_errors(struct command *command, json_t *table, const struct instance *instance)
{
	CLEANUP(json_decref_p) json_t *causes = json_object();
	const char *cause;
	json_t *streams;

	for (size_t i = 0; i < instance->n_streams; i++) {
		const struct stream_state *stream = &instance->streams[i];
		const char *text = reason_fold(command->arena, slice_of(stream->error.text));
		const char *before = json_string_value(json_object_get(causes, text));

		if (!stream->config->is_on || !stream->error.kind)
			continue;
		set_text(causes, text,
		         slice_of(arena_printf(command->arena, "%s%s%s", before ? before : "",
		                               before ? ", " : "", stream->config->ops->name)));
	}
	json_object_foreach(causes, cause, streams)
	        table_note(table, "%s: %s: %s", instance->name, json_string_value(streams), cause);
}

static void note_connector(struct command *command, json_t *table, const struct instance *instance)
{
	int64_t wait_us = instance->budget.wait_until_us - clock_mono_us();
	const char *barrier = push_barrier(instance);

	if (instance->session_state == SESSION_REFUSED)
		table_note(table, "%s: %s", instance->name, instance->error.text);
	if (wait_us > 0)
		table_note(table, "%s: told to wait for another %s", instance->name,
		           age_print(command->arena, wait_us));
	if (barrier && strcmp(barrier, "held") == 0)
		table_note(table,
		           "%s: pushes are held: %lld changes an hour are reached (guard.changes_per_hour)",
		           instance->name, (long long)instance->config->changes_per_hour);
	if (barrier && strcmp(barrier, "loading") == 0 && engine_is_loaded(instance->engine))
		table_note(table, "%s: nothing is pushed to it while people of it cannot be read", instance->name);
	note_errors(command, table, instance);
	for (size_t i = 0; i < instance->n_streams; i++)
		note_missing(table, instance, &instance->streams[i]);
}

static void note_causes(const struct status *status, json_t *table)
{
	const char *cause;
	json_t *count;
	int n = 0;

	json_object_foreach(status->causes, cause, count) if (n++ < 3)
	        table_note(table, "parked: %lld of %s", (long long)json_integer_value(count), cause);
	if (n)
		table_note(table, "parked things: tandemctl errors");
}

static void note_ceiling(const struct status *status, json_t *table)
{
	const char *name, *what;
	json_t *backlog, *count;

	json_object_foreach(status->backlog, name, backlog) json_object_foreach(
	        backlog, what, count) if (json_integer_value(count) == STATUS_COUNTED_MOST)
	        table_note(table, "%s: %s are %d or more: counted no further", name, what,
	                   STATUS_COUNTED_MOST);
}

void status_notes(struct command *command, json_t *table)
{
	const struct engine *engine = command->engine;

	note_store(command, table);
	for (size_t i = 0; i < engine->n_instances; i++)
		note_connector(command, table, engine->instances[i]);
	note_causes(command->state, table);
	note_ceiling(command->state, table);
}
