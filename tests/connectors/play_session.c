/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

/* -- Login -- */

static enum next login_ask(struct talk *talk, struct http_request *request, struct error *err)
{
	return talk->one->ops->login_ask(talk->it, request, err);
}

static bool login_read(struct talk *talk, const struct http_response *response, struct error *err)
{
	return talk->one->ops->login_read(talk->it, response, err);
}

const char *login_play(struct talk *talk)
{
	struct session *session = &talk->session;
	struct http_request probe = { .arena = talk->one->arena };
	const char *end;

	session->token = spec_text(talk->one, json_object_get(talk->one->spec, "session"), "token", NULL);
	talk->it = session;
	talk->ask = login_ask;
	talk->read = login_read;
	talk->is_login = true;
	end = talk_run(talk);
	json_object_set_new(talk->rows, "session", json_pack("{s:s?, s:s?, s:s?, s:s?, s:s?, s:o}", "base_url",
			    session->base_url, "token", session->token, "refresh_token",
				    session->refresh_token, "context",
			    session->context, "account_id", session->account_id, "expires",
			    show_time(talk->one->arena, session->expires_us)));
	if (session->token && talk->one->ops->authorize) {
		http_request_begin(&probe, talk->one->arena, "GET", session->base_url, "/probe");
		talk->one->ops->authorize(session, &probe);
		show_request(&talk->texts->requests, &probe);
	}
	return end;
}

/* -- Describe -- */

static enum next describe_ask(struct talk *talk, struct http_request *request, struct error *err)
{
	struct describe *describe = talk->it;

	return describe->stream->describe_ask(describe, request, err);
}

static bool describe_read(struct talk *talk, const struct http_response *response, struct error *err)
{
	struct describe *describe = talk->it;

	return describe->stream->describe_read(describe, response, err);
}

const char *describe_play(struct talk *talk)
{
	struct test_case *one = talk->one;
	json_t *fields = json_array();
	struct describe describe = {
		.arena = one->arena, .config = one->config, .session = &talk->session, .stream = one->stream,
	};
	const char *end;

	talk->it = &describe;
	talk->ask = describe_ask;
	talk->read = describe_read;
	end = talk_run(talk);
	for (size_t i = 0; i < describe.n_fields; i++)
		json_array_append_new(fields, show_field(&describe.fields[i]));
	json_object_set_new(talk->rows, "is_known", json_boolean(describe.is_known));
	json_object_set_new(talk->rows, "fields", fields);
	return end;
}
