/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

static struct http_header *headers_of(struct test_case *one, json_t *spec, size_t *ret_n)
{
	struct http_header *headers = arena_array(one->arena, json_object_size(spec) + 1, sizeof(*headers));
	const char *name;
	json_t *value;

	*ret_n = 0;
	json_object_foreach(spec, name, value)
		headers[(*ret_n)++] = (struct http_header){ .name = name, .value = json_string_value(value) };
	return headers;
}

/* The body is the file body.txt (its final newline off) where there is one, else the member "body". */
static struct slice hook_body(struct test_case *one)
{
	struct slice body;
	struct error err;

	if (!file_read(one->arena, one->folder, "body.txt", &body, &err))
		return slice_of(spec_text(one, one->spec, "body", ""));
	return slice_ends(body, "\n") ? slice_sub(body, 0, body.len - 1) : body;
}

const char *hook_play(struct talk *talk)
{
	struct test_case *one = talk->one;
	json_t *shown = json_array();
	struct hook_events events = { 0 };
	struct error err = { 0 };
	struct hook hook = {
		.config = one->config,
		.arena = one->arena,
		.now_us = one->now_us,
		.method = spec_text(one, one->spec, "method", "POST"),
		.path = spec_text(one, one->spec, "path", "/hooks/test"),
		.public_url = spec_text(one, one->spec, "public_url", ""),
		.body = hook_body(one),
	};
	bool is_good;

	hook.headers = headers_of(one, json_object_get(one->spec, "headers"), &hook.n_headers);
	is_good = one->ops->hook_verify && one->ops->hook_verify(&hook, &err);
	json_object_set_new(talk->rows, "verified", json_boolean(is_good));
	is_good = is_good && one->ops->hook_parse(&hook, &events, &err);
	if (!is_good)
		json_array_append_new(talk->errors, show_error(&err));
	for (size_t i = 0; i < events.n_events; i++)
		json_array_append_new(shown, show_event(one->arena, &events.events[i]));
	json_object_set_new(talk->rows, "events", shown);
	return is_good ? "done" : "failed";
}
