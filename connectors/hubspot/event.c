/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include "clock.h"
#include "json.h"

#define PAGE_MAX "100"
#define HINT_BACK_MS INT64_C(86400000)		/* a webhook may be up to a day late */

/* Words in the name of an event type, first match wins; names of an account's own events hold anything. */
static const struct {
	const char *words[2];
	const char *kind;
} kinds[] = {
	{ { "email", "open" }, "email_open" }, { { "email", "click" }, "email_click" },
		{ { "visit", NULL }, "page_view" },
	{ { "page", "view" }, "page_view" },   { { "download", NULL }, "download" },	{ { "form", "subm" },
		"form" },
};

/* Properties that may name what the event was about. */
static const char *const titles[] = { "hs_title", "hs_page_title", "hs_form_name", "hs_email_subject",
	"hs_name", "hs_url", "name" };

static bool has_word(struct slice text, const char *word)
{
	return !word || (text.len > 0 && memmem(text.data, text.len, word, strlen(word)));
}

static const char *event_kind(struct slice type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (has_word(type, kinds[i].words[0]) && has_word(type, kinds[i].words[1]))
			return kinds[i].kind;
	return "event";
}

static bool event_needs_list(const struct pull *pull)
{
	const struct hubspot_config *config = pull->config;

	return !pull->ids && !config->event_types[0];
}

static void contact_keys(struct pull *pull, struct feed *feed, struct slice type)
{
	for (size_t i = 0; i < pull->n_ids; i++) {
		struct feed_key *key = hubspot_feed_key_add(pull, feed, type, SLICE(""));

		key->contact_id = arena_slice(pull->run_arena, pull->ids[i]);
		key->mark_ms = pull->now_us / 1000 - HINT_BACK_MS;
	}
}

static void event_keys(struct pull *pull, struct feed *feed)
{
	const struct hubspot_config *config = pull->config;

	for (const char *const *type = config->event_types; *type; type++) {
		if (pull->ids)
			contact_keys(pull, feed, slice_of(*type));
		else
			hubspot_feed_key_add(pull, feed, slice_of(*type), SLICE(""));
	}
	if (pull->ids && !config->event_types[0])
		contact_keys(pull, feed, SLICE(""));
}

static void event_list_ask(struct pull *pull, struct feed *feed, struct http_request *request)
{
	hubspot_begin(request, pull->batch->arena, pull->session, "GET", PLACE_EVENT_TYPES, NULL);
	if (*feed->after)
		http_request_query(request, "after", slice_of(feed->after));
}

static struct slice type_name(const json_t *type)
{
	static const char *const names[] = { "name", "eventType", "fullyQualifiedName", "id" };
	struct slice name = json_scalar(type);

	for (size_t i = 0; i < ARRAY_SIZE(names) && slice_is_empty(name); i++)
		name = json_text(type, names[i]);
	return name;
}

/* {"eventTypes":["e_visited_page",…]}, or a page of results. */
static bool event_list_read(struct pull *pull, struct feed *feed, const struct http_response *response,
			    struct slice *ret_after, struct error *err)
{
	const json_t *list, *type;
	json_t *tree;
	struct slice after;
	size_t i;

	if (!hubspot_object_answer(pull->batch->arena, response, &tree, err))
		return false;
	list = json_object_get(tree, "eventTypes");
	if (!list)
		list = json_object_get(tree, "results");
	json_array_foreach(list, i, type)
		if (!slice_is_empty(type_name(type)))
			hubspot_feed_key_add(pull, feed, type_name(type), SLICE(""));
	after = json_scalar(json_path(tree, "paging.next.after"));
	*ret_after = slice_is_empty(after) ? SLICE("") : arena_slice(pull->run_arena, after);
	json_decref(tree);
	return true;
}

static void event_page_ask(struct pull *pull, struct feed *feed, const struct feed_key *key, int64_t from_ms,
			   struct http_request *request)
{
	struct arena *arena = pull->batch->arena;

	hubspot_begin(request, arena, pull->session, "GET", PLACE_EVENTS, NULL);
	http_request_query(request, "objectType", SLICE("contact"));
	if (!slice_is_empty(key->contact_id))
		http_request_query(request, "objectId", key->contact_id);
	if (!slice_is_empty(key->key))
		http_request_query(request, "eventType", key->key);
	if (from_ms > 0)
		http_request_query(request, "occurredAfter", slice_of(time_print(arena, from_ms * 1000)));
	if (*feed->after)
		http_request_query(request, "after", slice_of(feed->after));
	http_request_query(request, "limit", SLICE(PAGE_MAX));
}

static struct slice event_title(const json_t *item, struct slice type)
{
	const json_t *properties = json_object_get(item, "properties");

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (!slice_is_empty(hubspot_text(properties, titles[i])))
			return hubspot_text(properties, titles[i]);
	return type;
}

static struct slice event_id(struct arena *arena, const json_t *item, struct slice type)
{
	struct slice id = hubspot_text(item, "id");
	struct slice parts[] = { SLICE("event\n"), type, SLICE("\n"), hubspot_text(item, "objectId"),
		SLICE("\n"),
				 hubspot_text(item, "occurredAt") };

	return slice_is_empty(id) ? hubspot_hash_id(arena, parts, ARRAY_SIZE(parts)) : id;
}

static bool event_item_read(struct pull *pull, const struct feed_key *key, const json_t *item,
			    int64_t *ret_ms, struct error *err)
{
	struct slice type = slice_is_empty(hubspot_text(item, "eventType")) ? key->key : hubspot_text(item,
												      "eventType");
	struct hubspot_activity activity = { .object = "event", .kind = event_kind(type),
		.contact_id = hubspot_text(item, "objectId") };
	struct record *record;

	if (!hubspot_time(hubspot_text(item, "occurredAt"), &activity.occurred_us))
		return fail(err, ERROR_RECORD, "occurredAt \"%.*s\" is not a time",
			    SLICE_ARGS(hubspot_text(item, "occurredAt")));
	if (slice_is_empty(activity.contact_id))
		activity.contact_id = key->contact_id;
	if (slice_is_empty(activity.contact_id))
		return fail(err, ERROR_RECORD, "the event has no objectId");
	activity.id = event_id(pull->batch->arena, item, type);
	activity.title = event_title(item, type);
	record = hubspot_activity_add(pull->batch, &activity);
	for (size_t i = 0; i < pull->n_fields; i++)
		batch_set(pull->batch, record, i, json_text(json_object_get(item, "properties"),
							    pull->fields[i]));
	*ret_ms = activity.occurred_us / 1000;
	return true;
}

static const struct feed_kind event_feed = {
	.object = "event",
	.needs_list = event_needs_list,
	.keys = event_keys,
	.list_ask = event_list_ask,
	.list_read = event_list_read,
	.page_ask = event_page_ask,
	.item_read = event_item_read,
};

static enum next event_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	return hubspot_feed_ask(pull, &event_feed, request, err);
}

const struct stream_ops hubspot_event = {
	.name = "event",
	.entity = ENTITY_ACTIVITY,
	.help = "web and e-mail events of contacts",
	.ids_max = 100,
	.ask = event_ask,
	.read = hubspot_feed_read,
};
