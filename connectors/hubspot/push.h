/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Push: finding, creating and updating CRM objects in batches.
 *
 * A verb is a list of rounds; a round takes the items it wants, cuts them into groups of one call each, no id twice in
 * one (push.c). Answers are matched by id, trace id or property, never by place. A call refused as a whole is cut in
 * halves until the bad item stands alone; nothing of a refused call took effect, so that writes nothing twice.
 */
#include "hubspot.h"

struct push_group {
	struct push_group *next;
	size_t n;
	size_t items[];				/* places in push->items */
};

struct push_round {
	bool changes;
	bool (*wants)(const struct push *push, const struct push_item *item);
	struct slice (*id)(const struct push_item *item);	/* what must not stand twice in a call; NULL: nothing */
	bool (*ask)(const struct push *push, const struct push_group *group, struct http_request *request,
		    struct error *err);
	/* Takes one result into the item it belongs to; NULL: results say nothing. */
	void (*result)(const struct push *push, const struct push_group *group, const json_t *result);
	/* What a refusal of this one item means. */
	void (*refused)(const struct push *push, struct push_item *item, int status, const json_t *error);
};

extern const struct push_round *const hubspot_push_find_rounds[], *const hubspot_push_create_rounds[],
	*const hubspot_push_update_rounds[];

const struct hubspot_object *hubspot_push_object(const struct push *push);
const char *hubspot_push_key_field(const struct push *push);			/* NULL: there is none at the remote */
void hubspot_push_begin_batch(const struct push *push, struct http_request *request, const char *tail);
void hubspot_push_done(const struct push *push, struct push_item *item, const json_t *result);
/* The one item of a group of one, else NULL. */
struct push_item *hubspot_push_alone(const struct push *push, const struct push_group *group);
void hubspot_push_item_fail(const struct push *push, struct push_item *item, int status, const json_t *error);
bool hubspot_push_is_missing(int status, const json_t *error);			/* "there is no such object" */
const char *hubspot_push_trace_id(const struct push *push, size_t item);

/* What a call of a batch is made of. */
struct push_form {
	const char *tail;			/* of the address */
	const char *head;			/* members before the inputs */
	void (*add)(const struct push *push, struct buf *body, size_t item);	/* the members of one input */
};
bool hubspot_push_group_ask(const struct push *push, const struct push_group *group,
			    const struct push_form *form,
			    struct http_request *request, struct error *err);
bool hubspot_push_is_pending(const struct push_item *item);
bool hubspot_push_has_key(const struct push *push, const struct push_item *item);	/* and there is a field for it */
struct slice hubspot_push_key_of(const struct push_item *item);
