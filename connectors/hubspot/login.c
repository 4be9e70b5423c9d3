/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "clock.h"
#include "json.h"
#include "number.h"

#define RENEW_EARLY_S 60			/* the vendor wants renewal before the end, not upon a 401 */
#define LOGIN_DONE 100

/* The same body everywhere; an account may know only some of them, so the next is tried on 404. */
static const char *const token_paths[][3] = {
	[HUBSPOT_CLASSIC] = { "/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token" },
	[HUBSPOT_2026_03] = { "/oauth/2026-03/token", "/oauth/v3/token", "/oauth/v1/token" },
};

enum next hubspot_login_ask(struct session *session, struct http_request *request, struct error *err)
{
	const struct hubspot_config *config = session->config;
	struct slice refresh_token = session->refresh_token ? slice_of(session->refresh_token) : config->refresh_token;

	(void)err;
	if (session->step == LOGIN_DONE)
		return NEXT_DONE;
	if (!slice_is_empty(config->token)) {
		session->token = arena_strndup(session->arena, config->token.data, config->token.len);
		session->expires_us = 0;
		session->step = LOGIN_DONE;
		return NEXT_DONE;
	}
	http_request_begin(request, session->arena, "POST", session->base_url,
			   token_paths[config->api][session->step]);
	http_request_header(request, "Accept", "application/json");
	http_request_form(request, "grant_type", SLICE("refresh_token"));
	http_request_form(request, "client_id", slice_of(config->client_id));
	http_request_form(request, "client_secret", config->client_secret);
	http_request_form(request, "refresh_token", refresh_token);
	return NEXT_REQUEST;
}

/* The token endpoint has words of its own: {"status":"BAD_REFRESH_TOKEN","message":…}, or OAuth's error pair. */
static bool login_refused(const struct http_response *response, struct error *err)
{
	struct slice status = SLICE(""), message = SLICE("");
	struct error ignored;
	json_t *tree = NULL;

	if (json_read(response->body, &tree, &ignored)) {
		status = hubspot_text(tree, "status");
		message = hubspot_text(tree, "message");
		if (slice_is_empty(status))
			status = hubspot_text(tree, "error");
		if (slice_is_empty(message))
			message = hubspot_text(tree, "error_description");
	}
	fail(err, ERROR_REFUSED, "cannot renew the access token: status %d %.*s %.*s", response->status,
	     SLICE_ARGS(status),
	     SLICE_ARGS(message));
	json_decref(tree);
	return false;
}

static const char *member_copy(struct arena *arena, const json_t *tree, const char *name)
{
	struct slice text = hubspot_text(tree, name);

	return slice_is_empty(text) ? NULL : arena_strndup(arena, text.data, text.len);
}

static int64_t early(int64_t expires_s)
{
	return expires_s > 2 * RENEW_EARLY_S ? expires_s - RENEW_EARLY_S : expires_s;
}

static bool token_take(struct session *session, const json_t *tree, struct error *err)
{
	const char *token = member_copy(session->arena, tree, "access_token");
	const char *refresh_token = member_copy(session->arena, tree, "refresh_token");
	const char *account_id = member_copy(session->arena, tree, "hub_id");
	int64_t expires_s;

	if (!token)
		return fail(err, ERROR_TRANSIENT, "the token answer has no access_token");
	session->token = token;
	if (refresh_token)
		session->refresh_token = refresh_token;
	if (account_id)
		session->account_id = account_id;
	session->expires_us = 0;
	if (parse_int64(hubspot_text(tree, "expires_in"), 1, INT32_MAX, &expires_s))
		session->expires_us = session->now_us + early(expires_s) * US_PER_S;
	session->step = LOGIN_DONE;
	return true;
}

bool hubspot_login_read(struct session *session, const struct http_response *response, struct error *err)
{
	json_t *tree;
	bool is_good;

	if (response->status == 404 && session->step < (int)ARRAY_SIZE(token_paths[0]) - 1) {
		session->step++;
		return true;
	}
	if (response->status >= 400)
		return login_refused(response, err);
	if (!hubspot_object_answer(session->arena, response, &tree, err))
		return false;
	is_good = token_take(session, tree, err);
	json_decref(tree);
	return is_good;
}

void hubspot_authorize(const struct session *session, struct http_request *request)
{
	if (session->token)
		http_request_secret(request, "Authorization",
				    arena_printf(request->arena, "Bearer %s", session->token));
}
