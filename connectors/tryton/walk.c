/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"

#include <inttypes.h>

#include "number.h"
#include "rpc.h"

/* -- Begin -- */

static void begin_pass(struct walk *walk, const struct pull *pull)
{
	if (walk->source->n_scans)
		walk_enter_scan(walk, pull, 0);
	else
		walk_enter_all(walk);
}

static bool begin(struct walk *walk, struct pull *pull, struct error *err)
{
	if (pull->n_ids) {
		walk->phase = WALK_IDS;
		return true;
	}
	if (pull->since_us) {
		for (size_t i = 0; i < WALK_SCANS_MAX; i++)
			walk->marks[i] = (struct mark){ .at_us = pull->since_us, .seen_us = pull->now_us };
		begin_pass(walk, pull);
		return true;
	}
	if (!pull->cursor) {
		walk_enter_all(walk);
		walk->phase = walk->source->n_scans ? WALK_NEWEST : WALK_ALL;
		return true;
	}
	if (!walk_load(walk, pull->cursor, err))
		return false;
	if (walk->phase == WALK_END)
		begin_pass(walk, pull);
	return true;
}

/* -- Ask -- */

/*
 * Archived records are read too. This goes into the context, since a clause ["active","in",[true,false]] is
 * not enough: the server adds "active = true" to each nested list of a domain that does not have the clause
 * itself, and so hides inactive rows behind our "OR".
 */
#define ALSO_INACTIVE "\"active_test\":false"

static void add_fields(struct walk *walk, const struct pull *pull, struct buf *body)
{
	const char *const *field = walk->source->fields;

	buf_add_text(body, "[\"id\"");
	for (; *field; field++)
		buf_printf(body, ",\"%s\"", *field);
	for (size_t i = 0; i < pull->n_fields; i++) {
		if (walk->source->is_derived(pull->fields[i]))
			continue;
		buf_add_char(body, ',');
		buf_add_json_string(body, slice_of(pull->fields[i]));
	}
	buf_add_text(body, "]");
}

static void begin_search(struct buf *body, const char *model)
{
	char method[128];
	int len = snprintf(method, sizeof(method), "model.%s.search_read", model);

	rpc_begin(body, len > 0 && (size_t)len < sizeof(method) ? method : "");
}

/* Everything behind the domain of a read of the stream's own model by id. */
static enum next send_by_id(struct walk *walk, struct pull *pull, int64_t skip, struct buf *body,
                            struct http_request *request, struct error *err)
{
	buf_printf(body, "%s],%" PRId64 ",%zu,[[\"id\",\"ASC\"]],",
	           walk->source->where ? walk->source->where : "", skip, walk_limit(pull));
	add_fields(walk, pull, body);
	buf_add_char(body, ',');
	return rpc_send(request, pull->batch->arena, pull->session, body, ALSO_INACTIVE, err);
}

static enum next ask_all(struct walk *walk, struct pull *pull, struct http_request *request,
                         struct error *err)
{
	CLEANUP(buf_done) struct buf body;

	begin_search(&body, walk->source->model);
	buf_printf(&body, "[[\"id\",\">\",%" PRId64 "]", walk->place.id);
	return send_by_id(walk, pull, walk->place.skip, &body, request, err);
}

static enum next ask_again(struct walk *walk, struct pull *pull, struct http_request *request,
                           struct error *err)
{
	CLEANUP(buf_done) struct buf body;

	begin_search(&body, walk->source->model);
	buf_printf(&body, "[[\"%s\",\"in\",[", walk->source->scans[walk->scan].match);
	for (size_t i = 0; i < walk->n_targets; i++)
		buf_printf(&body, "%s%" PRId64, i ? "," : "", walk->targets[i]);
	buf_printf(&body, "]],[\"id\",\">\",%" PRId64 "]", walk->again.id);
	return send_by_id(walk, pull, walk->again.skip, &body, request, err);
}

/* Ids that are no numbers cannot exist here, so they are not asked for. */
static enum next ask_ids(struct walk *walk, struct pull *pull, struct http_request *request,
                         struct error *err)
{
	CLEANUP(buf_done) struct buf body;
	const char *comma = "";
	int64_t id;

	begin_search(&body, walk->source->model);
	buf_add_text(&body, "[[\"id\",\"in\",[");
	for (size_t i = 0; i < pull->n_ids; i++) {
		if (!parse_int64(pull->ids[i], 1, INT64_MAX, &id))
			continue;
		buf_printf(&body, "%s%" PRId64, comma, id);
		comma = ",";
	}
	buf_printf(&body, "]]%s],0,null,[[\"id\",\"ASC\"]],", walk->source->where ? walk->source->where : "");
	add_fields(walk, pull, &body);
	buf_add_char(&body, ',');
	return rpc_send(request, pull->batch->arena, pull->session, &body, ALSO_INACTIVE, err);
}

static void begin_scan(const struct scan *scan, struct buf *body)
{
	begin_search(body, scan->model);
	buf_printf(body, "[[\"write_date\",\"%s\",null]%s", scan->is_written ? "!=" : "=",
	           scan->where ? scan->where : "");
}

static enum next ask_newest(struct walk *walk, struct pull *pull, struct http_request *request,
                            struct error *err)
{
	CLEANUP(buf_done) struct buf body;
	const struct scan *scan = &walk->source->scans[walk->scan];

	begin_scan(scan, &body);
	buf_printf(&body, "],0,1,[[\"%s\",\"DESC\"],[\"id\",\"DESC\"]],[\"%s\"],", scan_column(scan),
	           scan_column(scan));
	return rpc_send(request, pull->batch->arena, pull->session, &body, ALSO_INACTIVE, err);
}

static void add_place(const struct place *place, const char *stamp, struct buf *body)
{
	if (place->id == WALK_BEHIND_ALL) {
		buf_printf(body, ",[\"%s\",\">\",", stamp);
		rpc_add_time(body, place->at_us);
		buf_add_text(body, "]");
		return;
	}
	buf_printf(body, ",[\"OR\",[\"%s\",\">\",", stamp);
	rpc_add_time(body, place->at_us);
	buf_printf(body, "],[[\"%s\",\"=\",", stamp);
	rpc_add_time(body, place->at_us);
	buf_printf(body, "],[\"id\",\">\",%" PRId64 "]]]", place->id);
}

static enum next ask_scan(struct walk *walk, struct pull *pull, struct http_request *request,
                          struct error *err)
{
	CLEANUP(buf_done) struct buf body;
	const struct scan *scan = &walk->source->scans[walk->scan];

	begin_scan(scan, &body);
	add_place(&walk->place, scan_column(scan), &body);
	buf_printf(&body, "],%" PRId64 ",%zu,[[\"%s\",\"ASC\"],[\"id\",\"ASC\"]],", walk->place.skip,
	           walk_limit(pull), scan_column(scan));
	if (scan->via)
		buf_printf(&body, "[\"%s\"%s]", scan_column(scan), scan->fields);
	else
		add_fields(walk, pull, &body);
	buf_add_char(&body, ',');
	return rpc_send(request, pull->batch->arena, pull->session, &body, ALSO_INACTIVE, err);
}

struct walk *walk_of(struct pull *pull, const struct source *source)
{
	if (!pull->state) {
		struct walk *walk = arena_alloc(pull->run_arena, sizeof(*walk));

		walk->source = source;
		pull->state = walk;
	}
	return pull->state;
}

enum next walk_ask(struct walk *walk, struct pull *pull, struct http_request *request, struct error *err)
{
	static enum next (*const asks[])(struct walk *, struct pull *, struct http_request *,
	                                 struct error *) = {
		[WALK_NEWEST] = ask_newest, [WALK_ALL] = ask_all, [WALK_SCAN] = ask_scan,
		[WALK_AGAIN] = ask_again,   [WALK_IDS] = ask_ids,
	};

	if (walk->phase == WALK_START && !begin(walk, pull, err))
		return NEXT_FAILED;
	if (walk->phase == WALK_END)
		return NEXT_DONE;
	return asks[walk->phase](walk, pull, request, err);
}
