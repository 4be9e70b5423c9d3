/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

#include "clock.h"

/* clang-format off: a statement reads by its own lines */

void order_run(struct store *store, const struct order_run *run, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
		 "WITH open AS (SELECT run_id, stream, state FROM run"
		 " WHERE connector_id = $2 AND state IN ('queued', 'running')"
		 " AND (stream IS NULL OR $3::text IS NULL OR stream = $3)"
		 " AND request->>'id' IS NOT DISTINCT FROM $5::text ORDER BY run_id LIMIT 1),"
		 " made AS (INSERT INTO run (run_id, connector_id, stream, kind, request, state, progress, actor,"
		 " created_at) SELECT $1, $2, $3, 'resync', $4, 'queued', '{}', $6, $7"
		 " WHERE NOT EXISTS (SELECT 1 FROM open))"
		 " SELECT run_id, stream, state FROM open",
		 done, owner, PG_I(run->run_id), PG_I4(run->connector_id), PG_T(run->stream), PG_J(run->request),
		 PG_T(run->id), PG_T(slice_of(run->actor)), PG_AT(clock_wall_us()));
}

static void total_noted(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)owner;
	(void)result;
	(void)err;		/* for the progress bar alone */
}

void order_run_total(struct pg *pg, const struct order_run *run)
{
	PG_QUERY(pg,
		 "UPDATE run SET request = request || jsonb_build_object('total', (SELECT count(*)"
		 " FROM source_record WHERE connector_id = $2 AND ($3::text IS NULL OR object = $3) AND NOT deleted))"
		 " WHERE run_id = $1",
		 total_noted, NULL, PG_I(run->run_id), PG_I4(run->connector_id), PG_T(run->stream));
}

void order_cancel(struct store *store, int64_t run_id, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
		 "WITH hit AS (UPDATE run SET state = 'cancelled', ended_at = $2"
		 " WHERE run_id = $1 AND state IN ('queued', 'running') RETURNING run_id)"
		 " SELECT state, EXISTS (SELECT 1 FROM hit) FROM run WHERE run_id = $1",
		 done, owner, PG_I(run_id), PG_AT(clock_wall_us()));
}

void order_pause(struct store *store, int16_t connector_id, bool is_paused, pg_done *done, void *owner)
{
	PG_QUERY(store->quick, "UPDATE connector SET is_paused = $2 WHERE connector_id = $1", done, owner,
		 PG_I4(connector_id), PG_B(is_paused));
}

/* -- Parked -- */

static void count(int64_t *to, const struct pg_result *result, const struct error *err)
{
	if (!err)
		*to += result->n_changed;
}

static void reads_made(void *owner, const struct pg_result *result, const struct error *err)
{
	count(&((struct order_retried *)owner)->reads, result, err);
}

static void hooks_renewed(void *owner, const struct pg_result *result, const struct error *err)
{
	count(&((struct order_retried *)owner)->hooks, result, err);
}

static void pushes_marked(void *owner, const struct pg_result *result, const struct error *err)
{
	count(&((struct order_retried *)owner)->pushes, result, err);
}

static void alerts_due(void *owner, const struct pg_result *result, const struct error *err)
{
	count(&((struct order_retried *)owner)->alerts, result, err);
}

/* A parked id is new for ever, so it serves as the key of the hint. */
static const char retry_reads[] =
	"INSERT INTO hook_event (connector_id, event_key, event_check, event_id, verb, object, external_id,"
	" into_id, occurred_at, received_at, due_at)"
	" SELECT connector_id, parked_id, 0, parked_id, 0, object, external_id, '', $2, $2, $2 FROM parked"
	" WHERE parked_id = ANY ($1) AND (kind = 'read' OR (kind = 'hook' AND NOT EXISTS (SELECT 1"
	" FROM hook_event h WHERE h.connector_id = parked.connector_id AND h.event_id = parked.ref)))"
	" ON CONFLICT (connector_id, event_key) DO NOTHING";
static const char retry_hooks[] =
	"UPDATE hook_event h SET done_at = NULL, attempts = 0, due_at = $2 FROM parked p"
	" WHERE p.parked_id = ANY ($1) AND p.kind = 'hook' AND h.connector_id = p.connector_id"
	" AND h.event_id = p.ref";
static const char retry_pushes[] =
	"INSERT INTO dirty AS d (connector_id, entity_id, entity, version, due_at, marked_at)"
	" SELECT DISTINCT ON (p.connector_id, s.e) p.connector_id, s.e, s.k, $3, $2, $2 FROM parked p"
	" CROSS JOIN LATERAL (SELECT entity_id AS e, entity AS k FROM source_record"
	" WHERE entity_id = p.ref LIMIT 1) s"
	" WHERE p.parked_id = ANY ($1) AND p.kind = 'push' ORDER BY p.connector_id, s.e"
	" ON CONFLICT (connector_id, entity_id) DO UPDATE SET version = excluded.version,"
	" due_at = excluded.due_at, attempts = 0";
static const char retry_alerts[] =
	"UPDATE alert a SET state = 'due', due_at = $2, attempts = 0, error = NULL FROM parked p"
	" WHERE p.parked_id = ANY ($1) AND p.kind = 'alert' AND a.alert_id = p.ref"
	" AND a.state IN ('failed', 'nobody', 'due')";

void order_retry(struct store *store, const int64_t *parked_ids, size_t n, struct order_retried *retried)
{
	struct pg *pg = store->quick;
	int64_t now_us = clock_wall_us();

	pg_begin(pg);
	PG_QUERY(pg, retry_reads, reads_made, retried, PG_INTS(parked_ids, n), PG_AT(now_us));
	PG_QUERY(pg, retry_hooks, hooks_renewed, retried, PG_INTS(parked_ids, n), PG_AT(now_us));
	PG_QUERY(pg, retry_pushes, pushes_marked, retried, PG_INTS(parked_ids, n), PG_AT(now_us),
		 PG_I(store_id(store)));
	PG_QUERY(pg, retry_alerts, alerts_due, retried, PG_INTS(parked_ids, n), PG_AT(now_us));
	PG_QUERY(pg, "DELETE FROM parked WHERE parked_id = ANY ($1)", NULL, NULL, PG_INTS(parked_ids, n));
	pg_commit(pg, retried->done, retried->owner);
}

void order_drop(struct store *store, const int64_t *parked_ids, size_t n, pg_done *done, void *owner)
{
	PG_QUERY(store->quick, "DELETE FROM parked WHERE parked_id = ANY ($1)", done, owner,
		 PG_INTS(parked_ids, n));
}
