/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "commands_private.h"
#include "json.h"
#include "push.h"
#include "view.h"

/*
 * A plan walks the entities that may be written to one connector after the other: those that are marked, or,
 * where the connector only observes and nothing is marked, all there are. The first RECORDS_MAX records are
 * shown field by field, the others counted; walking ends after LOOK_US.
 */
#define RECORDS_MAX 200
#define PAGE        500
#define LOOK_US     (15 * US_PER_S)

struct plan {
	size_t connector, end; /* in config->connectors: which is walked, and where to stop */
	int64_t after, until_us;
	int64_t looked, records, fields; /* of this connector */
	int64_t shown, marks, due;
	size_t n_page;       /* entities of the page under way */
	struct arena *arena; /* of a page */
	json_t *table;
	bool is_late;
};

/* -- What would be written to one record -- */

/* The stream without the fields that the remote lacks, if it was described under the same configuration. */
static const struct stream_config *effective(const struct command *command,
                                             const struct connector_config *connector,
                                             const struct stream_config *stream)
{
	struct instance *instance = engine_instance(command->engine, connector->name);
	const struct stream_state *state = instance && instance->config == connector
	                                           ? instance_stream(instance, stream->ops->name)
	                                           : NULL;

	return state && state->is_described ? &state->effective : stream;
}

size_t plan_differences(const struct command *command, const struct view *view,
                        const struct view_source *source, struct difference **ret)
{
	if (!source->connector_config || !source->stream)
		return 0;
	const struct stream_config *stream = effective(command, source->connector_config, source->stream);
	*ret = arena_array(command->arena, stream->n_map + 1, sizeof(**ret));
	return view_differ(command->config, view, source, stream, *ret);
}

size_t plan_creation(const struct command *command, const struct view *view,
                     const struct connector_config *connector, const struct stream_config **ret_stream,
                     struct difference **ret)
{
	if (!view_may_create(view, connector, ret_stream))
		return 0;
	const struct stream_config *stream = effective(command, connector, *ret_stream);
	*ret = arena_array(command->arena, stream->n_map + 1, sizeof(**ret));
	return view_differ(command->config, view, NULL, stream, *ret);
}

json_t *plan_change(struct command *command, const struct view *view, const struct difference *difference)
{
	json_t *row = json_object();
	int64_t origin = view->golden.origin[difference->row->field->index];

	set_text(row, "field", slice_of(difference->row->remote));
	set_text(row, "canonical", slice_of(difference->row->field->name));
	set_text(row, "from", difference->from.data ? difference->from : SLICE(""));
	set_text(row, "to", difference->to.data ? difference->to : SLICE(""));
	json_object_set_new(row, "frozen", json_boolean(difference->is_frozen));
	for (size_t i = 0; i < view->n_sources; i++) {
		const struct view_source *source = &view->sources[i];

		if (source->src_key == origin)
			set_text(row, "source",
			         slice_of(arena_printf(command->arena, "%s/%.*s/%.*s",
			                               source->connector ? source->connector->name : "?",
			                               SLICE_ARGS(source->object),
			                               SLICE_ARGS(source->external_id))));
	}
	return row;
}

/* -- Rows -- */

static struct slice label_of(struct command *command, const struct view *view)
{
	const struct slice *values = view->golden.values;

	if (view->entity != ENTITY_PERSON)
		return values[0]; /* the name comes first in the other tables */
	if (!slice_is_empty(values[PERSON_FIRST_NAME]) || !slice_is_empty(values[PERSON_LAST_NAME]))
		return slice_of(arena_printf(command->arena, "%.*s %.*s",
		                             SLICE_ARGS(values[PERSON_FIRST_NAME]),
		                             SLICE_ARGS(values[PERSON_LAST_NAME])));
	return values[PERSON_EMAIL];
}

static void add_record(struct command *command, const struct view *view, const char *record,
                       const struct difference *differences, size_t n)
{
	struct plan *plan = command->state;
	size_t n_written = 0;

	for (size_t i = 0; i < n; i++)
		n_written += !differences[i].is_frozen;
	if (!n_written)
		return;
	plan->records++;
	plan->fields += (int64_t)n_written;
	if (plan->shown >= RECORDS_MAX)
		return;
	plan->shown++;
	for (size_t i = 0; i < n; i++) {
		json_t *row = plan_change(command, view, &differences[i]);

		if (differences[i].is_frozen)
			set_text(row, "source", SLICE("frozen: it was turned back again and again"));
		set_id(row, "entity", entity_letter(view->entity), view->entity_id);
		set_text(row, "label", label_of(command, view));
		set_text(row, "record", slice_of(record));
		set_text(row, "connector", slice_of(command->config->connectors[plan->connector].name));
		json_array_append_new(json_object_get(plan->table, "rows"), row);
	}
}

static void add_view(struct command *command, const struct view *view)
{
	struct plan *plan = command->state;
	const struct connector_config *connector = &command->config->connectors[plan->connector];
	const struct stream_config *stream;
	struct difference *differences = NULL;

	for (size_t i = 0; i < view->n_sources; i++) {
		const struct view_source *source = &view->sources[i];

		if (source->connector_config != connector)
			continue;
		size_t n = plan_differences(command, view, source, &differences);
		add_record(command, view,
		           arena_printf(command->arena, "%.*s/%.*s", SLICE_ARGS(source->object),
		                        SLICE_ARGS(source->external_id)),
		           differences, n);
	}
	size_t n = plan_creation(command, view, connector, &stream, &differences);
	if (n)
		add_record(command, view, arena_printf(command->arena, "new %s", stream->ops->name),
		           differences, n);
}

/* -- The walk -- */

static void begin_connector(struct command *command);

static void plan_release(struct command *command)
{
	struct plan *plan = command->state;

	json_decref(plan->table);
	arena_free(plan->arena);
}

static void note_connector(struct command *command)
{
	struct plan *plan = command->state;
	const struct connector_config *connector = &command->config->connectors[plan->connector];
	const struct instance *instance = engine_instance(command->engine, connector->name);
	const char *barrier = instance ? push_barrier(instance) : "not configured any more";

	table_note(plan->table, "%s: %lld records with %lld changed fields among %lld looked at%s%s%s",
	           connector->name, (long long)plan->records, (long long)plan->fields,
	           (long long)plan->looked, plan->is_late ? ", there are more" : "",
	           barrier ? "; nothing is written now: " : "", barrier ? barrier : "");
	if (plan->records > plan->shown)
		table_note(plan->table, "%s: the first %lld records are shown", connector->name,
		           (long long)plan->shown);
	if (plan->marks)
		table_note(plan->table, "%s: %lld marks, %lld of them due", connector->name,
		           (long long)plan->marks, (long long)plan->due);
}

static void end_connector(struct command *command)
{
	struct plan *plan = command->state;

	note_connector(command);
	plan->connector++;
	begin_connector(command);
}

static void ask_page(struct command *command);

static void views_read(void *owner, const struct views *views, const struct error *err)
{
	struct command *command = owner;
	struct plan *plan = command->state;

	/* what is shown outlives the page, what it was made from does not */
	struct arena *kept = command->arena;
	command->arena = plan->arena;
	for (size_t i = 0; !err && i < views->n; i++)
		add_view(command, &views->list[i]);
	command->arena = kept;
	command_over(command, err);
}

static void page_over(struct command *command)
{
	struct plan *plan = command->state;

	plan->is_late = plan->n_page == PAGE && clock_mono_us() > plan->until_us;
	if (plan->n_page < PAGE || plan->is_late)
		end_connector(command);
	else
		ask_page(command);
}

static void read_page(struct command *command, const struct pg_result *result)
{
	struct plan *plan = command->state;
	int64_t *ids = arena_array(plan->arena, result->n_rows + 1, sizeof(*ids));

	for (size_t row = 0; row < result->n_rows; row++)
		ids[row] = pg_int(result, row, 0);
	plan->n_page = result->n_rows;
	plan->looked += (int64_t)result->n_rows;
	if (!plan->n_page)
		return;
	plan->after = ids[plan->n_page - 1];
	command->waiting++;
	views_load(&command->engine->store, command_pg(command), command->config, plan->arena, ids,
	           plan->n_page, views_read, command);
}

static void ask_page(struct command *command)
{
	struct plan *plan = command->state;
	const struct connector_config *connector = &command->config->connectors[plan->connector];
	const struct store_connector *known = store_connector(&command->engine->store, connector->name);
	bool is_marked = connector->mode != MODE_OBSERVE;

	arena_free(plan->arena);
	plan->arena = arena_new(1 << 20);
	command->go_on = page_over;
	report_entities(command_report(command, read_page), is_marked ? known->id : 0, plan->after, PAGE);
}

static void read_marked(struct command *command, const struct pg_result *result)
{
	struct plan *plan = command->state;

	plan->marks = pg_int(result, 0, 0);
	plan->due = pg_int(result, 0, 1);
}

static void begin_connector(struct command *command)
{
	struct plan *plan = command->state;
	const struct config *config = command->config;

	while (plan->connector < plan->end &&
	       !store_connector(&command->engine->store, config->connectors[plan->connector].name))
		plan->connector++;
	if (plan->connector == plan->end) {
		command_answer(command, TAKE(plan->table));
		return;
	}
	plan->after = plan->looked = plan->records = plan->fields = plan->shown = 0;
	plan->is_late = false;
	plan->until_us = clock_mono_us() + LOOK_US / (int64_t)(plan->end - plan->connector);
	const struct store_connector *known =
	        store_connector(&command->engine->store, config->connectors[plan->connector].name);
	command->go_on = ask_page;
	report_marked(command_report(command, read_marked), known->id, clock_wall_us());
}

void plan_run(struct command *command)
{
	static const struct column columns[] = {
		{ "connector", "CONNECTOR" },
		{ "record", "RECORD" },
		{ "entity", "ID" },
		{ "label", "NAME" },
		{ "field", "FIELD" },
		{ "from", "OLD" },
		{ "to", "NEW" },
		{ "source", "NEW VALUE FROM" },
	};
	struct plan *plan = arena_alloc(command->arena, sizeof(*plan));
	const struct instance *instance = NULL;

	if (command_text(command, "connector") && !(instance = command_instance(command)))
		return;
	plan->end = command->config->n_connectors;
	if (instance) {
		plan->connector = (size_t)(config_connector(command->config, instance->name) -
		                           command->config->connectors);
		plan->end = plan->connector + 1;
	}
	plan->table = table_new(columns, ARRAY_SIZE(columns));
	command->state = plan;
	command->release = plan_release;
	begin_connector(command);
}
