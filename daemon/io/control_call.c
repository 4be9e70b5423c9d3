/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "alloc.h"
#include "control_private.h"
#include "json.h"

#define PARSE_ERROR      -32700
#define INVALID_REQUEST  -32600
#define METHOD_NOT_FOUND -32601
#define INVALID_PARAMS   -32602
#define KIND_BASE        -32000

/* -- Answers -- */

static json_t *error_object(int code, const char *message, const char *kind)
{
	json_t *error = json_object();

	json_object_set_new(error, "code", json_integer(code));
	json_object_set_new(error, "message", json_string(message));
	if (kind)
		json_object_set_new(error, "data", json_pack("{s:s}", "kind", kind));
	return error;
}

/* Takes id (NULL: null) and value. */
static json_t *message_of(json_t *id, const char *member, json_t *value)
{
	json_t *message = json_object();

	json_object_set_new(message, "jsonrpc", json_string("2.0"));
	json_object_set_new(message, "id", id ? id : json_null());
	json_object_set_new(message, member, value ? value : json_null());
	return message;
}

static int append(const char *text, size_t len, void *arg)
{
	return buf_add(arg, text, len) ? 0 : -1;
}

static bool print(struct buf *out, const json_t *message)
{
	return json_dump_callback(message, append, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0 &&
	       buf_add_char(out, '\n');
}

static void send_message(struct peer *peer, json_t *message)
{
	json_auto_t *owned = message;
	struct buf out;

	buf_init(&out, OUT_MAX_BYTES / 2);
	if (!print(&out, owned)) {
		json_t *id = json_incref(json_object_get(owned, "id"));
		json_auto_t *instead = message_of(id, "error",
		                                  error_object(KIND_BASE - ERROR_TOO_LARGE,
		                                               "the answer is larger than 8 MiB",
		                                               error_kind_name(ERROR_TOO_LARGE)));
		buf_reset(&out);
		(void)print(&out, instead);
	}
	peer_write(peer, buf_slice(&out));
	buf_done(&out);
}

static void call_end(struct call *call, const char *member, json_t *value)
{
	struct peer *peer = call->peer;

	if (peer) {
		*call->link = call->next;
		if (call->next)
			call->next->link = call->link;
		peer->n_calls--;
	}
	if (peer && call->id)
		send_message(peer, message_of(call->id, member, value));
	else
		json_decref(value);
	if (!peer)
		json_decref(call->id);
	if (peer) /* lines that had to wait, or the end */
		task_queue(peer->control->loop, &peer->work);
	free(call);
}

void call_answer(struct call *call, json_t *result)
{
	call_end(call, "result", result ? result : json_null());
}

void call_fail(struct call *call, const struct error *err)
{
	call_end(call, "error",
	         error_object(KIND_BASE - (int)err->kind, err->text, error_kind_name(err->kind)));
}

void call_unknown(struct call *call)
{
	call_end(call, "error", error_object(METHOD_NOT_FOUND, "no such method", NULL));
}

enum role call_role(const struct call *call)
{
	return call->role;
}

uid_t call_uid(const struct call *call)
{
	return call->uid;
}

const char *call_actor(const struct call *call)
{
	return call->actor;
}

/* -- Requests -- */

static struct call *call_new(struct peer *peer, json_t *id)
{
	struct call *call = alloc_zeroed(1, sizeof(*call));

	call->peer = peer;
	call->id = json_incref(id);
	call->role = peer->role;
	call->uid = peer->uid;
	memcpy(call->actor, peer->actor, sizeof(call->actor));
	call->next = peer->calls;
	call->link = &peer->calls;
	if (call->next)
		call->next->link = &call->next;
	peer->calls = call;
	peer->n_calls++;
	return call;
}

void peer_orphan(struct peer *peer)
{
	for (struct call *call = peer->calls; call; call = call->next)
		call->peer = NULL;
	peer->calls = NULL;
	peer->n_calls = 0;
}

static void refuse(struct peer *peer, json_t *id, int code, const char *message)
{
	send_message(peer, message_of(json_incref(id), "error", error_object(code, message, NULL)));
}

static bool is_id(const json_t *id)
{
	return !id || json_is_string(id) || json_is_integer(id) || json_is_real(id) || json_is_null(id);
}

/* What is wrong with a request, NULL: nothing. */
static const char *complaint(const json_t *request)
{
	const char *version = json_string_value(json_object_get(request, "jsonrpc"));

	if (!json_is_object(request))
		return "a request is a JSON object";
	if (!version || strcmp(version, "2.0") != 0)
		return "member \"jsonrpc\" must be \"2.0\"";
	if (!json_is_string(json_object_get(request, "method")))
		return "member \"method\" must be a string";
	if (!is_id(json_object_get(request, "id")))
		return "member \"id\" must be a string, a number or null";
	return NULL;
}

static void take_request(struct peer *peer, const json_t *request)
{
	json_t *id = json_object_get(request, "id"), *params = json_object_get(request, "params");
	const char *wrong = complaint(request);

	if (wrong) {
		refuse(peer, is_id(id) ? id : NULL, INVALID_REQUEST, wrong);
		return;
	}
	if (params && !json_is_object(params)) {
		refuse(peer, id, INVALID_PARAMS, "member \"params\" must be an object");
		return;
	}
	json_auto_t *none = params ? NULL : json_object();
	struct call *call = call_new(peer, id);
	peer->control->handle(call, json_string_value(json_object_get(request, "method")),
	                      params ? params : none, peer->control->owner);
}

void peer_line(struct peer *peer, struct slice line)
{
	json_auto_t *request = NULL;
	struct error err = { 0 };

	if (slice_is_empty(slice_trim(line)))
		return;
	if (json_read(line, &request, &err))
		take_request(peer, request);
	else
		refuse(peer, NULL, PARSE_ERROR, err.text);
}
