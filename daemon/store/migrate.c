/* SPDX-License-Identifier: Apache-2.0 */
#include "migrate.h"

#include <stdlib.h>

#include "alloc.h"
#include "crypto.h"
#include "store.h"

struct migrating {
	struct pg *pg;
	int64_t now_us;
	pg_done *done;
	void *owner;
	const struct migration *next;
	struct error error;
};

static void migrating_end(struct migrating *migrating, const struct error *err)
{
	struct error copy = err ? *err : (struct error){ 0 };
	pg_done *done = migrating->done;
	void *owner = migrating->owner;

	free(migrating);
	done(owner, NULL, err ? &copy : NULL);
}

static struct slice migration_hash(struct arena *arena, const struct migration *migration)
{
	struct slice text = slice_of(migration->sql);
	struct digest digest = sha256(&text, 1);

	return digest_hex(arena, &digest);
}

static const struct migration *migration_find(int64_t version)
{
	for (const struct migration *m = migrations; m->sql; m++)
		if (m->version == version)
			return m;
	return NULL;
}

static int64_t newest(void)
{
	int64_t version = 0;

	for (const struct migration *m = migrations; m->sql; m++)
		version = m->version;
	return version;
}

/* What is there already must be ours, word for word. */
static bool check_applied(struct migrating *migrating, const struct pg_result *result)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);

	for (size_t row = 0; row < result->n_rows; row++) {
		int64_t version = pg_int(result, row, 0);
		const struct migration *migration = migration_find(version);

		if (!migration)
			return fail(&migrating->error, ERROR_CONFIG,
			            "the store's schema has version %lld, newer than this daemon's %lld: "
			            "start a daemon of that version",
			            (long long)version, (long long)newest());
		if (!slice_equal(pg_text(result, row, 1), migration_hash(arena, migration)))
			return fail(&migrating->error, ERROR_CONFIG,
			            "migration \"%s\" was applied to the store with another text",
			            migration->name);
		migrating->next = migration + 1;
	}
	return true;
}

static void migrated(void *owner, const struct pg_result *result, const struct error *err)
{
	struct migrating *migrating = owner;

	(void)result;
	if (migrating->error.kind)
		err = &migrating->error;
	migrating_end(migrating, err);
}

static void applied_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct migrating *migrating = owner;
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);

	if (err || !check_applied(migrating, result)) {
		if (err)
			migrating->error = *err;
		pg_rollback(migrating->pg, migrated, migrating);
		return;
	}
	/* All that are missing in one transaction, under the lock taken before: whole or not at all. */
	for (const struct migration *m = migrating->next; m->sql; m++) {
		pg_script(migrating->pg, m->sql, NULL, NULL);
		PG_QUERY(migrating->pg,
		         "INSERT INTO schema_version (version, name, hash, applied_at) VALUES ($1, $2, $3, $4)",
		         NULL, NULL, PG_I4(m->version), PG_T(slice_of(m->name)),
		         PG_T(migration_hash(arena, m)), PG_AT(migrating->now_us));
	}
	pg_commit(migrating->pg, migrated, migrating);
}

static void foreign_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct migrating *migrating = owner;

	if (err)
		migrating->error = *err;
	else if (!pg_bool(result, 0, 0) && pg_int(result, 0, 1) > 0)
		(void)fail(&migrating->error, ERROR_CONFIG,
		           "the store's database holds %lld tables that are not Tandem's: give it a database "
		           "of its own",
		           (long long)pg_int(result, 0, 1));
	if (migrating->error.kind) {
		pg_rollback(migrating->pg, migrated, migrating);
		return;
	}
	pg_exec(migrating->pg,
	        "CREATE TABLE IF NOT EXISTS schema_version (version int PRIMARY KEY, name text NOT NULL, "
	        "hash text NOT NULL,"
	        " applied_at timestamptz NOT NULL)",
	        NULL, NULL);
	pg_exec(migrating->pg, "SELECT version, hash FROM schema_version ORDER BY version", applied_read,
	        migrating);
}

struct migrating *migrate(struct pg *pg, int64_t now_us, pg_done *done, void *owner)
{
	struct migrating *migrating = alloc_zeroed(1, sizeof(*migrating));

	*migrating = (struct migrating){
		.pg = pg, .now_us = now_us, .done = done, .owner = owner, .next = migrations
	};
	pg_begin(pg);
	pg_exec(pg, "SET LOCAL statement_timeout = '10min'", NULL, NULL);
	pg_exec(pg, "SET LOCAL lock_timeout = '10min'", NULL, NULL); /* another daemon may be at it */
	pg_exec(pg, "SELECT pg_advisory_xact_lock(7310575213201)", NULL, NULL);
	pg_exec(pg,
	        "SELECT to_regclass('schema_version') IS NOT NULL, (SELECT count(*) FROM pg_class c JOIN pg_namespace n"
	        " ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p'))",
	        foreign_read, migrating);
	return migrating;
}
