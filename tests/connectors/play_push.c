/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

static const struct {
	const char *name;
	enum push_verb verb;
} push_verbs[] = { { "find", PUSH_FIND }, { "create", PUSH_CREATE }, { "update", PUSH_UPDATE } };

static enum next push_ask(struct talk *talk, struct http_request *request, struct error *err)
{
	struct push *push = talk->it;

	return push->stream->push_ask(push, request, err);
}

static bool push_read(struct talk *talk, const struct http_response *response, struct error *err)
{
	struct push *push = talk->it;

	return push->stream->push_read(push, response, err);
}

static void item_fill(struct test_case *one, const json_t *spec, struct push_item *item)
{
	json_t *changes = json_object_get(spec, "changes"), *value;
	const char *name;

	*item = (struct push_item){
		.entity_id = json_integer_value(json_object_get(spec, "entity_id")),
		.key = spec_text(one, spec, "key", ""),
		.remote_id = spec_slice(spec, "remote_id"),
		.email = spec_slice(spec, "email"),
		.account_id = spec_slice(spec, "account_id"),
		.owner_id = spec_slice(spec, "owner_id"),
		.changes = arena_array(one->arena, json_object_size(changes) + 1, sizeof(struct change)),
	};
	json_object_foreach(changes, name, value)
		item->changes[item->n_changes++] = (struct change){ name, slice_of(json_string_value(value)) };
}

const char *push_play(struct talk *talk)
{
	struct test_case *one = talk->one;
	const json_t *items = json_object_get(one->spec, "items");
	const char *verb = spec_text(one, one->spec, "verb", "update");
	json_t *shown = json_array();
	struct push push = {
		.config = one->config,
		.session = &talk->session,
		.stream = one->stream,
		.arena = one->arena,
		.now_us = one->now_us,
		.n_items = json_array_size(items),
		.has_key_field = json_is_true(json_object_get(one->spec, "has_key_field")),
	};
	const char *end;

	for (size_t i = 0; i < ARRAY_SIZE(push_verbs); i++)
		if (strcmp(verb, push_verbs[i].name) == 0)
			push.verb = push_verbs[i].verb;
	push.items = arena_array(one->arena, push.n_items + 1, sizeof(*push.items));
	for (size_t i = 0; i < push.n_items; i++)
		item_fill(one, json_array_get(items, i), &push.items[i]);
	talk->it = &push;
	talk->ask = push_ask;
	talk->read = push_read;
	end = talk_run(talk);
	for (size_t i = 0; i < push.n_items; i++)
		json_array_append_new(shown, show_item(&push.items[i]));
	json_object_set_new(talk->rows, "items", shown);
	return end;
}
