/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Feed: activities that come in several lists (submissions by form, events by type), each with a watermark of its own,
 * because they are read one after the other and a common watermark would pass what came late to an early list.
 *
 * First the list of lists, then each of them page by page. The cursor keeps the watermarks and, inside a long list,
 * the place and the highest time seen: {"v":1,"marks":{"guid":ms},"at":"guid","after":"…","high":ms}. "closed" in it
 * says why the endpoint is not open to these credentials; that is parked once and the stream is empty.
 */
#include "hubspot.h"

struct feed_key {
	struct slice key;			/* form guid, event type; may be empty when contact_id is set */
	struct slice title;
	struct slice contact_id;		/* only events of this contact */
	int64_t mark_ms;			/* everything before it has been read; 0: nothing yet */
	bool is_listed;
};

struct feed;

struct feed_kind {
	const char *object;
	bool (*needs_list)(const struct pull *pull);	/* false: the lists are known from the settings or the ids */
	void (*keys)(struct pull *pull, struct feed *feed);	/* adds those */
	void (*list_ask)(struct pull *pull, struct feed *feed, struct http_request *request);
	bool (*list_read)(struct pull *pull, struct feed *feed, const struct http_response *response,
			  struct slice *ret_after,
			  struct error *err);
	void (*page_ask)(struct pull *pull, struct feed *feed, const struct feed_key *key, int64_t from_ms,
			 struct http_request *request);
	/* The item as an activity; ret_ms is its time. */
	bool (*item_read)(struct pull *pull, const struct feed_key *key, const json_t *item, int64_t *ret_ms,
			  struct error *err);
};

struct feed {
	const struct feed_kind *kind;
	enum { FEED_LIST, FEED_PAGES, FEED_END } step;
	struct feed_key *keys;
	size_t n_keys, size_keys, key;
	const char *after;			/* of the list or page that is asked next; "" at its beginning */
	struct slice at;			/* from the cursor: list in which a pull broke off, and where */
	const char *at_after;
	int64_t at_high_ms;
	int64_t high_ms;
	const char *closed;
};

struct feed_key *hubspot_feed_key_add(struct pull *pull, struct feed *feed, struct slice key,
				      struct slice title);
enum next hubspot_feed_ask(struct pull *pull, const struct feed_kind *kind, struct http_request *request,
			   struct error *err);
/* Items before it have been read; 0: none has. */
int64_t hubspot_feed_from_ms(const struct pull *pull, const struct feed_key *key);
bool hubspot_feed_read(struct pull *pull, const struct http_response *response, struct error *err);
