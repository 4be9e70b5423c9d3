/* SPDX-License-Identifier: Apache-2.0 */
#include "commands_private.h"
#include "json.h"
#include "key.h"
#include "push.h"
#include "view.h"

/* Facts: everything about one entity that was found, as members of the story. */
#define LINES_MAX 20 /* of what may be long: the latest ones */
#define PARTS_MAX 200

/* -- What the store knows -- */

static void gather(struct command *command, const char *member, const struct pg_result *result,
                   const struct cell *cells, size_t n)
{
	struct trace *trace = command->state;

	json_object_set_new(trace->story, member, rows_read(&command->engine->store, result, cells, n));
}

static void read_links(struct command *command, const struct pg_result *result)
{
	const struct trace *trace = command->state;
	char letter = entity_letter(trace->entity);
	const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "object", CELL_TEXT, 0 }, { "id", CELL_TEXT, 0 },
		{ "from", CELL_ID, letter },        { "to", CELL_ID, letter },  { "rule", CELL_INT, 0 },
		{ "evidence", CELL_TEXT, 0 },       { "actor", CELL_TEXT, 0 },  { "decided", CELL_TIME, 0 },
	};

	gather(command, "links", result, cells, ARRAY_SIZE(cells));
	json_t *links = json_object_get(trace->story, "links");
	for (size_t i = 0; i < json_array_size(links); i++) {
		json_t *link = json_array_get(links, i);
		int64_t rule = json_integer_value(json_object_get(link, "rule"));

		set_text(link, "rule",
		         rule ? slice_of(key_kind_name((enum key_kind)rule))
		              : SLICE("itself: no other record has its keys"));
	}
}

static void read_opportunities(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "id", CELL_ID, 'o' },
		{ "name", CELL_TEXT, 0 },
		{ "stage", CELL_TEXT, 0 },
		{ "amount", CELL_TEXT, 0 },
		{ "closed", CELL_BOOL, 0 },
		{ "won", CELL_BOOL, 0 },
		{ "owner_id", CELL_ID, 'u' },
		{ "owner", CELL_TEXT, 0 },
		{ "connector", CELL_CONNECTOR, 0 },
		{ "object", CELL_TEXT, 0 },
		{ "external", CELL_TEXT, 0 },
		{ "by", CELL_TEXT, 0 },
	};

	gather(command, "opportunities", result, cells, ARRAY_SIZE(cells));
}

static void read_people(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = { { "id", CELL_ID, 'p' }, { "label", CELL_TEXT, 0 } };

	gather(command, "people", result, cells, ARRAY_SIZE(cells));
}

static void read_activities(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "occurred", CELL_TIME, 0 }, { "connector", CELL_CONNECTOR, 0 },
		{ "activity", CELL_TEXT, 0 }, { "title", CELL_TEXT, 0 },
		{ "object", CELL_TEXT, 0 },   { "id", CELL_TEXT, 0 },
	};

	gather(command, "activities", result, cells, ARRAY_SIZE(cells));
}

static void read_alerts(struct command *command, const struct pg_result *result)
{
	const struct trace *trace = command->state;

	json_object_set_new(trace->story, "alerts", alert_rows(&command->engine->store, result));
}

/* {"Title": ["CTO", "CEO"]} → Title: "CTO" → "CEO" */
static const char *changes_text(struct arena *arena, const json_t *changes)
{
	const char *text = "", *field;
	json_t *pair;

	json_object_foreach((json_t *)changes, field, pair)
	{
		const char *from = json_string_value(json_array_get(pair, 0)),
		           *to = json_string_value(json_array_get(pair, 1));

		text = arena_printf(arena, "%s%s%s: \"%s\" → \"%s\"", text, text[0] ? ", " : "", field,
		                    from ? from : "", to ? to : "");
	}
	return text;
}

static void read_pushes(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "pushed", CELL_TIME, 0 },  { "connector", CELL_CONNECTOR, 0 }, { "object", CELL_TEXT, 0 },
		{ "id", CELL_TEXT, 0 },      { "verb", CELL_TEXT, 0 },           { "outcome", CELL_TEXT, 0 },
		{ "changes", CELL_JSON, 0 }, { "error", CELL_TEXT, 0 },
	};
	const struct trace *trace = command->state;

	gather(command, "pushes", result, cells, ARRAY_SIZE(cells));
	json_t *pushes = json_object_get(trace->story, "pushes");
	for (size_t i = 0; i < json_array_size(pushes); i++) {
		json_t *push = json_array_get(pushes, i);

		set_text(push, "changed",
		         slice_of(changes_text(command->arena, json_object_get(push, "changes"))));
	}
}

static void read_marks(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "due", CELL_TIME, 0 },       { "marked", CELL_TIME, 0 },
		{ "attempts", CELL_INT, 0 },        { "uncertain", CELL_BOOL, 0 },
	};

	gather(command, "marks", result, cells, ARRAY_SIZE(cells));
}

static void read_parked(struct command *command, const struct pg_result *result)
{
	const struct trace *trace = command->state;

	json_object_set_new(trace->story, "parked", parked_rows(&command->engine->store, result));
}

static void read_relations(struct command *command, const struct pg_result *result)
{
	const struct trace *trace = command->state;
	json_t *records = json_object_get(trace->story, "records");

	for (size_t row = 0; trace->view && row < result->n_rows; row++)
		for (size_t i = 0; i < trace->view->n_sources; i++) {
			json_t *record = json_array_get(records, i);

			if (trace->view->sources[i].src_key != pg_int(result, row, 0))
				continue;
			set_id(record, "owner_id", 'u', pg_int(result, row, 1));
			set_text(record, "owner", pg_text(result, row, 2));
			set_id(record, "account_id", 'a', pg_int(result, row, 3));
			set_text(record, "account", pg_text(result, row, 4));
		}
}

/* -- What follows from the records: values and differences -- */

static void record_name(json_t *row, const struct view_source *source)
{
	set_text(row, "connector", source->connector ? slice_of(source->connector->name) : SLICE_NULL);
	set_text(row, "object", source->object);
	set_text(row, "id", source->external_id);
}

static json_t *record_row(const struct view_source *source)
{
	json_t *row = json_object();

	record_name(row, source);
	set_time(row, "modified", source->modified_us);
	set_time(row, "created", source->created_us);
	set_time(row, "seen", source->seen_us);
	json_object_set_new(row, "deleted", json_boolean(source->is_deleted));
	json_object_set_new(row, "read_only", json_boolean(source->is_read_only));
	json_object_set_new(row, "foreign", json_boolean(!source->connector_config));
	return row;
}

static void golden_row(struct command *command, const struct view *view, const struct field *field,
                       json_t *list)
{
	struct slice value = view->golden.values[field->index];
	const struct field_policy *policy = policy_field(&command->config->policy, field);
	enum win win = policy ? policy->win : field->win;
	json_t *row;

	if (slice_is_null(value))
		return;
	row = json_object();
	set_text(row, "field", slice_of(field->name));
	set_text(row, "value", value);
	set_text(row, "rule",
	         win == WIN_MASTER && policy && policy->master
	                 ? slice_of(arena_printf(command->arena, "master %s", policy->master))
	                 : slice_of(win_name(win)));
	for (size_t i = 0; i < view->n_sources; i++)
		if (view->sources[i].src_key == view->golden.origin[field->index])
			record_name(row, &view->sources[i]);
	json_array_append_new(list, row);
}

static json_t *golden_rows(struct command *command, const struct view *view)
{
	const struct policy *policy = &command->config->policy;
	json_t *list = json_array();
	size_t n;
	const struct field *fields = field_table(view->entity, &n);

	for (size_t i = 0; i < n; i++)
		golden_row(command, view, &fields[i], list);
	for (size_t i = 0; i < policy->n_custom; i++)
		if (policy->custom[i].entity == view->entity)
			golden_row(command, view, &policy->custom[i], list);
	return list;
}

static void add_changes(struct command *command, const struct difference *differences, size_t n,
                        const json_t *record)
{
	const struct trace *trace = command->state;
	const char *connector = json_string_value(json_object_get(record, "connector"));
	const struct instance *instance = connector ? engine_instance(command->engine, connector) : NULL;
	const char *barrier = instance ? push_barrier(instance) : NULL;

	for (size_t i = 0; i < n; i++) {
		json_t *row = plan_change(command, trace->view, &differences[i]);

		json_object_update(row, (json_t *)record);
		set_text(row, "barrier", slice_of(barrier));
		json_array_append_new(json_object_get(trace->story, "differences"), row);
	}
}

static void add_differences(struct command *command, const struct view *view)
{
	const struct config *config = command->config;
	struct difference *differences;
	const struct stream_config *stream;
	size_t n;

	for (size_t i = 0; i < view->n_sources; i++) {
		CLEANUP(json_decref_p) json_t *record = json_object();

		record_name(record, &view->sources[i]);
		n = plan_differences(command, view, &view->sources[i], &differences);
		add_changes(command, differences, n, record);
	}
	for (size_t i = 0; i < config->n_connectors; i++) {
		n = plan_creation(command, view, &config->connectors[i], &stream, &differences);
		if (!n)
			continue;
		CLEANUP(json_decref_p)
		json_t *record = json_pack("{s:s, s:s, s:b}", "connector", config->connectors[i].name,
		                           "object", stream->ops->name, "new", 1);
		add_changes(command, differences, n, record);
	}
}

static void view_read(void *owner, const struct views *views, const struct error *err)
{
	struct command *command = owner;
	struct trace *trace = command->state;

	if (err || !views->n) {
		command_over(command, err);
		return;
	}
	struct view *view = arena_alloc(command->arena, sizeof(*view));
	*view = views->list[0];
	trace->view = view;
	json_t *records = json_array();
	for (size_t i = 0; i < view->n_sources; i++)
		json_array_append_new(records, record_row(&view->sources[i]));
	json_object_set_new(trace->story, "records", records);
	json_object_set_new(trace->story, "golden", golden_rows(command, view));
	json_object_set_new(trace->story, "differences", json_array());
	add_differences(command, view);
	command_over(command, NULL);
}

static void tell(struct command *command)
{
	struct trace *trace = command->state;
	json_t *story = TAKE(trace->story);

	story_tell(story);
	command_answer(command, story);
}

void trace_gather(struct command *command)
{
	struct trace *trace = command->state;
	struct store *store = &command->engine->store;
	int64_t *connectors = arena_array(command->arena, store->n_connectors + 1, sizeof(*connectors));

	for (size_t i = 0; i < store->n_connectors; i++)
		connectors[i] = store->connectors[i].id;
	command->go_on = tell;
	command->waiting++;
	views_load(store, command_pg(command), command->config, command->arena, &trace->entity_id, 1,
	           view_read, command);
	report_relations(command_report(command, read_relations), trace->entity_id);
	report_links(command_report(command, read_links), trace->entity_id, PARTS_MAX);
	if (trace->entity == ENTITY_PERSON || trace->entity == ENTITY_ACCOUNT)
		report_opportunities(command_report(command, read_opportunities), trace->entity_id,
		                     LINES_MAX);
	if (trace->entity == ENTITY_OPPORTUNITY)
		report_people(command_report(command, read_people), trace->entity_id, PARTS_MAX);
	if (trace->entity == ENTITY_PERSON)
		report_activities(command_report(command, read_activities), trace->entity_id, LINES_MAX);
	report_alerts(command_report(command, read_alerts), trace->entity_id, LINES_MAX);
	report_pushes(command_report(command, read_pushes), trace->entity_id, LINES_MAX);
	report_marks(command_report(command, read_marks), trace->entity_id, connectors, store->n_connectors);
	report_parked_of(command_report(command, read_parked), trace->entity_id, PARTS_MAX);
}
