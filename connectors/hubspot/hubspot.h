/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * HubSpot: what the files of this module share. The API's page, limits and quirks are in README.md.
 *
 * A CRM object (contact, company, deal) is a row of data, struct hubspot_object, around its stream_ops: one machine
 * (object.c) pulls them all. Owners, forms and events are small machines of their own.
 */
#include <jansson.h>

#include "buf.h"
#include "connector.h"

enum hubspot_api { HUBSPOT_CLASSIC, HUBSPOT_2026_03 };

struct hubspot_config {
	struct slice token;
	const char *client_id;
	struct slice client_secret, refresh_token;
	struct slice webhook_secret, webhook_secret_previous;
	int64_t webhook_max_age_ms;
	bool allow_old_signatures;
	const char *key_field_contact, *key_field_company, *key_field_deal;
	const char *const *activity_properties;
	const char *const *event_types;
	int64_t search_lag_ms, archived_poll_ms;
	int api;
};

/* -- Addresses (address.c): the only place that knows a path -- */

enum hubspot_place {
	PLACE_OBJECTS,				/* then {type}, {id} or a tail such as "batch/read" */
	PLACE_ASSOCIATIONS,			/* then {from}, {to}, tail */
	PLACE_OBJECT_ASSOCIATIONS,		/* then {from}, {id}, "associations", … */
	PLACE_PROPERTIES,			/* then {type} */
	PLACE_PIPELINES,			/* then {type} */
	PLACE_OWNERS,
	PLACE_FORMS,
	PLACE_SUBMISSIONS,			/* then {guid} */
	PLACE_EVENTS,
	PLACE_EVENT_TYPES,
};
/* segments: NULL-terminated, escaped one by one; a '/' in a constant one is written as it is. */
void hubspot_begin(struct http_request *request, struct arena *arena, const struct session *session,
		   const char *method,
		   enum hubspot_place place, const char *const *segments);
#define SEGMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* Takes the buffer as the body; ERROR_TOO_LARGE if it went over its ceiling. The buffer is done with afterwards. */
bool hubspot_body(struct http_request *request, struct buf *body, struct error *err) MUST_CHECK;
#define HUBSPOT_BODY_MAX ((size_t)16 << 20)

void hubspot_add_member(struct buf *buf, const char *name, struct slice text);	/* "name":"text" */
void hubspot_add_ids(struct buf *buf, const struct slice *ids, size_t n_ids);	/* "inputs":[{"id":"1"},…] */
void hubspot_add_names(struct buf *buf, const char *name, const char *const *list,
		       size_t n);	/* "name":["a",…] */

/* -- Answers (answer.c) -- */

bool hubspot_check(const struct http_response *response, struct error *err);

/* Says what an answer of 400 and above means; always false. 403 is ERROR_REFUSED, the rest ERROR_RECORD. */
bool hubspot_refusal(const struct http_response *response, struct error *err);
bool hubspot_is_error(const struct http_response *response);		/* a refusal in HubSpot's own words */
/* The whole answer, read as json_item() does; ERROR_TRANSIENT when it is not an object. The caller owns *ret. */
bool hubspot_object_answer(struct arena *arena, const struct http_response *response, json_t **ret,
			   struct error *err) MUST_CHECK;

/* A page: `results` cut into items, each to be read by json_item(), and the rest of the document. */
struct hubspot_page {
	struct slice *items;
	size_t n_items;
	struct slice after;			/* paging.next.after, empty on the last page */
};
bool hubspot_page_read(struct arena *arena, const struct http_response *response, struct hubspot_page *ret,
		       struct error *err) MUST_CHECK;
/* Parks an item that could not be read, with its id if that much can be seen. */
void hubspot_park(struct batch *batch, const char *object, const json_t *item, struct slice raw,
		  const struct error *err);

bool hubspot_time(struct slice text, int64_t *ret_us) MUST_CHECK;	/* ISO 8601, or milliseconds since 1970 */
int64_t hubspot_time_or(const json_t *object, const char *name, int64_t fallback_us);
/* Member as text, empty when missing or null. */
struct slice hubspot_text(const json_t *object, const char *name);
bool hubspot_existing_id(struct slice message, struct slice *ret);	/* the N of "… Existing ID: N" */
struct slice hubspot_hash_id(struct arena *arena, const struct slice *parts, size_t n_parts);

/* -- Cursors: JSON text of this module -- */

bool hubspot_cursor_read(const char *cursor, json_t **ret, struct error *err) MUST_CHECK;	/* NULL cursor: {} */
int64_t hubspot_cursor_int(const json_t *cursor, const char *name, int64_t fallback);
/* Takes the tree over; the text lives in the pull's run_arena. */
const char *hubspot_cursor_print(struct pull *pull, json_t *cursor);

/* -- CRM objects -- */

struct hubspot_link {
	const char *path;			/* associated type; NULL ends a list */
	const char *object;			/* its stream */
	enum ref_kind kind;
	int primary_type;			/* association type id of the primary one; 0: all of them are refs */
	const char *primary_name;		/* how the list answer calls that type */
};

struct object_pull;

struct hubspot_object {
	struct stream_ops stream;
	const char *path;			/* "contacts" */
	const char *type_id;			/* "0-1" */
	const char *stamp;			/* property with the time of the last change */
	const char *merged;			/* property that lists the ids merged into a record */
	const char *const *properties;		/* asked for beside the mapping's; NULL-terminated */
	const struct hubspot_link *links;
	bool has_pipelines;
	bool has_activities;			/* activity_properties are its properties */
	/* What a record means beyond values and owner. */
	void (*more)(struct pull *pull, const struct object_pull *state, const json_t *item,
		     struct record *record);
};
extern const struct hubspot_object hubspot_contact, hubspot_company, hubspot_deal;
extern const struct stream_ops hubspot_owner, hubspot_form, hubspot_event;

const struct hubspot_object *hubspot_object_of(const struct stream_ops *stream);
const char *hubspot_key_field(const struct hubspot_config *config,
			      const struct hubspot_object *object);	/* or NULL */

enum next hubspot_object_ask(struct pull *pull, struct http_request *request, struct error *err);
bool hubspot_object_read(struct pull *pull, const struct http_response *response, struct error *err);
enum next hubspot_describe_ask(struct describe *describe, struct http_request *request, struct error *err);
bool hubspot_describe_read(struct describe *describe, const struct http_response *response, struct error *err);
enum next hubspot_push_ask(struct push *push, struct http_request *request, struct error *err);
bool hubspot_push_read(struct push *push, const struct http_response *response, struct error *err);

/* Lists the ids that were merged into a record; contacts have a list of their own beside it. */
#define MERGED_IDS "hs_merged_object_ids"

/* The pair of contact properties that tells of the latest form sent in. */
#define CONVERSION_NAME "recent_conversion_event_name"
#define CONVERSION_DATE "recent_conversion_date"

/* -- Activities (activity.c) -- */

struct hubspot_activity {
	const char *object;			/* stream it belongs to */
	const char *kind;
	struct slice id;
	int64_t occurred_us;
	struct slice title, email, contact_id;
};
struct record *hubspot_activity_add(struct batch *batch, const struct hubspot_activity *activity);
/* One id for a form that was sent in, whether the contact or the list of submissions tells of it. */
struct slice hubspot_submission_id(struct arena *arena, struct slice email, struct slice contact_id,
				   int64_t sent_us);

/* -- The rest -- */

enum next hubspot_login_ask(struct session *session, struct http_request *request, struct error *err);
bool hubspot_login_read(struct session *session, const struct http_response *response, struct error *err);
void hubspot_authorize(const struct session *session, struct http_request *request);
enum next hubspot_notice_ask(struct notice *notice, struct http_request *request, struct error *err);
bool hubspot_notice_read(struct notice *notice, const struct http_response *response, struct error *err);
bool hubspot_hook_verify(const struct hook *hook, struct error *err);
bool hubspot_hook_parse(const struct hook *hook, struct hook_events *events, struct error *err);
