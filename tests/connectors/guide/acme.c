/* SPDX-License-Identifier: Apache-2.0 */
#include "acme.h"

#include "json.h"

#define C struct acme_config

static const struct setting settings[] = {
	SECRET_SETTING(C, token, "auth.token", .required = true,
	               .help = "API token, from Settings > Integrations"),
	SECRET_SETTING(C, hook_secret, "webhook.secret", .help = "signs webhooks; without it none are taken"),
	DURATION_SETTING(C, hook_max_age_ms, "webhook.max_age", .fallback = "300s", .min = 1000,
	                 .max = 86400000, .help = "older webhooks are refused"),
	{ .type = SETTING_END },
};

bool acme_is_json(const struct http_response *response, struct error *err)
{
	return http_response_is_json(response) ||
	       fail(err, ERROR_TRANSIENT, "the answer is not JSON but %s",
	            http_response_header(response, "Content-Type")
	                    ? http_response_header(response, "Content-Type")
	                    : "of no type");
}

/* -- Logging in -- */

static void bearer(struct http_request *request, struct slice token)
{
	http_request_secret(request, "Authorization",
	                    arena_printf(request->arena, "Bearer %.*s", SLICE_ARGS(token)));
}

/* The token does not run out; asking who we are shows at once whether it is good, and whose account it opens.
 */
static enum next login_ask(struct session *session, struct http_request *request, struct error *err)
{
	const struct acme_config *config = session->config;

	(void)err;
	if (session->step)
		return NEXT_DONE;
	http_request_begin(request, request->arena, "GET", session->base_url, "/v1/me");
	bearer(request, config->token);
	return NEXT_REQUEST;
}

static bool login_read(struct session *session, const struct http_response *response, struct error *err)
{
	const struct acme_config *config = session->config;
	CLEANUP(json_decref_p) json_t *answer = NULL;
	struct slice account;

	if (!acme_is_json(response, err) || !json_read(response->body, &answer, err))
		return false;
	account = json_text(answer, "account");
	if (slice_is_empty(account))
		return fail(err, ERROR_TRANSIENT, "the answer names no account");
	session->account_id = arena_slice(session->arena, account).data;
	session->token = arena_slice(session->arena, config->token).data;
	session->step = 1;
	return true;
}

static void authorize(const struct session *session, struct http_request *request)
{
	bearer(request, slice_of(session->token));
}

/* -- Tables -- */

static const struct field_map person_fields[] = {
	{ "email", "email", MAP_BOTH },           { "first_name", "given_name", MAP_BOTH },
	{ "last_name", "family_name", MAP_BOTH }, { "phone", "phone", MAP_BOTH },
	{ "lifecycle", "stage", MAP_PULL },       { 0 },
};

static const struct stream_ops person = {
	.name = "person",
	.entity = ENTITY_PERSON,
	.help = "people",
	.fields = person_fields,
	.ids_max = 50,
	.ask = acme_people_ask,
	.read = acme_people_read,
	.push_max = 100,
	.can_create = true,
	.key_field = "external_id",
	.push_ask = acme_push_ask,
	.push_read = acme_push_read,
};

static const struct stream_ops *const streams[] = { &person, NULL };

extern const struct connector_ops acme_connector;
const struct connector_ops acme_connector = {
	.name = "acme",
	.help = "Acme, an invented system",
	.default_role = "ma",
	.default_base_url = "https://api.acme.example",
	.settings = settings,
	.config_size = sizeof(C),
	.streams = streams,
	.calls_per_second = 10,
	.login_ask = login_ask,
	.login_read = login_read,
	.authorize = authorize,
	.hook_verify = acme_hook_verify,
	.hook_parse = acme_hook_parse,
};
