/* SPDX-License-Identifier: Apache-2.0 */
#include "case.h"

#include "clock.h"

static const char *const ref_names[] = {
	[REF_OWNER] = "owner",
	[REF_ACCOUNT] = "account",
	[REF_PERSON] = "person",
	[REF_OPPORTUNITY] = "opportunity",
	[REF_CAMPAIGN] = "campaign",
	[REF_PARENT] = "parent",
	[REF_SAME_AS] = "same_as",
};

static const char *const outcome_names[] = {
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_DONE] = "done",
	[OUTCOME_FOUND] = "found",
	[OUTCOME_GONE] = "gone",
	[OUTCOME_FAILED] = "failed",
};

static const char *const hook_verb_names[] = {
	[HOOK_CHANGED] = "changed",
	[HOOK_DELETED] = "deleted",
	[HOOK_MERGED] = "merged",
	[HOOK_ACTIVITY] = "activity",
};

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *show_text(struct slice text)
{
	json_t *value;
	struct arena *arena;
	char *hex;

	if (slice_is_null(text))
		return json_null();
	value = json_stringn(text.data, text.len);
	if (value)
		return value;
	arena = arena_new(text.len * 2 + 16);
	hex = arena_alloc(arena, text.len * 2 + 1);
	for (size_t i = 0; i < text.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)text.data[i]);
	value = json_pack("{s:s}", "hex", hex);
	arena_free(arena);
	return value;
}

json_t *show_time(struct arena *arena, int64_t us)
{
	return us == 0 ? json_null() : json_string(time_print(arena, us));
}

json_t *show_error(const struct error *err)
{
	json_t *shown = json_pack("{s:s, s:s}", "kind", error_kind_name(err->kind), "text", err->text);

	if (err->retry_after_s != 0)
		json_object_set_new(shown, "retry_after_s", json_integer(err->retry_after_s));
	return shown;
}

static json_t *show_ref(const struct ref *ref)
{
	return json_pack("{s:s, s:o, s:o}", "kind", ref_names[ref->kind], "object", text_or_null(ref->object),
			 "id",
			 show_text(ref->id));
}

static void show_activity(struct arena *arena, const struct record *record, json_t *shown)
{
	json_object_set_new(shown, "activity", text_or_null(record->activity));
	json_object_set_new(shown, "occurred", show_time(arena, record->occurred_us));
	json_object_set_new(shown, "title", show_text(record->title));
	json_object_set_new(shown, "subject_email", show_text(record->subject_email));
}

static json_t *show_record(struct arena *arena, const struct pull *pull, const struct record *record)
{
	json_t *shown = json_pack("{s:s, s:s, s:o}", "object", record->object, "entity",
				  entity_name(record->entity), "id",
				  show_text(record->id));
	json_t *values = json_object(), *refs = json_array();

	json_object_set_new(shown, "modified", show_time(arena, record->modified_us));
	json_object_set_new(shown, "created", show_time(arena, record->created_us));
	if (record->is_deleted)
		json_object_set_new(shown, "is_deleted", json_true());
	if (record->is_partial)
		json_object_set_new(shown, "is_partial", json_true());
	for (size_t i = 0; i < pull->n_fields; i++)
		json_object_set_new(values, pull->fields[i], show_text(record->values[i]));
	for (size_t i = 0; i < record->n_refs; i++)
		json_array_append_new(refs, show_ref(&record->refs[i]));
	json_object_set_new(shown, "values", values);
	json_object_set_new(shown, "refs", refs);
	if (record->entity == ENTITY_ACTIVITY)
		show_activity(arena, record, shown);
	return shown;
}

static json_t *show_parked(const struct parked_item *parked)
{
	return json_pack("{s:s, s:o, s:o, s:s}", "object", parked->object, "id", show_text(parked->id), "raw",
			 show_text(parked->raw), "reason", parked->reason);
}

json_t *show_page(struct arena *arena, const struct pull *pull)
{
	json_t *records = json_array(), *parked = json_array();

	for (size_t i = 0; i < pull->batch->n_records; i++)
		json_array_append_new(records, show_record(arena, pull, pull->batch->records[i]));
	for (size_t i = 0; i < pull->batch->n_parked; i++)
		json_array_append_new(parked, show_parked(&pull->batch->parked[i]));
	return json_pack("{s:o, s:o, s:o}", "records", records, "parked", parked, "cursor",
			 text_or_null(pull->cursor));
}

json_t *show_item(const struct push_item *item)
{
	json_t *shown = json_pack("{s:I, s:s, s:o}", "entity_id", (json_int_t)item->entity_id, "outcome",
				  outcome_name(item->outcome), "remote_id", show_text(item->remote_id));

	if (item->err.kind != ERROR_NONE)
		json_object_set_new(shown, "error", show_error(&item->err));
	if (item->err_field)
		json_object_set_new(shown, "err_field", json_string(item->err_field));
	return shown;
}

json_t *show_field(const struct field_info *field)
{
	json_t *shown = json_pack("{s:o, s:o, s:b, s:b, s:b, s:I}", "name", show_text(field->name), "type",
				  show_text(field->type), "can_update", field->can_update, "can_create",
					  field->can_create,
				  "is_unique", field->is_unique, "max_length", (json_int_t)field->max_length);
	json_t *options;

	if (!field->options)
		return shown;
	options = json_array();
	for (const char *const *option = field->options; *option; option++)
		json_array_append_new(options, json_string(*option));
	json_object_set_new(shown, "options", options);
	return shown;
}

json_t *show_event(struct arena *arena, const struct hook_event *event)
{
	json_t *shown = json_pack("{s:s, s:s, s:s, s:o}", "key", event->key, "verb",
				  hook_verb_names[event->verb], "object",
				  event->object, "id", show_text(event->id));

	if (event->verb == HOOK_MERGED)
		json_object_set_new(shown, "into_id", show_text(event->into_id));
	json_object_set_new(shown, "occurred", show_time(arena, event->occurred_us));
	return shown;
}

void show_request(struct buf *out, const struct http_request *request)
{
	if (out->len > 0)
		buf_add_text(out, "=====\n");
	buf_printf(out, "%s %s\n", request->method, request->url);
	if (request->changes)
		buf_add_text(out, "# changes\n");
	if (request->timeout_s != 0)
		buf_printf(out, "# timeout %d s\n", request->timeout_s);
	for (size_t i = 0; i < request->n_headers; i++)
		buf_printf(out, "%s: %s\n", request->headers[i].name, request->headers[i].value);
	if (!slice_is_null(request->body)) {
		buf_add_text(out, "\n");
		buf_add_slice(out, request->body);
		buf_add_text(out, "\n");
	}
}
