/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "clock.h"
#include "json.h"

#define PROPERTIES_MAX 1024
/* Longest list of properties that goes into an address; the body of a search may have 3,000 characters in all. */
#define WIDE_FROM 1800

static void property_add(struct object_pull *state, const char *name)
{
	for (size_t i = 0; i < state->n_properties; i++)
		if (strcmp(state->properties[i], name) == 0)
			return;
	if (state->n_properties < PROPERTIES_MAX)
		state->properties[state->n_properties++] = name;
}

static void properties_add(struct object_pull *state, const char *const *names)
{
	for (; names && *names; names++)
		property_add(state, *names);
}

static void activities_add(struct pull *pull, struct object_pull *state, const struct hubspot_config *config)
{
	const char *const *names = config->activity_properties;

	properties_add(state, names);
	state->history = arena_array(pull->run_arena, PROPERTIES_MAX, sizeof(*state->history));
	for (; *names && state->n_history < PROPERTIES_MAX; names++) {
		if (strcmp(*names, CONVERSION_NAME) == 0)
			property_add(state, CONVERSION_DATE);
		else if (strcmp(*names, CONVERSION_DATE) != 0)
			state->history[state->n_history++] = *names;
	}
}

void hubspot_object_properties_build(struct pull *pull, struct object_pull *state)
{
	const struct hubspot_config *config = pull->config;
	const struct hubspot_object *object = state->object;
	size_t len = 0;

	state->properties = arena_array(pull->run_arena, PROPERTIES_MAX, sizeof(*state->properties));
	for (size_t i = 0; i < pull->n_fields; i++)
		property_add(state, pull->fields[i]);
	properties_add(state, object->properties);
	property_add(state, object->stamp);
	property_add(state, object->merged);
	if (object->has_activities)
		activities_add(pull, state, config);
	for (size_t i = 0; i < state->n_properties; i++)
		len += strlen(state->properties[i]) + 3;
	state->is_wide = len > WIDE_FROM || state->n_history > 0;
}

bool hubspot_object_stamp(const struct object_pull *state, const json_t *item, int64_t *ret_ms)
{
	int64_t us;

	if (!hubspot_time(hubspot_text(json_object_get(item, "properties"), state->object->stamp), &us) &&
	    !hubspot_time(hubspot_text(item, "updatedAt"), &us))
		return false;
	*ret_ms = us / 1000;
	return true;
}

void hubspot_object_deleted_add(struct pull *pull, const struct object_pull *state, struct slice id,
				struct slice survivor)
{
	const char *name = state->object->stream.name;
	struct record *record = batch_add(pull->batch, name, state->object->stream.entity, id);

	record->is_deleted = true;
	record->is_partial = true;
	if (!slice_is_empty(survivor))
		batch_ref(pull->batch, record, REF_SAME_AS, name, survivor);
}

/* "123;456", on contacts also with the time of the merge: "123:1738000000000;456:…". */
static void merged_read(struct pull *pull, const struct object_pull *state, struct slice list,
			struct slice survivor)
{
	while (!slice_is_empty(list)) {
		struct slice part, id, rest, time;

		if (!slice_split(list, ';', &part, &rest))
			rest = SLICE("");
		slice_split(part, ':', &id, &time);
		id = slice_trim(id);
		if (!slice_is_empty(id) && !slice_equal(id, survivor))
			hubspot_object_deleted_add(pull, state, id, survivor);
		list = rest;
	}
}

/* A reference kept in a property: null there says "none", a property that is not shown says nothing. */
static void property_ref(struct pull *pull, struct record *record, enum ref_kind kind, const char *object,
			 struct slice value)
{
	if (slice_is_null(value))
		record->is_partial = true;
	else
		batch_ref(pull->batch, record, kind, object, value);
}

static void values_read(struct pull *pull, const json_t *properties, struct record *record)
{
	for (size_t i = 0; i < pull->n_fields; i++)
		batch_set(pull->batch, record, i, json_text(properties, pull->fields[i]));
}

struct record *hubspot_object_record_read(struct pull *pull, const struct object_pull *state,
					  const json_t *item, struct error *err)
{
	const struct hubspot_object *object = state->object;
	const json_t *properties = json_object_get(item, "properties");
	struct slice id = hubspot_text(item, "id");
	struct record *record;

	if (slice_is_empty(id) || (!json_is_object(properties) && properties)) {
		fail(err, ERROR_RECORD, slice_is_empty(id) ? "the item has no id" : "properties is not an object");
		return NULL;
	}
	record = batch_add(pull->batch, object->stream.name, object->stream.entity, id);
	record->modified_us = hubspot_time_or(properties, object->stamp, hubspot_time_or(item, "updatedAt", 0));
	record->created_us = hubspot_time_or(item, "createdAt", 0);
	if (json_is_true(json_object_get(item, "archived"))) {
		record->is_deleted = true;
		record->is_partial = true;
		record->modified_us = hubspot_time_or(item, "archivedAt", record->modified_us);
		return record;
	}
	values_read(pull, properties, record);
	property_ref(pull, record, REF_OWNER, "owner", json_text(properties, "hubspot_owner_id"));
	if (object->more)
		object->more(pull, state, item, record);
	merged_read(pull, state, hubspot_text(properties, MERGED_IDS), id);
	merged_read(pull, state, hubspot_text(properties, object->merged), id);
	return record;
}

/* An id that a page brings twice is one record; its first row is void. */
static struct page_entry *entry_place(struct object_pull *state, const struct record *record)
{
	for (size_t i = 0; i < state->n_entries; i++)
		if (state->entries[i].record == record)
			return &state->entries[i];
	return &state->entries[state->n_entries++];
}

static void item_read(struct pull *pull, struct object_pull *state, const json_t *item, struct slice raw)
{
	struct page_entry *entry;
	struct error err;
	struct record *record = hubspot_object_record_read(pull, state, item, &err);

	if (!record) {
		hubspot_park(pull->batch, state->object->stream.name, item, raw, &err);
		return;
	}
	entry = entry_place(state, record);
	*entry = (struct page_entry){ .id = record->id, .record = record };
	if (record->is_deleted)
		return;
	hubspot_object_links_due(state, entry);
	if (state->step == STEP_LIST)
		hubspot_object_links_inline(pull, state, entry, item);
}

void hubspot_object_items_read(struct pull *pull, struct object_pull *state, const struct hubspot_page *page,
		       bool (*wants)(struct pull *pull, struct object_pull *state, const json_t *item))
{
	state->entries = arena_grow(pull->batch->arena, state->entries, state->n_entries,
				    state->n_entries + page->n_items + 1,
				    sizeof(*state->entries));
	for (size_t i = 0; i < page->n_items; i++) {
		struct error err = { 0 };
		json_t *item = NULL;

		if (!json_item(pull->batch->arena, page->items[i], &item, &err))
			hubspot_park(pull->batch, state->object->stream.name, NULL, page->items[i], &err);
		else if (!wants || wants(pull, state, item))
			item_read(pull, state, item, page->items[i]);
		json_decref(item);
	}
}
