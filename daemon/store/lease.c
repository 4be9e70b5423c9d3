/* SPDX-License-Identifier: Apache-2.0 */
#include "lease.h"

#include "alloc.h"
#include "clock.h"
#include "crypto.h"

enum { LEASE_SLOTS = 512 }; /* the other half is for holders without a lease */

struct taking {
	struct pending pending;
	struct store *store;
	pg_done *done;
	void *owner;
	int64_t epochs[STORE_CONNECTORS_MAX]; /* what is ours once it is committed */
	uint32_t slot;
};

static void taken(void *owner, const struct pg_result *result, const struct error *err)
{
	struct taking *taking = owner;
	struct store *store = taking->store;

	for (size_t row = 0; !err && row < result->n_rows; row++) {
		CLEANUP(free_pointer) char *name = alloc_printf("%.*s", SLICE_ARGS(pg_text(result, row, 0)));
		const struct store_connector *connector = store_connector(store, name);

		if (connector)
			taking->epochs[connector - store->connectors] = pg_int(result, row, 1);
		taking->slot = (uint32_t)pg_int(result, row, 2);
	}
}

static void taking_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct taking *taking = owner;
	struct store *store = taking->store;

	(void)result;
	for (size_t i = 0; !err && i < store->n_connectors; i++)
		store->connectors[i].epoch = taking->epochs[i];
	if (!err)
		store->ids.slot = taking->slot;
	pg_done *done = taking->done;
	owner = taking->owner;
	pending_free(taking);
	done(owner, NULL, err);
}

/*
 * Ours stays ours with its epoch; an expired one is taken with epoch + 1, and its cursors are stamped with
 * the new epoch, so that a batch of the old holder that is still under way cannot commit. One slot for all
 * leases of a holder: the one it had, else the smallest that no other holder has, be it only asleep. The lock
 * keeps two holders of different connectors from choosing the same one.
 */
void leases_take(struct store *store, pg_done *done, void *owner)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct taking *taking = pending_new(store, sizeof(*taking));
	const struct config *config = store->config;
	size_t n_streams = 0, n = 0;
	int64_t now_us = clock_wall_us();

	taking->store = store;
	taking->done = done;
	taking->owner = owner;
	taking->slot = LEASE_SLOTS + (uint32_t)(random_uint64() % LEASE_SLOTS);
	for (size_t i = 0; i < config->n_connectors; i++)
		n_streams += config->connectors[i].n_streams;
	struct slice *names = arena_array(arena, config->n_connectors + 1, sizeof(*names));
	struct slice *owners = arena_array(arena, n_streams + 1, sizeof(*owners));
	struct slice *streams = arena_array(arena, n_streams + 1, sizeof(*streams));
	for (size_t i = 0; i < config->n_connectors; i++) {
		names[i] = slice_of(config->connectors[i].name);
		for (size_t s = 0; s < config->connectors[i].n_streams; s++, n++) {
			owners[n] = names[i];
			streams[n] = slice_of(config->connectors[i].streams[s].ops->name);
		}
	}
	pg_begin(store->quick);
	pg_exec(store->quick, "LOCK TABLE lease IN SHARE ROW EXCLUSIVE MODE", NULL, NULL);
	PG_QUERY(store->quick,
	         "INSERT INTO lease AS l (name, holder, epoch, slot, expires_at) SELECT name, $2, 1,"
	         " coalesce((SELECT min(slot) FROM lease WHERE holder = $2), (SELECT min(s) FROM "
	         "generate_series(0, $5 - 1) s"
	         " WHERE NOT EXISTS (SELECT 1 FROM lease o WHERE o.slot = s AND o.holder <> $2))), $4"
	         " FROM unnest($1::text[]) name ORDER BY name"
	         " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, slot = excluded.slot, "
	         "expires_at = excluded.expires_at,"
	         " epoch = l.epoch + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END"
	         " WHERE l.holder = excluded.holder OR l.expires_at <= $3",
	         NULL, NULL, PG_TEXTS(names, config->n_connectors), PG_T(slice_of(store->holder)),
	         PG_AT(now_us), PG_AT(now_us + LEASE_LIFE_S * US_PER_S), PG_I4(LEASE_SLOTS));
	PG_QUERY(
	        store->quick,
	        "INSERT INTO sync_cursor AS s (connector_id, stream, epoch) SELECT c.connector_id, t.stream, l.epoch"
	        " FROM unnest($1::text[], $2::text[]) t (name, stream) JOIN connector c USING (name) JOIN "
	        "lease l USING (name)"
	        " WHERE l.holder = $3 ORDER BY 1, 2 ON CONFLICT (connector_id, stream) DO UPDATE SET epoch "
	        "= excluded.epoch"
	        " WHERE s.epoch <> excluded.epoch",
	        NULL, NULL, PG_TEXTS(owners, n), PG_TEXTS(streams, n), PG_T(slice_of(store->holder)));
	PG_QUERY(store->quick, "SELECT name, epoch, slot FROM lease WHERE holder = $1 AND expires_at > $2",
	         taken, taking, PG_T(slice_of(store->holder)), PG_AT(now_us));
	pg_commit(store->quick, taking_done, taking);
}

void leases_give_back(struct store *store, pg_done *done, void *owner)
{
	PG_QUERY(store->quick, "UPDATE lease SET expires_at = $2 WHERE holder = $1", done, owner,
	         PG_T(slice_of(store->holder)), PG_AT(clock_wall_us()));
}
