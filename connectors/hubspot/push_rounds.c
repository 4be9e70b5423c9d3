/* SPDX-License-Identifier: Apache-2.0 */
#include "push.h"

#include "json.h"

static struct slice remote_id_of(const struct push_item *item)
{
	return item->remote_id;
}

struct slice hubspot_push_key_of(const struct push_item *item)
{
	return slice_of(item->key);
}

bool hubspot_push_is_pending(const struct push_item *item)
{
	return item->outcome == OUTCOME_PENDING;
}

bool hubspot_push_has_key(const struct push *push, const struct push_item *item)
{
	return hubspot_push_key_field(push) && item->key && *item->key;
}

bool hubspot_push_group_ask(const struct push *push, const struct push_group *group, const struct push_form *form,
			    struct http_request *request, struct error *err)
{
	struct buf body;

	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_printf(&body, "{%s\"inputs\":[", form->head);
	for (size_t i = 0; i < group->n; i++) {
		buf_add_text(&body, i > 0 ? ",{" : "{");
		form->add(push, &body, group->items[i]);
		buf_add_char(&body, '}');
	}
	buf_add_text(&body, "]}");
	hubspot_push_begin_batch(push, request, form->tail);
	return hubspot_body(request, &body, err);
}

/* -- Update -- */

static bool changes_field(const struct push_item *item, const char *field)
{
	for (size_t i = 0; i < item->n_changes; i++)
		if (strcmp(item->changes[i].field, field) == 0)
			return true;
	return false;
}

static void changes_add(struct buf *body, const struct push_item *item)
{
	for (size_t i = 0; i < item->n_changes; i++) {
		if (i > 0)
			buf_add_char(body, ',');
		hubspot_add_member(body, item->changes[i].field,
				   slice_is_null(item->changes[i].value) ? SLICE("") : item->changes[i].value);
	}
}

static void update_add(const struct push *push, struct buf *body, size_t item)
{
	hubspot_add_member(body, "id", push->items[item].remote_id);
	buf_add_text(body, ",\"properties\":{");
	changes_add(body, &push->items[item]);
	buf_add_char(body, '}');
}

static bool update_wants(const struct push *push, const struct push_item *item)
{
	(void)push;
	return hubspot_push_is_pending(item) && item->n_changes > 0 && !slice_is_empty(item->remote_id);
}

static bool update_ask(const struct push *push, const struct push_group *group, struct http_request *request,
		       struct error *err)
{
	return hubspot_push_group_ask(push, group, &(struct push_form){ "batch/update", "", update_add },
				      request, err);
}

/* A record that was merged away answers under the id of its survivor: alone it is known to be the one asked for. */
static void update_result(const struct push *push, const struct push_group *group, const json_t *result)
{
	const struct push_item *alone = hubspot_push_alone(push, group);

	for (size_t i = 0; i < group->n; i++) {
		struct push_item *item = &push->items[group->items[i]];

		if (item == alone || slice_equal(item->remote_id, hubspot_text(result, "id"))) {
			item->outcome = OUTCOME_DONE;
			return;
		}
	}
}

static void update_refused(const struct push *push, struct push_item *item, int status, const json_t *error)
{
	hubspot_push_item_fail(push, item, status, error);
	if (hubspot_push_is_missing(status, error))
		item->outcome = OUTCOME_GONE;
}

static const struct push_round update_round = {
	.changes = true,
	.wants = update_wants,
	.id = remote_id_of,
	.ask = update_ask,
	.result = update_result,
	.refused = update_refused,
};

const struct push_round *const hubspot_push_update_rounds[] = { &update_round, NULL };

/* -- Create -- */

static void property_add(struct buf *body, const char *name, struct slice value)
{
	if (body->data[body->len - 1] != '{')
		buf_add_char(body, ',');
	hubspot_add_member(body, name, value);
}

static void create_add(const struct push *push, struct buf *body, size_t place)
{
	const struct push_item *item = &push->items[place];

	hubspot_add_member(body, "objectWriteTraceId", slice_of(hubspot_push_trace_id(push, place)));
	buf_add_text(body, ",\"properties\":{");
	changes_add(body, item);
	if (push->stream->entity == ENTITY_PERSON && !slice_is_empty(item->email) &&
	    !changes_field(item, "email"))
		property_add(body, "email", item->email);
	if (!slice_is_empty(item->owner_id) && !changes_field(item, "hubspot_owner_id"))
		property_add(body, "hubspot_owner_id", item->owner_id);
	buf_add_char(body, '}');
}

static void upsert_add(const struct push *push, struct buf *body, size_t place)
{
	hubspot_add_member(body, "id", slice_of(push->items[place].key));
	buf_add_char(body, ',');
	hubspot_add_member(body, "idProperty", slice_of(hubspot_push_key_field(push)));
	buf_add_char(body, ',');
	create_add(push, body, place);
}

static bool upsert_wants(const struct push *push, const struct push_item *item)
{
	return hubspot_push_is_pending(item) && hubspot_push_has_key(push, item);
}

static bool create_wants(const struct push *push, const struct push_item *item)
{
	return hubspot_push_is_pending(item) && !hubspot_push_has_key(push, item);
}

static bool upsert_ask(const struct push *push, const struct push_group *group, struct http_request *request,
		       struct error *err)
{
	return hubspot_push_group_ask(push, group, &(struct push_form){ "batch/upsert", "", upsert_add },
				      request, err);
}

static bool create_ask(const struct push *push, const struct push_group *group, struct http_request *request,
		       struct error *err)
{
	return hubspot_push_group_ask(push, group, &(struct push_form){ "batch/create", "", create_add },
				      request, err);
}

static bool shows_changes(const struct push_item *item, const json_t *properties)
{
	for (size_t i = 0; i < item->n_changes; i++)
		if (!slice_equal(hubspot_text(properties, item->changes[i].field), item->changes[i].value))
			return false;
	return item->n_changes > 0;
}

/* By trace id, else by key or address, else by all that was set. */
static bool create_is_of(const struct push *push, size_t place, const json_t *result)
{
	const struct push_item *item = &push->items[place];
	const json_t *properties = json_object_get(result, "properties");
	struct slice trace_id = hubspot_text(result, "objectWriteTraceId");
	struct slice email = hubspot_text(properties, "email");

	if (!slice_is_empty(trace_id))
		return slice_equal_text(trace_id, hubspot_push_trace_id(push, place));
	if (hubspot_push_has_key(push, item))
		return slice_equal_text(hubspot_text(properties, hubspot_push_key_field(push)), item->key);
	if (!slice_is_empty(email) && !slice_is_empty(item->email))
		return slice_equal_nocase(email, item->email);
	return shows_changes(item, properties);
}

static void create_result(const struct push *push, const struct push_group *group, const json_t *result)
{
	struct push_item *alone = hubspot_push_alone(push, group);

	for (size_t i = 0; i < group->n; i++) {
		struct push_item *item = &push->items[group->items[i]];

		if (hubspot_push_is_pending(item) && (item == alone ||
						      create_is_of(push, group->items[i], result))) {
			hubspot_push_done(push, item, result);
			return;
		}
	}
}

static bool existing_id(const json_t *error, struct slice *ret)
{
	const json_t *details = json_object_get(error, "errors"), *detail;
	size_t i;

	if (hubspot_existing_id(hubspot_text(error, "message"), ret))
		return true;
	json_array_foreach(details, i, detail)
		if (hubspot_existing_id(hubspot_text(detail, "message"), ret))
			return true;
	return false;
}

static void create_refused(const struct push *push, struct push_item *item, int status, const json_t *error)
{
	struct slice id;

	if (existing_id(error, &id)) {
		item->remote_id = arena_slice(push->arena, id);
		item->outcome = OUTCOME_FOUND;
		return;
	}
	hubspot_push_item_fail(push, item, status, error);
}

static const struct push_round upsert_round = {
	.changes = true,
	.wants = upsert_wants,
	.id = hubspot_push_key_of,
	.ask = upsert_ask,
	.result = create_result,
	.refused = create_refused,
};

static const struct push_round create_round = {
	.changes = true,
	.wants = create_wants,
	.ask = create_ask,
	.result = create_result,
	.refused = create_refused,
};

/* -- Create, then: the company it belongs to -- */

static const struct hubspot_link *account_link(const struct push *push)
{
	const struct hubspot_link *link = hubspot_push_object(push)->links;

	while (link && link->path && link->kind != REF_ACCOUNT)
		link++;
	return link && link->path ? link : NULL;
}

static bool associate_wants(const struct push *push, const struct push_item *item)
{
	return account_link(push) && item->outcome == OUTCOME_DONE && !slice_is_empty(item->account_id);
}

static void associate_one(const struct push *push, const struct push_item *item, struct http_request *request)
{
	hubspot_begin(request, push->arena, push->session, "PUT", PLACE_OBJECT_ASSOCIATIONS,
		      SEGMENTS(hubspot_push_object(push)->path));
	http_request_segment(request, item->remote_id);
	http_request_segment(request, SLICE("associations"));
	http_request_segment(request, SLICE("default"));
	http_request_segment(request, slice_of(account_link(push)->path));
	http_request_segment(request, item->account_id);
	request->body = SLICE("");
}

static bool associate_ask(const struct push *push, const struct push_group *group, struct http_request *request,
			  struct error *err)
{
	struct push_item *alone = hubspot_push_alone(push, group);
	struct buf body;

	if (alone) {
		associate_one(push, alone, request);
		return true;
	}
	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_add_text(&body, "{\"inputs\":[");
	for (size_t i = 0; i < group->n; i++) {
		buf_add_text(&body, i > 0 ? ",{\"from\":{" : "{\"from\":{");
		hubspot_add_member(&body, "id", push->items[group->items[i]].remote_id);
		buf_add_text(&body, "},\"to\":{");
		hubspot_add_member(&body, "id", push->items[group->items[i]].account_id);
		buf_add_text(&body, "}}");
	}
	buf_add_text(&body, "]}");
	hubspot_begin(request, push->arena, push->session, "POST", PLACE_ASSOCIATIONS,
		      SEGMENTS(hubspot_push_object(push)->path, account_link(push)->path,
			       "batch/associate/default"));
	return hubspot_body(request, &body, err);
}

/* The record is there: what failed is its association. */
static void associate_refused(const struct push *push, struct push_item *item, int status, const json_t *error)
{
	hubspot_push_item_fail(push, item, status, error);
	item->outcome = OUTCOME_DONE;
	item->err_field = NULL;
	fail_in(&item->err, "created, but not associated with company %.*s", SLICE_ARGS(item->account_id));
}

static const struct push_round associate_round = {
	.changes = true,
	.wants = associate_wants,
	.id = remote_id_of,
	.ask = associate_ask,
	.refused = associate_refused,
};

const struct push_round *const hubspot_push_create_rounds[] = { &upsert_round, &create_round,
	&associate_round, NULL };
