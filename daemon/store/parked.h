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
	int64_t ref;				/* record, entity, alert or event it is about; 0: not known */
	struct slice reason, raw;
};
void parked_add(struct store *store, struct pg *pg, const struct parked_thing *things, size_t n, int64_t now_us, pg_done *done,
		void *owner);
/* The items of a batch that could not be read. */
void parked_read(struct store *store, struct pg *pg, struct arena *arena, int16_t connector_id, const struct batch *batch,
		 int64_t now_us, pg_done *done, void *owner);
/*
 * $1 connector, $2 batch in w_probe, $3 batch in w_source, $4 activities: records that were read well are not parked any
 * more. One that is unchanged (not in w_source) may still have a field that could not be used; such a row has no raw.
 */
#define PARKED_CLEAR_SQL                                                                                     \
	"DELETE FROM parked p WHERE p.connector_id = $1 AND p.kind = 'read' AND (p.ref = ANY ($4) OR EXISTS (" \
	"SELECT 1 FROM w_probe w WHERE w.batch = $2 AND w.src_key = p.ref AND (p.raw <> '' OR EXISTS ("       \
	"SELECT 1 FROM w_source s WHERE s.batch = $3 AND s.src_key = p.ref))))"
/* A push or alert went through. */
void parked_clear(struct pg *pg, int16_t connector_id, const char *kind, const int64_t *refs, size_t n, pg_done *done, void *owner);
