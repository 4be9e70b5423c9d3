/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "clock.h"
#include "crypto.h"
#include "json.h"
#include "number.h"

#define SECONDS_A_DAY 86400
#define LOCKED_WAIT_S 2				/* 423: a bulk job holds the same records */
#define DAILY_WAIT_S 3600			/* it comes back at midnight, in a zone that no answer tells: ask hourly */
#define BURST_WAIT_MAX_S 30
#define MIGRATION_WAIT_S 600			/* 477 without Retry-After */

static const struct {
	const char *name;
	int wait_s;
} policies[] = { { "SECONDLY", 1 }, { "TEN_SECONDLY_ROLLING", 10 }, { "DAILY", DAILY_WAIT_S } };

static bool retry_after(const struct http_response *response, int64_t *ret)
{
	return parse_int64(slice_trim(slice_of(http_response_header(response, "Retry-After"))), 1, INT32_MAX,
			   ret);
}

/* The page on errors says milliseconds, answers have been seen with seconds: from 1000 on it is milliseconds. */
static int burst_wait(const struct http_response *response, int fallback_s)
{
	int64_t wait;

	if (!retry_after(response, &wait))
		return fallback_s;
	if (wait >= 1000)
		wait = (wait + 999) / 1000;
	return wait > BURST_WAIT_MAX_S ? BURST_WAIT_MAX_S : (int)wait;
}

static bool throttled(const struct http_response *response, struct error *err)
{
	struct error ignored;
	json_t *tree = NULL;
	struct slice policy = SLICE_NULL;
	int wait_s = 10;

	if (json_read(response->body, &tree, &ignored))
		policy = hubspot_text(tree, "policyName");
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (slice_equal_text(policy, policies[i].name))
			wait_s = policies[i].wait_s;
	if (wait_s < DAILY_WAIT_S)
		wait_s = burst_wait(response, wait_s);
	fail(err, ERROR_THROTTLED, "the rate limit %.*s is used up",
	     SLICE_ARGS(slice_is_empty(policy) ? SLICE("of the account") : policy));
	err->retry_after_s = wait_s;
	json_decref(tree);
	return false;
}

static bool migrating(const struct http_response *response, struct error *err)
{
	int64_t wait = MIGRATION_WAIT_S;

	if (!retry_after(response, &wait))
		wait = MIGRATION_WAIT_S;
	fail(err, ERROR_THROTTLED, "the account is moving between data centres (status 477)");
	err->retry_after_s = wait > SECONDS_A_DAY ? SECONDS_A_DAY : (int)wait;
	return false;
}

static bool locked(struct error *err)
{
	fail(err, ERROR_TRANSIENT, "the records are locked by a bulk job (status 423)");
	err->retry_after_s = LOCKED_WAIT_S;
	return false;
}

/* A proxy's login or maintenance page comes with status 200. Without a content type the first character decides. */
static bool body_is_json(const struct http_response *response, struct error *err)
{
	const char *type = http_response_header(response, "Content-Type");
	struct slice body = slice_trim(response->body);

	if (slice_is_empty(body))
		return true;
	if (type ? http_response_is_json(response) : body.data[0] == '{' || body.data[0] == '[')
		return true;
	return fail(err, ERROR_TRANSIENT, "the answer with status %d is %s, not JSON: a login or maintenance page?",
		    response->status, type ? type : "text");
}

static bool not_authorised(const struct http_response *response, struct error *err)
{
	struct error refusal = { 0 };

	(void)hubspot_refusal(response, &refusal);
	return fail(err, ERROR_EXPIRED, "the credentials are not accepted: %s", refusal.text);
}

bool hubspot_check(const struct http_response *response, struct error *err)
{
	switch (response->status) {
	case 400:
	case 403:
	case 404:
	case 409:
		return true;			/* what they mean depends on what was asked: see the readers */
	case 401:
		return not_authorised(response, err);
	case 414:
		return fail(err, ERROR_REFUSED, "the address is too long (status 414): fewer mapped fields are needed");
	case 423:
		return locked(err);
	case 429:
		return throttled(response, err);
	case 477:
		return migrating(response, err);
	default:
		return http_check(response, err) && body_is_json(response, err);
	}
}

static void scopes_add(struct buf *text, const json_t *tree)
{
	const json_t *scopes = json_path(tree, "context.missingScopes");
	const json_t *scope;
	size_t i;

	json_array_foreach(scopes, i, scope)
		buf_printf(text, "%s%s", i == 0 ? ", missing scopes: " : " ",
			   json_string_value(scope) ? json_string_value(scope) : "?");
}

bool hubspot_refusal(const struct http_response *response, struct error *err)
{
	enum error_kind kind = response->status == 403 ? ERROR_REFUSED : ERROR_RECORD;
	CLEANUP(buf_done) struct buf text = { 0 };
	struct error ignored;
	json_t *tree = NULL;

	buf_init(&text, HUBSPOT_BODY_MAX);
	buf_printf(&text, "status %d", response->status);
	if (json_read(response->body, &tree, &ignored)) {
		struct slice category = hubspot_text(tree, "category"), message = hubspot_text(tree, "message");

		if (!slice_is_empty(category))
			buf_printf(&text, " %.*s", SLICE_ARGS(category));
		if (!slice_is_empty(message))
			buf_printf(&text, ": %.*s", SLICE_ARGS(message));
		scopes_add(&text, tree);
	}
	json_decref(tree);
	return fail(err, kind, "%s", text.data);
}

bool hubspot_is_error(const struct http_response *response)
{
	struct error ignored;
	json_t *tree = NULL;
	bool is = json_read(response->body, &tree, &ignored) && json_is_object(tree);

	json_decref(tree);
	return is;
}

bool hubspot_object_answer(struct arena *arena, const struct http_response *response, json_t **ret,
			   struct error *err)
{
	struct error detail = { 0 };
	json_t *tree = NULL;

	if (response->status >= 400)
		return hubspot_refusal(response, err);
	if (!json_item(arena, response->body, &tree, &detail))
		return fail(err, ERROR_TRANSIENT, "the answer cannot be read: %s", detail.text);
	if (!json_is_object(tree)) {
		json_decref(tree);
		return fail(err, ERROR_TRANSIENT, "the answer is not an object");
	}
	*ret = tree;
	return true;
}

bool hubspot_page_read(struct arena *arena, const struct http_response *response, struct hubspot_page *ret,
		       struct error *err)
{
	static const char *const path[] = { "results", NULL };
	struct hubspot_page page = { 0 };
	struct error detail = { 0 };
	struct slice rest;
	json_t *tree = NULL;

	if (response->status >= 400)
		return hubspot_refusal(response, err);
	if (!json_split(arena, response->body, path, &page.items, &page.n_items, &rest, &detail) ||
	    !json_item(arena, rest, &tree, &detail))
		return fail(err, ERROR_TRANSIENT, "the answer is not a page of results: %s", detail.text);
	page.after = arena_slice(arena, json_scalar(json_path(tree, "paging.next.after")));
	if (slice_is_null(page.after))
		page.after = SLICE("");
	json_decref(tree);
	*ret = page;
	return true;
}

/* The id of an item that is no good JSON: what follows a first "id": in its text. */
static struct slice raw_id(struct slice raw)
{
	const char *at = raw.len > 0 ? memmem(raw.data, raw.len, "\"id\":", 5) : NULL;
	size_t start, end;

	if (!at)
		return SLICE("");
	start = (size_t)(at - raw.data) + 5;
	while (start < raw.len && (raw.data[start] == ' ' || raw.data[start] == '"'))
		start++;
	for (end = start; end < raw.len && raw.data[end] >= '0' && raw.data[end] <= '9';)
		end++;
	return slice_sub(raw, start, end - start);
}

void hubspot_park(struct batch *batch, const char *object, const json_t *item, struct slice raw,
		  const struct error *err)
{
	batch_park(batch, object, item ? hubspot_text(item, "id") : raw_id(raw), raw, err);
}

bool hubspot_time(struct slice text, int64_t *ret_us)
{
	int64_t ms;

	if (parse_int64(text, INT64_MIN / 1000, INT64_MAX / 1000, &ms)) {
		*ret_us = ms * 1000;
		return true;
	}
	return !slice_is_empty(text) && time_parse(text, ret_us);
}

int64_t hubspot_time_or(const json_t *object, const char *name, int64_t fallback_us)
{
	int64_t us;

	return hubspot_time(hubspot_text(object, name), &us) ? us : fallback_us;
}

struct slice hubspot_text(const json_t *object, const char *name)
{
	struct slice text = json_text(object, name);

	return slice_is_null(text) ? SLICE("") : text;
}

bool hubspot_existing_id(struct slice message, struct slice *ret)
{
	static const char words[] = "Existing ID:";
	const char *at = message.len > 0 ? memmem(message.data, message.len, words, sizeof(words) - 1) : NULL;
	struct slice rest;
	size_t n = 0;

	if (!at)
		return false;
	rest = slice_trim(slice_sub(message, (size_t)(at - message.data) + sizeof(words) - 1, message.len));
	while (n < rest.len && rest.data[n] >= '0' && rest.data[n] <= '9')
		n++;
	*ret = slice_sub(rest, 0, n);
	return n > 0;
}

struct slice hubspot_hash_id(struct arena *arena, const struct slice *parts, size_t n_parts)
{
	struct digest digest = sha256(parts, n_parts);

	return slice_sub(digest_hex(arena, &digest), 0, 32);
}
