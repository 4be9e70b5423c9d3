/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Parked: what was set aside with its reason: a record that could not be read, a push that was refused, an alert that
 * found nobody. One row a thing, however often it comes; gone by itself once the thing goes through.
 */
#include "record.h"
#include "store.h"

/* One thing to park; texts are borrowed for the call. */
struct parked_thing {
	int16_t connector_id;
	const char *kind;			/* read, push, alert, hook */
	struct slice object, external_id;
	int64_t ref;
	struct slice reason, raw;
};
void parked_add(struct store *store, struct pg *pg, const struct parked_thing *things, size_t n, int64_t now_us, pg_done *done,
		void *owner);
/* The items of a batch that could not be read. */
void parked_read(struct store *store, struct pg *pg, struct arena *arena, int16_t connector_id, const struct batch *batch,
		 int64_t now_us, pg_done *done, void *owner);
/* $1 connector, $2 batch in w_source: records that were read well are not parked any more. */
#define PARKED_CLEAR_SQL                                                                                       \
	"DELETE FROM parked p USING w_source w WHERE w.batch = $2 AND p.connector_id = $1 AND p.kind = 'read'" \
	" AND p.object = w.object AND p.external_id = w.external_id"
/* A push or alert went through. */
void parked_clear(struct pg *pg, int16_t connector_id, const char *kind, const int64_t *refs, size_t n, pg_done *done, void *owner);
