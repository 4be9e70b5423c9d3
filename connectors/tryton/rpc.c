/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc.h"

#include <inttypes.h>

#include "clock.h"
#include "number.h"

void rpc_begin(struct buf *body, const char *method)
{
	buf_init(body, RPC_BODY_MAX);
	buf_printf(body, "{\"id\":1,\"method\":\"%s\",\"params\":[", method);
}

/* The address of the database must end with one slash, however the user wrote it. */
static void post(struct http_request *request, struct arena *arena, const char *base_url, struct slice body)
{
	http_request_begin(request, arena, "POST", base_url, "/");
	http_request_json(request, body);
}

enum next rpc_send_bare(struct http_request *request, struct arena *arena, const struct session *session,
                        struct buf *body, struct error *err)
{
	buf_add_text(body, "]}");
	if (body->full) {
		fail(err, ERROR_TOO_LARGE, "request is larger than %d bytes", RPC_BODY_MAX);
		return NEXT_FAILED;
	}
	post(request, arena, session->base_url, buf_slice(body));
	return NEXT_REQUEST;
}

/* session->context is the user's id, a blank, and the context as a JSON object. */
static const char *context_json(const struct session *session)
{
	const char *blank = session->context ? strchr(session->context, ' ') : NULL;

	return blank ? blank + 1 : "{}";
}

const char *rpc_user(struct arena *arena, const struct session *session)
{
	const char *context = session->context ? session->context : "";

	return arena_strndup(arena, context, strcspn(context, " "));
}

enum next rpc_send(struct http_request *request, struct arena *arena, const struct session *session,
                   struct buf *body, const char *extra, struct error *err)
{
	const char *context = context_json(session);
	size_t inner = strlen(context) - 1; /* without the closing brace */

	buf_add(body, context, inner);
	if (extra)
		buf_printf(body, "%s%s", inner > 1 ? "," : "", extra);
	buf_add_text(body, "}");
	return rpc_send_bare(request, arena, session, body, err);
}

/* -- Faults -- */

/* The server has tried five times by itself before it says one of these; nothing of the call was stored. */
static const char *const busy_texts[] = { "could not serialize access", "deadlock detected",
	                                  "could not obtain lock" };

static bool is_busy(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(busy_texts); i++)
		if (strstr(text, busy_texts[i]))
			return true;
	return false;
}

/* Texts of the server have line ends in them; ours are one line. */
static const char *one_line(struct arena *arena, struct slice text)
{
	char *line = arena_strndup(arena, text.data ? text.data : "", text.len);

	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return line;
}

static const struct {
	const char *name;
	enum fault_kind kind;
	size_t text; /* which of its arguments is the text; the one before it is the name */
} exceptions[] = {
	{ "UserError", FAULT_USER, 0 },
	{ "UserWarning", FAULT_WARNING, 1 },
	{ "LoginException", FAULT_LOGIN, 1 },
};

static struct fault fault_of(struct arena *arena, const json_t *error)
{
	struct slice name = json_scalar(json_array_get(error, 0));
	const json_t *detail = json_array_get(error, 1);
	struct fault fault = { .kind = FAULT_SERVER, .text = one_line(arena, name) };

	if (slice_equal_text(name, "ConcurrencyException")) {
		fault.kind = FAULT_CONFLICT;
		fault.text = "the record was changed by somebody else in the meantime";
	}
	for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++) {
		if (!slice_equal_text(name, exceptions[i].name))
			continue;
		fault.kind = exceptions[i].kind;
		fault.name = one_line(arena, json_scalar(json_array_get(detail, 0)));
		fault.text = one_line(arena, json_scalar(json_array_get(detail, exceptions[i].text)));
	}
	if (fault.kind == FAULT_SERVER && is_busy(fault.text))
		fault.kind = FAULT_BUSY;
	return fault;
}

struct fault rpc_fault(struct arena *arena, const struct http_response *response)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	struct error ignored = { 0 };
	struct fault none = { .kind = FAULT_NONE, .text = "" };

	if (!memmem(response->body.data, response->body.len, "\"error\"", 7))
		return none;
	if (!json_item(arena, response->body, &doc, &ignored) ||
	    !json_is_array(json_object_get(doc, "error")))
		return none;
	return fault_of(arena, json_object_get(doc, "error"));
}

bool rpc_fault_fail(const struct fault *fault, struct error *err)
{
	static const enum error_kind kinds[] = {
		[FAULT_NONE] = ERROR_TRANSIENT, [FAULT_USER] = ERROR_RECORD,
		[FAULT_WARNING] = ERROR_RECORD, [FAULT_CONFLICT] = ERROR_TRANSIENT,
		[FAULT_BUSY] = ERROR_TRANSIENT, [FAULT_LOGIN] = ERROR_REFUSED,
		[FAULT_SERVER] = ERROR_RECORD,
	};

	if (fault->kind == FAULT_NONE)
		return fail(err, ERROR_TRANSIENT, "the answer has neither a result nor an error");
	return fail(err, kinds[fault->kind], "the server says: %s", fault->text);
}

/* A large page is no fault and is not worth a second parse. */
#define FAULT_BODY_MAX (256 * 1024)

static bool check_fault(const struct http_response *response, struct error *err)
{
	if (response->body.len > FAULT_BODY_MAX)
		return true;

	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct fault fault = rpc_fault(arena, response);

	return fault.kind == FAULT_BUSY ? rpc_fault_fail(&fault, err) : true;
}

/*
 * 401 without a body: the session ran out. 401 with a page: wrong name or password, which must never be tried
 * again by itself, since the server delays every further attempt and locks the login after five. 429: it is
 * locked, for five minutes. Faults in a 200 are left to the readers, who know which items they concern.
 */
bool rpc_check(const struct http_response *response, struct error *err)
{
	if (response->status == 401 && !slice_is_empty(slice_trim(response->body)))
		return fail(err, ERROR_REFUSED, "login name or password is wrong");
	if (response->status == 404)
		return fail(err, ERROR_REFUSED,
		            "there is no such database: base_url is http(s)://host[:port]/database/");
	if (!http_check(response, err)) {
		if (err->kind == ERROR_THROTTLED && err->retry_after_s <= 0)
			err->retry_after_s = 300;
		return false;
	}
	if (!http_response_is_json(response))
		return fail(err, ERROR_TRANSIENT, "the answer is not JSON");
	return check_fault(response, err);
}

/* -- Results -- */

bool rpc_rows(struct arena *arena, const struct http_response *response, struct slice **ret_rows,
              size_t *ret_count, struct error *err)
{
	static const char *const path[] = { "result", NULL };
	struct error shape = { 0 };
	struct fault fault;

	if (json_split(arena, response->body, path, ret_rows, ret_count, NULL, &shape))
		return true;
	fault = rpc_fault(arena, response);
	if (fault.kind == FAULT_NONE)
		return fail(err, ERROR_TRANSIENT, "the answer is no list of records: %s", shape.text);
	return rpc_fault_fail(&fault, err);
}

bool rpc_result(struct arena *arena, const struct http_response *response, json_t **ret_doc,
                struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	struct error shape = { 0 };

	if (!json_item(arena, response->body, &doc, &shape))
		return fail(err, ERROR_TRANSIENT, "the answer cannot be read: %s", shape.text);
	if (!json_object_get(doc, "result")) {
		struct fault fault = rpc_fault(arena, response);

		return rpc_fault_fail(&fault, err);
	}
	*ret_doc = TAKE(doc);
	return true;
}

/* -- Values -- */

const json_t *rpc_member(const json_t *row, const char *path)
{
	const char *dot;

	while (row && (dot = strchr(path, '.'))) {
		char name[128];
		int len = snprintf(name, sizeof(name), "%.*s.", (int)(dot - path), path);

		if (len < 0 || (size_t)len >= sizeof(name))
			return NULL;
		row = json_object_get(row, name);
		path = dot + 1;
	}
	return row ? json_object_get(row, path) : NULL;
}

static bool part(const json_t *value, const char *name, int64_t max, int *ret)
{
	int64_t number = 0;

	if (json_object_get(value, name) && !parse_int64(json_text(value, name), 0, max, &number))
		return false;
	*ret = (int)number;
	return true;
}

static bool parts_of(const json_t *value, struct time_parts *parts)
{
	return part(value, "year", 9999, &parts->year) && part(value, "month", 12, &parts->month) &&
	       part(value, "day", 31, &parts->day) && part(value, "hour", 23, &parts->hour) &&
	       part(value, "minute", 59, &parts->minute) && part(value, "second", 59, &parts->second) &&
	       part(value, "microsecond", 999999, &parts->microsecond);
}

static bool join(const json_t *value, int64_t *ret_us)
{
	struct time_parts parts = { 0 };

	return parts_of(value, &parts) && time_join(parts, ret_us);
}

static bool text_of_decimal(struct arena *arena, const json_t *value, struct slice *ret)
{
	(void)arena;
	*ret = json_text(value, "decimal");
	return is_decimal(*ret);
}

static bool text_of_date(struct arena *arena, const json_t *value, struct slice *ret)
{
	int64_t us;

	if (!join(value, &us))
		return false;
	*ret = slice_sub(slice_of(time_print(arena, us)), 0, strlen("2026-01-31"));
	return true;
}

static bool text_of_datetime(struct arena *arena, const json_t *value, struct slice *ret)
{
	int64_t us;

	if (!join(value, &us))
		return false;
	*ret = slice_of(time_print(arena, us));
	return true;
}

static bool text_of_timedelta(struct arena *arena, const json_t *value, struct slice *ret)
{
	(void)arena;
	*ret = json_text(value, "seconds");
	return !slice_is_null(*ret);
}

static const struct {
	const char *name;
	bool (*read)(struct arena *arena, const json_t *value, struct slice *ret);
} classes[] = {
	{ "Decimal", text_of_decimal },
	{ "date", text_of_date },
	{ "datetime", text_of_datetime },
	{ "timedelta", text_of_timedelta },
};

bool rpc_text(struct arena *arena, const json_t *value, struct slice *ret, struct error *err)
{
	struct slice name;

	if (!json_is_object(value)) {
		*ret = value ? json_scalar(value) : SLICE_NULL;
		return true;
	}
	name = json_text(value, "__class__");
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (!slice_equal_text(name, classes[i].name))
			continue;
		if (classes[i].read(arena, value, ret))
			return true;
		return fail(err, ERROR_RECORD, "value of class %s cannot be read", classes[i].name);
	}
	return fail(err, ERROR_RECORD, "value of unknown class \"%.*s\"", SLICE_ARGS(slice_sub(name, 0, 40)));
}

bool rpc_time(const json_t *value, int64_t *ret_us)
{
	*ret_us = 0;
	return !value || json_is_null(value) || (json_is_object(value) && join(value, ret_us));
}

bool rpc_id(const json_t *row, const char *path, int64_t *ret)
{
	const json_t *value = rpc_member(row, path);

	return value && parse_int64(json_scalar(value), 1, INT64_MAX, ret);
}

void rpc_add_time(struct buf *body, int64_t us)
{
	struct time_parts t = time_split(us);

	buf_printf(
	        body,
	        "{\"__class__\":\"datetime\",\"year\":%d,\"month\":%d,\"day\":%d,\"hour\":%d,\"minute\":%d,"
	        "\"second\":%d,\"microsecond\":%d}",
	        t.year, t.month, t.day, t.hour, t.minute, t.second, t.microsecond);
}

void rpc_add_decimal(struct buf *body, struct slice amount)
{
	buf_add_text(body, "{\"__class__\":\"Decimal\",\"decimal\":");
	buf_add_json_string(body, amount);
	buf_add_text(body, "}");
}
