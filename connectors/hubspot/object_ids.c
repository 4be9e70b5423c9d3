/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "clock.h"
#include "json.h"

bool hubspot_object_batch_read_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
				   const struct slice *ids,
			   size_t n_ids, struct error *err)
{
	struct buf body;

	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_add_char(&body, '{');
	hubspot_add_names(&body, "properties", state->properties, state->n_properties);
	buf_add_char(&body, ',');
	if (state->n_history > 0) {
		hubspot_add_names(&body, "propertiesWithHistory", state->history, state->n_history);
		buf_add_char(&body, ',');
	}
	hubspot_add_ids(&body, ids, n_ids);
	buf_add_char(&body, '}');
	hubspot_begin(request, pull->batch->arena, pull->session, "POST", PLACE_OBJECTS,
		      SEGMENTS(state->object->path, "batch/read"));
	return hubspot_body(request, &body, err);
}

/* -- The ids of the pull -- */

static void id_is_read(struct pull *pull, struct object_pull *state, struct slice id)
{
	for (size_t i = 0; i < pull->n_ids; i++)
		if (slice_equal(pull->ids[i], id))
			state->is_id_read[i] = true;
}

/* Found as a record, or named by the record it was merged into. */
static void ids_settle(struct pull *pull, struct object_pull *state)
{
	for (size_t i = 0; i < pull->n_ids; i++)
		if (batch_find(pull->batch, state->object->stream.name, pull->ids[i]))
			state->is_id_read[i] = true;
}

static size_t next_unread(const struct pull *pull, const struct object_pull *state)
{
	size_t i = 0;

	while (i < pull->n_ids && state->is_id_read[i])
		i++;
	return i;
}

static void ids_next(const struct pull *pull, struct object_pull *state)
{
	state->main = STEP_IDS;
	state->next_main = next_unread(pull, state) < pull->n_ids ? STEP_ONE : STEP_END;
}

bool hubspot_object_ids_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			    struct error *err)
{
	struct slice *ids = arena_array(pull->batch->arena, pull->n_ids + 1, sizeof(*ids));
	size_t n = 0;

	for (size_t i = 0; i < pull->n_ids; i++) {
		size_t at = 0;

		while (at < n && !slice_equal(ids[at], pull->ids[i]))
			at++;
		if (at == n)
			ids[n++] = pull->ids[i];
	}
	return hubspot_object_batch_read_ask(pull, state, request, ids, n, err);
}

/* One id that is no id fails the whole call: then each is asked for alone. */
static bool is_about_one(const struct http_response *response)
{
	return (response->status == 400 || response->status == 404) && hubspot_is_error(response);
}

bool hubspot_object_ids_read(struct pull *pull, struct object_pull *state,
			     const struct http_response *response, struct error *err)
{
	struct hubspot_page page;

	if (!is_about_one(response)) {
		if (!hubspot_page_read(pull->batch->arena, response, &page, err))
			return false;
		hubspot_object_items_read(pull, state, &page, NULL);
		ids_settle(pull, state);
		state->has_details = true;
	}
	ids_next(pull, state);
	return true;
}

void hubspot_object_one_ask(struct pull *pull, struct object_pull *state, struct http_request *request)
{
	struct slice id = pull->ids[next_unread(pull, state)];
	struct arena *arena = pull->batch->arena;
	CLEANUP(buf_done) struct buf names = { 0 };

	hubspot_begin(request, arena, pull->session, "GET", PLACE_OBJECTS, SEGMENTS(state->object->path));
	http_request_segment(request, id);
	if (state->is_wide)
		return;				/* STEP_DETAIL brings them */
	buf_init(&names, HUBSPOT_BODY_MAX);
	for (size_t i = 0; i < state->n_properties; i++)
		buf_printf(&names, "%s%s", i == 0 ? "" : ",", state->properties[i]);
	http_request_query(request, "properties", arena_slice(arena, buf_slice(&names)));
}

/* The survivor of a merge answers for the ids that went into it. */
static void one_take(struct pull *pull, struct object_pull *state, struct slice asked, const struct slice *item)
{
	struct hubspot_page page = { .items = (struct slice *)item, .n_items = 1 };
	size_t before = state->n_entries;
	struct slice id;

	hubspot_object_items_read(pull, state, &page, NULL);
	state->has_details = false;
	if (state->n_entries == before)
		return;
	id = state->entries[before].id;
	if (!slice_equal(id, asked) && !batch_find(pull->batch, state->object->stream.name, asked))
		hubspot_object_deleted_add(pull, state, asked, id);
}

bool hubspot_object_one_read(struct pull *pull, struct object_pull *state,
			     const struct http_response *response, struct error *err)
{
	struct slice asked = pull->ids[next_unread(pull, state)];
	struct error refusal = { 0 };

	if (response->status == 404 && hubspot_is_error(response)) {
		hubspot_object_deleted_add(pull, state, asked, SLICE(""));
	} else if (response->status == 400 && hubspot_is_error(response)) {
		hubspot_refusal(response, &refusal);
		batch_park(pull->batch, state->object->stream.name, asked, response->body, &refusal);
	} else if (response->status >= 400) {
		return hubspot_refusal(response, err);
	} else {
		one_take(pull, state, asked, &response->body);
	}
	id_is_read(pull, state, asked);
	ids_next(pull, state);
	return true;
}

/* -- Details of a page -- */

bool hubspot_object_detail_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			       struct error *err)
{
	struct slice *ids = arena_array(pull->batch->arena, state->n_entries + 1, sizeof(*ids));

	for (size_t i = 0; i < state->n_entries; i++)
		ids[i] = state->entries[i].id;
	return hubspot_object_batch_read_ask(pull, state, request, ids, state->n_entries, err);
}

bool hubspot_object_detail_read(struct pull *pull, struct object_pull *state,
				const struct http_response *response, struct error *err)
{
	struct hubspot_page page;

	if (!hubspot_page_read(pull->batch->arena, response, &page, err))
		return false;
	state->entries = NULL;
	state->n_entries = 0;
	hubspot_object_items_read(pull, state, &page, NULL);
	state->has_details = true;
	return true;
}
