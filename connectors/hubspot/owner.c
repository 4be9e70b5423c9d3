/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "json.h"

/*
 * Owners have no time of change to search by, and they are few: each pull reads all of them, then the archived ones,
 * who stay as inactive users. "isActive" is ours: the opposite of "archived".
 */
struct owner_pull {
	bool is_archived;
	bool is_done;
	const char *after;
};

static const struct field_map fields[] = {
	{ "email", "email", MAP_PULL },
	{ "first_name", "firstName", MAP_PULL },
	{ "last_name", "lastName", MAP_PULL },
	{ "is_active", "isActive", MAP_PULL },
	{ 0 }
};

static struct owner_pull *owner_begin(struct pull *pull, struct error *err)
{
	struct owner_pull *state = arena_alloc(pull->run_arena, sizeof(*state));
	json_t *cursor;

	if (!hubspot_cursor_read(pull->cursor, &cursor, err))
		return NULL;
	state->is_archived = json_is_true(json_object_get(cursor, "archived"));
	state->after = arena_slice(pull->run_arena, hubspot_text(cursor, "after")).data;
	json_decref(cursor);
	pull->state = state;
	return state;
}

static enum next owner_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	struct owner_pull *state = pull->state ? pull->state : owner_begin(pull, err);

	if (!state)
		return NEXT_FAILED;
	if (state->is_done)
		return NEXT_DONE;
	hubspot_begin(request, pull->batch->arena, pull->session, "GET", PLACE_OWNERS, NULL);
	http_request_query(request, "limit", SLICE("100"));
	if (*state->after)
		http_request_query(request, "after", slice_of(state->after));
	http_request_query(request, "archived", state->is_archived ? SLICE("true") : SLICE("false"));
	return NEXT_REQUEST;
}

static bool owner_item(struct pull *pull, bool is_archived, const json_t *item, struct error *err)
{
	struct slice id = hubspot_text(item, "id");
	struct record *record;

	if (slice_is_empty(id))
		return fail(err, ERROR_RECORD, "the item has no id");
	if (json_is_boolean(json_object_get(item, "archived")))
		is_archived = json_is_true(json_object_get(item, "archived"));
	record = batch_add(pull->batch, "owner", ENTITY_USER, id);
	record->modified_us = hubspot_time_or(item, "updatedAt", 0);
	record->created_us = hubspot_time_or(item, "createdAt", 0);
	for (size_t i = 0; i < pull->n_fields; i++) {
		if (strcmp(pull->fields[i], "isActive") == 0)
			batch_set(pull->batch, record, i, is_archived ? SLICE("false") : SLICE("true"));
		else
			batch_set(pull->batch, record, i, json_text(item, pull->fields[i]));
	}
	return true;
}

static void owner_items(struct pull *pull, const struct owner_pull *state, const struct hubspot_page *page)
{
	for (size_t i = 0; i < page->n_items; i++) {
		struct error err = { 0 };
		json_t *item = NULL;

		if (!json_item(pull->batch->arena, page->items[i], &item, &err) ||
		    !owner_item(pull, state->is_archived, item, &err))
			hubspot_park(pull->batch, "owner", item, page->items[i], &err);
		json_decref(item);
	}
}

static const char *owner_cursor(struct pull *pull, const struct owner_pull *state)
{
	json_t *cursor = json_pack("{s:i}", "v", 1);

	if (state->is_archived)
		json_object_set_new(cursor, "archived", json_true());
	if (*state->after)
		json_object_set_new(cursor, "after", json_string(state->after));
	return hubspot_cursor_print(pull, cursor);
}

static bool owner_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	struct owner_pull *state = pull->state;
	struct hubspot_page page;

	if (!hubspot_page_read(pull->batch->arena, response, &page, err))
		return false;
	if (!slice_is_empty(page.after) && slice_equal_text(page.after, state->after))
		return fail(err, ERROR_TRANSIENT, "the next page after \"%s\" is the same page again",
			    state->after);
	owner_items(pull, state, &page);
	state->after = arena_slice(pull->run_arena, page.after).data;
	if (!*state->after) {
		state->is_done = state->is_archived;
		state->is_archived = !state->is_archived;
	}
	pull->cursor = owner_cursor(pull, state);
	return true;
}

const struct stream_ops hubspot_owner = {
	.name = "owner",
	.entity = ENTITY_USER,
	.help = "owners; the archived ones as inactive users",
	.fields = fields,
	.ask = owner_ask,
	.read = owner_read,
};
