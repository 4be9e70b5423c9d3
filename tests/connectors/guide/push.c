/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing people: POST /v1/people/batch takes up to 100 items, each {"op", "ref", …}, and answers with a
 * result each, in any order: {"ref", "status", "id", "field", "message"}. "create" with an external_id that
 * is there already writes nothing.
 */
#include "acme.h"

#include "json.h"
#include "number.h"

#define BODY_MAX ((size_t)8 << 20)

static const char *const ops[] = { [PUSH_FIND] = "find", [PUSH_CREATE] = "create", [PUSH_UPDATE] = "update" };

static const struct {
	const char *status;
	enum outcome outcome;
} outcomes[] = {
	{ "ok", OUTCOME_DONE },   { "exists", OUTCOME_FOUND },   { "none", OUTCOME_DONE },
	{ "gone", OUTCOME_GONE }, { "refused", OUTCOME_FAILED },
};

static void add_text(struct buf *body, const char *name, struct slice value)
{
	if (slice_is_empty(value))
		return;
	(void)buf_printf(body, ",\"%s\":", name);
	(void)buf_add_json_string(body, value);
}

static void add_item(const struct push *push, size_t i, struct buf *body)
{
	const struct push_item *item = &push->items[i];

	(void)buf_printf(body, "%s{\"op\":\"%s\",\"ref\":\"%zu\"", i ? "," : "", ops[push->verb], i);
	if (push->verb == PUSH_UPDATE)
		add_text(body, "id", item->remote_id);
	else if (push->has_key_field)
		add_text(body, "external_id", slice_of(item->key));
	if (push->verb == PUSH_FIND)
		add_text(body, "email", item->email);
	for (size_t c = 0; c < item->n_changes && push->verb != PUSH_FIND; c++) {
		(void)buf_add_text(body, c ? "," : ",\"set\":{");
		(void)buf_add_json_string(body, slice_of(item->changes[c].field));
		(void)buf_add_char(body, ':');
		(void)buf_add_json_string(body, item->changes[c].value);
	}
	(void)buf_add_text(body, item->n_changes && push->verb != PUSH_FIND ? "}}" : "}");
}

enum next acme_push_ask(struct push *push, struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	if (push->step)
		return NEXT_DONE;
	buf_init(&body, BODY_MAX);
	(void)buf_add_text(&body, "{\"items\":[");
	for (size_t i = 0; i < push->n_items; i++)
		add_item(push, i, &body);
	(void)buf_add_text(&body, "]}");
	if (body.full) {
		(void)fail(err, ERROR_TOO_LARGE, "the items take more than %zu bytes", BODY_MAX);
		return NEXT_FAILED;
	}
	http_request_begin(request, request->arena, "POST", push->session->base_url, "/v1/people/batch");
	http_request_json(request, arena_slice(request->arena, buf_slice(&body)));
	request->changes = push->verb != PUSH_FIND;
	return NEXT_REQUEST;
}

static void read_result(const struct push *push, const json_t *result)
{
	struct slice status = json_text(result, "status"), field = json_text(result, "field");
	struct push_item *item;
	int64_t ref;

	if (!parse_int64(json_text(result, "ref"), 0, (int64_t)push->n_items - 1, &ref))
		return;
	item = &push->items[ref];
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (slice_equal_text(status, outcomes[i].status))
			item->outcome = outcomes[i].outcome;
	if (!slice_is_empty(json_text(result, "id")))
		item->remote_id = arena_slice(push->arena, json_text(result, "id"));
	if (item->outcome != OUTCOME_FAILED)
		return;
	(void)fail(&item->err, ERROR_RECORD, "%.*s", SLICE_ARGS(json_text(result, "message")));
	item->err_field = slice_is_empty(field) ? NULL : arena_slice(push->arena, field).data;
}

/* An item without a result stays OUTCOME_PENDING: nobody knows, so it is looked up. */
bool acme_push_read(struct push *push, const struct http_response *response, struct error *err)
{
	CLEANUP(json_decref_p) json_t *answer = NULL;
	const json_t *results;

	if (!acme_is_json(response, err) || !json_item(push->arena, response->body, &answer, err)) {
		err->kind = push->verb == PUSH_FIND ? ERROR_TRANSIENT : ERROR_UNCERTAIN;
		return false;
	}
	results = json_object_get(answer, "results");
	for (size_t i = 0; i < json_array_size(results); i++)
		read_result(push, json_array_get(results, i));
	push->step = 1;
	return true;
}
