/* SPDX-License-Identifier: Apache-2.0 */
#include "pg.h"

#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "postgres.h"
#include "tap.h"

#define GUARD_US (30 * US_PER_S)

static struct loop *loop;
static bool timed_out;

/* What done() told. */
struct answer {
	int calls;
	bool is_awaited;
	struct error err;
	char sqlstate[6];
	size_t n_rows;
	int64_t n_changed;
	char cell[1024]; /* first column of the first row; "NULL" */
	int order;       /* how many answers came before it */
};
static int answers;

static void told(void *owner, const struct pg_result *result, const struct error *err)
{
	struct answer *answer = owner;

	answer->calls++;
	answer->order = answers++;
	answer->err = err ? *err : (struct error){ 0 };
	if (result)
		memcpy(answer->sqlstate, result->sqlstate, 6);
	if (!err) {
		answer->n_rows = result->n_rows;
		answer->n_changed = result->n_changed;
		struct slice cell = result->n_rows ? pg_text(result, 0, 0) : SLICE("-");
		if (slice_is_null(cell))
			cell = SLICE("NULL");
		snprintf(answer->cell, sizeof(answer->cell), "%.*s", SLICE_ARGS(cell));
	}
	if (answer->is_awaited)
		loop_stop(loop);
}

static void on_guard(struct timer *timer)
{
	(void)timer;
	timed_out = true;
	loop_stop(loop);
}

/* Runs the loop until something calls loop_stop(). */
static void run_loop(void)
{
	struct timer guard = { .expired = on_guard, .name = "guard" };

	timer_start(loop, &guard, GUARD_US);
	loop_run(loop);
	timer_stop(loop, &guard);
	CHECK(!timed_out);
}

static void await(struct answer *answer)
{
	answer->is_awaited = true;
	while (!answer->calls && !timed_out)
		run_loop();
	answer->is_awaited = false;
}

static char down_text[ERROR_TEXT_SIZE]; /* why it went down last */

static void on_changed(struct pg *pg, bool is_up, void *owner)
{
	int *ups = owner;

	*ups += is_up ? 1 : 100;
	if (!is_up)
		snprintf(down_text, sizeof(down_text), "%s", pg_error(pg)->text);
	CHECK_INT(pg_is_up(pg), is_up);
	CHECK_INT(pg_error(pg)->kind == ERROR_NONE, is_up);
	loop_stop(loop);
}

static int changes;

static struct pg *connect_to(const char *conninfo, bool prepare)
{
	struct pg_options options = {
		.conninfo = conninfo,
		.application_name = "tandem test",
		.prepare = prepare,
		.statement_timeout_ms = 20000,
		.lock_timeout_ms = 1500,
		.changed = on_changed,
		.owner = &changes,
	};

	changes = 0;
	timed_out = false;
	return pg_new(loop, &options);
}

static struct pg *connected(void)
{
	struct pg *pg = connect_to(postgres_conninfo(), true);

	run_loop();
	CHECK(pg_is_up(pg));
	return pg;
}

static struct answer ask(struct pg *pg, const char *sql)
{
	struct answer answer = { 0 };

	pg_exec(pg, sql, told, &answer);
	await(&answer);
	CHECK_INT(answer.calls, 1);
	return answer;
}

static struct answer script(struct pg *pg, const char *sql)
{
	struct answer answer = { 0 };

	pg_script(pg, sql, told, &answer);
	await(&answer);
	return answer;
}

static const char *value(struct pg *pg, const char *sql)
{
	static char cell[1024];
	struct answer answer = ask(pg, sql);

	CHECK_TEXT(answer.err.text, "");
	snprintf(cell, sizeof(cell), "%s", answer.cell);
	return cell;
}

/* -- Pipeline -- */

static void test_thousand_statements_are_answered_in_order(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer *all = alloc_zeroed(1000, sizeof(*all));

	answers = 0;
	for (int i = 0; i < 1000; i++) {
		PG_QUERY(pg, "SELECT $1 * 2", told, &all[i], PG_I(i));
		if (i % 7 == 0)
			pg_sync(pg);
	}
	await(&all[999]);
	for (int i = 0; i < 1000; i++) {
		char want[16];
		snprintf(want, sizeof(want), "%d", i * 2);
		CHECK_TEXT(all[i].cell, want);
		CHECK_INT(all[i].order, i);
		CHECK_INT(all[i].calls, 1);
	}
	CHECK(pg_is_idle(pg));
	free(all);
}

static void test_starting_never_calls_back_at_once(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer answer = { 0 };

	pg_exec(pg, "SELECT 1", told, &answer);
	CHECK_INT(answer.calls, 0);
	CHECK(!pg_is_idle(pg));
	await(&answer);
}

static void test_session_is_set_up(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();

	CHECK_TEXT(value(pg, "SHOW statement_timeout"), "20s");
	CHECK_TEXT(value(pg, "SHOW lock_timeout"), "1500ms");
	CHECK_TEXT(value(pg, "SHOW TimeZone"), "UTC");
	CHECK_TEXT(value(pg, "SHOW client_min_messages"), "warning");
	CHECK_TEXT(value(pg, "SHOW application_name"), "tandem test");
	CHECK_TEXT(value(pg, "SHOW client_encoding"), "UTF8");
}

static void test_without_prepare_each_transaction_sets_its_timeouts(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connect_to(postgres_conninfo(), false);
	struct answer inside = { 0 }, end = { 0 };

	run_loop();
	CHECK_TEXT(value(pg, "SHOW statement_timeout"), "0");
	pg_begin(pg);
	pg_exec(pg, "SHOW statement_timeout", told, &inside);
	pg_commit(pg, told, &end);
	await(&end);
	CHECK_TEXT(inside.cell, "20s");
	CHECK_TEXT(value(pg, "SELECT count(*) FROM pg_prepared_statements"), "0");
}

static void test_statements_are_prepared_once(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer last = { 0 };

	for (int i = 0; i < 50; i++) {
		PG_QUERY(pg, "SELECT $1 + 1", told, &last, PG_I(i));
		pg_sync(pg);
	}
	PG_QUERY(pg, "SELECT $1 + 1", NULL, NULL, PG_I4(1)); /* other types: another statement */
	struct answer count =
	        ask(pg, "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1 + 1'");
	CHECK_TEXT(count.cell, "2");
	CHECK_INT(last.calls, 50);
}

static void test_error_in_the_middle_aborts_to_the_commit_and_the_next_transaction_works(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer first = { 0 }, bad = { 0 }, after = { 0 }, commit = { 0 }, second = { 0 };

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int PRIMARY KEY)");
	pg_begin(pg);
	PG_QUERY(pg, "INSERT INTO t VALUES ($1)", told, &first, PG_I4(1));
	PG_QUERY(pg, "INSERT INTO t VALUES ($1)", told, &bad, PG_I4(1));
	PG_QUERY(pg, "INSERT INTO t VALUES ($1)", told, &after, PG_I4(3));
	pg_commit(pg, told, &commit);
	pg_begin(pg);
	PG_QUERY(pg, "INSERT INTO t VALUES ($1)", NULL, NULL, PG_I4(4));
	pg_commit(pg, told, &second);
	await(&second);
	CHECK_INT(first.err.kind, ERROR_NONE);
	CHECK_INT(first.n_changed, 1);
	CHECK_INT(bad.err.kind, ERROR_RECORD);
	CHECK_TEXT(bad.sqlstate, "23505");
	CHECK_TEXT(bad.err.text, "duplicate key value violates unique constraint \"t_pkey\" (23505)");
	CHECK_INT(after.err.kind, ERROR_TRANSIENT);
	CHECK(strncmp(after.err.text, "aborted", 7) == 0);
	CHECK_INT(commit.err.kind, ERROR_RECORD);
	CHECK_TEXT(commit.err.text, bad.err.text);
	CHECK_TEXT(commit.sqlstate, "23505");
	CHECK_INT(second.err.kind, ERROR_NONE);
	CHECK_TEXT(value(pg, "SELECT string_agg(a::text, ',') FROM t"), "4");
}

static void test_error_found_after_an_answer_was_awaited_aborts_the_transaction_too(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer bad = { 0 }, later = { 0 }, commit = { 0 };

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int PRIMARY KEY)");
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO t VALUES (1 / 0)", told, &bad);
	await(&bad); /* a sync went between */
	pg_exec(pg, "INSERT INTO t VALUES (2)", told, &later);
	await(&later);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_TEXT(bad.sqlstate, "22012");
	CHECK_INT(later.err.kind, ERROR_TRANSIENT);
	CHECK(strncmp(later.err.text, "aborted", 7) == 0);
	CHECK_INT(commit.err.kind, ERROR_RECORD);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM t"), "0");
}

static void test_statement_without_callback_fails_the_commit(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer commit = { 0 };

	pg_begin(pg);
	pg_exec(pg, "SELECT no_such_column", NULL, NULL);
	pg_exec(pg, "SELECT 1", NULL, NULL);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(commit.err.kind, ERROR_CONFIG);
	CHECK_TEXT(commit.sqlstate, "42703");
}

static void test_deferred_constraint_fails_at_the_commit(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer insert = { 0 }, commit = { 0 };

	(void)script(pg,
	             "DROP TABLE IF EXISTS d; CREATE TABLE d (a int UNIQUE DEFERRABLE INITIALLY DEFERRED); "
	             "INSERT INTO d VALUES (1)");
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO d VALUES (1)", told, &insert);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(insert.err.kind, ERROR_NONE);
	CHECK_TEXT(commit.sqlstate, "23505");
	/* Without a transaction the statement is its own commit: success is told only after it. */
	struct answer alone = ask(pg, "INSERT INTO d VALUES (1)");
	CHECK_TEXT(alone.sqlstate, "23505");
	CHECK_INT(alone.err.kind, ERROR_RECORD);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM d"), "1");
}

static void test_statements_between_two_syncs_stand_or_fall_together(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer good = { 0 }, bad = { 0 }, next = { 0 };

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int PRIMARY KEY)");
	pg_exec(pg, "INSERT INTO t VALUES (1)", told, &good);
	pg_exec(pg, "INSERT INTO t VALUES (1)", told, &bad);
	pg_sync(pg);
	pg_exec(pg, "INSERT INTO t VALUES (7)", told, &next);
	await(&next);
	CHECK_INT(good.err.kind, ERROR_TRANSIENT); /* it was undone with its neighbour */
	CHECK_INT(bad.err.kind, ERROR_RECORD);
	CHECK_INT(next.err.kind, ERROR_NONE);
	CHECK_TEXT(value(pg, "SELECT sum(a) FROM t"), "7");
}

static void test_rollback_undoes(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer rollback = { 0 };

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int)");
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO t VALUES (1)", NULL, NULL);
	pg_rollback(pg, told, &rollback);
	await(&rollback);
	CHECK_INT(rollback.err.kind, ERROR_NONE);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM t"), "0");
}

static void test_parse_that_was_skipped_is_sent_again(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer skipped = { 0 }, again = { 0 }, third = { 0 };

	pg_exec(pg, "SELECT 1 / 0", NULL, NULL);
	PG_QUERY(pg, "SELECT $1 + 40", told, &skipped, PG_I(2)); /* its Parse is skipped with it */
	pg_sync(pg);
	PG_QUERY(pg, "SELECT $1 + 40", told, &again, PG_I(2));
	pg_sync(pg);
	await(&again);
	PG_QUERY(pg, "SELECT $1 + 40", told, &third, PG_I(3));
	await(&third);
	CHECK_INT(skipped.err.kind, ERROR_TRANSIENT);
	CHECK_TEXT(again.cell, "42");
	CHECK_TEXT(third.cell, "43");
}

static void test_stale_plan_and_deallocated_statement_are_transient_and_prepared_anew(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int)");
	CHECK_INT((int64_t)ask(pg, "SELECT * FROM t").n_rows, 0);
	(void)ask(pg, "ALTER TABLE t ADD b int");
	struct answer stale = ask(pg, "SELECT * FROM t");
	CHECK_INT(stale.err.kind, ERROR_TRANSIENT);
	CHECK_INT(ask(pg, "SELECT * FROM t").err.kind, ERROR_NONE);
	(void)ask(pg, "DEALLOCATE ALL");
	CHECK_INT(ask(pg, "SELECT * FROM t").err.kind, ERROR_TRANSIENT);
	CHECK_INT(ask(pg, "SELECT * FROM t").err.kind, ERROR_NONE);
}

static void test_sqlstates_become_kinds(void)
{
	static const struct {
		const char *sqlstate;
		enum error_kind kind;
	} cases[] = {
		{ "40001", ERROR_TRANSIENT }, { "40P01", ERROR_TRANSIENT }, { "53100", ERROR_TRANSIENT },
		{ "55P03", ERROR_TRANSIENT }, { "57014", ERROR_TRANSIENT }, { "XX000", ERROR_TRANSIENT },
		{ "08006", ERROR_TRANSIENT }, { "42501", ERROR_REFUSED },   { "28000", ERROR_REFUSED },
		{ "22P02", ERROR_RECORD },    { "23514", ERROR_RECORD },    { "42601", ERROR_CONFIG },
		{ "55000", ERROR_CONFIG },    { "42P01", ERROR_CONFIG },
	};
	CLEANUP(pg_free_p) struct pg *pg = connected();
	char sql[200], want[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(sql, sizeof(sql),
		         "DO $$BEGIN RAISE 'oh' USING ERRCODE = '%s', DETAIL = 'secret'; END$$",
		         cases[i].sqlstate);
		snprintf(want, sizeof(want), "oh (%s)", cases[i].sqlstate);
		struct answer answer = ask(pg, sql);
		CHECK_INT(answer.err.kind, cases[i].kind);
		CHECK_TEXT(answer.err.text, want); /* no DETAIL */
	}
}

static void test_timeouts_end_statements(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	CLEANUP(pg_free_p) struct pg *other = connected();
	struct answer end = { 0 }, locked = { 0 };

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int)");
	pg_begin(other);
	pg_exec(other, "LOCK TABLE t", told, &locked);
	await(&locked);
	struct answer blocked = ask(pg, "INSERT INTO t VALUES (1)");
	CHECK_INT(blocked.err.kind, ERROR_TRANSIENT);
	CHECK_TEXT(blocked.sqlstate, "55P03");
	pg_rollback(other, told, &end);
	await(&end);
	(void)ask(pg, "SET statement_timeout = 100");
	CHECK_TEXT(ask(pg, "SELECT pg_sleep(5)").sqlstate, "57014");
}

/* -- Parameters -- */

static struct answer echo(struct pg *pg, const char *sql, struct pg_param param)
{
	struct answer answer = { 0 };

	PG_QUERY(pg, sql, told, &answer, param);
	await(&answer);
	return answer;
}

static void test_parameters_of_all_types_arrive(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();

	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_I(INT64_MIN)).cell, "-9223372036854775808");
	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_I4(-7)).cell, "-7");
	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_B(true)).cell, "true");
	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_B(false)).cell, "false");
	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_R(-0.125)).cell, "-0.125");
	CHECK_TEXT(echo(pg, "SELECT $1", PG_T(SLICE("it's \"Zoë\" \\ {,}"))).cell, "it's \"Zoë\" \\ {,}");
	CHECK_TEXT(echo(pg, "SELECT $1 = ''", PG_T(SLICE(""))).cell, "t");
	CHECK_TEXT(echo(pg, "SELECT $1 ->> 'a'", PG_J(SLICE("{\"a\": \"x\\\"y\"}"))).cell, "x\"y");
	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_AT(INT64_C(1769854530123456))).cell,
	           "2026-01-31 10:15:30.123456+00");
	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_AT(0)).cell, "1970-01-01 00:00:00+00");
	CHECK_TEXT(echo(pg, "SELECT pg_typeof($1)", PG_I4(1)).cell, "integer");
}

static void test_nulls_of_all_types_arrive(void)
{
	static const char *const names[] = { "bigint",
		                             "integer",
		                             "text",
		                             "boolean",
		                             "double precision",
		                             "jsonb",
		                             "timestamp with time zone",
		                             "bigint[]",
		                             "text[]" };
	CLEANUP(pg_free_p) struct pg *pg = connected();

	for (int type = PG_INT8; type <= PG_TEXT_ARRAY; type++) {
		CHECK_TEXT(echo(pg, "SELECT $1", PG_NULL((enum pg_param_type)type)).cell, "NULL");
		CHECK_TEXT(echo(pg, "SELECT pg_typeof($1)", PG_NULL((enum pg_param_type)type)).cell,
		           names[type]);
	}
	CHECK_TEXT(echo(pg, "SELECT $1", PG_T(SLICE_NULL)).cell, "NULL");
	CHECK_TEXT(echo(pg, "SELECT $1", PG_J(SLICE_NULL)).cell, "NULL");
}

static void test_arrays_with_nulls_and_quotes_arrive(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	const int64_t ints[] = { 1, -2, INT64_MAX };
	const struct slice texts[] = { SLICE("a"), SLICE_NULL, SLICE(""), SLICE("\"{,}\\' NULL"),
		                       SLICE("NULL") };

	CHECK_TEXT(echo(pg, "SELECT $1::text", PG_INTS(ints, 3)).cell, "{1,-2,9223372036854775807}");
	CHECK_TEXT(echo(pg, "SELECT cardinality($1)", PG_INTS(NULL, 0)).cell, "0");
	CHECK_TEXT(echo(pg, "SELECT cardinality($1)", PG_TEXTS(NULL, 0)).cell, "0");
	CHECK_TEXT(echo(pg, "SELECT count(*) FROM unnest($1) AS v WHERE v IS NULL", PG_TEXTS(texts, 5)).cell,
	           "1");
	CHECK_TEXT(echo(pg, "SELECT ($1)[4]", PG_TEXTS(texts, 5)).cell, "\"{,}\\' NULL");
	CHECK_TEXT(echo(pg, "SELECT ($1)[3] = '' AND ($1)[5] = 'NULL'", PG_TEXTS(texts, 5)).cell, "t");
}

static void test_text_the_server_refuses_fails_that_statement_only(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	const struct slice with_nul = { "a\0b", 3 };

	struct answer nul = echo(pg, "SELECT $1", PG_T(with_nul));
	CHECK_INT(nul.err.kind, ERROR_RECORD);
	CHECK_TEXT(nul.sqlstate, "22021");
	CHECK_INT(echo(pg, "SELECT $1", PG_TEXTS(&with_nul, 1)).err.kind, ERROR_RECORD);
	CHECK_INT(echo(pg, "SELECT $1", PG_T(SLICE("\xff\xfe"))).err.kind, ERROR_RECORD);
	CHECK_INT(echo(pg, "SELECT $1", PG_AT(INT64_MIN)).err.kind, ERROR_RECORD);
	CHECK_INT(echo(pg, "SELECT $1", PG_AT(INT64_MAX)).err.kind, ERROR_NONE);
	CHECK_INT(echo(pg, "SELECT $1", PG_J(SLICE("{"))).err.kind, ERROR_RECORD);
	CHECK_TEXT(value(pg, "SELECT 5"), "5");
}

/* Both sides want to write more than a socket holds: a client that only writes then would wait for ever. */
static void test_megabytes_both_ways_do_not_block(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer *all = alloc_zeroed(40, sizeof(*all));
	char *text = alloc_zeroed(1, 1 << 20);

	memset(text, 'm', 1 << 20);
	for (int i = 0; i < 40; i++)
		PG_QUERY(pg, "SELECT $1", told, &all[i], PG_T(((struct slice){ text, 1 << 20 })));
	await(&all[39]);
	for (int i = 0; i < 40; i++)
		CHECK_INT((int64_t)strlen(all[i].cell), sizeof(all[i].cell) - 1);
	free(text);
	free(all);
}

static void check_row(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)owner;
	CHECK(!err);
	CHECK_INT((int64_t)result->n_rows, 2);
	CHECK_INT(pg_int(result, 0, 0), -12);
	CHECK(pg_bool(result, 0, 1));
	CHECK(pg_real(result, 0, 2) == 2.5);
	CHECK_SLICE(pg_text(result, 0, 3), "x");
	CHECK(slice_is_null(pg_text(result, 1, 3)) && pg_is_null(result, 1, 3));
	CHECK_INT(pg_int(result, 1, 0), 0);
	CHECK(!pg_bool(result, 1, 1));
	loop_stop(loop);
}

static void test_cells_are_read_by_type(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();

	pg_exec(pg, "VALUES (-12::bigint, true, 2.5::float8, 'x'), (NULL, NULL, NULL, NULL)", check_row,
	        NULL);
	run_loop();
}

static void test_n_changed_counts_rows_written(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int)");
	CHECK_INT(ask(pg, "INSERT INTO t SELECT generate_series(1, 10)").n_changed, 10);
	CHECK_INT(ask(pg, "UPDATE t SET a = a + 1 WHERE a > 4 RETURNING a").n_changed, 6);
	CHECK_INT(ask(pg, "SELECT * FROM t").n_changed, 0);
	CHECK_INT(ask(pg, "DELETE FROM t").n_changed, 10);
}

/* -- COPY and scripts -- */

static const char copy_sql[] = "COPY c (a, b, c, d, e, f, g, h) FROM STDIN (FORMAT binary)";
static const char copy_table[] = "DROP TABLE IF EXISTS c; CREATE TABLE c (a smallint, b int, c bigint "
                                 "PRIMARY KEY, d bool, e real, f text, g jsonb,"
                                 " h timestamptz)";

static void copy_row(struct buf *rows, int64_t id, struct slice text)
{
	pg_copy_row(rows, 8);
	pg_copy_int2(rows, -3);
	pg_copy_int4(rows, 70000);
	pg_copy_int8(rows, id);
	pg_copy_bool(rows, true);
	pg_copy_real(rows, 1.5f);
	pg_copy_text(rows, text);
	pg_copy_json(rows, SLICE("{\"k\": [1, 2]}"));
	pg_copy_time(rows, INT64_C(1769854530123456));
}

static void test_copy_brings_all_types(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer copied = { 0 };
	struct buf rows;

	(void)script(pg, copy_table);
	buf_init(&rows, 1 << 20);
	pg_copy_begin(&rows);
	copy_row(&rows, 1, SLICE("Zoë \"x\""));
	pg_copy_row(&rows, 8);
	for (int i = 0; i < 2; i++)
		pg_copy_null(&rows);
	pg_copy_int8(&rows, 2);
	for (int i = 0; i < 2; i++)
		pg_copy_null(&rows);
	pg_copy_text(&rows, SLICE_NULL);
	pg_copy_json(&rows, SLICE_NULL);
	pg_copy_null(&rows);
	pg_copy_end(&rows);
	pg_copy(pg, copy_sql, &rows, told, &copied);
	await(&copied);
	CHECK_TEXT(copied.err.text, "");
	CHECK_INT(copied.n_changed, 2);
	CHECK_TEXT(value(pg, "SELECT concat_ws('|', a, b, c, d, e, f, g, h) FROM c WHERE c = 1"),
	           "-3|70000|1|t|1.5|Zoë \"x\"|{\"k\": [1, 2]}|2026-01-31 10:15:30.123456+00");
	CHECK_TEXT(value(pg, "SELECT num_nulls(a, b, d, e, f, g, h) FROM c WHERE c = 2"), "7");
	buf_done(&rows);
}

static void fill_rows(struct buf *rows, int64_t from, int64_t to)
{
	char text[640];

	memset(text, 'x', sizeof(text));
	pg_copy_begin(rows);
	for (int64_t id = from; id < to; id++)
		copy_row(rows, id, (struct slice){ text, sizeof(text) });
	pg_copy_end(rows);
}

static void test_copies_and_statements_mix_in_one_transaction(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer before = { 0 }, copied = { 0 }, after = { 0 }, commit = { 0 };
	struct buf rows;

	(void)script(pg, copy_table);
	buf_init(&rows, 64 << 20);
	fill_rows(&rows, 0, 5000);
	pg_begin(pg);
	pg_exec(pg, "SELECT count(*) FROM c", told, &before);
	pg_copy(pg, copy_sql, &rows, told, &copied);
	pg_exec(pg, "UPDATE c SET b = 1", told, &after);
	pg_commit(pg, told, &commit);
	int64_t began_us = clock_mono_us();
	await(&commit);
	printf("# 5000 rows of 700 bytes copied and updated in %lld ms\n",
	       (long long)(clock_mono_us() - began_us) / 1000);
	CHECK_TEXT(before.cell, "0");
	CHECK_INT(copied.n_changed, 5000);
	CHECK_INT(after.n_changed, 5000);
	CHECK_INT(commit.err.kind, ERROR_NONE);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM c"), "5000");
	buf_done(&rows);
}

static void test_bad_copy_leaves_the_connection_usable(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer copied = { 0 }, after = { 0 }, commit = { 0 }, missing = { 0 }, again = { 0 };
	struct buf rows;

	(void)script(pg, copy_table);
	buf_init(&rows, 64 << 20);
	fill_rows(&rows, 0, 3000);
	pg_copy(pg, "COPY no_such_table FROM STDIN (FORMAT binary)", &rows, told, &missing);
	await(&missing);
	CHECK_TEXT(missing.sqlstate, "42P01");
	memset(rows.data + 40, 0x7f, 8); /* early error: the rest is read and dropped */
	pg_begin(pg);
	pg_copy(pg, copy_sql, &rows, told, &copied);
	pg_exec(pg, "SELECT 1", told, &after);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(copied.err.kind, ERROR_RECORD);
	CHECK_INT(after.err.kind, ERROR_TRANSIENT);
	CHECK_INT(commit.err.kind, ERROR_RECORD);
	buf_reset(&rows);
	fill_rows(&rows, 0, 10);
	pg_copy(pg, copy_sql, &rows, told, &again);
	await(&again);
	CHECK_INT(again.n_changed, 10);
	CHECK_INT(changes, 1); /* never reconnected */
	buf_done(&rows);
}

static void test_copy_over_its_ceiling_is_not_committed(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer copied = { 0 }, commit = { 0 };
	struct buf rows;

	(void)script(pg, copy_table);
	buf_init(&rows, 1000);
	fill_rows(&rows, 0, 10);
	CHECK(rows.full);
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO c (c) VALUES (1)", NULL, NULL);
	pg_copy(pg, copy_sql, &rows, told, &copied);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(copied.err.kind, ERROR_TOO_LARGE);
	CHECK_INT(commit.err.kind, ERROR_TOO_LARGE);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM c"), "0");
	buf_done(&rows);
}

static void test_copy_after_a_failed_step_is_aborted(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer copied = { 0 }, commit = { 0 };
	struct buf rows;

	(void)script(pg, copy_table);
	buf_init(&rows, 1 << 20);
	fill_rows(&rows, 0, 10);
	pg_begin(pg);
	pg_exec(pg, "SELECT 1 / 0", NULL, NULL);
	pg_copy(pg, copy_sql, &rows, told, &copied);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(copied.err.kind, ERROR_TRANSIENT);
	CHECK_TEXT(commit.sqlstate, "22012");
	CHECK_TEXT(value(pg, "SELECT count(*) FROM c"), "0");
	buf_done(&rows);
}

static void test_scripts_run_alone_and_inside_a_transaction(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer inside = { 0 }, end = { 0 };

	CHECK_INT(script(pg, "DROP TABLE IF EXISTS s; CREATE TABLE s (a int); INSERT INTO s VALUES (1)")
	                  .err.kind,
	          ERROR_NONE);
	CHECK_TEXT(script(pg, "INSERT INTO s VALUES (2); SELECT * FROM nowhere").sqlstate, "42P01");
	CHECK_TEXT(value(pg, "SELECT count(*) FROM s"), "1"); /* the script stood or fell as a whole */
	pg_begin(pg);
	pg_script(pg, "INSERT INTO s VALUES (3); INSERT INTO s VALUES (4)", told, &inside);
	pg_exec(pg, "INSERT INTO s VALUES (5)", NULL, NULL);
	pg_rollback(pg, told, &end);
	await(&end);
	CHECK_INT(inside.err.kind, ERROR_NONE);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM s"), "1");
	pg_begin(pg);
	pg_script(pg, "INSERT INTO s VALUES (3); SELECT 1 / 0", NULL, NULL);
	struct answer commit = { 0 };
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_TEXT(commit.sqlstate, "22012");
}

static void test_script_that_leaves_a_transaction_open_is_undone(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();

	(void)script(pg, "DROP TABLE IF EXISTS s; CREATE TABLE s (a int)");
	CHECK_INT(script(pg, "BEGIN; INSERT INTO s VALUES (1)").err.kind, ERROR_CONFIG);
	CHECK_TEXT(script(pg, "BEGIN; INSERT INTO s VALUES (1); SELECT 1 / 0").sqlstate, "22012");
	CHECK_TEXT(value(pg, "SELECT count(*) FROM s"), "0");
	CHECK_INT(script(pg, "COPY s FROM STDIN").err.kind, ERROR_CONFIG);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM s"), "0");
}

/* -- Loss -- */

static int backend_of(struct pg *pg)
{
	return (int)strtol(value(pg, "SELECT pg_backend_pid()"), NULL, 10);
}

static void terminate(struct pg *killer, int pid)
{
	CHECK_TEXT(echo(killer, "SELECT pg_terminate_backend($1, 5000)", PG_I4(pid)).cell, "t");
}

static void await_changes(int n)
{
	while (changes < n && !timed_out)
		run_loop();
}

static void test_terminated_backend_fails_the_steps_by_what_is_known(void)
{
	CLEANUP(pg_free_p) struct pg *killer = connected();
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer in = { 0 }, commit = { 0 }, read = { 0 }, write = { 0 }, copied = { 0 };
	int pid = backend_of(pg);

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int)");
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO t SELECT 1 FROM pg_sleep(20)", told, &in);
	pg_exec(pg, "INSERT INTO t VALUES (2)", NULL, NULL);
	struct answer first = { 0 };
	pg_exec(killer, "SELECT pg_sleep(0.3)", told, &first);
	await(&first);
	pg_sync(pg);
	terminate(killer, pid);
	await(&in);
	CHECK_INT(in.err.kind, ERROR_TRANSIENT); /* no commit was on the way: surely undone */
	CHECK(strstr(in.err.text, "57P01") != NULL);
	CHECK_INT(changes / 100, 1);
	/* The rest of that transaction must not run by itself on the next connection. */
	pg_exec(pg, "INSERT INTO t VALUES (3)", told, &write);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(write.err.kind, ERROR_TRANSIENT);
	CHECK_INT(commit.err.kind, ERROR_TRANSIENT);
	CHECK_TEXT(value(pg, "SELECT count(*) FROM t"), "0");

	pid = backend_of(pg);
	write = (struct answer){ 0 };
	pg_exec(pg, "SELECT pg_sleep(20)", told, &read);
	pg_sync(pg);
	pg_exec(pg, "INSERT INTO t VALUES (4)", told, &write);
	pg_sync(pg);
	struct buf rows = { .ceiling = 100 };
	pg_copy_begin(&rows);
	pg_copy_end(&rows);
	pg_copy(pg, "COPY t FROM STDIN (FORMAT binary)", &rows, told, &copied);
	first = (struct answer){ 0 };
	pg_exec(killer, "SELECT pg_sleep(0.3)", told, &first);
	await(&first);
	terminate(killer, pid);
	await(&copied);
	CHECK_INT(read.err.kind, ERROR_TRANSIENT);   /* a SELECT changes nothing */
	CHECK_INT(write.err.kind, ERROR_UNCERTAIN);  /* sent, and commits by itself */
	CHECK_INT(copied.err.kind, ERROR_TRANSIENT); /* never sent */
	CHECK_TEXT(value(pg, "SELECT 1"), "1");      /* and it has come back */
	buf_done(&rows);
}

static void test_idle_connection_that_is_terminated_tells_why_and_comes_back(void)
{
	CLEANUP(pg_free_p) struct pg *killer = connected();
	CLEANUP(pg_free_p) struct pg *pg = connected();
	int pid = backend_of(pg);

	changes = 0;
	terminate(killer, pid); /* the loop runs meanwhile */
	await_changes(100);
	CHECK(strstr(down_text, "terminating connection") != NULL);
	await_changes(101);
	CHECK(pg_is_up(pg));
	CHECK_TEXT(value(pg, "SELECT 3"), "3");
}

static void test_commit_under_way_is_uncertain(void)
{
	CLEANUP(pg_free_p) struct pg *killer = connected();
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer insert = { 0 }, commit = { 0 }, pause = { 0 }, next = { 0 };
	int pid = backend_of(pg);

	(void)script(pg, "DROP TABLE IF EXISTS w; CREATE TABLE w (a int);"
	                 "CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
	                 " 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';"
	                 "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON w DEFERRABLE INITIALLY DEFERRED"
	                 " FOR EACH ROW EXECUTE FUNCTION slow()");
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO w VALUES (1)", told, &insert);
	pg_commit(pg, told, &commit);
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO w VALUES (2)", told, &next);
	pg_rollback(pg, NULL, NULL);
	pg_exec(killer, "SELECT pg_sleep(0.5)", told, &pause);
	await(&pause);
	CHECK_INT(insert.calls, 1);
	CHECK_INT(commit.calls, 0);
	terminate(killer, pid);
	await(&next);
	CHECK_INT(commit.err.kind, ERROR_UNCERTAIN);
	CHECK_INT(next.err.kind, ERROR_TRANSIENT);
	(void)script(pg, "DROP TABLE w");
}

/* As after a failover: the old primary still answers, but takes no writes. */
static void test_server_that_became_read_only_is_left(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer commit = { 0 };

	(void)script(pg, "DROP TABLE IF EXISTS t; CREATE TABLE t (a int)");
	(void)ask(pg, "SET default_transaction_read_only = on");
	pg_begin(pg);
	pg_exec(pg, "INSERT INTO t VALUES (1)", NULL, NULL);
	pg_commit(pg, told, &commit);
	await(&commit);
	CHECK_INT(commit.err.kind, ERROR_TRANSIENT);
	await_changes(102);
	CHECK_INT(ask(pg, "INSERT INTO t VALUES (2)").err.kind, ERROR_NONE);
	CHECK_TEXT(value(pg, "SELECT sum(a) FROM t"), "2");
}

static void test_server_that_stops_and_starts_again(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer failed = { 0 };

	changes = 0;
	postgres_stop(POSTGRES_IMMEDIATE);
	await_changes(100);
	CHECK(!pg_is_up(pg));
	pg_exec(pg, "SELECT 1", told, &failed); /* waits for the next attempt, then fails */
	await(&failed);
	CHECK_INT(failed.err.kind, ERROR_TRANSIENT);
	CHECK_INT(changes, 100); /* told once, not at each attempt */
	postgres_start();
	await_changes(101);
	CHECK_TEXT(value(pg, "SELECT 2"), "2");

	changes = 0;
	postgres_stop(POSTGRES_KILL);
	await_changes(100);
	postgres_start();
	await_changes(101);
	CHECK_TEXT(value(pg, "SELECT 2"), "2");
}

static void test_no_server_is_told_once_and_steps_fail(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connect_to("host=/nonexistent dbname=x", true);
	struct answer failed = { 0 };

	pg_exec(pg, "SELECT 1", told, &failed);
	CHECK_INT(failed.calls, 0);
	await_changes(100);
	CHECK_INT(failed.calls, 1);
	CHECK_INT(failed.err.kind, ERROR_TRANSIENT);
	CHECK(strstr(pg_error(pg)->text, "could not connect to PostgreSQL") != NULL);
}

static void test_why_a_connection_fails_is_told_by_kind(void)
{
	char conninfo[400];
	struct pg *pg = connect_to("nonsense=1", true);

	await_changes(100);
	CHECK_INT(pg_error(pg)->kind, ERROR_CONFIG);
	pg_free(pg);
	snprintf(conninfo, sizeof(conninfo), "%s dbname=missing", postgres_conninfo());
	pg = connect_to(conninfo, true);
	await_changes(100);
	CHECK_INT(pg_error(pg)->kind, ERROR_CONFIG);
	CHECK(strstr(pg_error(pg)->text, "\"missing\" does not exist (3D000)") != NULL);
	pg_free(pg);
	snprintf(conninfo, sizeof(conninfo), "%s user=nobody_here", postgres_conninfo());
	pg = connect_to(conninfo, true);
	await_changes(100);
	CHECK_INT(pg_error(pg)->kind, ERROR_REFUSED);
	CHECK(strstr(pg_error(pg)->text, "nobody_here") != NULL);
	pg_free(pg);
}

static void test_next_host_is_tried_when_one_is_down(void)
{
	char conninfo[400], dir[128];
	const char *own = strchr(postgres_conninfo(), '=') + 1;

	snprintf(dir, sizeof(dir), "%.*s", (int)strcspn(own, " "), own);
	/* A name to resolve, an address that refuses, and the one that works. */
	snprintf(conninfo, sizeof(conninfo),
	         "postgresql:///postgres?user=postgres&host=localhost,127.0.0.1,%s&port=1,1,5432", dir);
	CLEANUP(pg_free_p) struct pg *pg = connect_to(conninfo, true);
	run_loop();
	CHECK(pg_is_up(pg));
	CHECK_TEXT(value(pg, "SELECT 1"), "1");
}

static void test_unknown_name_is_transient(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connect_to("host=no-such-host.invalid", true);

	await_changes(100);
	CHECK_INT(pg_error(pg)->kind, ERROR_TRANSIENT);
	CHECK(strstr(pg_error(pg)->text, "could not resolve host \"no-such-host.invalid\"") != NULL);
}

static void test_free_while_a_name_is_resolved(void)
{
	struct pg *pg = connect_to("host=no-such-host.invalid", true);
	struct timer soon = { .expired = on_guard, .name = "soon" };

	timer_start(loop, &soon, 1000);
	loop_run(loop);
	timer_stop(loop, &soon);
	pg_free(pg);
	timed_out = false;
	usleep(50 * 1000);
}

static void free_it(void *owner, const struct pg_result *result, const struct error *err)
{
	struct pg **pg = owner;

	(void)result;
	(void)err;
	pg_free(TAKE(*pg));
	loop_stop(loop);
}

static void test_callback_may_free_the_connection(void)
{
	struct pg *pg = connected();
	struct answer never = { 0 };

	pg_exec(pg, "SELECT 1", free_it, &pg);
	pg_exec(pg, "SELECT 2", told, &never);
	run_loop();
	CHECK(!pg);
	CHECK_INT(never.calls, 0);

	CLEANUP(pg_free_p) struct pg *killer = connected();
	pg = connected();
	int pid = backend_of(pg);
	pg_exec(pg, "SELECT pg_sleep(20)", free_it, &pg);
	pg_exec(pg, "SELECT 2", told, &never);
	struct answer pause = { 0 };
	pg_exec(killer, "SELECT pg_sleep(0.2)", told, &pause);
	await(&pause);
	PG_QUERY(killer, "SELECT pg_terminate_backend($1)", NULL, NULL, PG_I4(pid));
	run_loop();
	CHECK(!pg);
	CHECK_INT(never.calls, 0);
}

static void test_clock_stands_still_while_the_server_works(void)
{
	CLEANUP(pg_free_p) struct pg *pg = connected();
	struct answer answer = { 0 };
	struct timer guard = { .expired = on_guard, .name = "guard" };

	clock_fake_set(INT64_C(1769854530000000));
	timer_start(loop, &guard, 3600 * US_PER_S);
	answer.is_awaited = true;
	pg_exec(pg, "SELECT pg_sleep(0.2)", told, &answer);
	loop_run(loop);
	CHECK_INT(answer.calls, 1);
	CHECK(!timed_out);
	CHECK_INT(clock_wall_us(), INT64_C(1769854530000000));
	timer_stop(loop, &guard);
	clock_fake_end();
}

int main(void)
{
	(void)postgres_conninfo();
	loop = loop_new();
	RUN(test_thousand_statements_are_answered_in_order);
	RUN(test_starting_never_calls_back_at_once);
	RUN(test_session_is_set_up);
	RUN(test_without_prepare_each_transaction_sets_its_timeouts);
	RUN(test_statements_are_prepared_once);
	RUN(test_error_in_the_middle_aborts_to_the_commit_and_the_next_transaction_works);
	RUN(test_error_found_after_an_answer_was_awaited_aborts_the_transaction_too);
	RUN(test_statement_without_callback_fails_the_commit);
	RUN(test_deferred_constraint_fails_at_the_commit);
	RUN(test_statements_between_two_syncs_stand_or_fall_together);
	RUN(test_rollback_undoes);
	RUN(test_parse_that_was_skipped_is_sent_again);
	RUN(test_stale_plan_and_deallocated_statement_are_transient_and_prepared_anew);
	RUN(test_sqlstates_become_kinds);
	RUN(test_timeouts_end_statements);
	RUN(test_parameters_of_all_types_arrive);
	RUN(test_nulls_of_all_types_arrive);
	RUN(test_arrays_with_nulls_and_quotes_arrive);
	RUN(test_text_the_server_refuses_fails_that_statement_only);
	RUN(test_megabytes_both_ways_do_not_block);
	RUN(test_cells_are_read_by_type);
	RUN(test_n_changed_counts_rows_written);
	RUN(test_copy_brings_all_types);
	RUN(test_copies_and_statements_mix_in_one_transaction);
	RUN(test_bad_copy_leaves_the_connection_usable);
	RUN(test_copy_over_its_ceiling_is_not_committed);
	RUN(test_copy_after_a_failed_step_is_aborted);
	RUN(test_scripts_run_alone_and_inside_a_transaction);
	RUN(test_script_that_leaves_a_transaction_open_is_undone);
	RUN(test_terminated_backend_fails_the_steps_by_what_is_known);
	RUN(test_idle_connection_that_is_terminated_tells_why_and_comes_back);
	RUN(test_commit_under_way_is_uncertain);
	RUN(test_server_that_became_read_only_is_left);
	RUN(test_server_that_stops_and_starts_again);
	RUN(test_no_server_is_told_once_and_steps_fail);
	RUN(test_why_a_connection_fails_is_told_by_kind);
	RUN(test_next_host_is_tried_when_one_is_down);
	RUN(test_unknown_name_is_transient);
	RUN(test_free_while_a_name_is_resolved);
	RUN(test_callback_may_free_the_connection);
	RUN(test_clock_stands_still_while_the_server_works);
	loop_free(loop);
	return tap_done();
}
