/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An alert as a Task of its reader. The last line of the description holds the alert's key; by it a Task is found
 * again whose creation got no answer. Description cannot be filtered on, so candidates are asked for by owner, person
 * and time.
 */
#include "salesforce.h"

#include "clock.h"
#include "json.h"

#define SUBJECT_MAX 255				/* characters, as the remote counts */
#define DESCRIPTION_MAX 32000
#define BODY_MAX (1 << 20)
#define QUOTED_MAX 300
/* Their clock and ours may be a day apart; a reader gets few alerts about one person in that time. */
#define FIND_BACK_US (25 * 3600 * US_PER_S)

enum notice_step { NOTICE_ASK, NOTICE_DONE };

struct notice_ids {
	struct record_id owner, who, what;	/* none: left out */
};

/* -- Ids -- */

static bool take_id(struct slice id, const char *field, struct record_id *ret, struct error *err)
{
	*ret = (struct record_id){ "" };
	if (slice_is_empty(id) || record_id_parse(id, ret))
		return true;
	return fail(err, ERROR_RECORD, "\"%.*s\" is no record id, as %s has to be", (int)(id.len > 40 ? 40 : id.len),
		    id.data, field);
}

static bool is_object(const struct notice *notice, const char *object)
{
	return notice->person_object && strcmp(notice->person_object, object) == 0;
}

static bool notice_ids(const struct notice *notice, struct notice_ids *ret, struct error *err)
{
	bool is_lead = is_object(notice, "lead");
	bool has_who = is_lead || is_object(notice, "contact");
	struct slice what = slice_is_empty(notice->opportunity_id) ? notice->account_id : notice->opportunity_id;

	if (slice_is_empty(notice->owner_id))
		return fail(err, ERROR_RECORD, "the alert has no user to go to");
	/* A Task about a lead takes no WhatId. */
	return take_id(notice->owner_id, "OwnerId", &ret->owner, err) &&
	       take_id(has_who ? notice->person_id : SLICE(""), "WhoId", &ret->who, err) &&
	       take_id(is_lead && ret->who.text[0] ? SLICE("") : what, "WhatId", &ret->what, err);
}

/* -- Text -- */

/* The bytes of the first max characters. */
static size_t bytes_of(struct slice text, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		if (((unsigned char)text.data[i] & 0xc0) != 0x80 && n++ == max)
			return i;
	return text.len;
}

static size_t characters_of(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return n;
}

static struct slice subject_of(const struct notice *notice)
{
	const struct salesforce_config *config = notice->config;
	const char *prefix = config->task_subject_prefix ? config->task_subject_prefix : "";
	struct slice subject = slice_of(arena_printf(notice->arena, "%s%s%s", prefix, prefix[0] ? " " : "",
						     notice->subject));

	return slice_sub(subject, 0, bytes_of(subject, SUBJECT_MAX));
}

/* The body, cut before its last line where it is too long: that line is what it is found by. */
static struct slice description_of(const struct notice *notice)
{
	struct slice body = slice_trim(slice_of(notice->body)), last = body;
	const char *end = body.len ? memrchr(body.data, '\n', body.len) : NULL;
	size_t room;

	if (characters_of(body) <= DESCRIPTION_MAX)
		return body;
	if (end)
		last = slice_sub(body, (size_t)(end + 1 - body.data), body.len);
	if (!end || characters_of(last) + 2 > DESCRIPTION_MAX)
		last = slice_of(notice->key);
	room = DESCRIPTION_MAX - 1 - characters_of(last);
	return slice_of(arena_printf(notice->arena, "%.*s\n%.*s", (int)bytes_of(body, room), body.data,
				     SLICE_ARGS(last)));
}

static void add_text(struct buf *body, const char *name, struct slice value)
{
	if (slice_is_empty(value))
		return;
	(void)buf_printf(body, "%s\"%s\":", body->len > 1 ? "," : "", name);
	(void)buf_add_json_string(body, value);
}

static void add_due(struct buf *body, struct arena *arena, int64_t due_us)
{
	struct time_parts t = time_split(due_us);

	if (!due_us)
		return;
	add_text(body, "ActivityDate", slice_of(arena_printf(arena, "%04d-%02d-%02d", t.year, t.month, t.day)));
	(void)buf_add_text(body, ",\"IsReminderSet\":true");
	add_text(body, "ReminderDateTime",
		 slice_of(arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.000+0000", t.year, t.month, t.day, t.hour,
				       t.minute, t.second)));
}

/* -- Writing -- */

static bool ask_create(struct notice *notice, const struct caller *caller, const struct notice_ids *ids,
		       struct http_request *request, struct error *err)
{
	const struct salesforce_config *config = notice->config;
	CLEANUP(buf_done) struct buf body = { 0 };

	buf_init(&body, BODY_MAX);
	(void)buf_add_char(&body, '{');
	add_text(&body, "Subject", subject_of(notice));
	add_text(&body, "Description", description_of(notice));
	add_text(&body, "Status", slice_of(config->task_status));
	add_text(&body, "Priority", slice_of(config->task_priority));
	add_text(&body, "OwnerId", record_id_slice(&ids->owner));
	add_text(&body, "WhoId", record_id_slice(&ids->who));
	add_text(&body, "WhatId", record_id_slice(&ids->what));
	add_due(&body, notice->arena, notice->due_us);
	(void)buf_add_char(&body, '}');
	if (body.full || !slice_is_utf8(buf_slice(&body)))
		return fail(err, ERROR_RECORD, "the text of the alert is too long or no valid text");
	request_begin(request, caller, "POST", "/sobjects/Task");
	http_request_json(request, arena_slice(notice->arena, buf_slice(&body)));
	request_write_headers(request, caller);
	return true;
}

static bool read_create(struct notice *notice, struct slice body, struct error *err)
{
	CLEANUP(json_decref_p) json_t *answer = NULL;
	struct record_id id;

	if (!json_read(body, &answer, err)) {
		err->kind = ERROR_UNCERTAIN;
		return fail_in(err, "answer to a new Task");
	}
	if (json_is_false(json_object_get(answer, "success"))) {
		const json_t *first = json_array_get(json_object_get(answer, "errors"), 0);
		struct slice code = json_text(first, "statusCode"), message = json_text(first, "message");

		notice->outcome = OUTCOME_FAILED;
		(void)fail(&notice->err, salesforce_code_kind(code, ERROR_RECORD), "Task refused: %.*s: %.*s",
			   code.data ? (int)code.len : 0, code.data ? code.data : "",
			   (int)slice_sub(message, 0, QUOTED_MAX).len, message.data ? message.data : "");
	} else if (record_id_parse(json_text(answer, "id"), &id)) {
		notice->outcome = OUTCOME_DONE;
		notice->remote_id = arena_slice(notice->arena, record_id_slice(&id));
	} else
		return fail(err, ERROR_UNCERTAIN, "the answer to a new Task has no readable id");
	notice->step = NOTICE_DONE;
	return true;
}

/* -- Finding -- */

static bool ask_find(struct notice *notice, const struct caller *caller, const struct notice_ids *ids,
		     struct http_request *request, struct error *err)
{
	const struct record_id *about = ids->who.text[0] ? &ids->who : &ids->what;
	CLEANUP(buf_done) struct buf soql = { 0 };

	buf_init(&soql, SOQL_MAX);
	(void)buf_add_text(&soql, "SELECT Id, Subject, Description FROM Task WHERE OwnerId = ");
	soql_text(&soql, record_id_slice(&ids->owner));
	if (about->text[0]) {
		(void)buf_printf(&soql, " AND %s = ", about == &ids->who ? "WhoId" : "WhatId");
		soql_text(&soql, record_id_slice(about));
	}
	(void)buf_add_text(&soql, " AND SystemModstamp >= ");
	soql_time(&soql, (notice->created_us - FIND_BACK_US) / US_PER_S * US_PER_S);
	return query_ask(request, caller, &soql, false, 0, err);
}

static bool is_ours(const struct notice *notice, struct slice raw, struct record_id *ret)
{
	CLEANUP(json_decref_p) json_t *row = NULL;
	struct error ignored = { 0 };
	struct slice description;

	if (!json_item(notice->arena, raw, &row, &ignored))
		return false;
	description = row_value(row, "Description");
	return description.len && memmem(description.data, description.len, notice->key, strlen(notice->key)) &&
	       record_id_parse(row_value(row, "Id"), ret);
}

static bool read_find(struct notice *notice, struct slice body, struct error *err)
{
	struct query_page page;
	struct record_id id;

	if (!query_read(notice->arena, body, &page, err))
		return false;
	notice->state = arena_strdup(notice->arena, page.next_url);
	for (size_t i = 0; i < page.n_rows; i++) {
		if (!is_ours(notice, page.rows[i], &id))
			continue;
		notice->outcome = OUTCOME_FOUND;
		notice->remote_id = arena_slice(notice->arena, record_id_slice(&id));
		notice->step = NOTICE_DONE;
		return true;
	}
	if (page.next_url)
		return true;
	notice->outcome = OUTCOME_GONE;
	notice->step = NOTICE_DONE;
	return true;
}

enum next salesforce_notice_ask(struct notice *notice, struct http_request *request, struct error *err)
{
	struct caller caller = { notice->config, notice->session, notice->arena };
	struct notice_ids ids;

	if (notice->step == NOTICE_DONE)
		return NEXT_DONE;
	if (notice->state) {			/* a locator serves once: should this fail, we begin anew */
		query_ask_more(request, &caller, TAKE(notice->state));
		return NEXT_REQUEST;
	}
	if (!notice_ids(notice, &ids, &notice->err)) {
		notice->outcome = OUTCOME_FAILED;
		return NEXT_DONE;
	}
	if (notice->find)
		return ask_find(notice, &caller, &ids, request, err) ? NEXT_REQUEST : NEXT_FAILED;
	return ask_create(notice, &caller, &ids, request, err) ? NEXT_REQUEST : NEXT_FAILED;
}

bool salesforce_notice_read(struct notice *notice, const struct http_response *response, struct error *err)
{
	if (!salesforce_verdict(response, err))
		return false;
	return notice->find ? read_find(notice, response->body, err) : read_create(notice, response->body, err);
}
