/* SPDX-License-Identifier: Apache-2.0 */
#include "parked.h"

#include "alloc.h"
#include "key.h"
#include "storable.h"

void parked_add(struct store *store, struct pg *pg, const struct parked_thing *things, size_t n,
                int64_t now_us, pg_done *done, void *owner)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(n * 256);
	int64_t *ids = arena_array(arena, n + 1, sizeof(*ids)),
	        *refs = arena_array(arena, n + 1, sizeof(*refs));
	int64_t *connectors = arena_array(arena, n + 1, sizeof(*connectors));
	struct slice *columns[5];

	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		columns[c] = arena_array(arena, n + 1, sizeof(struct slice));
	for (size_t i = 0; i < n; i++) {
		ids[i] = store_id(store);
		refs[i] = things[i].ref;
		connectors[i] = things[i].connector_id;
		columns[0][i] = slice_of(things[i].kind);
		columns[1][i] = slice_is_null(things[i].object) ? SLICE("") : things[i].object;
		columns[2][i] = slice_is_null(things[i].external_id)
		                        ? SLICE("")
		                        : storable_id(arena, things[i].external_id);
		columns[3][i] = storable(arena, things[i].reason);
		columns[4][i] = storable(arena, things[i].raw);
	}
	PG_QUERY(pg,
	         "INSERT INTO parked AS p (parked_id, connector_id, kind, object, external_id, ref, reason, "
	         "raw, first_at, last_at)"
	         " SELECT DISTINCT ON (c, k, o, x, r) i, c, k, o, x, r, why, raw, $9, $9 FROM "
	         "unnest($1::bigint[], $2::bigint[],"
	         " $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[]) t (i, c, k, o, "
	         "x, r, why, raw)"
	         " ORDER BY c, k, o, x, r, i DESC"
	         " ON CONFLICT (connector_id, kind, object, external_id, ref) DO UPDATE SET reason = excluded.reason,"
	         " raw = excluded.raw, last_at = excluded.last_at, times = p.times + 1",
	         done, owner, PG_INTS(ids, n), PG_INTS(connectors, n), PG_TEXTS(columns[0], n),
	         PG_TEXTS(columns[1], n), PG_TEXTS(columns[2], n), PG_INTS(refs, n), PG_TEXTS(columns[3], n),
	         PG_TEXTS(columns[4], n), PG_AT(now_us));
}

void parked_read(struct store *store, struct pg *pg, struct arena *arena, int16_t connector_id,
                 const struct batch *batch, int64_t now_us, pg_done *done, void *owner)
{
	struct parked_thing *things = arena_array(arena, batch->n_parked + 1, sizeof(*things));
	const char *name = store_connector_by_id(store, connector_id)->name;

	for (size_t i = 0; i < batch->n_parked; i++) {
		const struct parked_item *item = &batch->parked[i];

		things[i] = (struct parked_thing){
			.connector_id = connector_id,
			.kind = "read",
			.object = slice_of(item->object),
			.external_id = item->id,
			.ref = item->id.len ? source_key(store->secret, name, item->object, item->id).low : 0,
			.reason = slice_of(item->reason),
			.raw = item->raw,
		};
	}
	parked_add(store, pg, things, batch->n_parked, now_us, done, owner);
}

void parked_clear(struct pg *pg, int16_t connector_id, const char *kind, const int64_t *refs, size_t n,
                  pg_done *done, void *owner)
{
	PG_QUERY(pg, "DELETE FROM parked WHERE connector_id = $1 AND kind = $2 AND ref = ANY ($3)", done,
	         owner, PG_I4(connector_id), PG_T(slice_of(kind)), PG_INTS(refs, n));
}
