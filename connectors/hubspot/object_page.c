/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include <inttypes.h>

#include "clock.h"
#include "json.h"
#include "number.h"

#define LIST_MAX 100
#define SEARCH_MAX 200
#define HISTORY_MAX 50				/* rows of a read with histories */
#define BIN_MARGIN_MS INT64_C(86400000)		/* deletions reported again rather than missed: clocks differ */

static size_t page_size(const struct pull *pull, const struct object_pull *state, size_t most)
{
	if (state->n_history > 0)
		most = HISTORY_MAX;
	return pull->page_size == 0 || pull->page_size > most ? most : pull->page_size;
}

static struct slice number_text(struct arena *arena, int64_t number)
{
	return slice_of(arena_printf(arena, "%" PRId64, number));
}

static struct slice names_joined(struct arena *arena, const char *const *names, size_t n)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	buf_init(&text, HUBSPOT_BODY_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ",", names[i]);
	return arena_slice(arena, n > 0 ? buf_slice(&text) : SLICE(""));
}

/* -- List: the full load, and the recycle bin -- */

static struct slice link_paths(struct arena *arena, const struct hubspot_object *object)
{
	const char *paths[8];
	size_t n = 0;

	for (const struct hubspot_link *link = object->links; link && link->path &&
	     n < ARRAY_SIZE(paths); link++)
		paths[n++] = link->path;
	return names_joined(arena, paths, n);
}

void hubspot_object_list_ask(struct pull *pull, struct object_pull *state, struct http_request *request)
{
	struct arena *arena = pull->batch->arena;
	bool is_bin = state->step == STEP_BIN;
	struct slice links = link_paths(arena, state->object);

	hubspot_begin(request, arena, pull->session, "GET", PLACE_OBJECTS, SEGMENTS(state->object->path));
	http_request_query(request, "limit", number_text(arena, (int64_t)page_size(pull, state, LIST_MAX)));
	if (*state->after)
		http_request_query(request, "after", slice_of(state->after));
	if (!is_bin && !state->is_wide) {
		http_request_query(request, "properties", names_joined(arena, state->properties,
								       state->n_properties));
		if (!slice_is_empty(links) && !state->has_no_inline_links)
			http_request_query(request, "associations", links);
	}
	http_request_query(request, "archived", is_bin ? SLICE("true") : SLICE("false"));
}

/* An address that is not there is refused: asking again soon mends nothing. */
static bool main_page_read(struct pull *pull, const struct http_response *response, struct hubspot_page *ret,
			   struct error *err)
{
	if (hubspot_page_read(pull->batch->arena, response, ret, err))
		return true;
	if (response->status == 404)
		err->kind = ERROR_REFUSED;
	return false;
}

/* Only the ids: what the records say comes by batch read. */
static void ids_skim(struct pull *pull, struct object_pull *state, const struct hubspot_page *page,
		     bool (*wants)(struct pull *pull, struct object_pull *state, const json_t *item))
{
	state->entries = arena_array(pull->batch->arena, page->n_items + 1, sizeof(*state->entries));
	for (size_t i = 0; i < page->n_items; i++) {
		struct error err = { 0 };
		json_t *item = NULL;

		if (!json_item(pull->batch->arena, page->items[i], &item, &err))
			hubspot_park(pull->batch, state->object->stream.name, NULL, page->items[i], &err);
		else if (!slice_is_empty(hubspot_text(item, "id")) && (!wants || wants(pull, state, item)))
			state->entries[state->n_entries++].id = arena_slice(pull->batch->arena,
									    hubspot_text(item, "id"));
		json_decref(item);
	}
}

static bool after_take(struct pull *pull, struct object_pull *state, struct slice after, struct error *err)
{
	if (!slice_is_empty(after) && slice_equal_text(after, state->after))
		return fail(err, ERROR_TRANSIENT, "the next page after \"%s\" is the same page again",
			    state->after);
	state->after = arena_slice(pull->run_arena, after).data;
	return true;
}

bool hubspot_object_list_read(struct pull *pull, struct object_pull *state,
			      const struct http_response *response, struct error *err)
{
	struct hubspot_page page;

	state->main = state->next_main = STEP_LIST;
	if (response->status == 403 && state->object->links && !state->is_wide && !state->has_no_inline_links) {
		state->has_no_inline_links = true;	/* a right to the others may be all that is missing */
		return true;
	}
	if (!main_page_read(pull, response, &page, err) || !after_take(pull, state, page.after, err))
		return false;
	if (state->is_wide)
		ids_skim(pull, state, &page, NULL);
	else
		hubspot_object_items_read(pull, state, &page, NULL);
	if (state->has_inline_links)
		for (size_t i = 0; i < state->n_entries; i++)
			state->entries[i].links_due &= state->entries[i].links_long;
	if (slice_is_empty(page.after)) {
		state->bin_ms = state->load_start_ms;
		hubspot_object_search_begin(state, pull, state->load_start_ms);
		state->next_main = STEP_SEARCH;
	}
	return true;
}

static bool bin_wants(struct pull *pull, struct object_pull *state, const json_t *item)
{
	int64_t archived_us = hubspot_time_or(item, "archivedAt", INT64_MAX);
	struct slice id = hubspot_text(item, "id");
	struct record *record;

	if (archived_us != INT64_MAX && archived_us / 1000 < state->bin_ms - BIN_MARGIN_MS)
		return false;
	if (slice_is_empty(id))
		return true;			/* to be parked */
	hubspot_object_deleted_add(pull, state, id, SLICE(""));
	record = batch_find(pull->batch, state->object->stream.name, id);
	record->modified_us = archived_us != INT64_MAX ? archived_us : 0;
	return false;
}

bool hubspot_object_bin_read(struct pull *pull, struct object_pull *state,
			     const struct http_response *response, struct error *err)
{
	struct hubspot_page page = { 0 };
	bool is_closed = response->status == 403 || response->status == 404;

	/* A recycle bin that is closed to us holds up no changes; it is tried again when it is due. */
	if (!is_closed && (!hubspot_page_read(pull->batch->arena, response, &page, err) ||
			   !after_take(pull, state, page.after, err)))
		return false;
	state->main = STEP_BIN;
	hubspot_object_items_read(pull, state, &page, bin_wants);
	state->next_main = STEP_BIN;
	if (slice_is_empty(page.after)) {
		state->bin_ms = state->bin_start_ms;
		state->bin_start_ms = 0;
		state->next_main = STEP_END;
	}
	return true;
}

/* -- Search: what changed -- */

static int64_t mark_most(const struct pull *pull)
{
	const struct hubspot_config *config = pull->config;

	return pull->now_us / 1000 - config->search_lag_ms;
}

static void mark_move(struct object_pull *state, const struct pull *pull, int64_t to_ms)
{
	int64_t most = mark_most(pull);

	if (to_ms > most)
		to_ms = most;
	if (to_ms > state->mark_ms)
		state->mark_ms = to_ms;
}

void hubspot_object_search_begin(struct object_pull *state, const struct pull *pull, int64_t from_ms)
{
	int64_t most = mark_most(pull);

	state->mark_ms = from_ms < most ? from_ms : most;
	state->from_ms = state->mark_ms - pull->overlap_ms;
	if (state->from_ms < 0)
		state->from_ms = 0;
	state->tie_id = NULL;
	state->n_ties = 0;
	state->search_after = "0";
}

enum object_step hubspot_object_after_search(const struct pull *pull, struct object_pull *state)
{
	const struct hubspot_config *config = pull->config;
	int64_t now_ms = pull->now_us / 1000;

	if (state->bin_start_ms != 0)
		return STEP_BIN;		/* broken off: goes on where it was */
	if (config->archived_poll_ms == 0 || now_ms - state->bin_ms < config->archived_poll_ms)
		return STEP_END;
	state->bin_start_ms = now_ms;
	state->after = "";
	return STEP_BIN;
}

static void filter_add(struct buf *body, const char *property, const char *operator, const char *value)
{
	if (body->data[body->len - 1] == '}')
		buf_add_char(body, ',');
	buf_printf(body, "{\"propertyName\":\"%s\",\"operator\":\"%s\",\"value\":\"%s\"}", property, operator,
		   value);
}

static void filters_add(struct pull *pull, const struct object_pull *state, struct buf *body)
{
	struct arena *arena = pull->batch->arena;
	const char *stamp = state->object->stamp;

	filter_add(body, stamp, "GTE", arena_printf(arena, "%" PRId64, state->from_ms));
	if (!state->tie_id)
		return;
	filter_add(body, stamp, "LT", arena_printf(arena, "%" PRId64, state->from_ms + 1));
	if (*state->tie_id)
		filter_add(body, "hs_object_id", "GT", state->tie_id);
}

bool hubspot_object_search_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			       struct error *err)
{
	struct buf body;
	const char *sort = state->tie_id ? "hs_object_id" : state->object->stamp;
	size_t limit = page_size(pull, state, state->is_wide ? LIST_MAX : SEARCH_MAX);

	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_add_text(&body, "{\"filterGroups\":[{\"filters\":[");
	filters_add(pull, state, &body);
	buf_printf(&body, "]}],\"sorts\":[{\"propertyName\":\"%s\",\"direction\":\"ASCENDING\"}],", sort);
	if (state->is_wide)
		hubspot_add_names(&body, "properties", &state->object->stamp, 1);
	else
		hubspot_add_names(&body, "properties", state->properties, state->n_properties);
	buf_printf(&body, ",\"limit\":%zu,", limit);
	hubspot_add_member(&body, "after", slice_of(state->search_after));
	buf_add_char(&body, '}');
	hubspot_begin(request, pull->batch->arena, pull->session, "POST", PLACE_OBJECTS,
		      SEGMENTS(state->object->path, "search"));
	return hubspot_body(request, &body, err);
}

static bool is_tie(const struct object_pull *state, int64_t id)
{
	for (size_t i = 0; i < state->n_ties; i++)
		if (state->ties[i] == id)
			return true;
	return false;
}

static void tie_note(struct object_pull *state, int64_t ms, int64_t id)
{
	if (state->n_stamped == 0 || ms != state->last_ms)
		state->n_page_ties = 0;
	if (state->n_page_ties < TIES_MAX)
		state->page_ties[state->n_page_ties++] = id;
}

/* Notes how far the page reaches; a row that the page before brought with the same stamp is left out. */
static bool search_wants(struct pull *pull, struct object_pull *state, const json_t *item)
{
	struct slice id_text = hubspot_text(item, "id");
	int64_t ms, id;

	if (!slice_is_empty(id_text))
		state->last_id = arena_slice(pull->batch->arena, id_text);
	if (!hubspot_object_stamp(state, item, &ms) || !parse_int64(id_text, 0, INT64_MAX, &id))
		return true;
	tie_note(state, ms, id);
	state->n_stamped++;
	state->last_ms = ms;
	return ms != state->from_ms || !is_tie(state, id);
}

/* Inside one stamp, by id. At the end of it the search goes on behind the stamp. */
static bool tie_step(struct pull *pull, struct object_pull *state, bool is_last, struct error *err)
{
	if (is_last) {
		state->tie_id = NULL;
		state->n_ties = 0;
		mark_move(state, pull, state->from_ms);
		state->from_ms++;
		return true;
	}
	if (slice_is_empty(state->last_id) || slice_equal_text(state->last_id, state->tie_id))
		return fail(err, ERROR_TRANSIENT, "the search by id does not move on from \"%s\"",
			    state->tie_id);
	state->tie_id = arena_slice(pull->run_arena, state->last_id).data;
	return true;
}

/*
 * Where the next query starts. It never pages by `after`: the answer shifts under us when a row of an earlier page
 * changes, and it ends at 10,000 rows. Each query starts at the last stamp seen instead; when a whole page has that
 * one stamp (bulk import), the window of that stamp is read by hs_object_id.
 */
static bool search_step(struct pull *pull, struct object_pull *state, const struct hubspot_page *page,
			struct error *err)
{
	bool is_last = slice_is_empty(page->after);

	if (state->tie_id)
		return tie_step(pull, state, is_last, err);
	if (state->n_stamped == 0) {
		if (!is_last && slice_equal_text(page->after, state->search_after))
			return fail(err, ERROR_TRANSIENT, "the next page after \"%s\" is the same page again",
				    state->search_after);
		state->search_after = arena_slice(pull->run_arena, page->after).data;
		return true;
	}
	state->search_after = "0";
	mark_move(state, pull, state->last_ms);
	memcpy(state->ties, state->page_ties, sizeof(state->ties));
	state->n_ties = state->n_page_ties;
	if (state->last_ms > state->from_ms)
		state->from_ms = state->last_ms;
	else if (!is_last)
		state->tie_id = "";
	return true;
}

bool hubspot_object_search_read(struct pull *pull, struct object_pull *state,
				const struct http_response *response, struct error *err)
{
	struct hubspot_page page;
	bool was_tie = state->tie_id != NULL;

	if (!main_page_read(pull, response, &page, err))
		return false;
	state->main = STEP_SEARCH;
	state->n_stamped = 0;
	state->n_page_ties = 0;
	state->last_id = SLICE_NULL;
	if (state->is_wide)
		ids_skim(pull, state, &page, search_wants);
	else
		hubspot_object_items_read(pull, state, &page, search_wants);
	if (!search_step(pull, state, &page, err))
		return false;
	state->next_main = STEP_SEARCH;
	if (slice_is_empty(page.after) && !was_tie)
		state->next_main = hubspot_object_after_search(pull, state);
	return true;
}
