/* SPDX-License-Identifier: Apache-2.0 */
/* The token endpoint: help.salesforce.com, "OAuth Authorization Flows". One request, whatever the flow. */
#include "salesforce.h"

#include "clock.h"
#include "crypto.h"
#include "json.h"
#include "number.h"

#define JWT_LIFE_S 180
#define JWT_MAX 4096
#define TOKEN_LIFE_MAX_S (366 * 86400)

static void form_client_credentials(struct session *session, struct http_request *request)
{
	const struct salesforce_config *config = session->config;

	http_request_form(request, "grant_type", SLICE("client_credentials"));
	http_request_form(request, "client_id", slice_of(config->client_id));
	http_request_form(request, "client_secret", config->client_secret);
}

static void form_refresh_token(struct session *session, struct http_request *request)
{
	const struct salesforce_config *config = session->config;

	http_request_form(request, "grant_type", SLICE("refresh_token"));
	http_request_form(request, "client_id", slice_of(config->client_id));
	if (!slice_is_empty(config->client_secret))
		http_request_form(request, "client_secret", config->client_secret);
	http_request_form(request, "refresh_token",
			  session->refresh_token ? slice_of(session->refresh_token) : config->refresh_token);
}

static void claim(struct buf *json, const char *name, const char *value)
{
	(void)buf_printf(json, "%s\"%s\":", json->len ? "," : "{", name);
	(void)buf_add_json_string(json, slice_of(value));
}

static bool jwt_sign(const struct session *session, struct slice *ret, struct error *err)
{
	const struct salesforce_config *config = session->config;
	CLEANUP(buf_done) struct buf claims = { 0 };
	struct slice head, body, signature, signed_part;

	buf_init(&claims, JWT_MAX);
	claim(&claims, "iss", config->client_id);
	claim(&claims, "sub", config->username);
	claim(&claims, "aud", config->audience);
	(void)buf_printf(&claims, ",\"exp\":%lld}", (long long)(session->now_us / US_PER_S + JWT_LIFE_S));
	if (claims.full)
		return fail(err, ERROR_CONFIG, "the claims of auth.client_id, auth.username and auth.audience "
			    "are longer than %d bytes", JWT_MAX);
	head = base64url_encode(session->arena, SLICE("{\"alg\":\"RS256\"}"));
	body = base64url_encode(session->arena, buf_slice(&claims));
	signed_part = slice_of(arena_printf(session->arena, "%.*s.%.*s", SLICE_ARGS(head), SLICE_ARGS(body)));
	if (!rs256_sign(session->arena, config->private_key, signed_part, &signature, err))
		return fail_in(err, "auth.private_key");
	signature = base64url_encode(session->arena, signature);
	*ret = slice_of(arena_printf(session->arena, "%.*s.%.*s", SLICE_ARGS(signed_part), SLICE_ARGS(signature)));
	return true;
}

static bool form_jwt(struct session *session, struct http_request *request, struct error *err)
{
	struct slice assertion;

	if (!jwt_sign(session, &assertion, err))
		return false;
	http_request_form(request, "grant_type", SLICE("urn:ietf:params:oauth:grant-type:jwt-bearer"));
	http_request_form(request, "assertion", assertion);
	return true;
}

/* Without auth.login_url every flow goes to the org's own host, which takes them all. */
static const char *login_base(const struct session *session)
{
	const struct salesforce_config *config = session->config;
	struct slice base = slice_of(config->login_url && config->login_url[0] ? config->login_url : session->base_url);

	while (slice_ends(base, "/"))
		base.len--;
	return arena_strndup(session->arena, base.data, base.len);
}

enum next salesforce_login_ask(struct session *session, struct http_request *request, struct error *err)
{
	const struct salesforce_config *config = session->config;

	if (session->step)
		return NEXT_DONE;
	http_request_begin(request, session->arena, "POST", login_base(session), "/services/oauth2/token");
	http_request_header(request, "Accept", "application/json");
	if (config->flow == FLOW_JWT)
		return form_jwt(session, request, err) ? NEXT_REQUEST : NEXT_FAILED;
	if (config->flow == FLOW_REFRESH_TOKEN)
		form_refresh_token(session, request);
	else
		form_client_credentials(session, request);
	return NEXT_REQUEST;
}

/* Goes into a header, so nothing but visible ASCII. */
static bool is_visible(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return text.len > 0;
}

static bool is_base(struct slice url, const char *login)
{
	return is_visible(url) && (slice_starts(url, "https://") ||
				   (slice_starts(slice_of(login), "http://") && slice_starts(url, "http://")));
}

/* The API's base is where the token was issued for; an answer without it leaves My Domain. */
static bool take_instance(struct session *session, const json_t *answer, struct error *err)
{
	struct slice url = json_text(answer, "instance_url");

	if (slice_is_empty(url))
		return true;
	if (!is_base(url, login_base(session)))
		return fail(err, ERROR_REFUSED, "instance_url \"%.*s\" is no https address",
			    (int)(url.len > 200 ? 200 : url.len), url.data);
	while (slice_ends(url, "/"))
		url.len--;
	session->base_url = arena_strndup(session->arena, url.data, url.len);
	return true;
}

/* "id" is https://HOST/id/ORGID/USERID. */
static void take_org(struct session *session, const json_t *answer)
{
	struct slice rest = json_text(answer, "id"), part = SLICE_NULL, org = SLICE_NULL;
	struct record_id id;

	while (!slice_is_empty(rest)) {
		org = part;
		(void)slice_split(rest, '/', &part, &rest);
	}
	if (record_id_parse(org, &id))
		session->account_id = arena_strdup(session->arena, id.text);
}

static bool take_tokens(struct session *session, const json_t *answer, struct error *err)
{
	struct slice token = json_text(answer, "access_token"), refresh = json_text(answer, "refresh_token");
	int64_t life_s;

	if (!is_visible(token))
		return fail(err, ERROR_TRANSIENT, "the token answer has no access_token");
	session->token = arena_strndup(session->arena, token.data, token.len);
	if (is_visible(refresh))
		session->refresh_token = arena_strndup(session->arena, refresh.data, refresh.len);
	session->expires_us = 0;
	if (parse_int64(json_text(answer, "expires_in"), 1, TOKEN_LIFE_MAX_S, &life_s))
		session->expires_us = session->now_us + life_s * US_PER_S;
	return true;
}

bool salesforce_login_read(struct session *session, const struct http_response *response, struct error *err)
{
	CLEANUP(json_decref_p) json_t *answer = NULL;

	if (!salesforce_verdict(response, err)) {
		if (err->kind == ERROR_EXPIRED)	/* there is nothing to renew here */
			err->kind = ERROR_REFUSED;
		return false;
	}
	if (!json_read(response->body, &answer, err)) {
		err->kind = ERROR_TRANSIENT;
		return fail_in(err, "token answer");
	}
	if (!take_tokens(session, answer, err) || !take_instance(session, answer, err))
		return false;
	take_org(session, answer);
	session->step = 1;
	return true;
}
