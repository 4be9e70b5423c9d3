/* SPDX-License-Identifier: Apache-2.0 */
#include "salesforce.h"

#include "json.h"

#define QUOTA_RETRY_S 900			/* the quota is a rolling day and comes without Retry-After */
#define QUOTED_MAX 300				/* bytes of a message that go into an error's text */

/* The codes we know; the kind is what a whole answer with that code means. */
static const struct {
	const char *code;
	enum error_kind kind;
	enum trouble trouble;
} codes[] = {
	{ "REQUEST_LIMIT_EXCEEDED", ERROR_THROTTLED, TROUBLE_NONE },
	{ "INVALID_SESSION_ID", ERROR_EXPIRED, TROUBLE_NONE },
	{ "QUERY_TIMEOUT", ERROR_TRANSIENT, TROUBLE_TIMEOUT },
	{ "INVALID_QUERY_LOCATOR", ERROR_TRANSIENT, TROUBLE_LOCATOR },
	{ "INVALID_FIELD", ERROR_RECORD, TROUBLE_FIELD },
	{ "INVALID_TYPE", ERROR_REFUSED, TROUBLE_TYPE },
	{ "MALFORMED_QUERY", ERROR_REFUSED, TROUBLE_NONE },
	{ "UNABLE_TO_LOCK_ROW", ERROR_TRANSIENT, TROUBLE_NONE },
	{ "SERVER_UNAVAILABLE", ERROR_TRANSIENT, TROUBLE_NONE },
	{ "UNKNOWN_EXCEPTION", ERROR_TRANSIENT, TROUBLE_NONE },
	{ "ALL_OR_NONE_OPERATION_ROLLED_BACK", ERROR_TRANSIENT, TROUBLE_NONE },
	{ "STORAGE_LIMIT_EXCEEDED", ERROR_REFUSED, TROUBLE_NONE },
	{ "INSUFFICIENT_ACCESS_OR_READONLY", ERROR_RECORD, TROUBLE_NONE },
	{ "NOT_FOUND", ERROR_RECORD, TROUBLE_MISSING },
	{ "INSUFFICIENT_ACCESS", ERROR_REFUSED, TROUBLE_MISSING },
	{ "ENTITY_IS_DELETED", ERROR_RECORD, TROUBLE_NONE },
};

/* 401 texts of sessions that no new login will mend. */
static const char *const hopeless[] = {
	"Connected app is not attached to Agent",
	"This session is not valid for use with the REST API",
};

/* What a status means that came without a code we know. A proxy's page says as much with some of them as JSON would. */
static const struct {
	int status;
	enum error_kind kind;
	bool is_page_enough;
} statuses[] = {
	{ 401, ERROR_EXPIRED, true },	 { 403, ERROR_REFUSED, false },	  { 405, ERROR_REFUSED, false },
	{ 409, ERROR_TRANSIENT, false }, { 413, ERROR_TOO_LARGE, true },  { 414, ERROR_TOO_LARGE, true },
	{ 415, ERROR_REFUSED, false },	 { 420, ERROR_REFUSED, true },	  { 431, ERROR_TOO_LARGE, true },
	{ 500, ERROR_TRANSIENT, false }, { 502, ERROR_TRANSIENT, false }, { 504, ERROR_TRANSIENT, false },
	{ 408, ERROR_TRANSIENT, true },	 { 425, ERROR_TRANSIENT, true },  { 429, ERROR_THROTTLED, true },
	{ 503, ERROR_TRANSIENT, true },
};

/* First error of an error body. The slices are borrowed from root. */
struct remote_error {
	json_t *root;
	struct slice code, message;
	bool is_login;				/* the token endpoint's shape */
};

static void remote_error_done(struct remote_error *error)
{
	json_decref(error->root);
}

static struct remote_error remote_error_read(struct slice body)
{
	struct remote_error error = { 0 };
	struct error ignored = { 0 };
	const json_t *first;

	if (!json_read(body, &error.root, &ignored))
		return (struct remote_error){ 0 };
	first = json_is_array(error.root) ? json_array_get(error.root, 0) : error.root;
	if (!json_is_object(first))
		return error;
	error.code = json_text(first, "errorCode");
	error.message = json_text(first, "message");
	error.is_login = json_is_string(json_object_get(first, "error"));
	if (error.is_login) {
		error.code = json_text(first, "error");
		error.message = json_text(first, "error_description");
	}
	return error;
}

static bool is_hopeless(struct slice message)
{
	for (size_t i = 0; i < ARRAY_SIZE(hopeless); i++)
		if (message.len && memmem(message.data, message.len, hopeless[i], strlen(hopeless[i])))
			return true;
	return false;
}

enum error_kind salesforce_code_kind(struct slice code, enum error_kind other)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (slice_equal_text(code, codes[i].code))
			return codes[i].kind;
	return other;
}

static enum error_kind status_kind(int status, enum error_kind other)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].kind;
	return other;
}

static bool is_page_enough(int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].is_page_enough;
	return false;
}

static enum error_kind error_kind_of(const struct http_response *response, const struct remote_error *error)
{
	if (error->is_login)
		return response->status >= 500 ? ERROR_TRANSIENT : ERROR_REFUSED;
	if (response->status == 401 && is_hopeless(error->message))
		return ERROR_REFUSED;
	return salesforce_code_kind(error->code, status_kind(response->status, ERROR_RECORD));
}

/* JSON by its first character: some proxies lose the content type, and a login page never begins like this. */
static bool is_json(struct slice body)
{
	struct slice text = slice_trim(body);

	return text.len && (text.data[0] == '{' || text.data[0] == '[');
}

static bool not_json(const struct http_response *response, struct error *err)
{
	const char *type = http_response_header(response, "Content-Type");

	return fail(err, ERROR_TRANSIENT, "HTTP %d with %s instead of JSON: the org may be down or base_url wrong",
		    response->status, type ? type : "no content type");
}

/* Statuses whose meaning, Retry-After above all, is the same everywhere. */
static bool is_plain(int status)
{
	return status == 408 || status == 425 || status == 429 || status == 503;
}

static bool refuse(const struct http_response *response, const struct remote_error *error, struct error *err)
{
	enum error_kind kind = error_kind_of(response, error);
	struct slice message = slice_sub(error->message, 0, QUOTED_MAX);

	(void)fail(err, kind, "%sHTTP %d %.*s: %.*s", error->is_login ? "login refused: " : "", response->status,
		   SLICE_ARGS(error->code), message.data ? (int)message.len : 0, message.data ? message.data : "");
	err->retry_after_s = kind == ERROR_THROTTLED ? QUOTA_RETRY_S : 0;
	return false;
}

static bool refuse_plain(const struct http_response *response, struct error *err)
{
	if (response->status == 300)
		return fail(err, ERROR_RECORD, "HTTP 300: several records have this external id");
	if (response->status < 400)
		return fail(err, ERROR_TRANSIENT, "HTTP %d: redirected, which no API answer is", response->status);
	if (!is_page_enough(response->status) && slice_trim(response->body).len && !is_json(response->body))
		return not_json(response, err);
	if (is_plain(response->status) || status_kind(response->status, ERROR_NONE) == ERROR_NONE)
		return http_check(response, err);
	return fail(err, status_kind(response->status, ERROR_TRANSIENT), "HTTP %d without an error code",
		    response->status);
}

bool salesforce_verdict(const struct http_response *response, struct error *err)
{
	CLEANUP(remote_error_done) struct remote_error error = { 0 };

	if (response->status >= 200 && response->status < 300)
		return !slice_trim(response->body).len || is_json(response->body) || not_json(response, err);
	if (is_json(response->body))
		error = remote_error_read(response->body);
	if (slice_is_empty(error.code))
		return refuse_plain(response, err);
	if (is_plain(response->status) && salesforce_code_kind(error.code, ERROR_NONE) == ERROR_NONE)
		return http_check(response, err);
	return refuse(response, &error, err);
}

enum trouble salesforce_trouble(const struct http_response *response, struct error *err)
{
	CLEANUP(remote_error_done) struct remote_error error = { 0 };

	if (response->status < 400 || response->status >= 500 || !is_json(response->body))
		return TROUBLE_NONE;
	error = remote_error_read(response->body);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i].trouble == TROUBLE_NONE || !slice_equal_text(error.code, codes[i].code))
			continue;
		(void)refuse(response, &error, err);
		return codes[i].trouble;
	}
	return TROUBLE_NONE;
}

bool salesforce_check(const struct http_response *response, struct error *err)
{
	struct error ignored = { 0 };

	return salesforce_trouble(response, &ignored) != TROUBLE_NONE || salesforce_verdict(response, err);
}
