/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include "json.h"

struct feed_key *hubspot_feed_key_add(struct pull *pull, struct feed *feed, struct slice key,
				      struct slice title)
{
	struct feed_key *found = NULL;

	for (size_t i = 0; i < feed->n_keys && !found; i++)
		if (slice_equal(feed->keys[i].key, key) && slice_is_null(feed->keys[i].contact_id) &&
		    !pull->ids)
			found = &feed->keys[i];
	if (!found && feed->n_keys == feed->size_keys) {
		feed->keys = arena_grow(pull->run_arena, feed->keys, feed->n_keys, feed->n_keys * 2 + 16,
					sizeof(*feed->keys));
		feed->size_keys = feed->n_keys * 2 + 16;
	}
	if (!found) {
		found = &feed->keys[feed->n_keys++];
		found->key = arena_slice(pull->run_arena, key);
	}
	found->title = arena_slice(pull->run_arena, title);
	found->is_listed = true;
	return found;
}

/* -- Cursor -- */

static void cursor_take(struct pull *pull, struct feed *feed, const json_t *cursor)
{
	const char *key;
	json_t *mark;

	json_object_foreach(json_object_get(cursor, "marks"), key, mark) {
		struct feed_key *found = hubspot_feed_key_add(pull, feed, slice_of(key), SLICE(""));

		found->mark_ms = json_integer_value(mark);
		found->is_listed = false;
	}
	feed->at = arena_slice(pull->run_arena, hubspot_text(cursor, "at"));
	feed->at_after = arena_slice(pull->run_arena, hubspot_text(cursor, "after")).data;
	feed->at_high_ms = hubspot_cursor_int(cursor, "high", 0);
	feed->closed = arena_strdup(pull->run_arena, json_string_value(json_object_get(cursor, "closed")));
}

static const char *cursor_print(struct pull *pull, const struct feed *feed)
{
	json_t *cursor = json_pack("{s:i}", "v", 1), *marks = json_object();

	for (size_t i = 0; i < feed->n_keys; i++)
		if (feed->keys[i].mark_ms != 0)
			json_object_set_new(marks, feed->keys[i].key.data, json_integer(feed->keys[i].mark_ms));
	json_object_set_new(cursor, "marks", marks);
	if (feed->step == FEED_PAGES && *feed->after) {
		json_object_set_new(cursor, "at", json_string(feed->keys[feed->key].key.data));
		json_object_set_new(cursor, "after", json_string(feed->after));
		json_object_set_new(cursor, "high", json_integer(feed->high_ms));
	}
	if (feed->closed)
		json_object_set_new(cursor, "closed", json_string(feed->closed));
	return hubspot_cursor_print(pull, cursor);
}

static void page_close(struct pull *pull, const struct feed *feed)
{
	if (!pull->ids)
		pull->cursor = cursor_print(pull, feed);
	pull->is_open = false;
}

/* -- Steps -- */

/* The next list from `key` on that is there today. */
static void key_begin(struct feed *feed, size_t key)
{
	while (key < feed->n_keys && !feed->keys[key].is_listed)
		key++;
	feed->key = key;
	feed->after = "";
	feed->high_ms = 0;
	feed->step = key < feed->n_keys ? FEED_PAGES : FEED_END;
	if (feed->step == FEED_PAGES && !slice_is_empty(feed->at) &&
	    slice_equal(feed->keys[key].key, feed->at)) {
		feed->after = feed->at_after;
		feed->high_ms = feed->at_high_ms;
	}
}

static struct feed *feed_begin(struct pull *pull, const struct feed_kind *kind, struct error *err)
{
	struct feed *feed = arena_alloc(pull->run_arena, sizeof(*feed));
	json_t *cursor;

	if (!hubspot_cursor_read(pull->ids ? NULL : pull->cursor, &cursor, err))
		return NULL;
	feed->kind = kind;
	feed->after = "";
	cursor_take(pull, feed, cursor);
	json_decref(cursor);
	if (!kind->needs_list(pull)) {
		kind->keys(pull, feed);
		key_begin(feed, 0);
	}
	pull->state = feed;
	return feed;
}

int64_t hubspot_feed_from_ms(const struct pull *pull, const struct feed_key *key)
{
	int64_t from = key->mark_ms;

	if (pull->since_us > 0 && from == 0)
		return pull->since_us / 1000;
	return from > pull->overlap_ms ? from - pull->overlap_ms : 0;
}

enum next hubspot_feed_ask(struct pull *pull, const struct feed_kind *kind, struct http_request *request,
			   struct error *err)
{
	struct feed *feed = pull->state ? pull->state : feed_begin(pull, kind, err);

	if (!feed)
		return NEXT_FAILED;
	if (feed->step == FEED_END)
		return NEXT_DONE;
	if (feed->step == FEED_LIST)
		kind->list_ask(pull, feed, request);
	else
		kind->page_ask(pull, feed, &feed->keys[feed->key],
			       hubspot_feed_from_ms(pull, &feed->keys[feed->key]), request);
	return NEXT_REQUEST;
}

/* The endpoint is not open to these credentials: the stream is empty, and that is said once. */
static bool feed_close(struct pull *pull, struct feed *feed, const struct http_response *response)
{
	struct error refusal = { 0 };
	bool is_news;

	hubspot_refusal(response, &refusal);
	is_news = !feed->closed || strcmp(feed->closed, refusal.text) != 0;
	feed->closed = arena_strdup(pull->run_arena, refusal.text);
	feed->step = FEED_END;
	fail_in(&refusal, "stream %s stays empty", feed->kind->object);
	if (is_news && !pull->ids)
		batch_park(pull->batch, feed->kind->object, SLICE(""), response->body, &refusal);
	page_close(pull, feed);
	return true;
}

static bool after_take(struct pull *pull, struct feed *feed, struct slice after, struct error *err)
{
	if (!slice_is_empty(after) && slice_equal_text(after, feed->after))
		return fail(err, ERROR_TRANSIENT, "the next page after \"%s\" is the same page again",
			    feed->after);
	feed->after = slice_is_empty(after) ? "" : arena_slice(pull->run_arena, after).data;
	return true;
}

static bool list_read(struct pull *pull, struct feed *feed, const struct http_response *response,
		      struct error *err)
{
	struct slice after;

	if (response->status == 403 || response->status == 404)
		return feed_close(pull, feed, response);
	if (!feed->kind->list_read(pull, feed, response, &after, err) || !after_take(pull, feed, after, err))
		return false;
	feed->closed = NULL;
	pull->is_open = true;
	if (*feed->after)
		return true;
	key_begin(feed, 0);
	if (feed->step == FEED_END)
		page_close(pull, feed);
	return true;
}

struct page_span {
	int64_t low_ms;				/* INT64_MAX: no item */
	int64_t last_ms;
	bool has_fallen, has_risen;
};

static void span_add(struct page_span *span, int64_t ms)
{
	if (span->low_ms != INT64_MAX) {
		span->has_fallen |= ms < span->last_ms;
		span->has_risen |= ms > span->last_ms;
	}
	if (ms < span->low_ms)
		span->low_ms = ms;
	span->last_ms = ms;
}

static struct page_span items_read(struct pull *pull, struct feed *feed, const struct hubspot_page *page)
{
	const struct feed_key *key = &feed->keys[feed->key];
	struct page_span span = { .low_ms = INT64_MAX };

	for (size_t i = 0; i < page->n_items; i++) {
		struct error err = { 0 };
		json_t *item = NULL;
		int64_t ms;

		if (!json_item(pull->batch->arena, page->items[i], &item, &err) ||
		    !feed->kind->item_read(pull, key, item, &ms, &err)) {
			hubspot_park(pull->batch, feed->kind->object, item, page->items[i], &err);
		} else {
			span_add(&span, ms);
			if (ms > feed->high_ms)
				feed->high_ms = ms;
		}
		json_decref(item);
	}
	return span;
}

static void key_end(struct feed *feed)
{
	struct feed_key *key = &feed->keys[feed->key];

	if (feed->high_ms > key->mark_ms)
		key->mark_ms = feed->high_ms;
	key_begin(feed, feed->key + 1);
}

/* A list that cannot be asked for (deleted form, event type of another object) is passed over; parked once. */
static bool key_skip(struct pull *pull, struct feed *feed, const struct http_response *response)
{
	struct feed_key *key = &feed->keys[feed->key];
	struct error refusal = { 0 };

	hubspot_refusal(response, &refusal);
	if (response->status == 400 && key->mark_ms == 0) {
		batch_park(pull->batch, feed->kind->object, SLICE(""), key->key, &refusal);
		key->mark_ms = 1;
	}
	key_begin(feed, feed->key + 1);
	page_close(pull, feed);
	return true;
}

static bool pages_read(struct pull *pull, struct feed *feed, const struct http_response *response,
		       struct error *err)
{
	int64_t from = hubspot_feed_from_ms(pull, &feed->keys[feed->key]);
	struct hubspot_page page;
	struct page_span span;

	if (response->status == 403)
		return feed_close(pull, feed, response);
	if (response->status == 404 || response->status == 400)
		return key_skip(pull, feed, response);
	if (!hubspot_page_read(pull->batch->arena, response, &page, err) ||
	    !after_take(pull, feed, page.after, err))
		return false;
	span = items_read(pull, feed, &page);
	feed->closed = NULL;
	/* Newest first is not promised: only a page that falls, and falls below the watermark, ends a list early. */
	if (!*feed->after || (span.has_fallen && !span.has_risen && span.low_ms < from))
		key_end(feed);
	page_close(pull, feed);
	return true;
}

bool hubspot_feed_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	struct feed *feed = pull->state;

	return feed->step == FEED_LIST ? list_read(pull, feed, response, err) : pages_read(pull, feed,
											   response, err);
}
