/* SPDX-License-Identifier: Apache-2.0 */
#include "migrate.h"

#include "world.h"

/* Each case has a database of its own; the watcher is connected to another one. */
static struct pg *pg;
static int n_databases;
static char conninfo[512];

static void begin(void)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE m%d", ++n_databases);
	(void)ask_on(watcher, sql);
	(void)snprintf(conninfo, sizeof(conninfo), "%s dbname=m%d", postgres_conninfo(), n_databases);
	pg = session_open(conninfo, 10000);
}

static void end(void)
{
	pg_free(pg);
	pg = NULL;
}

static const char *migrate_on(struct pg *on)
{
	static struct answer answer;

	migrate(on, clock_wall_us(), answer_over, &answer);
	answer_wait(&answer);
	return last_error.text;
}

static const char *on(const char *sql)
{
	return ask_on(pg, sql);
}

static void test_empty_database_gets_the_whole_schema(void)
{
	begin();
	CHECK_TEXT(migrate_on(pg), "");
	CHECK_TEXT(on("SELECT count(*) FROM placement p WHERE to_regclass(p.table_name) IS NULL"), "0");
	CHECK_TEXT(on("SELECT string_agg(version || ' ' || name || ' ' || length(hash), ',') FROM "
	              "schema_version"),
	           "1 0001_init 64");
	end();
}

static void test_second_start_applies_nothing(void)
{
	begin();
	CHECK_TEXT(migrate_on(pg), "");
	(void)on("UPDATE schema_version SET applied_at = 'epoch'");
	(void)on("INSERT INTO installation VALUES (1, 7, now())");
	CHECK_TEXT(migrate_on(pg), "");
	CHECK_TEXT(on("SELECT count(*) || ' ' || max(applied_at AT TIME ZONE 'UTC') FROM schema_version"),
	           "1 1970-01-01 00:00:00");
	CHECK_TEXT(on("SELECT hash_secret FROM installation"), "7");
	end();
}

static void test_newer_schema_is_refused_with_the_reason(void)
{
	begin();
	CHECK_TEXT(migrate_on(pg), "");
	(void)on("INSERT INTO schema_version VALUES (999, '0999_later', 'x', now())");
	CHECK_TEXT(migrate_on(pg), "the store's schema has version 999, newer than this daemon's 1: start a "
	                           "daemon of that version");
	CHECK(last_error.kind == ERROR_CONFIG);
	/* The connection is clean after it. */
	CHECK_TEXT(on("SELECT count(*) FROM schema_version"), "2");
	end();
}

static void test_applied_migration_with_another_text_is_refused(void)
{
	begin();
	CHECK_TEXT(migrate_on(pg), "");
	(void)on("UPDATE schema_version SET hash = repeat('0', 64)");
	CHECK_TEXT(migrate_on(pg), "migration \"0001_init\" was applied to the store with another text");
	CHECK(last_error.kind == ERROR_CONFIG);
	end();
}

static void test_database_with_tables_of_others_is_refused_untouched(void)
{
	begin();
	(void)on("CREATE TABLE invoices (id int)");
	(void)on("CREATE TABLE customers (id int) PARTITION BY LIST (id)");
	CHECK_TEXT(migrate_on(pg), "the store's database holds 2 tables that are not Tandem's: give it a "
	                           "database of its own");
	CHECK(last_error.kind == ERROR_CONFIG);
	CHECK_TEXT(on("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = "
	              "'public'::regnamespace"),
	           "customers,invoices");
	end();
}

static void test_foreign_table_of_our_name_is_refused_untouched(void)
{
	begin();
	(void)on("CREATE TABLE schema_version (id int, version text)");
	(void)on("INSERT INTO schema_version VALUES (1, '2024.1')");
	(void)migrate_on(pg);
	CHECK(last_error.kind == ERROR_CONFIG);
	CHECK_TEXT(on("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = "
	              "'public'::regnamespace"),
	           "schema_version");
	end();
}

/* Another session's uncommitted table of a name that the migration wants stops it there. */
static void test_migration_killed_half_way_is_rolled_back_and_finished_by_the_next_start(void)
{
	struct answer answer = { 0 };

	begin();
	struct pg *other = session_open(conninfo, 10000);
	session_hold(other, "CREATE TABLE run (id int)");
	migrate(pg, clock_wall_us(), answer_over, &answer);
	wait_blocked(1);
	kill_blocked();
	answer_wait(&answer);
	CHECK(last_error.kind == ERROR_TRANSIENT || last_error.kind == ERROR_UNCERTAIN);
	session_release(other);
	CHECK_TEXT(ask_on(other, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
	           "0");
	while (!pg_is_up(pg))
		pause_us(5000);
	CHECK_TEXT(migrate_on(pg), "");
	CHECK_TEXT(on("SELECT count(*) FROM placement p WHERE to_regclass(p.table_name) IS NULL"), "0");
	pg_free(other);
	end();
}

static void test_migration_killed_at_any_moment_is_whole_or_not_there(void)
{
	for (int round = 0; round < 12; round++) {
		struct answer answer = { 0 };

		begin();
		CHECK_TEXT(on("SELECT 1"), "1");
		migrate(pg, clock_wall_us(), answer_over, &answer);
		pause_us(round * 4000);
		(void)ask_on(watcher, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname "
		                      "LIKE 'm%'");
		answer_wait(&answer);
		pg_free(pg); /* it may not know yet */
		pg = session_open(conninfo, 10000);
		CHECK_TEXT(on("SELECT ((SELECT count(*) FROM pg_class WHERE relnamespace = "
		              "'public'::regnamespace) > 0) ="
		              " (to_regclass('alert_activity') IS NOT NULL AND to_regclass('schema_version') "
		              "IS NOT NULL)"),
		           "t");
		CHECK_TEXT(migrate_on(pg), "");
		CHECK_TEXT(on("SELECT count(*) FROM schema_version"), "1");
		end();
	}
}

static void test_two_daemons_migrate_at_once_and_both_find_it_done(void)
{
	struct answer first = { 0 }, second = { 0 };

	begin();
	struct pg *other = session_open(conninfo, 10000);
	migrate(pg, clock_wall_us(), answer_over, &first);
	migrate(other, clock_wall_us(), answer_over, &second);
	answer_wait(&first);
	CHECK_TEXT(last_error.text, "");
	answer_wait(&second);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(on("SELECT count(*) FROM schema_version"), "1");
	pg_free(other);
	end();
}

/* The other daemon's migration may take minutes: the time that a batch waits for a lock is not enough for it.
 */
static void test_daemon_waits_for_anothers_long_migration(void)
{
	struct answer answer = { 0 };

	begin();
	struct pg *other = session_open(conninfo, 100);
	session_hold(pg, "SELECT pg_advisory_xact_lock(7310575213201)");
	migrate(other, clock_wall_us(), answer_over, &answer);
	pause_us(500000);
	CHECK(!answer.is_over);
	session_release(pg);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
	pg_free(other);
	end();
}

int main(void)
{
	loop = loop_new();
	watcher = session_open(postgres_conninfo(), 10000);
	RUN(test_empty_database_gets_the_whole_schema);
	RUN(test_second_start_applies_nothing);
	RUN(test_newer_schema_is_refused_with_the_reason);
	RUN(test_applied_migration_with_another_text_is_refused);
	RUN(test_database_with_tables_of_others_is_refused_untouched);
	RUN(test_foreign_table_of_our_name_is_refused_untouched);
	RUN(test_migration_killed_half_way_is_rolled_back_and_finished_by_the_next_start);
	RUN(test_migration_killed_at_any_moment_is_whole_or_not_there);
	RUN(test_two_daemons_migrate_at_once_and_both_find_it_done);
	RUN(test_daemon_waits_for_anothers_long_migration);
	pg_free(watcher);
	loop_free(loop);
	return tap_done();
}
