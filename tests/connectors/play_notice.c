/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

static enum next notice_ask(struct talk *talk, struct http_request *request, struct error *err)
{
	return talk->one->ops->notice_ask(talk->it, request, err);
}

static bool notice_read(struct talk *talk, const struct http_response *response, struct error *err)
{
	return talk->one->ops->notice_read(talk->it, response, err);
}

const char *notice_play(struct talk *talk)
{
	struct test_case *one = talk->one;
	const json_t *spec = json_object_get(one->spec, "notice");
	struct notice notice = {
		.config = one->config,
		.session = &talk->session,
		.arena = one->arena,
		.now_us = one->now_us,
		.key = spec_text(one, spec, "key", ""),
		.owner_id = spec_slice(spec, "owner_id"),
		.person_object = spec_text(one, spec, "person_object", NULL),
		.person_id = spec_slice(spec, "person_id"),
		.account_id = spec_slice(spec, "account_id"),
		.opportunity_id = spec_slice(spec, "opportunity_id"),
		.subject = spec_text(one, spec, "subject", ""),
		.body = spec_text(one, spec, "body", ""),
		.created_us = spec_time(spec, "created", one->now_us),
		.due_us = spec_time(spec, "due", one->now_us),
		.find = json_is_true(json_object_get(spec, "find")),
	};
	const char *end;

	talk->it = &notice;
	talk->ask = notice_ask;
	talk->read = notice_read;
	end = talk_run(talk);
	json_object_set_new(talk->rows, "outcome", json_string(outcome_name(notice.outcome)));
	json_object_set_new(talk->rows, "remote_id", show_text(notice.remote_id));
	if (notice.err.kind != ERROR_NONE)
		json_object_set_new(talk->rows, "error", show_error(&notice.err));
	return end;
}
