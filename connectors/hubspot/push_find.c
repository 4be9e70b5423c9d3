/* SPDX-License-Identifier: Apache-2.0 */
#include "push.h"

#include "json.h"

static struct slice email_of(const struct push_item *item)
{
	return item->email;
}

static void find_key_add(const struct push *push, struct buf *body, size_t item)
{
	hubspot_add_member(body, "id", slice_of(push->items[item].key));
}

static void find_email_add(const struct push *push, struct buf *body, size_t item)
{
	hubspot_add_member(body, "id", push->items[item].email);
}

static bool find_key_ask(const struct push *push, const struct push_group *group,
			 struct http_request *request, struct error *err)
{
	const char *head = arena_printf(push->arena, "\"idProperty\":\"%s\",\"properties\":[\"%s\"],",
					hubspot_push_key_field(push),
					hubspot_push_key_field(push));

	return hubspot_push_group_ask(push, group, &(struct push_form){ "batch/read", head, find_key_add },
				      request, err);
}

static bool find_email_ask(const struct push *push, const struct push_group *group,
			   struct http_request *request,
			   struct error *err)
{
	static const char head[] = "\"idProperty\":\"email\",\"properties\":[\"email\",\"hs_additional_emails\"],";

	return hubspot_push_group_ask(push, group, &(struct push_form){ "batch/read", head, find_email_add },
				      request, err);
}

static bool find_key_wants(const struct push *push, const struct push_item *item)
{
	return hubspot_push_is_pending(item) && hubspot_push_has_key(push, item);
}

static bool find_email_wants(const struct push *push, const struct push_item *item)
{
	return hubspot_push_is_pending(item) && push->stream->entity == ENTITY_PERSON &&
		!slice_is_empty(item->email);
}

static void found(const struct push *push, struct push_item *item, const json_t *result)
{
	hubspot_push_done(push, item, result);
	if (item->outcome == OUTCOME_DONE)
		item->outcome = OUTCOME_FOUND;
}

static void find_key_result(const struct push *push, const struct push_group *group, const json_t *result)
{
	struct slice key = hubspot_text(json_object_get(result, "properties"), hubspot_push_key_field(push));

	for (size_t i = 0; i < group->n; i++)
		if (slice_equal_text(key, push->items[group->items[i]].key))
			found(push, &push->items[group->items[i]], result);
}

static bool has_email(const json_t *properties, struct slice email)
{
	struct slice more = hubspot_text(properties, "hs_additional_emails");

	while (!slice_is_empty(more)) {
		struct slice one, rest;

		if (!slice_split(more, ';', &one, &rest))
			rest = SLICE("");
		if (slice_equal_nocase(slice_trim(one), email))
			return true;
		more = rest;
	}
	return slice_equal_nocase(hubspot_text(properties, "email"), email);
}

static void find_email_result(const struct push *push, const struct push_group *group, const json_t *result)
{
	for (size_t i = 0; i < group->n; i++) {
		struct push_item *item = &push->items[group->items[i]];

		if (item == hubspot_push_alone(push, group) ||
		    has_email(json_object_get(result, "properties"), item->email))
			found(push, item, result);
	}
}

/* "No such object" leaves the item open for the next round; behind the last one it is known not to be there. */
static void find_refused(const struct push *push, struct push_item *item, int status, const json_t *error)
{
	if (hubspot_push_is_pending(item) && !hubspot_push_is_missing(status, error))
		hubspot_push_item_fail(push, item, status, error);
}

static const struct push_round find_key_round = {
	.wants = find_key_wants,
	.id = hubspot_push_key_of,
	.ask = find_key_ask,
	.result = find_key_result,
	.refused = find_refused,
};

static const struct push_round find_email_round = {
	.wants = find_email_wants,
	.id = email_of,
	.ask = find_email_ask,
	.result = find_email_result,
	.refused = find_refused,
};

const struct push_round *const hubspot_push_find_rounds[] = { &find_key_round, &find_email_round, NULL };
