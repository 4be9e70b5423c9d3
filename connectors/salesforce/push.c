/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing through sObject Collections: up to 200 records a call, each with its own result, in the order asked. Creating
 * goes by upsert on our external-id field where the org has it, so that asking twice makes one record.
 */
#include "salesforce.h"

#include "json.h"

#define BODY_MAX (8 << 20)
#define QUOTED_MAX 300

enum write_step { WRITE_PREPARE, WRITE_TYPES, WRITE_SEND, WRITE_DONE };

struct write_state {
	size_t *sent;				/* items in the request, in its order */
	size_t n_sent;
	struct field_info *fields;		/* of the object, if it had to be asked */
	size_t n_fields;
};

struct caller push_caller(const struct push *push)
{
	return (struct caller){ push->config, push->session, push->arena };
}

const char *push_key_field(const struct push *push)
{
	return *(const char *const *)((const char *)push->config + sobject_of(push->stream)->key_offset);
}

static bool is_upsert(const struct push *push)
{
	return push->verb == PUSH_CREATE && push->has_key_field;
}

static bool is_field(const char *a, const char *b)
{
	return slice_equal_nocase(slice_of(a), slice_of(b));
}

/* -- What can be sent -- */

static const struct change *change_of(const struct push_item *item, const char *field)
{
	for (size_t i = 0; i < item->n_changes; i++)
		if (is_field(item->changes[i].field, field))
			return &item->changes[i];
	return NULL;
}

static bool blame(struct push_item *item, struct arena *arena, const char *field)
{
	item->err_field = arena_strdup(arena, field);
	return false;
}

static bool check_changes(struct push *push, struct push_item *item)
{
	for (size_t i = 0; i < item->n_changes; i++) {
		const char *field = item->changes[i].field;

		if (!soql_is_name(slice_of(field)) || strchr(field, '.') || is_field(field, "Id")) {
			(void)fail(&item->err, ERROR_RECORD, "field \"%s\" cannot be written on %s", field,
				   sobject_of(push->stream)->name);
			return blame(item, push->arena, field);
		}
		if (!slice_is_empty(item->changes[i].value) && !slice_is_utf8(item->changes[i].value)) {
			(void)fail(&item->err, ERROR_RECORD, "the value for \"%s\" is no valid text", field);
			return blame(item, push->arena, field);
		}
	}
	return true;
}

static bool check_required(struct push *push, struct push_item *item)
{
	const struct sobject *object = sobject_of(push->stream);

	for (size_t i = 0; object->required && object->required[i]; i++) {
		const struct change *change = change_of(item, object->required[i]);

		if (change && !slice_is_empty(slice_trim(change->value)))
			continue;
		(void)fail(&item->err, ERROR_RECORD, "%s cannot be created without a value for \"%s\"", object->name,
			   object->required[i]);
		return blame(item, push->arena, object->required[i]);
	}
	return true;
}

static bool check_id(struct push *push, struct push_item *item, const char *field, struct slice id)
{
	struct record_id ignored;

	if (slice_is_empty(id) || record_id_parse(id, &ignored))
		return true;
	(void)fail(&item->err, ERROR_RECORD, "\"%.*s\" is no record id, as %s has to be",
		   (int)(id.len > 40 ? 40 : id.len), id.data, field);
	return blame(item, push->arena, field);
}

/* Two rows with one external id in a call: the remote refuses both, so the second waits for another call. */
static bool check_key(const struct push *push, const struct write_state *state, struct push_item *item)
{
	struct slice key = slice_of(item->key);

	if (slice_is_empty(key) || !soql_is_text(key))
		return fail(&item->err, ERROR_RECORD, "the entity has no key to be written into \"%s\"",
			    push_key_field(push));
	for (size_t i = 0; i < state->n_sent; i++)
		if (slice_equal_nocase(key, slice_of(push->items[state->sent[i]].key)))
			return fail(&item->err, ERROR_TRANSIENT, "key \"%s\" is in this push twice", item->key);
	return true;
}

static bool check_create(struct push *push, const struct write_state *state, struct push_item *item)
{
	return check_required(push, item) && check_id(push, item, "OwnerId", item->owner_id) &&
	       check_id(push, item, "AccountId", item->account_id) &&
	       (!push->has_key_field || check_key(push, state, item));
}

static bool check_update(struct push *push, struct push_item *item)
{
	if (slice_is_empty(item->remote_id))
		return fail(&item->err, ERROR_RECORD, "there is no id to update");
	return check_id(push, item, "Id", item->remote_id);
}

static void prepare(struct push *push)
{
	struct write_state *state = arena_alloc(push->arena, sizeof(*state));

	state->sent = arena_array(push->arena, push->n_items + 1, sizeof(*state->sent));
	for (size_t i = 0; i < push->n_items; i++) {
		struct push_item *item = &push->items[i];

		if (check_changes(push, item) &&
		    (push->verb == PUSH_CREATE ? check_create(push, state, item) : check_update(push, item)))
			state->sent[state->n_sent++] = i;
		else
			item->outcome = OUTCOME_FAILED;
	}
	push->state = state;
}

/* Whether some value may be a number, a boolean or text, and only the object knows. */
static bool needs_types(const struct push *push)
{
	const struct write_state *state = push->state;

	for (size_t i = 0; i < state->n_sent; i++) {
		const struct push_item *item = &push->items[state->sent[i]];

		for (size_t k = 0; k < item->n_changes; k++)
			if (value_is_ambiguous(item->changes[k].value) &&
			    value_type_of(item->changes[k].field) == VALUE_UNKNOWN)
				return true;
	}
	return false;
}

/* -- The request -- */

static enum value_type type_of(const struct write_state *state, const char *field)
{
	enum value_type type = value_type_of(field);

	for (size_t i = 0; type == VALUE_UNKNOWN && i < state->n_fields; i++)
		if (slice_equal_nocase(state->fields[i].name, slice_of(field)))
			type = value_type_named(state->fields[i].type);
	return type;
}

static void add_member(struct buf *body, const char *name, enum value_type type, struct slice value)
{
	(void)buf_printf(body, ",\"%s\":", name);
	value_add(body, type, value);
}

static void add_id(struct buf *body, const struct push_item *item, const char *name, struct slice id)
{
	struct record_id whole;

	if (record_id_parse(id, &whole) && !change_of(item, name))
		add_member(body, name, VALUE_TEXT, record_id_slice(&whole));
}

static void add_record(const struct push *push, const struct push_item *item, struct buf *body)
{
	const struct sobject *object = sobject_of(push->stream);
	const char *key_field = is_upsert(push) ? push_key_field(push) : NULL;

	(void)buf_printf(body, "{\"attributes\":{\"type\":\"%s\"}", object->name);
	if (push->verb == PUSH_UPDATE)
		add_id(body, item, "id", item->remote_id);
	if (key_field)
		add_member(body, key_field, VALUE_TEXT, slice_of(item->key));
	for (size_t i = 0; i < item->n_changes; i++)
		if (!key_field || !is_field(item->changes[i].field, key_field))
			add_member(body, item->changes[i].field, type_of(push->state, item->changes[i].field),
				   item->changes[i].value);
	if (push->verb == PUSH_CREATE) {
		add_id(body, item, "OwnerId", item->owner_id);
		if (object->has_account)
			add_id(body, item, "AccountId", item->account_id);
	}
	(void)buf_add_char(body, '}');
}

static enum next write_ask(struct push *push, struct http_request *request, struct error *err)
{
	const struct write_state *state = push->state;
	const struct sobject *object = sobject_of(push->stream);
	struct caller caller = push_caller(push);
	CLEANUP(buf_done) struct buf body = { 0 };
	const char *path = "/composite/sobjects";

	if (is_upsert(push))
		path = arena_printf(push->arena, "/composite/sobjects/%s/%s", object->name, push_key_field(push));
	buf_init(&body, BODY_MAX);
	(void)buf_add_text(&body, "{\"allOrNone\":false,\"records\":[");
	for (size_t i = 0; i < state->n_sent; i++) {
		(void)buf_add_text(&body, i ? "," : "");
		add_record(push, &push->items[state->sent[i]], &body);
	}
	(void)buf_add_text(&body, "]}");
	if (body.full) {
		(void)fail(err, ERROR_TOO_LARGE, "the records of one push are larger than %d bytes", BODY_MAX);
		return NEXT_FAILED;
	}
	request_begin(request, &caller, push->verb == PUSH_UPDATE || is_upsert(push) ? "PATCH" : "POST", path);
	http_request_json(request, arena_slice(push->arena, buf_slice(&body)));
	request_write_headers(request, &caller);
	return NEXT_REQUEST;
}

enum next salesforce_push_ask(struct push *push, struct http_request *request, struct error *err)
{
	struct caller caller = push_caller(push);

	if (push->verb == PUSH_FIND)
		return find_ask(push, request, err);
	if (push->step == WRITE_PREPARE) {
		prepare(push);
		push->step = needs_types(push) ? WRITE_TYPES : WRITE_SEND;
	}
	if (push->step == WRITE_DONE || !((struct write_state *)push->state)->n_sent)
		return NEXT_DONE;
	if (push->step == WRITE_SEND)
		return write_ask(push, request, err);
	describe_begin(request, &caller, sobject_of(push->stream));
	return NEXT_REQUEST;
}

/* -- The results -- */

static const char *const gone_codes[] = { "ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY" };

/* The updated record itself is meant unless a field is named that refers to another one. */
static bool is_gone(const struct push *push, struct slice code, struct slice field)
{
	if (push->verb != PUSH_UPDATE || (field.len && !slice_equal_nocase(field, SLICE("id"))))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(gone_codes); i++)
		if (slice_equal_text(code, gone_codes[i]))
			return true;
	return false;
}

static void result_failed(struct push *push, struct push_item *item, const json_t *result)
{
	const json_t *first = json_array_get(json_object_get(result, "errors"), 0);
	struct slice code = first ? row_value(first, "statusCode") : SLICE_NULL;
	struct slice message = first ? slice_sub(row_value(first, "message"), 0, QUOTED_MAX) : SLICE_NULL;
	const json_t *name = json_array_get(json_object_get(first, "fields"), 0);
	struct slice field = name ? json_scalar(name) : SLICE_NULL;

	item->outcome = is_gone(push, code, field) ? OUTCOME_GONE : OUTCOME_FAILED;
	if (field.len)
		item->err_field = arena_strndup(push->arena, field.data, field.len);
	if (slice_is_empty(code))
		(void)fail(&item->err, ERROR_RECORD, "refused without a reason");
	else
		(void)fail(&item->err, salesforce_code_kind(code, ERROR_RECORD), "%.*s: %.*s", SLICE_ARGS(code),
			   (int)message.len, message.data ? message.data : "");
}

/* By place; where results are missing or doubled only an id that we sent says whose it is. */
static struct push_item *item_of(const struct push *push, size_t i, size_t n_results, const struct record_id *id)
{
	const struct write_state *state = push->state;
	struct record_id sent;

	if (push->verb != PUSH_UPDATE || !id->text[0])
		return n_results == state->n_sent ? &push->items[state->sent[i]] : NULL;
	for (size_t k = 0; k < state->n_sent; k++) {
		struct push_item *item = &push->items[state->sent[(i + k) % state->n_sent]];

		if (record_id_parse(item->remote_id, &sent) && strcmp(sent.text, id->text) == 0)
			return item;
	}
	return NULL;
}

static void result_read(struct push *push, size_t i, size_t n_results, const json_t *result)
{
	bool is_success = row_is(result, "success");
	struct record_id id = { "" };
	struct push_item *item;

	if (!record_id_parse(row_value(result, "id"), &id) && is_success)
		return;				/* it took effect on we know not what: left to be looked up */
	item = item_of(push, i, n_results, &id);
	if (!item)
		return;
	if (!is_success) {
		result_failed(push, item, result);
		return;
	}
	item->remote_id = arena_slice(push->arena, record_id_slice(&id));
	item->outcome = OUTCOME_DONE;
	if (is_upsert(push) && slice_equal_text(row_value(result, "created"), "false"))
		item->outcome = OUTCOME_FOUND;
}

static bool write_read(struct push *push, const struct http_response *response, struct error *err)
{
	static const char *const path[] = { NULL };
	struct slice *results;
	size_t n_results;

	if (!json_split(push->arena, response->body, path, &results, &n_results, NULL, err)) {
		err->kind = ERROR_UNCERTAIN;	/* it was let in, but what it did is not told */
		return fail_in(err, "results of a write");
	}
	for (size_t i = 0; i < n_results; i++) {
		CLEANUP(json_decref_p) json_t *result = NULL;
		struct error ignored = { 0 };

		if (json_item(push->arena, results[i], &result, &ignored))
			result_read(push, i, n_results, result);
	}
	push->step = WRITE_DONE;
	return true;
}

/* An org that does not describe its objects tells only now that it has no such external-id field. */
static bool is_key_field_refused(const struct push *push, const struct http_response *response)
{
	struct error ignored = { 0 };
	enum trouble trouble = salesforce_trouble(response, &ignored);

	if ((trouble != TROUBLE_FIELD && trouble != TROUBLE_MISSING) || !push->has_key_field)
		return false;
	return (push->verb == PUSH_FIND || is_upsert(push)) &&
	       memmem(response->body.data, response->body.len, push_key_field(push), strlen(push_key_field(push)));
}

bool salesforce_push_read(struct push *push, const struct http_response *response, struct error *err)
{
	struct write_state *state = push->state;

	if (is_key_field_refused(push, response)) {
		push->has_key_field = false;	/* nothing was written: it is asked again without */
		return true;
	}
	if (!salesforce_verdict(response, err))
		return false;
	if (push->verb == PUSH_FIND)
		return find_read(push, response, err);
	if (push->step == WRITE_SEND)
		return write_read(push, response, err);
	if (!describe_fields(push->arena, response->body, &state->fields, &state->n_fields, err))
		return false;
	push->step = WRITE_SEND;
	return true;
}
