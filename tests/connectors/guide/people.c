/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading people: GET /v1/people?modified_after=T&id_after=I&limit=N gives those behind (T, I) in the order
 * of their time of change and id, deleted ones too.
 */
#include "acme.h"

#include "clock.h"
#include "json.h"
#include "number.h"

#define PAGE_MAX 200

/* Where the next page starts. As a cursor it is text: "1767225600000000 17". */
struct place {
	int64_t at_us;
	struct slice id; /* empty: everything at this time is still to be read */
};

/* One pull's scratch. */
struct walk {
	struct place place;
	int64_t safe_us; /* what changed up to here must be visible by now */
	size_t limit;
	bool is_done;
};

/* -- Place -- */

static bool place_parse(const char *cursor, struct place *ret, struct error *err)
{
	struct slice at;

	*ret = (struct place){ 0, SLICE("") };
	if (!cursor)
		return true;
	if (slice_split(slice_of(cursor), ' ', &at, &ret->id) && parse_int64(at, 0, INT64_MAX, &ret->at_us))
		return true;
	return fail(err, ERROR_REFUSED, "the stored cursor \"%s\" cannot be read", cursor);
}

static const char *place_print(struct arena *arena, const struct place *place)
{
	return arena_printf(arena, "%lld %.*s", (long long)place->at_us, SLICE_ARGS(place->id));
}

/*
 * A record may become visible up to overlap_ms after the time it bears, so the end of a pass that reaches
 * into this stretch steps back to its beginning: those records are read again, and stop at their content
 * hash.
 */
static struct place place_settled(const struct walk *walk)
{
	if (walk->place.at_us <= walk->safe_us)
		return walk->place;
	return (struct place){ walk->safe_us, SLICE("") };
}

/* -- Asking -- */

static bool walk_begin(struct pull *pull, struct error *err)
{
	struct walk *walk = arena_alloc(pull->run_arena, sizeof(*walk));

	if (!place_parse(pull->cursor, &walk->place, err))
		return false;
	walk->place.id = arena_slice(pull->run_arena, walk->place.id);
	if (pull->since_us)
		walk->place = (struct place){ pull->since_us, SLICE("") };
	walk->safe_us = pull->now_us - pull->overlap_ms * 1000;
	walk->limit = pull->page_size && pull->page_size < PAGE_MAX ? pull->page_size : PAGE_MAX;
	pull->state = walk;
	return true;
}

static void ask_page(const struct walk *walk, struct http_request *request)
{
	const char *limit = arena_printf(request->arena, "%zu", walk->limit);

	if (walk->place.at_us)
		http_request_query(request, "modified_after",
		                   slice_of(time_print(request->arena, walk->place.at_us)));
	if (walk->place.id.len)
		http_request_query(request, "id_after", walk->place.id);
	http_request_query(request, "limit", slice_of(limit));
}

static void ask_ids(const struct pull *pull, struct http_request *request)
{
	for (size_t i = 0; i < pull->n_ids; i++)
		http_request_query(request, "id", pull->ids[i]);
}

enum next acme_people_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	const struct walk *walk;

	if (!pull->state && !walk_begin(pull, err))
		return NEXT_FAILED;
	walk = pull->state;
	if (walk->is_done)
		return NEXT_DONE;
	http_request_begin(request, request->arena, "GET", pull->session->base_url, "/v1/people");
	if (pull->ids)
		ask_ids(pull, request);
	else
		ask_page(walk, request);
	return NEXT_REQUEST;
}

/* -- Reading -- */

static bool row_place(const json_t *row, struct place *ret, struct error *err)
{
	ret->id = json_text(row, "id");
	if (slice_is_empty(ret->id))
		return fail(err, ERROR_RECORD, "the row has no id");
	if (!time_parse(json_text(row, "modified"), &ret->at_us))
		return fail(err, ERROR_RECORD, "modified of %.*s is no time", SLICE_ARGS(ret->id));
	return true;
}

static void row_record(struct pull *pull, const json_t *row, const struct place *place)
{
	struct record *record = batch_add(pull->batch, "person", ENTITY_PERSON, place->id);
	struct slice into = json_text(row, "merged_into");

	record->modified_us = place->at_us;
	record->is_deleted = json_is_true(json_object_get(row, "deleted"));
	for (size_t i = 0; i < pull->n_fields; i++)
		batch_set(pull->batch, record, i, json_text(row, pull->fields[i]));
	if (!slice_is_empty(into))
		batch_ref(pull->batch, record, REF_SAME_AS, "person", into);
}

/* The place is that of the last row that tells it: a row that cannot be read is parked, its page goes on. */
static void read_row(struct pull *pull, struct slice raw, struct place *last)
{
	CLEANUP(json_decref_p) json_t *row = NULL;
	struct place place = { 0, SLICE("") };
	struct error err = { 0 };

	if (!json_item(pull->batch->arena, raw, &row, &err) || !row_place(row, &place, &err)) {
		batch_park(pull->batch, "person", place.id, raw, &err);
		return;
	}
	row_record(pull, row, &place);
	*last = (struct place){ place.at_us, arena_slice(pull->run_arena, place.id) };
}

static bool walk_on(struct pull *pull, size_t n_rows, const struct place *last, struct error *err)
{
	struct walk *walk = pull->state;
	bool is_full = n_rows >= walk->limit;

	if (is_full && last->at_us == walk->place.at_us && slice_equal(last->id, walk->place.id))
		return fail(err, ERROR_TRANSIENT, "the page behind \"%s\" does not lead on",
		            place_print(pull->run_arena, last));
	walk->place = *last;
	walk->is_done = !is_full;
	if (walk->is_done)
		walk->place = place_settled(walk);
	pull->cursor = place_print(pull->run_arena, &walk->place);
	return true;
}

bool acme_people_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	static const char *const path[] = { "people", NULL };
	struct walk *walk = pull->state;
	struct place last = walk->place;
	struct slice *rows;
	size_t n;

	if (!acme_is_json(response, err) ||
	    !json_split(pull->batch->arena, response->body, path, &rows, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++)
		read_row(pull, rows[i], &last);
	if (!pull->ids)
		return walk_on(pull, n, &last, err);
	walk->is_done = true;
	return true;
}
