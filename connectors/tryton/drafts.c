/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "number.h"
#include "writes.h"

void draft_stamp(struct draft *draft, const char *model, struct slice id, struct slice stamp)
{
	if (slice_is_empty(stamp) || slice_is_empty(id))
		return;
	buf_printf(&draft->stamps, "%s\"%s,%.*s\":", draft->stamps.len ? "," : "", model, SLICE_ARGS(id));
	buf_add_json_string(&draft->stamps, stamp);
}

static void item_fail(struct push_item *item, const struct error *err)
{
	item->outcome = OUTCOME_FAILED;
	item->err = *err;
}

/* -- Drafts -- */

#define DRAFT_MAX (1024 * 1024)

static void draft_item(const struct write_ops *ops, struct push *push, struct writes *writes, size_t i,
                       const json_t *row)
{
	CLEANUP(buf_done) struct buf values = { 0 }, stamps = { 0 };
	struct push_item *item = &push->items[i];
	struct draft draft;
	struct error err = { 0 };

	buf_init(&draft.values, DRAFT_MAX);
	buf_init(&draft.stamps, DRAFT_MAX);
	if (!ops->draft(push, item, row, &draft, &err))
		item_fail(item, &err);
	values = draft.values;
	stamps = draft.stamps;
	if (item->outcome != OUTCOME_PENDING)
		return;
	if (values.full || stamps.full) {
		fail(&err, ERROR_RECORD, "the values are larger than %d bytes", DRAFT_MAX);
		item_fail(item, &err);
	} else if (!values.len && push->verb == PUSH_UPDATE) {
		item->outcome = OUTCOME_DONE;
	} else {
		writes->values[i] = arena_slice(push->arena, values.len ? buf_slice(&values) : SLICE(""));
		writes->stamps[i] = stamps.len ? arena_slice(push->arena, buf_slice(&stamps)) : SLICE("");
	}
}

struct writes *writes_new(const struct write_ops *ops, struct push *push)
{
	struct writes *writes = arena_alloc(push->arena, sizeof(*writes));

	writes->values = arena_array(push->arena, push->n_items, sizeof(*writes->values));
	writes->stamps = arena_array(push->arena, push->n_items, sizeof(*writes->stamps));
	writes->ranges[0] = (struct range){ 0, push->n_items };
	writes->n_ranges = 1;
	if (push->verb != PUSH_CREATE)
		return writes;
	for (size_t i = 0; i < push->n_items; i++)
		draft_item(ops, push, writes, i, NULL);
	writes->is_read = true;
	return writes;
}

/* -- Reading before writing -- */

enum next writes_ask_current(const struct write_ops *ops, struct push *push, struct http_request *request,
                             struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	const char *comma = "";
	int64_t id;

	rpc_begin(&body, arena_printf(push->arena, "model.%s.search_read", ops->model));
	buf_add_text(&body, "[[\"id\",\"in\",[");
	for (size_t i = 0; i < push->n_items; i++) {
		if (!parse_int64(push->items[i].remote_id, 1, INT64_MAX, &id))
			continue;
		buf_printf(&body, "%s%" PRId64, comma, id);
		comma = ",";
	}
	buf_printf(&body, "]]%s],0,null,[[\"id\",\"ASC\"]],%s,", ops->where ? ops->where : "", ops->fields);
	return rpc_send(request, push->arena, push->session, &body, NULL, err);
}

static void draft_row(const struct write_ops *ops, struct push *push, struct writes *writes,
                      const json_t *row)
{
	int64_t id, wanted;

	for (size_t i = 0; rpc_id(row, "id", &id) && i < push->n_items; i++)
		if (push->items[i].outcome == OUTCOME_PENDING &&
		    parse_int64(push->items[i].remote_id, 1, INT64_MAX, &wanted) && wanted == id)
			draft_item(ops, push, writes, i, row);
}

bool writes_read_current(const struct write_ops *ops, struct push *push, struct writes *writes,
                         const struct http_response *response, struct error *err)
{
	struct slice *rows;
	size_t n;

	if (!rpc_rows(push->arena, response, &rows, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(json_decref_p) json_t *row = NULL;

		if (!json_item(push->arena, rows[i], &row, err))
			return fail_in(err, "record");
		draft_row(ops, push, writes, row);
	}
	for (size_t i = 0; i < push->n_items; i++) /* the server leaves out what it does not have */
		if (push->items[i].outcome == OUTCOME_PENDING && slice_is_null(writes->values[i]))
			push->items[i].outcome = OUTCOME_GONE;
	writes->is_read = true;
	return true;
}
