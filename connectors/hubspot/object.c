/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "clock.h"
#include "json.h"
#include "number.h"

const struct hubspot_object *hubspot_object_of(const struct stream_ops *stream)
{
	return container_of(stream, struct hubspot_object, stream);
}

/* -- Cursor -- */

static void text_set(json_t *cursor, const char *name, const char *text)
{
	if (text && *text)
		json_object_set_new(cursor, name, json_string(text));
}

/* {"v":1,"load_start":ms,"after":"…"} in a full load; then {"v":1,"mark":ms,"bin":ms}, in ms since 1970. */
static const char *cursor_print(struct pull *pull, const struct object_pull *state)
{
	json_t *cursor = json_pack("{s:i}", "v", 1);

	if (state->next_main == STEP_LIST) {
		json_object_set_new(cursor, "load_start", json_integer(state->load_start_ms));
		text_set(cursor, "after", state->after);
		return hubspot_cursor_print(pull, cursor);
	}
	json_object_set_new(cursor, "mark", json_integer(state->mark_ms));
	json_object_set_new(cursor, "bin", json_integer(state->bin_ms));
	if (state->bin_start_ms != 0) {
		json_object_set_new(cursor, "bin_start", json_integer(state->bin_start_ms));
		text_set(cursor, "bin_after", state->after);
	}
	return hubspot_cursor_print(pull, cursor);
}

static const char *cursor_text(struct pull *pull, const json_t *cursor, const char *name)
{
	return arena_slice(pull->run_arena, hubspot_text(cursor, name)).data;
}

static void cursor_take(struct pull *pull, struct object_pull *state, const json_t *cursor)
{
	int64_t now_ms = pull->now_us / 1000, mark = hubspot_cursor_int(cursor, "mark", -1);

	state->load_start_ms = hubspot_cursor_int(cursor, "load_start", now_ms);
	state->bin_ms = hubspot_cursor_int(cursor, "bin", now_ms);
	state->bin_start_ms = hubspot_cursor_int(cursor, "bin_start", 0);
	state->after = cursor_text(pull, cursor, state->bin_start_ms != 0 ? "bin_after" : "after");
	state->main = STEP_LIST;
	if (mark < 0 && pull->since_us > 0 && !pull->cursor)
		mark = pull->since_us / 1000;
	if (mark >= 0) {
		hubspot_object_search_begin(state, pull, mark);
		state->main = STEP_SEARCH;
	}
}

/* -- Stages of deals: which of them mean closed, which won -- */

static void stages_add(struct pull *pull, struct object_pull *state, const json_t *pipeline)
{
	const json_t *list = json_object_get(pipeline, "stages"), *stage;
	size_t i;

	state->stages = arena_grow(pull->run_arena, state->stages, state->n_stages,
				   state->n_stages + json_array_size(list) + 1,
				   sizeof(*state->stages));
	json_array_foreach(list, i, stage) {
		const json_t *metadata = json_object_get(stage, "metadata");
		double probability = 0;
		bool is_closed = false;

		if (!parse_bool(hubspot_text(metadata, "isClosed"), &is_closed))
			is_closed = false;
		if (!parse_real(hubspot_text(metadata, "probability"), &probability))
			probability = 0;
		state->stages[state->n_stages++] = (struct deal_stage){
			.id = arena_slice(pull->run_arena, hubspot_text(stage, "id")),
			.is_closed = is_closed,
			.is_won = is_closed && probability >= 1,
		};
	}
}

static bool pipelines_read(struct pull *pull, struct object_pull *state, const struct http_response *response,
			   struct error *err)
{
	struct hubspot_page page = { 0 };

	/* Without the right to see pipelines the deals still tell hs_is_closed_won. */
	if (response->status < 400 && !hubspot_page_read(pull->batch->arena, response, &page, err))
		return false;
	for (size_t i = 0; i < page.n_items; i++) {
		struct error ignored;
		json_t *pipeline = NULL;

		if (json_item(pull->batch->arena, page.items[i], &pipeline, &ignored))
			stages_add(pull, state, pipeline);
		json_decref(pipeline);
	}
	return true;
}

static bool pipelines_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			  struct error *err)
{
	(void)err;
	hubspot_begin(request, pull->batch->arena, pull->session, "GET", PLACE_PIPELINES,
		      SEGMENTS(state->object->path));
	return true;
}

static bool list_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
		     struct error *err)
{
	(void)err;
	hubspot_object_list_ask(pull, state, request);
	return true;
}

static bool one_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
		    struct error *err)
{
	(void)err;
	hubspot_object_one_ask(pull, state, request);
	return true;
}

/* -- Steps -- */

static const struct {
	bool (*ask)(struct pull *pull, struct object_pull *state, struct http_request *request,
		    struct error *err);
	bool (*read)(struct pull *pull, struct object_pull *state, const struct http_response *response,
		     struct error *err);
} steps[] = {
	[STEP_PIPELINES] = { pipelines_ask, pipelines_read },
	[STEP_LIST] = { list_ask, hubspot_object_list_read },
	[STEP_SEARCH] = { hubspot_object_search_ask, hubspot_object_search_read },
	[STEP_BIN] = { list_ask, hubspot_object_bin_read },
	[STEP_IDS] = { hubspot_object_ids_ask, hubspot_object_ids_read },
	[STEP_ONE] = { one_ask, hubspot_object_one_read },
	[STEP_DETAIL] = { hubspot_object_detail_ask, hubspot_object_detail_read },
	[STEP_LINKS] = { hubspot_object_links_ask, hubspot_object_links_read },
};

static struct object_pull *object_begin(struct pull *pull, struct error *err)
{
	struct object_pull *state = arena_alloc(pull->run_arena, sizeof(*state));
	json_t *cursor;

	if (!hubspot_cursor_read(pull->cursor, &cursor, err))
		return NULL;
	state->object = hubspot_object_of(pull->stream);
	hubspot_object_properties_build(pull, state);
	cursor_take(pull, state, cursor);
	json_decref(cursor);
	if (pull->ids) {
		state->main = STEP_IDS;
		state->is_id_read = arena_array(pull->run_arena, pull->n_ids + 1, sizeof(bool));
	}
	if (pull->ids && pull->n_ids == 0)
		state->main = STEP_END;
	state->step = state->object->has_pipelines && state->main != STEP_END ? STEP_PIPELINES : state->main;
	pull->state = state;
	return state;
}

enum next hubspot_object_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	struct object_pull *state = pull->state ? pull->state : object_begin(pull, err);

	if (!state)
		return NEXT_FAILED;
	if (state->step == STEP_END)
		return NEXT_DONE;
	return steps[state->step].ask(pull, state, request, err) ? NEXT_REQUEST : NEXT_FAILED;
}

static bool needs_details(const struct object_pull *state)
{
	return state->is_wide && !state->has_details && state->n_entries > 0 && state->main != STEP_BIN;
}

/* What the open page still needs; STEP_END: nothing. */
static enum object_step page_needs(const struct object_pull *state)
{
	if (state->next_main == STEP_ONE)
		return STEP_ONE;
	if (needs_details(state))
		return STEP_DETAIL;
	return hubspot_object_links_are_due(state) ? STEP_LINKS : STEP_END;
}

static void page_close(struct pull *pull, struct object_pull *state)
{
	hubspot_object_links_end(pull, state);
	if (state->main != STEP_IDS)
		pull->cursor = cursor_print(pull, state);
	pull->is_open = false;
	state->entries = NULL;
	state->n_entries = 0;
	state->has_details = false;
	state->step = state->next_main;
}

bool hubspot_object_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	struct object_pull *state = pull->state;
	size_t n_entries = state->n_entries;

	if (!steps[state->step].read(pull, state, response, err)) {
		state->n_entries = n_entries;
		return false;
	}
	pull->is_open = true;
	if (state->step == STEP_PIPELINES) {
		state->step = state->main;
		return true;
	}
	state->step = page_needs(state);
	if (state->step == STEP_END)
		page_close(pull, state);
	return true;
}
