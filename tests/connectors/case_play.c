/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

static void talk_end(struct talk *talk, const char *end)
{
	if (json_array_size(talk->errors) > 0)
		json_object_set(talk->rows, "errors", talk->errors);
	json_object_set_new(talk->rows, "end", json_string(end));
	if (talk->next_response < talk->one->n_responses)
		json_object_set_new(talk->rows, "answers_left",
				    json_integer((json_int_t)(talk->one->n_responses - talk->next_response)));
}

static struct session session_of(const struct test_case *one)
{
	const json_t *spec = json_object_get(one->spec, "session");

	return (struct session){
		.arena = one->arena,
		.config = one->config,
		.base_url = spec_text(one, spec, "base_url", one->base_url),
		.token = spec_text(one, spec, "token", "TOKEN"),
		.refresh_token = spec_text(one, spec, "refresh_token", NULL),
		.context = spec_text(one, spec, "context", NULL),
		.account_id = spec_text(one, spec, "account_id", NULL),
		.expires_us = spec_time(spec, "expires", 0),
		.now_us = one->now_us,
	};
}

static const char *settings_play(struct talk *talk)
{
	(void)talk;
	return "done";
}

static const struct {
	const char *what;
	const char *(*play)(struct talk *talk);
	bool needs_stream;
} plays[] = {
	{ "pull", pull_play, true },	     { "push", push_play, true },   { "notice", notice_play, false },
	{ "describe", describe_play, true }, { "login", login_play, false }, { "hook", hook_play, false },
	{ "settings", settings_play, false },
};

static const char *play_named(struct talk *talk, const char *what)
{
	struct error err = { 0 };

	if (talk->one->ops->settings_check && !talk->one->ops->settings_check(talk->one->config, &err)) {
		json_array_append_new(talk->errors, show_error(&err));
		return "settings refused";
	}
	for (size_t i = 0; i < ARRAY_SIZE(plays); i++)
		if (strcmp(what, plays[i].what) == 0 && (talk->one->stream || !plays[i].needs_stream))
			return plays[i].play(talk);
	return "nothing of that kind to play";
}

void case_play(struct test_case *one, struct outcome_texts *texts)
{
	struct talk talk = {
		.one = one, .texts = texts, .session = session_of(one), .rows = json_object(),
			.errors = json_array(),
	};
	char *text;

	talk_end(&talk, play_named(&talk, spec_text(one, one->spec, "what", "pull")));
	text = json_dumps(talk.rows, JSON_INDENT(1));
	buf_add_text(&texts->rows, text);
	buf_add_char(&texts->rows, '\n');
	free(text);
	json_decref(talk.rows);
	json_decref(talk.errors);
}
