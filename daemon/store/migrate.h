/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Migrate: brings the schema to this daemon's version. Migrations are compiled in (made from migrations/NNNN_*.sql), forward
 * only, each in a transaction with its hash in schema_version(version, name, hash, applied_at). Under an advisory
 * transaction lock, so two daemons do not migrate at once. Refused with the reason: a schema newer than this daemon, an
 * applied migration whose text differs from ours, a database whose tables are not ours.
 */
#include "pg.h"

struct migration {
	int version;
	const char *name, *sql;
};
extern const struct migration migrations[];				/* ends with sql NULL; generated */

/* Runs on an idle connection; done once, result NULL. Who frees the connection earlier frees what this returns too. */
struct migrating *migrate(struct pg *pg, int64_t now_us, pg_done *done, void *owner);
