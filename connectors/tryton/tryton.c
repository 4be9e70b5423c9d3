/* SPDX-License-Identifier: Apache-2.0 */
#include "tryton.h"

#include "crypto.h"
#include "number.h"
#include "rpc.h"

/* -- Login: name and password give a session; the user's preferences give the context of every call -- */

/* "http://host:8000/database/": without a path there is no database to log in to. */
static bool names_database(const char *base_url)
{
	const char *host = strstr(base_url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;

	return path && path[1] && path[1] != '/';
}

static enum next ask_session(struct session *session, struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	const struct tryton_config *config = session->config;
	enum next next;

	if (!names_database(session->base_url)) {
		fail(err, ERROR_REFUSED,
		     "base_url \"%s\" does not name a database: http(s)://host[:port]/database/",
		     session->base_url);
		return NEXT_FAILED;
	}
	rpc_begin(&body, "common.db.login");
	buf_add_json_string(&body, slice_of(config->login));
	buf_add_text(&body, ",{\"password\":");
	buf_add_json_string(&body, config->password);
	buf_add_text(&body, "}");
	next = rpc_send_bare(request, session->arena, session, &body, err);
	explicit_bzero(body.data, body.len);
	return next;
}

static enum next ask_preferences(struct session *session, struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	enum next next;

	rpc_begin(&body, "model.res.user.get_preferences");
	buf_add_text(&body, "true,");
	next = rpc_send(request, session->arena, session, &body, NULL, err);
	http_request_secret(request, "Authorization", session->token);
	return next;
}

static enum next tryton_login_ask(struct session *session, struct http_request *request, struct error *err)
{
	if (!session->token)
		return ask_session(session, request, err);
	if (!session->context)
		return ask_preferences(session, request, err);
	return NEXT_DONE;
}

static bool read_session(struct session *session, const json_t *result, struct error *err)
{
	const struct tryton_config *config = session->config;
	struct slice user = json_scalar(json_array_get(result, 0)),
	             token = json_scalar(json_array_get(result, 1));
	struct slice credentials;
	int64_t id;

	if (!parse_int64(user, 0, INT64_MAX, &id) || slice_is_empty(token))
		return fail(err, ERROR_REFUSED, "login of \"%s\" gave no session", config->login);
	credentials = slice_of(arena_printf(session->arena, "%s:%.*s:%.*s", config->login, SLICE_ARGS(user),
	                                    SLICE_ARGS(token)));
	session->token =
	        arena_printf(session->arena, "Session %s", base64_encode(session->arena, credentials).data);
	session->account_id = arena_printf(session->arena, "user %.*s", SLICE_ARGS(user));
	return true;
}

static void add_preference(struct buf *context, const json_t *preferences, const char *name)
{
	struct slice value = json_text(preferences, name);
	int64_t id;

	if (slice_is_empty(value))
		return;
	buf_printf(context, "%s\"%s\":", slice_ends(buf_slice(context), "{") ? "" : ",", name);
	if (parse_int64(value, 0, INT64_MAX, &id))
		buf_add_slice(context, value);
	else
		buf_add_json_string(context, value);
}

/* Without the company in the context nothing can be made that belongs to one. */
static bool read_preferences(struct session *session, const json_t *preferences, struct error *err)
{
	CLEANUP(buf_done) struct buf context = { 0 };
	const char *user = session->account_id + strlen("user ");
	struct slice company = json_text(preferences, "company");

	if (!json_is_object(preferences))
		return fail(err, ERROR_REFUSED, "the preferences of the user cannot be read");
	buf_init(&context, 4096);
	buf_printf(&context, "%s {", user);
	add_preference(&context, preferences, "company");
	add_preference(&context, preferences, "employee");
	add_preference(&context, preferences, "language");
	buf_add_char(&context, '}');
	if (context.full)
		return fail(err, ERROR_REFUSED, "the preferences of the user are too long");
	session->context = arena_strndup(session->arena, context.data, context.len);
	session->account_id =
	        arena_printf(session->arena, "company %.*s, user %s", company.len ? (int)company.len : 4,
	                     company.len ? company.data : "none", user);
	return true;
}

static bool tryton_login_read(struct session *session, const struct http_response *response,
                              struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;

	if (!rpc_result(session->arena, response, &doc, err))
		return false;
	if (!session->token)
		return read_session(session, json_object_get(doc, "result"), err);
	return read_preferences(session, json_object_get(doc, "result"), err);
}

static void tryton_authorize(const struct session *session, struct http_request *request)
{
	http_request_secret(request, "Authorization", session->token);
}

/* -- Settings -- */

static const struct setting settings[] = {
	TEXT_SETTING(struct tryton_config, login, "auth.login", .required = true,
	             .help = "login name of a user kept for Tandem alone, so that its notes are unread for "
	                     "all others"),
	SECRET_SETTING(struct tryton_config, password, "auth.password", .required = true,
	               .help = "password of that user"),
	CHOICE_SETTING(
	        struct tryton_config, party, "party", .fallback = "auto",
	        .choices = (const char *const[]){ "auto", "person", "account", NULL },
	        .help = "what a party is read as: auto decides by its name, tax identifiers and mailbox"),
	CHOICE_SETTING(struct tryton_config, title_in, "title_in", .fallback = "comment",
	               .choices = (const char *const[]){ "none", "comment", NULL },
	               .help = "where a person's job title is kept: comment of the first e-mail mechanism, "
	                       "or nowhere"),
	CHOICE_SETTING(struct tryton_config, alert, "alert", .fallback = "note",
	               .choices = (const char *const[]){ "note", NULL },
	               .help = "what an alert becomes: a note on the opportunity or party"),
	INT_SETTING(struct tryton_config, page_size, "page_size", .fallback = "500", .min = 50, .max = 1000,
	            .help = "records a page"),
	{ .type = SETTING_END },
};

const struct connector_ops tryton_connector = {
	.name = "tryton",
	.help = "Tryton 6.0, over its JSON-RPC",
	.default_role = "sfa",
	.settings = settings,
	.config_size = sizeof(struct tryton_config),
	.streams = (const struct stream_ops *const[]){ &tryton_employee, &tryton_party, &tryton_opportunity,
	                                               &tryton_engagement, NULL },
	.calls_per_second = 10,
	.login_ask = tryton_login_ask,
	.login_read = tryton_login_read,
	.authorize = tryton_authorize,
	.check = rpc_check,
	.notice_ask = tryton_notice_ask,
	.notice_read = tryton_notice_read,
};
