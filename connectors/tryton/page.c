/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "rpc.h"
#include "walk.h"

/* -- Records -- */

bool row_times(const json_t *row, struct row_times *ret, struct error *err)
{
	if (!rpc_time(json_object_get(row, "write_date"), &ret->written_us) ||
	    !rpc_time(json_object_get(row, "create_date"), &ret->created_us))
		return fail(err, ERROR_RECORD, "the time of change cannot be read");
	return true;
}

struct record *walk_add(struct pull *pull, const char *object, enum entity entity, struct slice id,
                        const struct row_times *times, const struct slice *values)
{
	struct record *record = batch_add(pull->batch, object, entity, id);

	record->modified_us = times->written_us ? times->written_us : times->created_us;
	record->created_us = times->created_us;
	for (size_t i = 0; i < pull->n_fields; i++)
		batch_set(pull->batch, record, i, values[i]);
	return record;
}

/* -- Read -- */

static bool read_newest(struct walk *walk, struct pull *pull, const struct http_response *response,
                        struct error *err)
{
	CLEANUP(json_decref_p) json_t *row = NULL;
	struct slice *rows;
	size_t n;
	int64_t stamp_us = 0;

	if (!rpc_rows(pull->batch->arena, response, &rows, &n, err))
		return false;
	if (n && !json_item(pull->batch->arena, rows[0], &row, err))
		return false;
	if (n && !rpc_time(rpc_member(row, scan_column(&walk->source->scans[walk->scan])), &stamp_us))
		return fail(err, ERROR_TRANSIENT, "the newest record of %s has no time",
		            walk->source->scans[walk->scan].model);
	walk_reach(&walk->marks[walk->scan], stamp_us, pull->now_us);
	pull->is_open = true;
	if (++walk->scan == walk->source->n_scans)
		walk_enter_all(walk);
	return true;
}

static struct place *place_of(struct walk *walk)
{
	return walk->phase == WALK_AGAIN ? &walk->again : &walk->place;
}

static bool is_beyond(const struct place *place, int64_t at_us, int64_t id)
{
	if (at_us != place->at_us)
		return at_us > place->at_us;
	return place->id != WALK_BEHIND_ALL && id > place->id;
}

/* Where a row stands in the order of its page. */
static bool row_place(struct walk *walk, const json_t *row, int64_t *ret_at_us, int64_t *ret_id)
{
	*ret_at_us = 0;
	if (!rpc_id(row, "id", ret_id))
		return false;
	if (walk->phase != WALK_SCAN)
		return true;
	return rpc_time(rpc_member(row, scan_column(&walk->source->scans[walk->scan])), ret_at_us) &&
	       *ret_at_us;
}

static bool take_target(struct walk *walk, const json_t *row, int64_t stamp_us, struct error *err)
{
	const struct scan *scan = &walk->source->scans[walk->scan];

	if (scan->is_needed && !scan->is_needed(row, stamp_us))
		return true;
	if (!rpc_id(row, scan->via, &walk->targets[walk->n_targets]))
		return fail(err, ERROR_RECORD, "%s is not an id", scan->via);
	walk->n_targets++;
	return true;
}

static bool take_row(struct walk *walk, struct pull *pull, const json_t *row, int64_t stamp_us,
                     struct error *err)
{
	if (walk->phase == WALK_SCAN && walk->source->scans[walk->scan].via)
		return take_target(walk, row, stamp_us, err);
	return walk->source->row(pull, row, json_scalar(json_object_get(row, "id")), err);
}

/* One row of a page. An unreadable one is parked; false only when the server does not go forward. */
static bool visit(struct walk *walk, struct pull *pull, struct slice raw, struct error *err)
{
	CLEANUP(json_decref_p) json_t *row = NULL;
	struct place *place = place_of(walk);
	struct error reason = { 0 };
	int64_t at_us, id;

	if (!json_item(pull->batch->arena, raw, &row, &reason)) {
		batch_park(pull->batch, walk->source->object, SLICE_NULL, raw, &reason);
		place->skip++;
		return true;
	}
	if (!row_place(walk, row, &at_us, &id)) {
		fail(&reason, ERROR_RECORD, "the record has no id or no time of change");
		batch_park(pull->batch, walk->source->object, SLICE_NULL, raw, &reason);
		place->skip++;
		return true;
	}
	if (!is_beyond(place, at_us, id))
		return fail(err, ERROR_TRANSIENT, "record %" PRId64 " came twice or out of order", id);
	*place = (struct place){ .at_us = at_us, .id = id };
	if (!take_row(walk, pull, row, at_us, &reason))
		batch_park(pull->batch, walk->source->object, json_scalar(json_object_get(row, "id")), raw,
		           &reason);
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void sort_targets(struct walk *walk)
{
	size_t n = 0;

	qsort(walk->targets, walk->n_targets, sizeof(*walk->targets), compare_ids);
	for (size_t i = 0; i < walk->n_targets; i++)
		if (!n || walk->targets[i] != walk->targets[n - 1])
			walk->targets[n++] = walk->targets[i];
	walk->n_targets = n;
}

static void end_scan_page(struct walk *walk, struct pull *pull, bool is_last)
{
	walk->is_last_page = is_last;
	if (walk->n_targets) {
		sort_targets(walk);
		walk->phase = WALK_AGAIN;
		walk->again = (struct place){ 0 };
		pull->is_open = true;
		return;
	}
	if (is_last)
		walk_leave_scan(walk, pull);
	pull->is_open = false;
	walk_save(walk, pull);
}

static void end_again_page(struct walk *walk, struct pull *pull, bool is_last)
{
	if (!is_last)
		return;
	walk->phase = WALK_SCAN;
	walk->n_targets = 0;
	end_scan_page(walk, pull, walk->is_last_page);
}

/* What changed meanwhile is for the next pass, whose marks were taken before this one. */
static void end_all_page(struct walk *walk, struct pull *pull, bool is_last)
{
	if (is_last)
		walk->phase = WALK_END;
	pull->is_open = false;
	walk_save(walk, pull);
}

static void end_ids_page(struct walk *walk, struct pull *pull, bool is_last)
{
	(void)is_last;
	pull->is_open = false;
	walk->phase = WALK_END;
}

static bool read_page(struct walk *walk, struct pull *pull, const struct http_response *response,
                      struct error *err)
{
	static void (*const ends[])(struct walk *, struct pull *, bool) = {
		[WALK_ALL] = end_all_page,
		[WALK_SCAN] = end_scan_page,
		[WALK_AGAIN] = end_again_page,
		[WALK_IDS] = end_ids_page,
	};
	struct slice *rows;
	size_t n;

	if (!rpc_rows(pull->batch->arena, response, &rows, &n, err))
		return false;
	if (walk->phase == WALK_SCAN) {
		walk->targets = arena_array(pull->batch->arena, n + 1, sizeof(*walk->targets));
		walk->n_targets = 0;
	}
	for (size_t i = 0; i < n; i++)
		if (!visit(walk, pull, rows[i], err))
			return false;
	ends[walk->phase](walk, pull, n < walk_limit(pull));
	return true;
}

bool walk_read(struct walk *walk, struct pull *pull, const struct http_response *response, struct error *err)
{
	if (walk->phase == WALK_NEWEST)
		return read_newest(walk, pull, response, err);
	return read_page(walk, pull, response, err);
}
