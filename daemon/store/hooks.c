/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks.h"

#include <stdlib.h>

#include "alloc.h"
#include "clock.h"
#include "hash.h"
#include "storable.h"

#define EVENT_ATTEMPTS_MAX 20
#define EVENTS_KEPT_S      (7 * 86400)
#define KEY_HOOK           100 /* apart from the key kinds of core/key.h */

static void flush(struct task *task);

void inbox_init(struct inbox *inbox, struct store *store)
{
	*inbox = (struct inbox){ .store = store, .flush.run = flush, .arena = arena_new(65536) };
}

static void answer_all(struct hook_delivery *deliveries, const struct error *err)
{
	while (deliveries) {
		struct hook_delivery *delivery = deliveries;

		deliveries = delivery->next;
		delivery->next = NULL;
		delivery->done(delivery, err);
	}
}

void inbox_done(struct inbox *inbox)
{
	struct error over = { .kind = ERROR_TRANSIENT, .text = "the daemon is stopping" };

	if (!inbox->store)
		return;
	task_cancel(inbox->store->loop, &inbox->flush);
	answer_all(TAKE(inbox->writing), &over);
	answer_all(TAKE(inbox->waiting), &over);
	arena_free(inbox->arena);
	*inbox = (struct inbox){ 0 };
}

static void written(void *owner, const struct pg_result *result, const struct error *err)
{
	struct inbox *inbox = owner;
	struct hook_delivery *deliveries = TAKE(inbox->writing);

	(void)result;
	inbox->is_writing = false;
	if (inbox->waiting)
		task_queue(inbox->store->loop, &inbox->flush);
	answer_all(deliveries, err);
}

struct rows {
	size_t n;
	int64_t *connectors, *keys, *checks, *ids, *verbs, *occurred;
	struct slice *objects, *external_ids, *into_ids;
};

static struct slice stored_id(struct inbox *inbox, struct slice id)
{
	return id.data ? storable_id(inbox->arena, id) : SLICE("");
}

static void add_events(struct inbox *inbox, struct rows *rows, const struct hook_delivery *delivery)
{
	for (size_t i = 0; i < delivery->events->n_events; i++, rows->n++) {
		const struct hook_event *event = &delivery->events->events[i];
		struct slice part = slice_of(event->key);
		struct hash128 key = hash_key(inbox->store->secret, KEY_HOOK, &part, 1);

		rows->connectors[rows->n] = delivery->connector_id;
		rows->keys[rows->n] = key.low;
		rows->checks[rows->n] = key.high;
		rows->ids[rows->n] = store_id(inbox->store);
		rows->verbs[rows->n] = event->verb;
		rows->occurred[rows->n] = is_storable_time(event->occurred_us) ? event->occurred_us : 0;
		rows->objects[rows->n] = slice_of(event->object);
		rows->external_ids[rows->n] = stored_id(inbox, event->id);
		rows->into_ids[rows->n] = stored_id(inbox, event->into_id);
	}
}

static void flush(struct task *task)
{
	struct inbox *inbox = container_of(task, struct inbox, flush);
	struct rows rows = { 0 };
	size_t size = 1;

	if (inbox->is_writing || !inbox->waiting)
		return;
	arena_reset(inbox->arena);
	inbox->writing = TAKE(inbox->waiting);
	for (struct hook_delivery *d = inbox->writing; d; d = d->next)
		size += d->events->n_events;
	int64_t **ints[] = { &rows.connectors, &rows.keys,  &rows.checks,
		             &rows.ids,        &rows.verbs, &rows.occurred };
	for (size_t i = 0; i < ARRAY_SIZE(ints); i++)
		*ints[i] = arena_array(inbox->arena, size, sizeof(int64_t));
	struct slice **texts[] = { &rows.objects, &rows.external_ids, &rows.into_ids };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = arena_array(inbox->arena, size, sizeof(struct slice));
	for (struct hook_delivery *d = inbox->writing; d; d = d->next)
		add_events(inbox, &rows, d);
	inbox->is_writing = true;
	PG_QUERY(inbox->store->quick,
	         "INSERT INTO hook_event (connector_id, event_key, event_check, event_id, verb, object, "
	         "external_id, into_id, occurred_at,"
	         " received_at, due_at) SELECT DISTINCT ON (c, k) c, k, h, i, v, o, x, n, CASE WHEN t <> 0 "
	         "THEN timestamptz 'epoch' + t * interval '1 microsecond' END,"
	         " $10, $10 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
	         "$5::bigint[], $6::bigint[], $7::text[],"
	         " $8::text[], $9::text[]) m (c, k, h, i, v, t, o, x, n) ORDER BY c, k, i ON CONFLICT "
	         "(connector_id, event_key) DO NOTHING",
	         written, inbox, PG_INTS(rows.connectors, rows.n), PG_INTS(rows.keys, rows.n),
	         PG_INTS(rows.checks, rows.n), PG_INTS(rows.ids, rows.n), PG_INTS(rows.verbs, rows.n),
	         PG_INTS(rows.occurred, rows.n), PG_TEXTS(rows.objects, rows.n),
	         PG_TEXTS(rows.external_ids, rows.n), PG_TEXTS(rows.into_ids, rows.n),
	         PG_AT(clock_wall_us()));
}

void inbox_add(struct inbox *inbox, struct hook_delivery *delivery)
{
	struct hook_delivery **end = &inbox->waiting;
	struct error down = { 0 };

	if (!inbox->store->is_up) {
		(void)fail(&down, ERROR_TRANSIENT, "store is not there");
		delivery->done(delivery, &down);
		return;
	}
	while (*end)
		end = &(*end)->next;
	*end = delivery;
	delivery->next = NULL;
	task_queue(inbox->store->loop, &inbox->flush);
}

static void due_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct inbox_asking *asking = owner;
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	size_t n = err ? 0 : result->n_rows;
	struct inbox_event *events = arena_array(arena, n + 1, sizeof(*events));

	for (size_t row = 0; row < n; row++)
		events[row] = (struct inbox_event){
			.event_key = pg_int(result, row, 0),
			.verb = (enum hook_verb)pg_int(result, row, 1),
			.object = pg_text(result, row, 2),
			.external_id = pg_text(result, row, 3),
			.into_id = pg_text(result, row, 4),
			.occurred_us = pg_int(result, row, 5),
			.attempts = (int)pg_int(result, row, 6),
		};
	asking->done(asking, events, n, err);
}

void inbox_due(struct store *store, int16_t connector_id, size_t limit, struct inbox_asking *asking)
{
	PG_QUERY(store->quick,
	         "SELECT event_key, verb, object, external_id, into_id, (extract(epoch FROM occurred_at) * "
	         "1000000)::bigint, attempts"
	         " FROM hook_event WHERE connector_id = $1 AND done_at IS NULL AND due_at <= $2 ORDER BY "
	         "due_at, event_id LIMIT $3",
	         due_read, asking, PG_I4(connector_id), PG_AT(clock_wall_us()), PG_I((int64_t)limit));
}

void inbox_later(struct store *store, int16_t connector_id, const int64_t *event_keys, size_t n,
                 int64_t due_us, const char *why, pg_done *done, void *owner)
{
	int64_t now_us = clock_wall_us();

	pg_begin(store->quick);
	PG_QUERY(store->quick,
	         "INSERT INTO parked AS p (parked_id, connector_id, kind, object, external_id, ref, reason, "
	         "first_at, last_at)"
	         " SELECT event_id, connector_id, 'hook', object, external_id, event_id, $4, $5, $5 FROM "
	         "hook_event WHERE connector_id = $1"
	         " AND event_key = ANY ($2) AND attempts + 1 >= $3 ON CONFLICT DO NOTHING",
	         NULL, NULL, PG_I4(connector_id), PG_INTS(event_keys, n), PG_I(EVENT_ATTEMPTS_MAX),
	         PG_T(slice_of(why)), PG_AT(now_us));
	PG_QUERY(store->quick,
	         "UPDATE hook_event SET attempts = attempts + 1, due_at = $3, done_at = CASE WHEN attempts + "
	         "1 >= $4 THEN $5 END"
	         " WHERE connector_id = $1 AND event_key = ANY ($2)",
	         NULL, NULL, PG_I4(connector_id), PG_INTS(event_keys, n), PG_AT(due_us),
	         PG_I(EVENT_ATTEMPTS_MAX), PG_AT(now_us));
	pg_commit(store->quick, done, owner);
}

void inbox_finish(struct store *store, int16_t connector_id, const int64_t *event_keys, size_t n,
                  pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "UPDATE hook_event SET done_at = $3 WHERE connector_id = $1 AND event_key = ANY ($2)", done,
	         owner, PG_I4(connector_id), PG_INTS(event_keys, n), PG_AT(clock_wall_us()));
}

void inbox_sweep(struct store *store)
{
	PG_QUERY(store->quick, "DELETE FROM hook_event WHERE done_at < $1", NULL, NULL,
	         PG_AT(clock_wall_us() - EVENTS_KEPT_S * US_PER_S));
}
