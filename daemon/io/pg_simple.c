/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#define CHUNK_BYTES (128 * 1024)

/*
 * PgBouncer follows TimeZone by itself, so it may be set for the session even through a pooler; the timeouts
 * not, there each transaction sets its own (begin_timeouts()).
 */
static const char setup_sql[] =
        "SELECT set_config('TimeZone', 'UTC', false), set_config('client_min_messages', 'warning', false),"
        " set_config('DateStyle', 'ISO', false),"
        " CASE WHEN $1 THEN set_config('statement_timeout', $2, false) END,"
        " CASE WHEN $1 THEN set_config('lock_timeout', $3, false) END";

void simple_set_up(struct pg *pg)
{
	char statement[24], lock[24];

	(void)snprintf(statement, sizeof(statement), "%d", pg->statement_timeout_ms);
	(void)snprintf(lock, sizeof(lock), "%d", pg->lock_timeout_ms);
	struct pg_param params[] = { PG_B(pg->prepare), PG_T(slice_of(statement)), PG_T(slice_of(lock)) };
	struct step *step = step_new(STEP_SETUP, setup_sql, params, 3);
	pg->simple = step;
	pg->phase = SIMPLE_ASKED;
	pg->in_pipeline = false;
	if (!PQsendQueryParams(pg->conn, step->sql, step->n_params, step->types, step->values, step->lengths,
	                       step->formats, 0))
		pg_lost_here(pg);
	else
		(void)pg_flush(pg);
}

bool simple_start(struct pg *pg)
{
	/* libpq leaves the pipeline only when all of it is answered. */
	if (pg->n_unsynced)
		(void)pg_send_sync(pg);
	if (pg->sent.head || !pg->conn)
		return false;
	struct step *step = list_take(&pg->queued);
	if (pg_doomed(pg, step)) {
		pg_finish(pg, step);
		return true;
	}
	pg->simple = step;
	pg->phase = SIMPLE_ASKED;
	if (pg->in_pipeline && !PQexitPipelineMode(pg->conn)) {
		pg_lost_here(pg);
		return false;
	}
	pg->in_pipeline = false;
	step->is_sent = true;
	if (!PQsendQuery(pg->conn, step->sql)) {
		pg_lost_here(pg);
		return false;
	}
	return true;
}

/* Hands the next piece to libpq. False: no more room until the socket takes some. */
static bool copy_piece(struct pg *pg)
{
	const struct buf *rows = pg->simple->rows;
	size_t len = rows->len - pg->copied < CHUNK_BYTES ? rows->len - pg->copied : CHUNK_BYTES;
	int taken = len ? PQputCopyData(pg->conn, rows->data + pg->copied, (int)len)
	                : PQputCopyEnd(pg->conn, NULL);

	if (taken < 0) {
		pg_lost_here(pg);
		return false;
	}
	if (taken && len)
		pg->copied += len;
	else if (taken)
		pg->phase = SIMPLE_ENDING;
	return pg_flush(pg) && taken;
}

void simple_continue(struct pg *pg)
{
	while (pg->conn && pg->phase == SIMPLE_COPYING && !pg->is_writing)
		if (!copy_piece(pg))
			return;
}

static void copy_begin(struct pg *pg)
{
	struct step *step = pg->simple;

	if (step->kind == STEP_COPY) {
		pg->phase = SIMPLE_COPYING;
		pg->copied = 0;
		simple_continue(pg);
		return;
	}
	if (!step->err.kind)
		fail(&step->err, ERROR_CONFIG, "a script cannot COPY from its standard input");
	if (PQputCopyEnd(pg->conn, "no data") < 0)
		pg_lost_here(pg);
}

/* A script may have left a transaction open, or ended ours. True: a ROLLBACK is on its way, wait for it. */
static bool clean_up(struct pg *pg)
{
	struct step *step = pg->simple;
	bool is_open = PQtransactionStatus(pg->conn) != PQTRANS_IDLE;

	if (is_open == (step->transaction != 0))
		return false;
	if (!step->err.kind)
		fail(&step->err, ERROR_CONFIG,
		     is_open ? "the script left a transaction open" : "the script ended the transaction");
	if (!is_open)
		return false;
	if (PQsendQuery(pg->conn, "ROLLBACK"))
		(void)pg_flush(pg);
	else
		pg_lost_here(pg);
	return true;
}

static void simple_end(struct pg *pg)
{
	if (clean_up(pg))
		return;
	struct step *step = TAKE(pg->simple);
	pg->phase = SIMPLE_NONE;
	if (step->kind == STEP_SCRIPT)
		statements_forget(pg); /* it may have changed tables under them */
	pg->in_pipeline = PQenterPipelineMode(pg->conn);
	if (!pg->in_pipeline) {
		pg->simple = step;
		pg_lost_here(pg);
		return;
	}
	if (step->kind == STEP_SETUP) {
		pg_up(pg, step);
		return;
	}
	if (step->err.kind && step->transaction)
		pg_note_failure(pg, step);
	pg_finish(pg, step);
}

static void simple_error(struct pg *pg, const PGresult *result)
{
	struct step *step = pg->simple;
	struct error err;
	char sqlstate[6];

	error_of_result(result, &err, sqlstate);
	if (is_fatal(pg->conn, result)) {
		pg_lost(pg, err.text);
		return;
	}
	if (step->err.kind)
		return;
	step->err = err;
	memcpy(step->sqlstate, sqlstate, sizeof(sqlstate));
	if (strcmp(sqlstate, "25006") == 0)
		pg->must_leave = true;
}

void simple_read(struct pg *pg)
{
	PGresult *result = PQgetResult(pg->conn);

	if (!result) {
		simple_end(pg);
		return;
	}
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		PQclear(pg->simple->result);
		pg->simple->result = result;
		return;
	case PGRES_COPY_IN:
		copy_begin(pg);
		break;
	case PGRES_FATAL_ERROR:
	case PGRES_BAD_RESPONSE:
		simple_error(pg, result);
		break;
	default:
		pg_lost(pg, "cannot COPY to the client");
	}
	PQclear(result);
}
