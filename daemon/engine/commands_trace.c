/* SPDX-License-Identifier: Apache-2.0 */
#include "commands_private.h"
#include "domain.h"
#include "email.h"
#include "json.h"
#include "key.h"
#include "number.h"
#include "phone.h"

#define KEY_MAX 512

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
	if (trace->n_ids < TRACE_HITS_MAX && id)
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
		if (phone_equal(trace->phone, pg_text(result, row, 1)) ||
		    phone_equal(trace->phone, pg_text(result, row, 2)))
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
	size_t n = keys_of(command->arena, &command->config->policy, command->engine->store.secret,
	                   ENTITY_PERSON, values, keys);
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
	if (!phone_read(command->arena, trace->key, slice_of(command->config->policy.region), &phone) ||
	    phone.national.len < 6)
		return;
	trace->phone = trace->key;
	looked_for(command,
	           arena_printf(command->arena, "the phone number %.*s",
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
	bool has_head = slice_split(trace->key, '/', &head, &rest),
	     has_object = has_head && slice_split(rest, '/', &object, &id);
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

/* -- Which one -- */

static void read_followed(struct command *command, const struct pg_result *result)
{
	struct trace *trace = command->state;
	int64_t before = 0;

	for (size_t row = 0; row < result->n_rows; row++) {
		enum entity entity = (enum entity)pg_int(result, row, 0);
		int64_t id = pg_int(result, row, 1);

		if (id == before) /* two that went into one */
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

	command_refuse(command, ERROR_CONFIG, "nothing is known as \"%.*s\"; looked for: %s",
	               SLICE_ARGS(trace->key),
	               trace->looked ? trace->looked
	                             : "nothing: it is no e-mail address, phone number, domain or id");
}

static void answer_several(struct command *command)
{
	struct trace *trace = command->state;
	json_t *story = story_new();

	story_line(story, "%zu%s fit \"%.*s\"; trace one of them by its id:", json_array_size(trace->hits),
	           trace->n_ids == TRACE_HITS_MAX ? " or more" : "", SLICE_ARGS(trace->key));
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
	trace_gather(command);
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
		command_refuse(command, ERROR_CONFIG, "the key has %zu bytes; allowed: 1 to %d",
		               trace->key.len, KEY_MAX);
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
