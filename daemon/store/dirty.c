/* SPDX-License-Identifier: Apache-2.0 */
#include "dirty.h"

#include <stdlib.h>

#include "alloc.h"
#include "clock.h"
#include "parked.h"

static void due_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct dirty_asking *asking = owner;
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	size_t n = err ? 0 : result->n_rows;
	struct dirty_mark *marks = arena_array(arena, n + 1, sizeof(*marks));

	for (size_t row = 0; row < n; row++)
		marks[row] = (struct dirty_mark){ pg_int(result, row, 0), pg_int(result, row, 1),
			                          (enum entity)pg_int(result, row, 2),
			                          (int)pg_int(result, row, 3), pg_bool(result, row, 4) };
	asking->done(asking, marks, n, err);
}

void dirty_due(struct store *store, int16_t connector_id, size_t limit, struct dirty_asking *asking)
{
	PG_QUERY(store->quick,
	         "SELECT entity_id, version, entity, attempts, is_uncertain FROM dirty WHERE connector_id = "
	         "$1 AND due_at <= $2"
	         " ORDER BY due_at, entity_id LIMIT $3",
	         due_read, asking, PG_I4(connector_id), PG_AT(clock_wall_us()), PG_I((int64_t)limit));
}

void dirty_next(struct store *store, int16_t connector_id, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "SELECT (extract(epoch FROM due_at) * 1000000)::bigint FROM dirty WHERE connector_id = $1 "
	         "ORDER BY due_at LIMIT 1",
	         done, owner, PG_I4(connector_id));
}

void dirty_mark_mode(struct store *store, int16_t connector_id, const char *mode, bool writes, bool also_unlinked,
                     pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "WITH changed AS (UPDATE connector SET mode = $4 WHERE connector_id = $1 AND mode <> $4 RETURNING connector_id)"
	         " INSERT INTO dirty AS d (connector_id, entity_id, entity, version, due_at, marked_at)"
	         " SELECT DISTINCT $1::smallint, entity_id, entity, $2, $3, $3 FROM source_record"
	         " WHERE $5 AND EXISTS (SELECT 1 FROM changed) AND ($6 OR connector_id = $1) AND NOT deleted"
	         " AND entity_id IS NOT NULL AND entity IN (0, 1, 2)"
	         " ON CONFLICT (connector_id, entity_id) DO UPDATE SET version = excluded.version",
	         done, owner, PG_I4(connector_id), PG_I(store_id(store)), PG_AT(clock_wall_us()), PG_T(slice_of(mode)),
	         PG_B(writes), PG_B(also_unlinked));
}

/* -- What became of a push -- */

struct columns {
	size_t n;
	int64_t *a, *b, *c;
	struct slice *s, *t, *u, *v;
};

static struct columns columns_new(struct arena *arena, size_t size)
{
	return (struct columns){
		.a = arena_array(arena, size + 1, sizeof(int64_t)),
		.b = arena_array(arena, size + 1, sizeof(int64_t)),
		.c = arena_array(arena, size + 1, sizeof(int64_t)),
		.s = arena_array(arena, size + 1, sizeof(struct slice)),
		.t = arena_array(arena, size + 1, sizeof(struct slice)),
		.u = arena_array(arena, size + 1, sizeof(struct slice)),
		.v = arena_array(arena, size + 1, sizeof(struct slice)),
	};
}

static void store_marks(struct pg *pg, struct arena *arena, int16_t connector_id,
                        const struct push_result *results, size_t n)
{
	struct columns drop = columns_new(arena, n), again = columns_new(arena, n);
	bool *looks = arena_array(arena, n + 1, sizeof(*looks));
	struct slice *look_texts = arena_array(arena, n + 1, sizeof(*look_texts));

	for (size_t i = 0; i < n; i++) {
		const struct dirty_mark *mark = results[i].mark;

		if (results[i].then == PUSH_DROP) {
			drop.a[drop.n] = mark->entity_id;
			drop.b[drop.n++] = mark->version;
		} else if (results[i].then == PUSH_AGAIN || results[i].then == PUSH_LOOK) {
			again.a[again.n] = mark->entity_id;
			again.b[again.n] = results[i].due_us;
			looks[again.n] = results[i].then == PUSH_LOOK;
			look_texts[again.n] = looks[again.n] ? SLICE("true") : SLICE("false");
			again.n++;
		}
	}
	if (drop.n)
		PG_QUERY(pg,
		         "DELETE FROM dirty d USING unnest($2::bigint[], $3::bigint[]) m (e, v)"
		         " WHERE d.connector_id = $1 AND d.entity_id = m.e AND d.version = m.v",
		         NULL, NULL, PG_I4(connector_id), PG_INTS(drop.a, drop.n), PG_INTS(drop.b, drop.n));
	if (again.n)
		PG_QUERY(pg,
		         "UPDATE dirty d SET attempts = attempts + 1, is_uncertain = m.l::boolean,"
		         " due_at = timestamptz 'epoch' + m.d * interval '1 microsecond'"
		         " FROM unnest($2::bigint[], $3::bigint[], $4::text[]) m (e, d, l) WHERE "
		         "d.connector_id = $1 AND d.entity_id = m.e",
		         NULL, NULL, PG_I4(connector_id), PG_INTS(again.a, again.n),
		         PG_INTS(again.b, again.n), PG_TEXTS(look_texts, again.n));
}

static void store_shadows(struct pg *pg, struct arena *arena, int16_t connector_id,
                          const struct push_result *results, size_t n, int entity, int64_t now_us)
{
	struct columns updated = columns_new(arena, n), made = columns_new(arena, n),
	               gone = columns_new(arena, n);

	for (size_t i = 0; i < n; i++) {
		const struct push_result *r = &results[i];

		if (!r->src_key)
			continue;
		struct columns *to = r->is_gone ? &gone : r->is_created ? &made : &updated;
		to->a[to->n] = r->src_key;
		to->b[to->n] = r->mark->entity_id;
		to->s[to->n] = r->shadow;
		to->t[to->n] = r->object;
		to->u[to->n] = r->external_id;
		to->v[to->n] = r->written;
		to->n++;
	}
	if (updated.n)
		PG_QUERY(pg,
		         "UPDATE source_record s SET payload = s.payload || m.p::jsonb, written = "
		         "coalesce(m.w::jsonb, s.written)"
		         " FROM unnest($1::bigint[], $2::text[], $3::text[]) m (k, p, w) WHERE s.src_key = m.k",
		         NULL, NULL, PG_INTS(updated.a, updated.n), PG_TEXTS(updated.s, updated.n),
		         PG_TEXTS(updated.v, updated.n));
	/* content_hash 0: the next read of the record is looked at as changed, and finds the same values. */
	if (made.n)
		PG_QUERY(pg,
		         "INSERT INTO source_record (src_key, connector_id, entity, object, external_id, "
		         "entity_id, content_hash, seen_at,"
		         " payload, written) SELECT m.k, $1, $2, m.o, m.x,"
		         " coalesce((SELECT p.merged_into FROM person p WHERE p.person_id = m.e),"
		         " (SELECT a.merged_into FROM account a WHERE a.account_id = m.e), m.e), 0, $3, m.p::jsonb, m.w::jsonb"
		         " FROM unnest($4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])"
		         " m (k, e, p, o, x, w) ORDER BY m.k"
		         " ON CONFLICT (src_key) DO NOTHING",
		         NULL, NULL, PG_I4(connector_id), PG_I4(entity), PG_AT(now_us),
		         PG_INTS(made.a, made.n), PG_INTS(made.b, made.n), PG_TEXTS(made.s, made.n),
		         PG_TEXTS(made.t, made.n), PG_TEXTS(made.u, made.n),
		         PG_TEXTS(made.v, made.n));
	if (gone.n)
		PG_QUERY(pg,
		         "UPDATE source_record SET deleted = true, content_hash = 0 WHERE src_key = ANY ($1)",
		         NULL, NULL, PG_INTS(gone.a, gone.n));
}

static void store_log(struct store *store, struct pg *pg, struct arena *arena, int16_t connector_id,
                      struct config *config, const struct push_result *results, size_t n, int64_t now_us)
{
	struct columns log = columns_new(arena, n);
	struct slice *verbs = arena_array(arena, n + 1, sizeof(*verbs)),
	             *outcomes = arena_array(arena, n + 1, sizeof(*outcomes));
	struct slice *errors = arena_array(arena, n + 1, sizeof(*errors));
	const struct store_connector *connector = store_connector_by_id(store, connector_id);

	for (size_t i = 0; i < n; i++) {
		const struct push_result *r = &results[i];

		if (!r->verb)
			continue;
		log.a[log.n] = store_id(store);
		log.b[log.n] = r->mark->entity_id;
		log.s[log.n] = r->object;
		log.t[log.n] = r->external_id;
		log.u[log.n] = r->changes;
		verbs[log.n] = slice_of(r->verb);
		outcomes[log.n] = slice_of(r->outcome);
		errors[log.n++] = r->error;
	}
	if (!log.n)
		return;
	PG_QUERY(pg,
	         "INSERT INTO push_log (push_id, connector_id, entity_id, object, external_id, verb, "
	         "outcome, changes, error,"
	         " config_version, epoch, pushed_at) SELECT i, $1, e, o, x, v, r, c::jsonb, f, $2, $3, $4 "
	         "FROM unnest($5::bigint[],"
	         " $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) "
	         "m (i, e, o, x, v, r, c, f)",
	         NULL, NULL, PG_I4(connector_id), PG_I(config->version),
	         PG_I(connector ? connector->epoch : 0), PG_AT(now_us), PG_INTS(log.a, log.n),
	         PG_INTS(log.b, log.n), PG_TEXTS(log.s, log.n), PG_TEXTS(log.t, log.n),
	         PG_TEXTS(verbs, log.n), PG_TEXTS(outcomes, log.n), PG_TEXTS(log.u, log.n),
	         PG_TEXTS(errors, log.n));
}

static void store_parked(struct store *store, struct pg *pg, struct arena *arena, int16_t connector_id,
                         const struct push_result *results, size_t n, int64_t now_us)
{
	struct parked_thing *things = arena_array(arena, n + 1, sizeof(*things));
	int64_t *well = arena_array(arena, n + 1, sizeof(*well));
	size_t n_things = 0, n_well = 0;

	for (size_t i = 0; i < n; i++) {
		const struct push_result *r = &results[i];

		if (r->is_parked)
			things[n_things++] = (struct parked_thing){ connector_id,       "push",
				                                    r->object,          r->external_id,
				                                    r->mark->entity_id, r->error,
				                                    r->changes };
		else if (r->then == PUSH_DROP)
			well[n_well++] = r->mark->entity_id;
	}
	if (n_well)
		parked_clear(pg, connector_id, "push", well, n_well, NULL, NULL);
	if (n_things)
		parked_add(store, pg, things, n_things, now_us, NULL, NULL);
}

void push_store(struct store *store, int16_t connector_id, struct config *config, struct push_result *results,
                size_t n, enum entity entity, pg_done *done, void *owner)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(n * 256 + 256);
	struct pg *pg = store->quick;
	int64_t now_us = clock_wall_us();

	pg_begin(pg);
	PG_QUERY(pg, STORE_WRITE_LOCK, NULL, NULL, PG_I(STORE_WRITE_LOCK_KEY));
	store_shadows(pg, arena, connector_id, results, n, (int)entity, now_us);
	store_marks(pg, arena, connector_id, results, n);
	store_log(store, pg, arena, connector_id, config, results, n, now_us);
	store_parked(store, pg, arena, connector_id, results, n, now_us);
	pg_commit(pg, done, owner);
}
