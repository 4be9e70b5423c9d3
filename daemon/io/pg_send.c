/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#define FLUSH_BYTES (64 * 1024)

bool pg_flush(struct pg *pg)
{
	int rest = PQflush(pg->conn);

	if (rest < 0) {
		pg_lost_here(pg);
		return false;
	}
	pg->unflushed = 0;
	pg->is_writing = rest == 1;
	watch_start(pg->loop, &pg->watch, PQsocket(pg->conn),
	            WATCH_READ | (pg->is_writing ? WATCH_WRITE : 0));
	return true;
}

bool pg_send_sync(struct pg *pg)
{
	if (!PQpipelineSync(pg->conn)) {
		pg_lost_here(pg);
		return false;
	}
	list_add(&pg->sent, step_new(STEP_SYNC, NULL, NULL, 0));
	pg->n_unsynced = 0;
	pg->group++;
	return true;
}

static void doom(struct pg *pg, const struct step *step)
{
	if (!step->transaction || step->transaction == pg->doomed_transaction)
		return;
	pg->doomed_transaction = step->transaction;
	pg->doomed_err = step->err;
}

bool pg_doomed(struct pg *pg, struct step *step)
{
	uint64_t transaction = step->transaction;

	if (step->err.kind) {
		doom(pg, step);
		return true;
	}
	if (!transaction)
		return false;
	if (transaction == pg->broken_transaction) {
		if (step->kind != STEP_ROLLBACK) /* it is rolled back: no error */
			fail(&step->err, ERROR_TRANSIENT,
			     "aborted: the connection was lost during the transaction");
		return true;
	}
	/* In the pipeline the server says so itself, and COMMIT and ROLLBACK must reach it. */
	if (!step_is_simple(step) ||
	    (transaction != pg->failed_transaction && transaction != pg->doomed_transaction))
		return false;
	error_aborted(transaction == pg->doomed_transaction ? &pg->doomed_err : &pg->transaction_err,
	              &step->err);
	return true;
}

static bool send_prepare(struct pg *pg, const struct step *query, struct statement *statement,
                         const char *name)
{
	struct step *step = step_new(STEP_PREPARE, NULL, NULL, 0);

	step->transaction = query->transaction;
	step->statement = statement;
	list_add(&pg->sent, step);
	statement->state = STATEMENT_SENT;
	statement->group = pg->group;
	return PQsendPrepare(pg->conn, name, query->sql, query->n_params, query->types);
}

static bool send_statement(struct pg *pg, struct step *step)
{
	struct statement *statement = pg->prepare ? statement_for(pg, step) : NULL;
	char name[16];

	if (!statement)
		return PQsendQueryParams(pg->conn, step->sql, step->n_params, step->types, step->values,
		                         step->lengths, step->formats, 0);
	step->statement = statement;
	statement_name(statement, name);
	if (statement->state == STATEMENT_NONE && !send_prepare(pg, step, statement, name))
		return false;
	return PQsendQueryPrepared(pg->conn, name, step->n_params, step->values, step->lengths, step->formats,
	                           0);
}

/* In the pipeline: takes the head of the queue. */
static bool send_step(struct pg *pg)
{
	struct step *step = list_take(&pg->queued);

	/* A transaction that failed without the server's knowledge must not be committed. */
	if (step->kind == STEP_COMMIT && step->transaction == pg->doomed_transaction) {
		step->sql = "ROLLBACK";
		step->err = pg->doomed_err;
	} else if (step->kind == STEP_COMMIT) {
		pg->commit_sent = step->transaction;
	}
	bool is_sent = send_statement(pg, step);
	step->is_sent = true;
	list_add(&pg->sent, step);
	if (!is_sent) {
		pg_lost_here(pg);
		return false;
	}
	pg->n_unsynced++;
	pg->unflushed += step->size;
	return pg->unflushed < FLUSH_BYTES || pg_flush(pg);
}

static bool send_next(struct pg *pg)
{
	struct step *step = pg->queued.head;

	if (step->kind == STEP_SYNC) {
		step_free(list_take(&pg->queued));
		return !pg->n_unsynced || pg_send_sync(pg);
	}
	if (step_is_simple(step))
		return simple_start(pg);
	if (pg_doomed(pg, step)) {
		pg_finish(pg, list_take(&pg->queued));
		return true;
	}
	return send_step(pg);
}

/* True: there was no room, and now there is. */
static bool pump(struct pg *pg)
{
	bool goes_on = true;

	while (goes_on && !pg->is_dead && pg->state == PG_UP && !pg->simple && !pg->is_writing &&
	       pg->queued.head)
		goes_on = send_next(pg);
	if (pg->is_dead || !pg->conn || pg->state == PG_CONNECTING)
		return false;
	if (!pg->simple && pg->n_unsynced && !pg->queued.head && !pg_send_sync(pg))
		return false;
	bool was_writing = pg->is_writing;
	return pg_flush(pg) && was_writing && !pg->is_writing;
}

static bool has_answers(struct pg *pg)
{
	if (pg->is_dead || !pg->conn || pg->state == PG_CONNECTING || pg->phase == SIMPLE_COPYING)
		return false;
	return (pg->sent.head || pg->simple) && !PQisBusy(pg->conn);
}

void pg_drive(struct pg *pg)
{
	bool has_room;

	if (!pg->conn || pg->state == PG_CONNECTING)
		return;
	/* libpq reads while it cannot write, so answers may be there without the socket ever saying so again.
	 */
	do {
		pg_receive(pg);
		simple_continue(pg);
		has_room = pump(pg);
	} while (has_room || has_answers(pg));
}
