/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An alert is a note on the opportunity, or on the party: Tryton has no tasks. A note is unread for everyone
 * but its author, and the client shows the number of unread ones on the record. So our login should be
 * nobody's own.
 */
#include <inttypes.h>

#include "number.h"
#include "rpc.h"
#include "tryton.h"

static const char *resource_of(struct notice *notice)
{
	const struct {
		const char *model;
		struct slice id;
	} candidates[] = {
		{ "sale.opportunity", notice->opportunity_id },
		{ "party.party", notice->person_id },
		{ "party.party", notice->account_id },
	};
	int64_t id;

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (parse_int64(candidates[i].id, 1, INT64_MAX, &id))
			return arena_printf(notice->arena, "%s,%" PRId64, candidates[i].model, id);
	return NULL;
}

/* Found by its resource and by the key in its last line; like knows %, _ and \ . */
static void add_find(struct notice *notice, const char *resource, struct buf *body)
{
	buf_printf(body, "[[\"resource\",\"=\",\"%s\"],[\"message\",\"like\",\"%%", resource);
	for (const char *c = notice->key; *c; c++) {
		if (strchr("%_\\", *c))
			buf_add_text(body, "\\\\");
		if (strchr("\"\\", *c))
			buf_add_char(body, '\\');
		buf_add_char(body, *c);
	}
	buf_add_text(body, "%\"]],0,1,[[\"id\",\"ASC\"]],[\"create_date\"],");
}

static void add_note(struct notice *notice, const char *resource, struct buf *body)
{
	const char *message = arena_printf(notice->arena, "%s\n\n%s", notice->subject, notice->body);

	buf_printf(body, "[{\"resource\":\"%s\",\"message\":", resource);
	buf_add_json_string(body, slice_of(message));
	buf_add_text(body, "}],");
}

enum next tryton_notice_ask(struct notice *notice, struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	const char *resource = resource_of(notice);
	enum next next;

	if (notice->outcome != OUTCOME_PENDING)
		return NEXT_DONE;
	if (!resource) {
		fail(&notice->err, ERROR_RECORD,
		     "the alert has neither an opportunity nor a party to stand on");
		notice->outcome = OUTCOME_FAILED;
		return NEXT_DONE;
	}
	rpc_begin(&body, notice->find ? "model.ir.note.search_read" : "model.ir.note.create");
	if (notice->find)
		add_find(notice, resource, &body);
	else
		add_note(notice, resource, &body);
	next = rpc_send(request, notice->arena, notice->session, &body, NULL, err);
	request->changes = !notice->find;
	return next;
}

static bool read_found(struct notice *notice, const struct http_response *response, struct error *err)
{
	CLEANUP(json_decref_p) json_t *row = NULL;
	struct slice *rows;
	size_t n;

	if (!rpc_rows(notice->arena, response, &rows, &n, err))
		return false;
	if (n && !json_item(notice->arena, rows[0], &row, err))
		return false;
	notice->outcome = n ? OUTCOME_FOUND : OUTCOME_GONE;
	if (n)
		notice->remote_id = arena_slice(notice->arena, json_text(row, "id"));
	return true;
}

/* The server says "A value is required" when the record it should stand on is gone. */
static bool refuse(struct notice *notice, const struct fault *fault, struct error *err)
{
	if (fault->kind == FAULT_BUSY || fault->kind == FAULT_CONFLICT || fault->kind == FAULT_LOGIN)
		return rpc_fault_fail(fault, err);
	rpc_fault_fail(fault, &notice->err);
	notice->outcome = OUTCOME_FAILED;
	return true;
}

bool tryton_notice_read(struct notice *notice, const struct http_response *response, struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	struct fault fault = rpc_fault(notice->arena, response);
	struct slice id;

	if (notice->find)
		return read_found(notice, response, err);
	if (fault.kind != FAULT_NONE)
		return refuse(notice, &fault, err);
	if (!rpc_result(notice->arena, response, &doc, err))
		return false;
	id = json_scalar(json_array_get(json_object_get(doc, "result"), 0));
	if (slice_is_empty(id))
		return fail(err, ERROR_UNCERTAIN, "the answer does not name the new note");
	notice->remote_id = arena_slice(notice->arena, id);
	notice->outcome = OUTCOME_DONE;
	return true;
}
