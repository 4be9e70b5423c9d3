/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "alerts.h"
#include "alloc.h"
#include "commands_private.h"
#include "hash.h"
#include "hooks_http.h"
#include "json.h"
#include "number.h"
#include "order.h"
#include "push.h"

#define REASONS_MAX 20000 /* different reasons looked at */
#define SHOWN_MAX   500
#define CHANGED_MAX 20000 /* parked things that one retry or drop looks at */

/* -- Errors -- */

/* The same cause has the same id as long as its words are the same, so that it can be retried as a whole. */
static int64_t cause_id(int64_t connector_id, struct slice kind, struct slice object, const char *folded)
{
	struct content_hash hash;

	content_hash_init(&hash);
	content_hash_add(&hash, (struct slice){ (const char *)&connector_id, sizeof(connector_id) });
	content_hash_add(&hash, kind);
	content_hash_add(&hash, object);
	content_hash_add(&hash, slice_of(folded));
	int64_t id = content_hash_end(&hash) & INT64_MAX;
	content_hash_done(&hash);
	return id ? id : 1;
}

static void keep_time(json_t *row, const char *name, const json_t *other, bool latest)
{
	json_t *value = json_object_get(other, name);
	int order = strcmp(json_string_value(value), json_string_value(json_object_get(row, name)));

	if (latest ? order > 0 : order < 0)
		json_object_set(row, name, value);
}

static void add_cause(struct command *command, const struct pg_result *result, size_t row)
{
	static const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "kind", CELL_TEXT, 0 },     { "object", CELL_TEXT, 0 },
		{ "reason", CELL_TEXT, 0 },         { "count", CELL_INT, 0 },     { "first", CELL_TIME, 0 },
		{ "last", CELL_TIME, 0 },           { "examples", CELL_TEXT, 0 },
	};
	json_t *rows = json_object_get(command->state, "rows"),
	       *index = json_object_get(command->state, "index");
	const char *folded = reason_fold(command->arena, pg_text(result, row, 3));
	const char *id = id_print(
	        command->arena, 'g',
	        cause_id(pg_int(result, row, 0), pg_text(result, row, 1), pg_text(result, row, 2), folded));
	json_t *found = cells_read(&command->engine->store, result, row, cells, ARRAY_SIZE(cells)),
	       *known = json_object_get(index, id);

	if (known) {
		set_int(known, "count",
		        json_integer_value(json_object_get(known, "count")) + pg_int(result, row, 4));
		keep_time(known, "first", found, false);
		keep_time(known, "last", found, true);
		json_decref(found);
		return;
	}
	set_text(found, "cause", slice_of(id));
	json_object_set(index, id, found);
	json_array_append_new(rows, found);
}

static void read_causes(struct command *command, const struct pg_result *result)
{
	for (size_t row = 0; row < result->n_rows; row++)
		add_cause(command, result, row);
	if (result->n_rows == REASONS_MAX)
		table_note(command->state, "%d of %lld different reasons were looked at", REASONS_MAX,
		           (long long)pg_int(result, 0, 8));
}

static void state_release(struct command *command)
{
	json_decref(command->state);
}

static void table_answer(struct command *command)
{
	json_t *table = TAKE(command->state);

	json_object_del(table, "index");
	if (!json_array_size(json_object_get(table, "rows")))
		table_note(table, "nothing is set aside");
	command_answer(command, table);
}

static void causes_answer(struct command *command)
{
	if (json_array_size(json_object_get(command->state, "rows")))
		table_note(command->state, "the same cause is one row; tandemctl errors retry CAUSE..., or "
		                           "drop CAUSE..., or --all");
	table_answer(command);
}

json_t *parked_rows(const struct store *store, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "parked", CELL_ID, 'e' }, { "connector", CELL_CONNECTOR, 0 },
		{ "kind", CELL_TEXT, 0 },   { "object", CELL_TEXT, 0 },
		{ "id", CELL_TEXT, 0 },     { NULL, CELL_INT, 0 },
		{ "reason", CELL_TEXT, 0 }, { "times", CELL_INT, 0 },
		{ "first", CELL_TIME, 0 },  { "last", CELL_TIME, 0 },
	};

	return rows_read(store, result, cells, ARRAY_SIZE(cells));
}

static void read_single(struct command *command, const struct pg_result *result)
{
	json_object_set_new(command->state, "rows", parked_rows(&command->engine->store, result));
	if (result->n_rows == SHOWN_MAX)
		table_note(command->state, "the first %d of %lld", SHOWN_MAX, (long long)pg_int(result, 0, 10));
}

void errors_run(struct command *command)
{
	static const struct column causes[] = {
		{ "cause", "CAUSE" }, { "count", "COUNT" },       { "connector", "CONNECTOR" },
		{ "kind", "KIND" },   { "object", "OBJECT" },     { "first", "FIRST" },
		{ "last", "LAST" },   { "examples", "EXAMPLES" }, { "reason", "REASON" },
	};
	static const struct column single[] = {
		{ "parked", "ID" },     { "connector", "CONNECTOR" }, { "kind", "KIND" },
		{ "object", "OBJECT" }, { "id", "REMOTE ID" },        { "times", "TIMES" },
		{ "last", "LAST" },     { "reason", "REASON" },
	};
	bool is_single = command_flag(command, "all");

	command->state =
	        is_single ? table_new(single, ARRAY_SIZE(single)) : table_new(causes, ARRAY_SIZE(causes));
	json_object_set_new(command->state, "index", json_object()); /* by cause, while reading */
	command->release = state_release;
	command->go_on = is_single ? table_answer : causes_answer;
	if (is_single)
		report_parked(command_report(command, read_single), NULL, 0, SHOWN_MAX);
	else
		report_causes(command_report(command, read_causes), REASONS_MAX);
}

/* -- Retry and drop -- */

struct choice {
	int64_t *wanted; /* parked ids and causes */
	size_t n_wanted;
	bool is_all, is_drop, has_causes;
	int64_t *ids; /* those that are there and can be tried again */
	size_t n_ids;
	size_t n_found, n_unreadable;
	bool is_cut; /* there are more than were looked at */
	struct order_retried retried;
};

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool choice_wants(const struct choice *choice, int64_t id)
{
	return choice->is_all || bsearch(&id, choice->wanted, choice->n_wanted, sizeof(id), by_number);
}

/* A record without an id, or of a stream that cannot be read by id, comes again only when its stream is read.
 */
static bool can_retry(const struct engine *engine, const struct pg_result *result, size_t row)
{
	const struct store_connector *known =
	        store_connector_by_id(&engine->store, (int16_t)pg_int(result, row, 1));
	const struct connector_config *config = known ? config_connector(engine->config, known->name) : NULL;
	struct slice kind = pg_text(result, row, 2), object = pg_text(result, row, 3);

	if (slice_equal_text(kind, "alert"))
		return true;
	for (size_t i = 0; config && i < config->n_streams; i++) {
		if (!slice_equal_text(object, config->streams[i].ops->name) || !config->streams[i].is_on)
			continue;
		return !slice_equal_text(kind, "read") ||
		       (config->streams[i].ops->ids_max && pg_text(result, row, 4).len);
	}
	return false;
}

static void read_chosen(struct command *command, const struct pg_result *result)
{
	struct choice *choice = command->state;

	choice->is_cut = result->n_rows == CHANGED_MAX;
	choice->ids = arena_array(command->arena, result->n_rows + 1, sizeof(*choice->ids));
	for (size_t row = 0; row < result->n_rows; row++) {
		CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
		int64_t id = pg_int(result, row, 0);
		int64_t cause =
		        cause_id(pg_int(result, row, 1), pg_text(result, row, 2), pg_text(result, row, 3),
		                 reason_fold(arena, pg_text(result, row, 6)));

		if (!choice_wants(choice, id) && !choice_wants(choice, cause))
			continue;
		choice->n_found++;
		if (choice->is_drop || can_retry(command->engine, result, row))
			choice->ids[choice->n_ids++] = id;
		else
			choice->n_unreadable++;
	}
}

static void change_answer(struct command *command)
{
	struct choice *choice = command->state;
	struct engine *engine = command->engine;
	const struct order_retried *retried = &choice->retried;
	json_t *story = story_new();

	LOG_INFO(&engine->log, "parked things changed", kv("action", choice->is_drop ? "drop" : "retry"),
	         kv("things", choice->n_ids), kv("actor", command->actor));
	set_int(story, "found", (int64_t)choice->n_found);
	set_int(story, "changed", (int64_t)choice->n_ids);
	if (choice->is_drop)
		story_line(story, "%zu dropped", choice->n_ids);
	else
		story_line(
		        story,
		        "%zu are tried again: %lld records read, %lld pushes, %lld alerts, %lld hook events",
		        choice->n_ids, (long long)retried->reads, (long long)retried->pushes,
		        (long long)retried->alerts, (long long)retried->hooks);
	if (choice->n_unreadable)
		story_line(story,
		           "%zu stay: they have no id to be read by, or their stream is off; tandemctl "
		           "resync reads their stream"
		           " again, errors drop gives them up",
		           choice->n_unreadable);
	if (choice->is_cut)
		story_line(story, "%d were looked at; there are more: say it again", CHANGED_MAX);
	for (size_t i = 0; !choice->is_drop && i < engine->n_instances; i++) {
		hooks_wake(engine->instances[i]);
		push_wake(engine->instances[i]);
	}
	engine_wake_alerts(engine);
	command_answer(command, story);
}

static void change_go(struct command *command)
{
	struct choice *choice = command->state;

	if (!choice->n_found && !choice->is_all) {
		command_refuse(command, ERROR_CONFIG,
		               "nothing is set aside under these ids; tandemctl errors lists what is");
		return;
	}
	command->go_on = change_answer;
	choice->retried.done = command_told;
	choice->retried.owner = command_ask(command, NULL);
	if (choice->is_drop)
		order_drop(&command->engine->store, choice->ids, choice->n_ids, command_told,
		           choice->retried.owner);
	else
		order_retry(&command->engine->store, choice->ids, choice->n_ids, &choice->retried);
}

static bool read_wanted(struct command *command, struct choice *choice)
{
	const json_t *ids = json_object_get(command->params, "ids");

	choice->wanted = arena_array(command->arena, json_array_size(ids) + 1, sizeof(*choice->wanted));
	for (size_t i = 0; i < json_array_size(ids); i++) {
		struct slice text = slice_of(json_string_value(json_array_get(ids, i)));
		int64_t id;
		char letter = 'e';

		if (!(id_parse(text, &letter, &id) && (letter == 'e' || letter == 'g')) &&
		    !parse_int64(text, 1, INT64_MAX, &id)) {
			command_refuse(command, ERROR_CONFIG,
			               "\"%.*s\" is no id of tandemctl errors; allowed: g-… (a cause), e-… "
			               "(one thing)",
			               SLICE_ARGS(text));
			return false;
		}
		choice->has_causes = choice->has_causes || letter == 'g';
		choice->wanted[choice->n_wanted++] = id;
	}
	qsort(choice->wanted, choice->n_wanted, sizeof(*choice->wanted), by_number);
	if (choice->is_all == (choice->n_wanted > 0)) {
		command_refuse(command, ERROR_CONFIG, "say which: ids, or all");
		return false;
	}
	return true;
}

static void change_run(struct command *command, bool is_drop)
{
	struct choice *choice = arena_alloc(command->arena, sizeof(*choice));

	choice->is_drop = is_drop;
	choice->is_all = command_flag(command, "all");
	if (!read_wanted(command, choice))
		return;
	command->state = choice;
	command->go_on = change_go;
	bool by_id = !choice->is_all && !choice->has_causes;
	report_parked(command_report(command, read_chosen), by_id ? choice->wanted : NULL, choice->n_wanted,
	              CHANGED_MAX);
}

void errors_retry_run(struct command *command)
{
	change_run(command, false);
}

void errors_drop_run(struct command *command)
{
	change_run(command, true);
}
