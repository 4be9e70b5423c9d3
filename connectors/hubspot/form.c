/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include "json.h"

#define PAGE_MAX "50"

static bool form_needs_list(const struct pull *pull)
{
	(void)pull;
	return true;
}

static void form_list_ask(struct pull *pull, struct feed *feed, struct http_request *request)
{
	hubspot_begin(request, pull->batch->arena, pull->session, "GET", PLACE_FORMS, NULL);
	if (*feed->after)
		http_request_query(request, "after", slice_of(feed->after));
}

static bool form_list_read(struct pull *pull, struct feed *feed, const struct http_response *response,
			   struct slice *ret_after, struct error *err)
{
	struct hubspot_page page;

	if (!hubspot_page_read(pull->batch->arena, response, &page, err))
		return false;
	for (size_t i = 0; i < page.n_items; i++) {
		struct error bad = { 0 };
		json_t *item = NULL;
		struct slice guid;

		if (!json_item(pull->batch->arena, page.items[i], &item, &bad)) {
			hubspot_park(pull->batch, "form", NULL, page.items[i], &bad);
			continue;
		}
		guid = slice_is_empty(hubspot_text(item, "id")) ? hubspot_text(item,
									       "guid") : hubspot_text(item,
												      "id");
		if (!slice_is_empty(guid))
			hubspot_feed_key_add(pull, feed, guid, hubspot_text(item, "name"));
		json_decref(item);
	}
	*ret_after = page.after;
	return true;
}

static void form_page_ask(struct pull *pull, struct feed *feed, const struct feed_key *key, int64_t from_ms,
			  struct http_request *request)
{
	(void)from_ms;				/* submissions cannot be filtered: see pages_read() of feed.c */
	hubspot_begin(request, pull->batch->arena, pull->session, "GET", PLACE_SUBMISSIONS, NULL);
	http_request_segment(request, key->key);
	http_request_query(request, "limit", SLICE(PAGE_MAX));
	if (*feed->after)
		http_request_query(request, "after", slice_of(feed->after));
}

/* "values":[{"name":"email","value":"…"},…] */
static struct slice submitted_value(const json_t *item, const char *name)
{
	const json_t *values = json_object_get(item, "values"), *value;
	size_t i;

	if (json_is_object(values))
		return json_text(values, name);
	json_array_foreach(values, i, value)
		if (slice_equal_text(hubspot_text(value, "name"), name))
			return json_text(value, "value");
	return SLICE_NULL;
}

static bool form_item_read(struct pull *pull, const struct feed_key *key, const json_t *item, int64_t *ret_ms,
			   struct error *err)
{
	struct slice email = submitted_value(item, "email");
	struct hubspot_activity activity = { .object = "form", .kind = "form", .title = key->title };
	struct record *record;

	if (!hubspot_time(hubspot_text(item, "submittedAt"), &activity.occurred_us))
		return fail(err, ERROR_RECORD, "submittedAt \"%.*s\" is not a time",
			    SLICE_ARGS(hubspot_text(item, "submittedAt")));
	*ret_ms = activity.occurred_us / 1000;
	if (*ret_ms < hubspot_feed_from_ms(pull, key))
		return true;			/* a page of the newest brings old ones again */
	activity.email = slice_is_null(email) ? SLICE("") : slice_trim(email);
	/* Without an address only the form tells submissions of one moment apart. */
	activity.id = hubspot_submission_id(pull->batch->arena, activity.email, key->key, activity.occurred_us);
	record = hubspot_activity_add(pull->batch, &activity);
	for (size_t i = 0; i < pull->n_fields; i++)
		batch_set(pull->batch, record, i, submitted_value(item, pull->fields[i]));
	return true;
}

static const struct feed_kind form_kind = {
	.object = "form",
	.needs_list = form_needs_list,
	.list_ask = form_list_ask,
	.list_read = form_list_read,
	.page_ask = form_page_ask,
	.item_read = form_item_read,
};

static enum next form_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	return hubspot_feed_ask(pull, &form_kind, request, err);
}

const struct stream_ops hubspot_form = {
	.name = "form",
	.entity = ENTITY_ACTIVITY,
	.help = "forms sent in, of all forms",
	.ask = form_ask,
	.read = hubspot_feed_read,
};
