/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#define NULLS_MAX 3

void pg_note_failure(struct pg *pg, const struct step *step)
{
	if (strcmp(step->sqlstate, "25006") == 0)
		pg->must_leave = true;
	if (!step->transaction) {
		if (!pg->group_err.kind)
			pg->group_err = step->err;
		return;
	}
	if (pg->failed_transaction == step->transaction)
		return;
	pg->failed_transaction = step->transaction;
	pg->transaction_err = step->err;
	memcpy(pg->transaction_sqlstate, step->sqlstate, sizeof(pg->transaction_sqlstate));
}

static const struct error *first_error(const struct pg *pg, const struct step *step)
{
	return step->transaction == pg->failed_transaction && step->transaction ? &pg->transaction_err
	                                                                        : &pg->group_err;
}

static void statement_lost(struct pg *pg, struct statement *statement)
{
	statement->state = STATEMENT_NONE;
	statement->number = ++pg->statement_numbers;
}

/*
 * A statement prepared earlier fails with these when somebody deallocated it, or when a table under it
 * changed ("cached plan must not change result type"): prepared anew, it works.
 */
static void check_statement(struct pg *pg, struct step *step)
{
	bool is_gone = strcmp(step->sqlstate, "26000") == 0;
	bool is_stale = strcmp(step->sqlstate, "0A000") == 0;

	if (!step->statement || step->statement->state != STATEMENT_READY || (!is_gone && !is_stale))
		return;
	statement_lost(pg, step->statement);
	step->err.kind = ERROR_TRANSIENT;
}

/* The error of a Parse belongs to the statement behind it, which the server then skips. */
static void conclude_prepare(struct pg *pg, struct step *step)
{
	if (!step->err.kind) {
		step->statement->state = STATEMENT_READY;
	} else {
		statement_lost(pg, step->statement);
		pg_note_failure(pg, step);
		pg->sent.head->err = step->err;
		memcpy(pg->sent.head->sqlstate, step->sqlstate, sizeof(step->sqlstate));
	}
	step_free(step);
}

/* The server answers COMMIT of a failed transaction with success, and ROLLBACK as what it did. */
static void conclude_commit(struct pg *pg, struct step *step)
{
	bool failed = pg->failed_transaction == step->transaction;

	if (!step->err.kind && !failed && strcmp(PQcmdStatus(step->result), "COMMIT") == 0)
		return;
	if (failed) {
		step->err = pg->transaction_err;
		memcpy(step->sqlstate, pg->transaction_sqlstate, sizeof(step->sqlstate));
	} else if (!step->err.kind) {
		fail(&step->err, ERROR_TRANSIENT, "the transaction was rolled back by the server");
	}
}

static void conclude_failure(struct pg *pg, struct step *step)
{
	if (strcmp(step->sqlstate, "25P02") == 0)
		error_aborted(first_error(pg, step), &step->err);
	else
		check_statement(pg, step);
	pg_note_failure(pg, step);
}

static void conclude(struct pg *pg, struct step *step)
{
	if (step->kind == STEP_PREPARE) {
		conclude_prepare(pg, step);
		return;
	}
	if (step->err.kind)
		conclude_failure(pg, step);
	if (step->err.kind && step->kind == STEP_BEGIN) { /* or what follows would commit by itself */
		list_add(&pg->held, step);
		pg_lost(pg, pg->transaction_err.text);
		return;
	}
	if (step->kind == STEP_COMMIT)
		conclude_commit(pg, step);
	if (step->transaction)
		pg_finish(pg, step);
	else
		list_add(&pg->held, step);
}

/* The group is committed, or one of it failed and all of it was undone. */
static void release_held(struct pg *pg)
{
	struct error group_err = pg->group_err;

	pg->group_err.kind = ERROR_NONE;
	while (!pg->is_dead && pg->held.head) {
		struct step *step = list_take(&pg->held);

		if (!step->err.kind && group_err.kind)
			error_aborted(&group_err, &step->err);
		pg_finish(pg, step);
	}
}

static void receive_sync(struct pg *pg)
{
	if (pg->sent.head->kind != STEP_SYNC) {
		pg_lost(pg, "the server's answers are out of step");
		return;
	}
	step_free(list_take(&pg->sent));
	release_held(pg);
	if (!pg->is_dead && pg->must_leave)
		pg_lost(pg, "the server has become read only");
}

static void receive_error(struct pg *pg, struct step *step, const PGresult *result)
{
	struct error err;
	char sqlstate[6];

	error_of_result(result, &err, sqlstate);
	if (is_fatal(pg->conn, result)) {
		pg_lost(pg, err.text);
		return;
	}
	if (step->kind == STEP_SYNC) { /* the commit of the group failed, e.g. by a deferred constraint */
		if (!pg->group_err.kind)
			pg->group_err = err;
		if (pg->held.head && !pg->held.head->err.kind) {
			pg->held.head->err = err;
			memcpy(pg->held.head->sqlstate, sqlstate, sizeof(sqlstate));
		}
		return;
	}
	step->err = err;
	memcpy(step->sqlstate, sqlstate, sizeof(sqlstate));
	step->is_answered = true;
}

static void receive_end(struct pg *pg)
{
	if (pg->sent.head->is_answered) {
		pg->n_nulls = 0;
		conclude(pg, list_take(&pg->sent));
	} else if (++pg->n_nulls > NULLS_MAX) {
		pg_lost(pg, "the server's answers are out of step");
	}
}

static void receive(struct pg *pg, PGresult *result)
{
	struct step *step = pg->sent.head;

	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		pg->n_nulls = 0;
		receive_sync(pg);
		return;
	case PGRES_PIPELINE_ABORTED:
		if (!step->err.kind)
			error_aborted(first_error(pg, step), &step->err);
		step->is_answered = true;
		return;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		PQclear(step->result);
		step->result = result;
		step->is_answered = true;
		return;
	case PGRES_FATAL_ERROR:
	case PGRES_BAD_RESPONSE:
		receive_error(pg, step, result);
		return;
	default:
		pg_lost(pg, "COPY was sent as a plain statement");
	}
}

static bool keeps_result(ExecStatusType status)
{
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

void pg_receive(struct pg *pg)
{
	/* PQisBusy() also reads what came unasked, such as the server's last words. */
	while (!pg->is_dead && pg->conn && !PQisBusy(pg->conn)) {
		if (pg->simple) {
			if (pg->phase == SIMPLE_COPYING)
				return;
			simple_read(pg);
			continue;
		}
		if (!pg->sent.head)
			return;
		PGresult *result = PQgetResult(pg->conn);
		ExecStatusType status = PQresultStatus(result);
		if (result)
			receive(pg, result);
		else
			receive_end(pg);
		if (!keeps_result(status))
			PQclear(result);
	}
}
