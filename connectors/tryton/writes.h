/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Writes: how items of a model are changed or made, the same for all of them.
 *
 * An update first reads what it is about to change: which records are still there, the rows that hold their
 * values, and their stamps, which go along so that somebody else's edit in between refuses the call. Then all
 * items go in one call. A call is one transaction: when it is refused nothing of it was stored, so it is
 * halved until the bad item stands alone. An "are you sure?" is answered and the same call repeated.
 */
#include "buf.h"
#include "connector.h"
#include "json.h"
#include "rpc.h"

struct draft {
	struct buf values; /* members of the values object; empty: nothing to write */
	struct buf stamps; /* members of the context's _timestamp */
};

struct write_ops {
	const char *model;
	const char *fields; /* what an update reads first: a JSON list */
	const char *where;  /* further clauses of that read, each with a comma before it; NULL */
	/* Fills draft from the item's changes. row: as read, NULL for a create. It may decide the item by
	 * itself (item->outcome); false with err, and item->err_field if it knows, refuses the item. */
	bool (*draft)(struct push *push, struct push_item *item, const json_t *row, struct draft *draft,
	              struct error *err);
};

enum next writes_ask(const struct write_ops *ops, struct push *push, struct http_request *request,
                     struct error *err);
bool writes_read(const struct write_ops *ops, struct push *push, const struct http_response *response,
                 struct error *err);
void draft_stamp(struct draft *draft, const char *model, struct slice id, struct slice stamp);

/* -- Between writes.c and drafts.c -- */

#define RANGES_MAX 64 /* halving 100 items needs 8 */

struct range {
	size_t from, to;
};

struct writes {
	struct slice *values, *stamps;   /* by item; a null slice: not to be written */
	struct range ranges[RANGES_MAX]; /* the last one is sent next */
	size_t n_ranges;
	const char *warning; /* its name, to be answered before that range is sent again */
	int n_warnings;
	bool is_read;
};

struct writes *writes_new(const struct write_ops *ops, struct push *push);
enum next writes_ask_current(const struct write_ops *ops, struct push *push, struct http_request *request,
                             struct error *err);
bool writes_read_current(const struct write_ops *ops, struct push *push, struct writes *writes,
                         const struct http_response *response, struct error *err);
