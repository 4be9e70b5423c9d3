/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include <inttypes.h>

#include "clock.h"
#include "json.h"

/*
 * A notice is a task of the owner. HubSpot keeps no key of ours on it: it is found again by owner and due time, and
 * known by the key in its body.
 */
#define TASK_TO_CONTACT 204
#define TASK_TO_COMPANY 192
#define TASK_TO_DEAL	216
#define DUE_MARGIN_MS	1000			/* stamps come back with or without their milliseconds */

enum task_step { TASK_WHOLE, TASK_BARE, TASK_END };	/* bare: without associations, one of which is gone */

struct task_find {
	const char *after;
};

static void association_add(struct buf *body, struct slice id, int type)
{
	if (slice_is_empty(id))
		return;
	if (body->data[body->len - 1] == '}')
		buf_add_char(body, ',');
	buf_add_text(body, "{\"to\":{");
	hubspot_add_member(body, "id", id);
	buf_printf(body, "},\"types\":[{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":%d}]}", type);
}

static bool person_is_contact(const struct notice *notice)
{
	return notice->person_object && strcmp(notice->person_object, "contact") == 0;
}

static bool has_associations(const struct notice *notice)
{
	return (person_is_contact(notice) && !slice_is_empty(notice->person_id)) ||
		!slice_is_empty(notice->account_id) ||
	       !slice_is_empty(notice->opportunity_id);
}

static void associations_add(const struct notice *notice, struct buf *body)
{
	buf_add_text(body, ",\"associations\":[");
	if (person_is_contact(notice))
		association_add(body, notice->person_id, TASK_TO_CONTACT);
	association_add(body, notice->account_id, TASK_TO_COMPANY);
	association_add(body, notice->opportunity_id, TASK_TO_DEAL);
	buf_add_char(body, ']');
}

static void member_add(struct buf *body, const char *name, struct slice value)
{
	buf_add_char(body, ',');
	hubspot_add_member(body, name, value);
}

static bool task_write(const struct notice *notice, struct http_request *request, struct error *err)
{
	struct buf body;

	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_printf(&body, "{\"properties\":{\"hs_timestamp\":\"%" PRId64 "\"", notice->due_us / 1000);
	member_add(&body, "hs_task_subject", slice_of(notice->subject));
	member_add(&body, "hs_task_body", slice_of(notice->body));
	member_add(&body, "hs_task_status", SLICE("NOT_STARTED"));
	member_add(&body, "hs_task_priority", SLICE("HIGH"));
	member_add(&body, "hs_task_type", SLICE("TODO"));
	if (!slice_is_empty(notice->owner_id))
		member_add(&body, "hubspot_owner_id", notice->owner_id);
	buf_add_char(&body, '}');
	if (notice->step == TASK_WHOLE && has_associations(notice))
		associations_add(notice, &body);
	buf_add_char(&body, '}');
	hubspot_begin(request, notice->arena, notice->session, "POST", PLACE_OBJECTS, SEGMENTS("tasks"));
	request->changes = true;
	return hubspot_body(request, &body, err);
}

static void filter_add(struct buf *body, const char *name, const char *operator, struct slice value)
{
	if (body->data[body->len - 1] == '}')
		buf_add_char(body, ',');
	buf_add_char(body, '{');
	hubspot_add_member(body, "propertyName", slice_of(name));
	member_add(body, "operator", slice_of(operator));
	member_add(body, "value", value);
	buf_add_char(body, '}');
}

static struct slice ms_text(const struct notice *notice, int64_t ms)
{
	return slice_of(arena_printf(notice->arena, "%" PRId64, ms));
}

static bool task_search(const struct notice *notice, struct http_request *request, struct error *err)
{
	const struct task_find *find = notice->state;
	int64_t due_ms = notice->due_us / 1000;
	struct buf body;

	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_add_text(&body, "{\"filterGroups\":[{\"filters\":[");
	if (!slice_is_empty(notice->owner_id))
		filter_add(&body, "hubspot_owner_id", "EQ", notice->owner_id);
	filter_add(&body, "hs_timestamp", "GTE", ms_text(notice, due_ms - DUE_MARGIN_MS));
	filter_add(&body, "hs_timestamp", "LTE", ms_text(notice, due_ms + DUE_MARGIN_MS));
	buf_add_text(&body, "]}],\"sorts\":[{\"propertyName\":\"hs_object_id\",\"direction\":\"ASCENDING\"}],"
			    "\"properties\":[\"hs_task_body\"],\"limit\":200,");
	hubspot_add_member(&body, "after", slice_of(find ? find->after : "0"));
	buf_add_char(&body, '}');
	hubspot_begin(request, notice->arena, notice->session, "POST", PLACE_OBJECTS, SEGMENTS("tasks/search"));
	return hubspot_body(request, &body, err);
}

enum next hubspot_notice_ask(struct notice *notice, struct http_request *request, struct error *err)
{
	if (notice->step == TASK_END)
		return NEXT_DONE;
	if (notice->find)
		return task_search(notice, request, err) ? NEXT_REQUEST : NEXT_FAILED;
	return task_write(notice, request, err) ? NEXT_REQUEST : NEXT_FAILED;
}

static void notice_end(struct notice *notice, enum outcome outcome)
{
	notice->outcome = outcome;
	notice->step = TASK_END;
}

static bool task_is_ours(const struct notice *notice, const json_t *task)
{
	struct slice body = hubspot_text(json_object_get(task, "properties"), "hs_task_body");

	return *notice->key && body.len > 0 && memmem(body.data, body.len, notice->key, strlen(notice->key));
}

static bool tasks_look(struct notice *notice, const struct hubspot_page *page)
{
	for (size_t i = 0; i < page->n_items; i++) {
		struct error ignored;
		json_t *task = NULL;
		bool is_ours = json_item(notice->arena, page->items[i], &task, &ignored) &&
			task_is_ours(notice, task);

		if (is_ours)
			notice->remote_id = arena_slice(notice->arena, hubspot_text(task, "id"));
		json_decref(task);
		if (is_ours)
			return true;
	}
	return false;
}

/* What was written a moment ago is not in the index yet: not to be taken for not there. */
static bool is_too_early(const struct notice *notice, struct error *err)
{
	const struct hubspot_config *config = notice->config;
	int64_t left_ms = notice->created_us / 1000 + config->search_lag_ms - notice->now_us / 1000;

	if (left_ms <= 0)
		return false;
	fail(err, ERROR_TRANSIENT, "the search may not know the task yet");
	err->retry_after_s = (int)(left_ms > 60000 ? 60 : (left_ms + 999) / 1000);
	return true;
}

static bool find_read(struct notice *notice, const struct http_response *response, struct error *err)
{
	struct hubspot_page page;
	struct task_find *find;

	if (!hubspot_page_read(notice->arena, response, &page, err))
		return false;
	if (tasks_look(notice, &page)) {
		notice_end(notice, OUTCOME_FOUND);
		return true;
	}
	if (slice_is_empty(page.after)) {
		if (is_too_early(notice, err))
			return false;
		notice_end(notice, OUTCOME_GONE);
		return true;
	}
	find = notice->state;
	if (find && slice_equal_text(page.after, find->after))
		return fail(err, ERROR_TRANSIENT, "the next page after \"%s\" is the same page again",
			    find->after);
	find = arena_alloc(notice->arena, sizeof(*find));
	find->after = page.after.data;
	notice->state = find;
	return true;
}

/* Refused: nothing was written. Once more without associations, since one of them may be gone; the reader counts. */
static bool write_refused(struct notice *notice, const struct http_response *response, struct error *err)
{
	if (response->status == 403 || !hubspot_is_error(response))
		return hubspot_refusal(response, err);
	if (notice->step == TASK_WHOLE && has_associations(notice)) {
		notice->step = TASK_BARE;
		return true;
	}
	hubspot_refusal(response, &notice->err);
	notice_end(notice, OUTCOME_FAILED);
	return true;
}

bool hubspot_notice_read(struct notice *notice, const struct http_response *response, struct error *err)
{
	json_t *task;

	if (notice->find)
		return find_read(notice, response, err);
	if (response->status >= 400)
		return write_refused(notice, response, err);
	if (!hubspot_object_answer(notice->arena, response, &task, err)) {
		err->kind = ERROR_UNCERTAIN;
		return false;
	}
	notice->remote_id = arena_slice(notice->arena, hubspot_text(task, "id"));
	json_decref(task);
	if (slice_is_empty(notice->remote_id))
		return fail(err, ERROR_UNCERTAIN, "the answer does not tell the task's id");
	notice_end(notice, OUTCOME_DONE);
	return true;
}
