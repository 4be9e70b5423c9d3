/* SPDX-License-Identifier: Apache-2.0 */
#include "writes.h"

#include <inttypes.h>

#include "number.h"

#define WARNINGS_MAX 16 /* answered in one push; more is a loop */

/* -- Writing -- */

static bool is_due(const struct push *push, const struct writes *writes, size_t i)
{
	return push->items[i].outcome == OUTCOME_PENDING && !slice_is_null(writes->values[i]);
}

static size_t count_due(const struct push *push, const struct writes *writes, struct range range)
{
	size_t n = 0;

	for (size_t i = range.from; i < range.to; i++)
		n += is_due(push, writes, i);
	return n;
}

/* Answering twice does no harm, so it does not count as a change whose outcome must be known. */
static enum next ask_warning(struct push *push, struct writes *writes, struct http_request *request,
                             struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	rpc_begin(&body, "model.res.user.warning.create");
	buf_printf(&body, "[{\"user\":%s,\"always\":false,\"name\":", rpc_user(push->arena, push->session));
	buf_add_json_string(&body, slice_of(writes->warning));
	buf_add_text(&body, "}],");
	return rpc_send(request, push->arena, push->session, &body, NULL, err);
}

static void add_creates(struct push *push, struct writes *writes, struct range range, struct buf *body)
{
	const char *comma = "[";

	for (size_t i = range.from; i < range.to; i++) {
		if (!is_due(push, writes, i))
			continue;
		buf_printf(body, "%s{%.*s}", comma, SLICE_ARGS(writes->values[i]));
		comma = ",";
	}
	buf_add_text(body, "],");
}

static void add_updates(struct push *push, struct writes *writes, struct range range, struct buf *body)
{
	for (size_t i = range.from; i < range.to; i++)
		if (is_due(push, writes, i))
			buf_printf(body, "[%.*s],{%.*s},", SLICE_ARGS(push->items[i].remote_id),
			           SLICE_ARGS(writes->values[i]));
}

static const char *stamps_of(struct push *push, struct writes *writes, struct range range)
{
	CLEANUP(buf_done) struct buf stamps = { 0 };

	buf_init(&stamps, RPC_BODY_MAX);
	buf_add_text(&stamps, "\"_timestamp\":{");
	for (size_t i = range.from; i < range.to; i++) {
		if (!is_due(push, writes, i) || slice_is_empty(writes->stamps[i]))
			continue;
		if (stamps.data[stamps.len - 1] != '{')
			buf_add_char(&stamps, ',');
		buf_add_slice(&stamps, writes->stamps[i]);
	}
	buf_add_text(&stamps, "}");
	return stamps.full ? NULL : arena_strndup(push->arena, stamps.data, stamps.len);
}

static enum next ask_range(const struct write_ops *ops, struct push *push, struct writes *writes,
                           struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct range range = writes->ranges[writes->n_ranges - 1];
	bool is_create = push->verb == PUSH_CREATE;
	enum next next;

	rpc_begin(&body,
	          arena_printf(push->arena, "model.%s.%s", ops->model, is_create ? "create" : "write"));
	if (is_create)
		add_creates(push, writes, range, &body);
	else
		add_updates(push, writes, range, &body);
	next = rpc_send(request, push->arena, push->session, &body,
	                is_create ? NULL : stamps_of(push, writes, range), err);
	request->changes = true;
	return next;
}

enum next writes_ask(const struct write_ops *ops, struct push *push, struct http_request *request,
                     struct error *err)
{
	struct writes *writes = push->state;

	if (!writes)
		writes = push->state = writes_new(ops, push);
	if (!writes->is_read)
		return writes_ask_current(ops, push, request, err);
	while (writes->n_ranges && !count_due(push, writes, writes->ranges[writes->n_ranges - 1]))
		writes->n_ranges--;
	if (!writes->n_ranges)
		return NEXT_DONE;
	if (writes->warning)
		return ask_warning(push, writes, request, err);
	return ask_range(ops, push, writes, request, err);
}

/* -- Answers -- */

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Where the text has the value; NULL if nowhere. */
static const char *find_value(const char *text, struct slice value, bool in_quotes)
{
	const char *at = text, *found;

	while (value.len && (found = memmem(at, strlen(at), value.data, value.len))) {
		if (!in_quotes || (found > text && is_quote(found[-1]) && is_quote(found[value.len])))
			return found;
		at = found + 1;
	}
	return NULL;
}

/* The change whose value stands first in the text; NULL if none does. */
static const char *quoted_field(const struct push_item *item, const char *text, bool in_quotes)
{
	const char *field = NULL, *first = NULL;

	for (size_t i = 0; i < item->n_changes; i++) {
		const char *found = find_value(text, item->changes[i].value, in_quotes);

		if (!found || (first && first < found))
			continue;
		first = found;
		field = item->changes[i].field;
	}
	return field;
}

/*
 * The text is for people and translated, but it quotes the value it complains of, before the name of the
 * party. A wrong guess costs one more try: without that field the next refusal names another.
 */
static const char *blamed_field(const struct push_item *item, const char *text)
{
	const char *found = quoted_field(item, text, true);

	if (item->n_changes == 1)
		return item->changes[0].field;
	return found ? found : quoted_field(item, text, false);
}

static void refuse_one(struct push *push, struct writes *writes, struct range range,
                       const struct fault *fault)
{
	for (size_t i = range.from; i < range.to; i++) {
		if (!is_due(push, writes, i))
			continue;
		fail(&push->items[i].err, ERROR_RECORD, "the server says: %s", fault->text);
		push->items[i].err_field = blamed_field(&push->items[i], fault->text);
		push->items[i].outcome = OUTCOME_FAILED;
	}
}

/* Nothing of the range was stored: the bad item is looked for in its halves. */
static void refuse(struct push *push, struct writes *writes, const struct fault *fault)
{
	struct range range = writes->ranges[--writes->n_ranges];
	size_t middle = range.from + (range.to - range.from) / 2;

	if (count_due(push, writes, range) <= 1 || writes->n_ranges + 2 > RANGES_MAX) {
		refuse_one(push, writes, range, fault);
		return;
	}
	writes->ranges[writes->n_ranges++] = (struct range){ middle, range.to };
	writes->ranges[writes->n_ranges++] = (struct range){ range.from, middle };
}

static void accept_updates(struct push *push, struct writes *writes, struct range range)
{
	for (size_t i = range.from; i < range.to; i++)
		if (is_due(push, writes, i))
			push->items[i].outcome = OUTCOME_DONE;
}

/* Ids come in the order of the values. Missing ones leave their item open: the engine looks for it. */
static void accept_creates(struct push *push, struct writes *writes, struct range range, const json_t *ids)
{
	int64_t id;
	bool is_whole = json_array_size(ids) == count_due(push, writes, range);
	size_t n = 0;

	for (size_t i = range.from; i < range.to; i++) {
		if (!is_due(push, writes, i))
			continue;
		writes->values[i] = SLICE_NULL;
		if (!is_whole || !parse_int64(json_scalar(json_array_get(ids, n++)), 1, INT64_MAX, &id))
			continue;
		push->items[i].remote_id = slice_of(arena_printf(push->arena, "%" PRId64, id));
		push->items[i].outcome = OUTCOME_DONE;
	}
}

static bool accept(struct push *push, struct writes *writes, const struct http_response *response,
                   struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	struct range range = writes->ranges[writes->n_ranges - 1];

	if (!rpc_result(push->arena, response, &doc, err))
		return false;
	if (push->verb == PUSH_CREATE)
		accept_creates(push, writes, range, json_object_get(doc, "result"));
	else
		accept_updates(push, writes, range);
	writes->n_ranges--;
	return true;
}

static bool read_range(struct push *push, struct writes *writes, const struct http_response *response,
                       struct error *err)
{
	struct fault fault = rpc_fault(push->arena, response);

	switch (fault.kind) {
	case FAULT_NONE:
		return accept(push, writes, response, err);
	case FAULT_WARNING:
		if (++writes->n_warnings <= WARNINGS_MAX)
			writes->warning = fault.name;
		else
			refuse(push, writes, &fault);
		return true;
	case FAULT_USER:
	case FAULT_SERVER:
		refuse(push, writes, &fault);
		return true;
	case FAULT_CONFLICT:
	case FAULT_BUSY:
	case FAULT_LOGIN:
		break;
	}
	return rpc_fault_fail(&fault, err);
}

static bool read_warning(struct push *push, struct writes *writes, const struct http_response *response,
                         struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	struct fault fault = rpc_fault(push->arena, response);

	writes->warning = NULL;
	if (fault.kind == FAULT_NONE)
		return rpc_result(push->arena, response, &doc, err);
	refuse(push, writes, &fault);
	return true;
}

bool writes_read(const struct write_ops *ops, struct push *push, const struct http_response *response,
                 struct error *err)
{
	struct writes *writes = push->state;

	if (!writes->is_read)
		return writes_read_current(ops, push, writes, response, err);
	if (writes->warning)
		return read_warning(push, writes, response, err);
	return read_range(push, writes, response, err);
}
