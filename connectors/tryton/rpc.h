/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Rpc: the envelope of Tryton's JSON-RPC and its typed values.
 *
 * A call is a POST of {"id":1,"method":…,"params":[…]} to the database's address; the context comes last.
 * The body is written piece by piece:
 *
 *	CLEANUP(buf_done) struct buf body;
 *	rpc_begin(&body, "model.party.party.search_read");
 *	buf_printf(&body, …);				each parameter with a comma behind it
 *	return rpc_send(request, arena, session, &body, NULL, err);
 *
 * An answer has either "result" or "error". Trees come from json_item(), so numbers in them are text.
 */
#include "arena.h"
#include "buf.h"
#include "connector.h"
#include "error.h"
#include "json.h"
#include "slice.h"

#define RPC_BODY_MAX (8 * 1024 * 1024)

/* What the server says in place of a result. */
enum fault_kind {
	FAULT_NONE,
	FAULT_USER,     /* validation, rights, missing id: final; the text is for people */
	FAULT_WARNING,  /* "are you sure?": answered by its name, then the call is repeated */
	FAULT_CONFLICT, /* changed since the stamp we sent: read again, decide again */
	FAULT_BUSY,     /* lost against another transaction, nothing was stored: the same call again */
	FAULT_LOGIN,
	FAULT_SERVER, /* anything else: two plain strings */
};

struct fault {
	enum fault_kind kind;
	const char *name; /* FAULT_WARNING: what to answer */
	const char *text;
};

void rpc_begin(struct buf *body, const char *method); /* inits body; buf_done() is the caller's */
/* Adds the context, with `extra` members (JSON text without braces) or NULL, and fills in the request. */
enum next rpc_send(struct http_request *request, struct arena *arena, const struct session *session,
                   struct buf *body, const char *extra, struct error *err);
/* The same without a context and without a session: for common.db.login. */
enum next rpc_send_bare(struct http_request *request, struct arena *arena, const struct session *session,
                        struct buf *body, struct error *err);

const char *rpc_user(struct arena *arena, const struct session *session); /* our user's id */

bool rpc_check(const struct http_response *response, struct error *err); /* connector_ops.check */
struct fault rpc_fault(struct arena *arena, const struct http_response *response);
bool rpc_fault_fail(const struct fault *fault, struct error *err); /* always false, as fail() */

/* The rows of a result that is a list, each a slice of the body; false for a fault and for another shape. */
bool rpc_rows(struct arena *arena, const struct http_response *response, struct slice **ret_rows,
              size_t *ret_count, struct error *err) MUST_CHECK;
/* The whole answer of a small result, owned by the caller; the result is json_object_get(doc, "result"). */
bool rpc_result(struct arena *arena, const struct http_response *response, json_t **ret_doc,
                struct error *err) MUST_CHECK;

/* -- Values -- */

/* A member by Tryton's path: "party.name" is member "name" of member "party."; NULL if missing. */
const json_t *rpc_member(const json_t *row, const char *path);
/* As record.h wants it: Decimal, date and datetime in text. Missing: null slice, null: empty. Borrowed or in
 * arena. */
bool rpc_text(struct arena *arena, const json_t *value, struct slice *ret, struct error *err) MUST_CHECK;
bool rpc_time(const json_t *value, int64_t *ret_us) MUST_CHECK; /* missing or null: 0 */
bool rpc_id(const json_t *row, const char *path, int64_t *ret) MUST_CHECK;
void rpc_add_time(struct buf *body, int64_t us);
void rpc_add_decimal(struct buf *body, struct slice amount);
