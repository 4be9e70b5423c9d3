/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"
#include "commands_private.h"
#include "domain.h"
#include "email.h"
#include "json.h"
#include "key.h"
#include "number.h"
#include "phone.h"
#include "push.h"
#include "view.h"

#define KEY_MAX	   512
#define HITS_MAX   100
#define LINES_MAX  20				/* of what may be long: the latest ones */
#define PARTS_MAX  200

struct trace {
	struct slice key;
	const char *looked;			/* what was looked for, in words */
	struct slice phone;			/* as asked for; null: it is none */
	int64_t ids[HITS_MAX];
	size_t n_ids;
	json_t *hits, *story;
	int64_t entity_id;
	enum entity entity;
	const struct view *view;
};

static void trace_release(struct command *command)
{
	struct trace *trace = command->state;

	json_decref(trace->hits);
	json_decref(trace->story);
}

/* -- Finding -- */

static void looked_for(struct command *command, const char *what)
{
	struct trace *trace = command->state;

	trace->looked = trace->looked ? arena_printf(command->arena, "%s; %s", trace->looked, what) : what;
}

static void hit(struct trace *trace, int64_t id)
{
	for (size_t i = 0; i < trace->n_ids; i++)
		if (trace->ids[i] == id)
			return;
	if (trace->n_ids < HITS_MAX && id)
		trace->ids[trace->n_ids++] = id;
}

static void read_hits(struct command *command, const struct pg_result *result)
{
	for (size_t row = 0; row < result->n_rows; row++)
		hit(command->state, pg_int(result, row, 0));
}

static void read_phone_hits(struct command *command, const struct pg_result *result)
{
	struct trace *trace = command->state;

	for (size_t row = 0; row < result->n_rows; row++)
		if (phone_equal(trace->phone, pg_text(result, row, 1)) || phone_equal(trace->phone, pg_text(result, row, 2)))
			hit(trace, pg_int(result, row, 0));
}

static void find_id(struct command *command)
{
	struct trace *trace = command->state;
	int64_t id;
	char letter;

	if (!id_parse(trace->key, &letter, &id) && !parse_int64(trace->key, INT64_C(1) << 32, INT64_MAX, &id))
		return;
	hit(trace, id);
	looked_for(command, arena_printf(command->arena, "the id %.*s", SLICE_ARGS(trace->key)));
}

static void find_email(struct command *command)
{
	struct trace *trace = command->state;
	struct slice values[VALUES_MAX] = { [PERSON_EMAIL] = trace->key };
	struct key keys[KEYS_MAX];
	struct email email;

	if (!memchr(trace->key.data, '@', trace->key.len) || !email_read(command->arena, trace->key, &email))
		return;
	size_t n = keys_of(command->arena, &command->config->policy, command->engine->store.secret, ENTITY_PERSON, values, keys);
	looked_for(command, arena_printf(command->arena, "the e-mail address %.*s%s", SLICE_ARGS(email.text),
					 n ? "" : ", which by the policy identifies nobody"));
	if (n)
		report_by_keys(command_report(command, read_hits), keys, n);
	report_by_user_email(command_report(command, read_hits), trace->key);
}

static void find_phone(struct command *command)
{
	struct trace *trace = command->state;
	struct phone phone;

	if (memchr(trace->key.data, '@', trace->key.len) || memchr(trace->key.data, '/', trace->key.len))
		return;
	if (!phone_read(command->arena, trace->key, slice_of(command->config->policy.region), &phone) || phone.national.len < 6)
		return;
	trace->phone = trace->key;
	looked_for(command, arena_printf(command->arena, "the phone number %.*s",
					 SLICE_ARGS(slice_is_null(phone.e164) ? phone.national : phone.e164)));
	report_by_phone(command_report(command, read_phone_hits), phone.national, 5000);
}

static void find_domain(struct command *command)
{
	struct trace *trace = command->state;
	struct domain domain;

	if (memchr(trace->key.data, '@', trace->key.len) || !memchr(trace->key.data, '.', trace->key.len))
		return;
	if (!domain_read(command->arena, &command->config->policy, trace->key, &domain) || !domain.name.len)
		return;
	struct key key = key_domain(command->arena, command->engine->store.secret, domain.name);
	looked_for(command, arena_printf(command->arena, "the domain %.*s", SLICE_ARGS(domain.name)));
	report_by_keys(command_report(command, read_hits), &key, 1);
}

static size_t count_streams(const struct config *config)
{
	size_t n = 0;

	for (size_t i = 0; i < config->n_connectors; i++)
		n += config->connectors[i].n_streams;
	return n;
}

/* "sfa/contact/003…", "sfa/003…" or the bare id, in every stream that it may belong to. */
static void find_record(struct command *command)
{
	struct trace *trace = command->state;
	const struct config *config = command->config;
	int64_t *keys = arena_array(command->arena, 3 * count_streams(config) + 1, sizeof(*keys));
	struct slice head, rest = SLICE_NULL, object, id = SLICE_NULL;
	bool has_head = slice_split(trace->key, '/', &head, &rest), has_object = has_head && slice_split(rest, '/', &object, &id);
	uint64_t secret = command->engine->store.secret;
	size_t n = 0;

	for (size_t i = 0; i < config->n_connectors; i++) {
		const struct connector_config *connector = &config->connectors[i];
		bool is_named = has_head && slice_equal_text(head, connector->name);

		for (size_t s = 0; s < connector->n_streams; s++) {
			const char *stream = connector->streams[s].ops->name;

			keys[n++] = source_key(secret, connector->name, stream, trace->key).low;
			if (is_named)
				keys[n++] = source_key(secret, connector->name, stream, rest).low;
			if (is_named && has_object && slice_equal_text(object, stream))
				keys[n++] = source_key(secret, connector->name, stream, id).low;
		}
	}
	if (!n)
		return;
	looked_for(command, has_object ? "a record named so" : "a record with that id in any connector");
	report_by_records(command_report(command, read_hits), keys, n);
}

/* -- Gathering -- */

static void gather(struct command *command, const char *member, const struct pg_result *result, const struct cell *cells, size_t n)
{
	struct trace *trace = command->state;

	json_object_set_new(trace->story, member, rows_read(&command->engine->store, result, cells, n));
}

static void read_links(struct command *command, const struct pg_result *result)
{
	const struct trace *trace = command->state;
	char letter = entity_letter(trace->entity);
	const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "object", CELL_TEXT, 0 }, { "id", CELL_TEXT, 0 },	      { "from", CELL_ID, letter },
		{ "to", CELL_ID, letter },	    { "rule", CELL_INT, 0 },	{ "evidence", CELL_TEXT, 0 }, { "actor", CELL_TEXT, 0 },
		{ "decided", CELL_TIME, 0 },
	};

	gather(command, "links", result, cells, ARRAY_SIZE(cells));
	json_t *links = json_object_get(trace->story, "links");
	for (size_t i = 0; i < json_array_size(links); i++) {
		json_t *link = json_array_get(links, i);
		int64_t rule = json_integer_value(json_object_get(link, "rule"));

		set_text(link, "rule", rule ? slice_of(key_kind_name((enum key_kind)rule)) : SLICE("itself: no other record has its keys"));
	}
}

static void read_opportunities(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "id", CELL_ID, 'o' },	      { "name", CELL_TEXT, 0 },	 { "stage", CELL_TEXT, 0 },   { "amount", CELL_TEXT, 0 },
		{ "closed", CELL_BOOL, 0 },   { "won", CELL_BOOL, 0 },	 { "owner_id", CELL_ID, 'u' }, { "owner", CELL_TEXT, 0 },
		{ "connector", CELL_CONNECTOR, 0 }, { "object", CELL_TEXT, 0 }, { "external", CELL_TEXT, 0 }, { "by", CELL_TEXT, 0 },
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
		{ "occurred", CELL_TIME, 0 }, { "connector", CELL_CONNECTOR, 0 }, { "activity", CELL_TEXT, 0 },
		{ "title", CELL_TEXT, 0 },    { "object", CELL_TEXT, 0 },	  { "id", CELL_TEXT, 0 },
	};

	gather(command, "activities", result, cells, ARRAY_SIZE(cells));
}

static void read_alerts(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "alert", CELL_ID, 't' },  { "created", CELL_TIME, 0 },  { "person_id", CELL_ID, 'p' }, { "person", CELL_TEXT, 0 },
		{ "rule", CELL_TEXT, 0 },   { "user_id", CELL_ID, 'u' },  { "user", CELL_TEXT, 0 },	 { "step", CELL_TEXT, 0 },
		{ "state", CELL_TEXT, 0 },  { "why", CELL_TEXT, 0 },	  { "subject", CELL_TEXT, 0 },	 { "connector", CELL_CONNECTOR, 0 },
		{ "object", CELL_TEXT, 0 }, { "remote", CELL_TEXT, 0 },	  { "activities", CELL_INT, 0 }, { "error", CELL_TEXT, 0 },
		{ "sent", CELL_TIME, 0 },   { "opportunity_id", CELL_ID, 'o' },
	};

	gather(command, "alerts", result, cells, ARRAY_SIZE(cells));
}

/* {"Title": ["CTO", "CEO"]} → Title: "CTO" → "CEO" */
static const char *changes_text(struct arena *arena, const json_t *changes)
{
	const char *text = "", *field;
	json_t *pair;

	json_object_foreach((json_t *)changes, field, pair) {
		const char *from = json_string_value(json_array_get(pair, 0)), *to = json_string_value(json_array_get(pair, 1));

		text = arena_printf(arena, "%s%s%s: \"%s\" → \"%s\"", text, text[0] ? ", " : "", field, from ? from : "", to ? to : "");
	}
	return text;
}

static void read_pushes(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "pushed", CELL_TIME, 0 }, { "connector", CELL_CONNECTOR, 0 }, { "object", CELL_TEXT, 0 },  { "id", CELL_TEXT, 0 },
		{ "verb", CELL_TEXT, 0 },   { "outcome", CELL_TEXT, 0 },	{ "changes", CELL_JSON, 0 }, { "error", CELL_TEXT, 0 },
	};
	const struct trace *trace = command->state;

	gather(command, "pushes", result, cells, ARRAY_SIZE(cells));
	json_t *pushes = json_object_get(trace->story, "pushes");
	for (size_t i = 0; i < json_array_size(pushes); i++) {
		json_t *push = json_array_get(pushes, i);

		set_text(push, "changed", slice_of(changes_text(command->arena, json_object_get(push, "changes"))));
	}
}

static void read_marks(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "connector", CELL_CONNECTOR, 0 }, { "due", CELL_TIME, 0 }, { "marked", CELL_TIME, 0 }, { "attempts", CELL_INT, 0 },
		{ "uncertain", CELL_BOOL, 0 },
	};

	gather(command, "marks", result, cells, ARRAY_SIZE(cells));
}

static void read_parked(struct command *command, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "parked", CELL_ID, 'e' }, { "connector", CELL_CONNECTOR, 0 }, { "kind", CELL_TEXT, 0 }, { "object", CELL_TEXT, 0 },
		{ "id", CELL_TEXT, 0 },	    { NULL, CELL_INT, 0 },		{ "reason", CELL_TEXT, 0 }, { "times", CELL_INT, 0 },
		{ "first", CELL_TIME, 0 },  { "last", CELL_TIME, 0 },
	};

	gather(command, "parked", result, cells, ARRAY_SIZE(cells));
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
	json_object_set_new(row, "foreign", json_boolean(!source->connector_config));
	return row;
}

static void golden_row(struct command *command, const struct view *view, const struct field *field, json_t *list)
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
	set_text(row, "rule", win == WIN_MASTER && policy && policy->master ?
				      slice_of(arena_printf(command->arena, "master %s", policy->master)) :
				      slice_of(win_name(win)));
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

static void add_changes(struct command *command, const struct difference *differences, size_t n, const json_t *record)
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
		CLEANUP(json_decref_p) json_t *record =
			json_pack("{s:s, s:s, s:b}", "connector", config->connectors[i].name, "object", stream->ops->name, "new", 1);
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

static void ask_everything(struct command *command)
{
	struct trace *trace = command->state;
	struct store *store = &command->engine->store;
	int64_t *connectors = arena_array(command->arena, store->n_connectors + 1, sizeof(*connectors));

	for (size_t i = 0; i < store->n_connectors; i++)
		connectors[i] = store->connectors[i].id;
	command->go_on = tell;
	command->waiting++;
	views_load(store, command_pg(command), command->config, command->arena, &trace->entity_id, 1, view_read, command);
	report_relations(command_report(command, read_relations), trace->entity_id);
	report_links(command_report(command, read_links), trace->entity_id);
	if (trace->entity == ENTITY_PERSON || trace->entity == ENTITY_ACCOUNT)
		report_opportunities(command_report(command, read_opportunities), trace->entity_id, LINES_MAX);
	if (trace->entity == ENTITY_OPPORTUNITY)
		report_people(command_report(command, read_people), trace->entity_id, PARTS_MAX);
	if (trace->entity == ENTITY_PERSON)
		report_activities(command_report(command, read_activities), trace->entity_id, LINES_MAX);
	report_alerts(command_report(command, read_alerts), trace->entity_id, LINES_MAX);
	report_pushes(command_report(command, read_pushes), trace->entity_id, LINES_MAX);
	report_marks(command_report(command, read_marks), trace->entity_id, connectors, store->n_connectors);
	report_parked_of(command_report(command, read_parked), trace->entity_id, PARTS_MAX);
}

/* -- Which one -- */

static void read_followed(struct command *command, const struct pg_result *result)
{
	struct trace *trace = command->state;
	int64_t before = 0;

	for (size_t row = 0; row < result->n_rows; row++) {
		enum entity entity = (enum entity)pg_int(result, row, 0);
		int64_t id = pg_int(result, row, 1);

		if (id == before)		/* two that went into one */
			continue;
		before = id;
		json_t *found = json_object();
		set_text(found, "kind", slice_of(entity_name(entity)));
		set_id(found, "id", entity_letter(entity), id);
		set_text(found, "label", pg_text(result, row, 2));
		json_array_append_new(trace->hits, found);
		trace->entity = entity;
		trace->entity_id = id;
	}
}

static void answer_nothing(struct command *command)
{
	const struct trace *trace = command->state;

	command_refuse(command, ERROR_CONFIG, "nothing is known as \"%.*s\"; looked for: %s", SLICE_ARGS(trace->key),
		       trace->looked ? trace->looked : "nothing: it is no e-mail address, phone number, domain or id");
}

static void answer_several(struct command *command)
{
	struct trace *trace = command->state;
	json_t *story = story_new();

	story_line(story, "%zu%s fit \"%.*s\"; trace one of them by its id:", json_array_size(trace->hits),
		   trace->n_ids == HITS_MAX ? " or more" : "", SLICE_ARGS(trace->key));
	for (size_t i = 0; i < json_array_size(trace->hits); i++) {
		const json_t *found = json_array_get(trace->hits, i);
		const char *label = json_string_value(json_object_get(found, "label"));

		story_line(story, "  %-11s %s  %s", json_string_value(json_object_get(found, "kind")),
			   json_string_value(json_object_get(found, "id")), label ? label : "");
	}
	json_object_set(story, "hits", trace->hits);
	command_answer(command, story);
}

static void choose(struct command *command)
{
	struct trace *trace = command->state;
	const json_t *found = json_array_get(trace->hits, 0);

	if (!found) {
		answer_nothing(command);
		return;
	}
	if (json_array_size(trace->hits) > 1) {
		answer_several(command);
		return;
	}
	trace->story = story_new();
	json_object_update(trace->story, (json_t *)found);
	ask_everything(command);
}

static void follow(struct command *command)
{
	struct trace *trace = command->state;

	if (!trace->n_ids) {
		answer_nothing(command);
		return;
	}
	command->go_on = choose;
	report_follow(command_report(command, read_followed), trace->ids, trace->n_ids);
}

void trace_run(struct command *command)
{
	struct trace *trace = arena_alloc(command->arena, sizeof(*trace));

	trace->key = slice_trim(slice_of(command_text(command, "key")));
	if (!trace->key.len || trace->key.len > KEY_MAX) {
		command_refuse(command, ERROR_CONFIG, "the key has %zu bytes; allowed: 1 to %d", trace->key.len, KEY_MAX);
		return;
	}
	trace->hits = json_array();
	command->state = trace;
	command->release = trace_release;
	command->go_on = follow;
	find_id(command);
	find_email(command);
	find_phone(command);
	find_domain(command);
	find_record(command);
	if (!command->waiting)
		follow(command);
}
