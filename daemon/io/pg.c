/* SPDX-License-Identifier: Apache-2.0 */
#include "pg.h"

#include <assert.h>

#include "alloc.h"
#include "number.h"
#include "pg_private.h"

/* -- Results -- */

bool pg_is_null(const struct pg_result *result, size_t row, int column)
{
	assert(row < result->n_rows);
	return PQgetisnull(result->handle, (int)row, column);
}

struct slice pg_text(const struct pg_result *result, size_t row, int column)
{
	if (pg_is_null(result, row, column))
		return SLICE_NULL;
	return (struct slice){ PQgetvalue(result->handle, (int)row, column),
		               (size_t)PQgetlength(result->handle, (int)row, column) };
}

int64_t pg_int(const struct pg_result *result, size_t row, int column)
{
	int64_t value;

	return parse_int64(pg_text(result, row, column), INT64_MIN, INT64_MAX, &value) ? value : 0;
}

bool pg_bool(const struct pg_result *result, size_t row, int column)
{
	return slice_equal_text(pg_text(result, row, column), "t");
}

double pg_real(const struct pg_result *result, size_t row, int column)
{
	return pg_is_null(result, row, column) ? 0
	                                       : strtod(PQgetvalue(result->handle, (int)row, column), NULL);
}

static int64_t rows_changed(PGresult *result)
{
	int64_t n;

	if (strncmp(PQcmdStatus(result), "SELECT", 6) == 0)
		return 0;
	return parse_int64(slice_of(PQcmdTuples(result)), 0, INT64_MAX, &n) ? n : 0;
}

void pg_finish(struct pg *pg, struct step *step)
{
	bool failed = step->err.kind != ERROR_NONE;
	struct pg_result result = { 0 };

	if (!failed && step->result) {
		result.handle = step->result;
		result.n_rows = (size_t)PQntuples(step->result);
		result.n_changed = rows_changed(step->result);
	}
	memcpy(result.sqlstate, step->sqlstate, sizeof(result.sqlstate));
	assert(pg->depth > 0);
	if (step->done)
		step->done(step->owner, failed && !result.sqlstate[0] ? NULL : &result,
		           failed ? &step->err : NULL);
	step_free(step);
}

/* -- Life -- */

static bool has_work(const struct pg *pg)
{
	return pg->queued.head || pg->sent.head || pg->held.head || pg->failing.head || pg->simple;
}

/* A fake clock stands still while the server works for us; not while we wait for the next attempt. */
static void update_hold(struct pg *pg)
{
	bool hold = pg->state == PG_UP ? has_work(pg) : pg->state != PG_WAITING;

	hold &= !pg->is_dead;
	if (hold && !pg->is_holding)
		loop_hold(pg->loop);
	else if (!hold && pg->is_holding)
		loop_release(pg->loop);
	pg->is_holding = hold;
}

void pg_enter(struct pg *pg)
{
	pg->depth++;
}

void pg_leave(struct pg *pg)
{
	pg->depth--;
	if (!pg->is_dead)
		update_hold(pg);
	else if (!pg->depth)
		free(pg);
}

static void on_task(struct task *task)
{
	struct pg *pg = container_of(task, struct pg, task);

	pg_enter(pg);
	pg_drive(pg);
	pg_leave(pg);
}

struct pg *pg_new(struct loop *loop, const struct pg_options *options)
{
	struct pg *pg = alloc_zeroed(1, sizeof(*pg));

	pg->loop = loop;
	pg->conninfo = alloc_text(options->conninfo ? options->conninfo : "");
	pg->application_name = alloc_text(options->application_name);
	pg->prepare = options->prepare;
	pg->statement_timeout_ms = options->statement_timeout_ms;
	pg->lock_timeout_ms = options->lock_timeout_ms;
	pg->changed = options->changed;
	pg->owner = options->owner;
	pg->task = (struct task){ .run = on_task, .name = "pg" };
	list_init(&pg->queued);
	list_init(&pg->sent);
	list_init(&pg->held);
	list_init(&pg->failing);
	pg_connect_init(pg);
	update_hold(pg);
	return pg;
}

static void list_free(struct step_list *list)
{
	for (struct step *step = list_take(list); step; step = list_take(list))
		step_free(step);
}

void pg_free(struct pg *pg)
{
	if (!pg || pg->is_dead)
		return;
	pg->is_dead = true;
	task_cancel(pg->loop, &pg->task);
	pg_connect_done(pg);
	list_free(&pg->queued);
	list_free(&pg->sent);
	list_free(&pg->held);
	list_free(&pg->failing);
	step_free(TAKE(pg->simple));
	statements_forget(pg);
	update_hold(pg);
	free(pg->conninfo);
	free(pg->application_name);
	if (!pg->depth)
		free(pg);
}

bool pg_is_up(const struct pg *pg)
{
	return pg->state == PG_UP;
}

bool pg_is_idle(const struct pg *pg)
{
	return !has_work(pg);
}

const struct error *pg_error(const struct pg *pg)
{
	return &pg->err;
}

/* -- Queueing -- */

static struct step *enqueue(struct pg *pg, struct step *step, pg_done *done, void *owner)
{
	step->transaction = pg->queue_transaction;
	step->done = done;
	step->owner = owner;
	list_add(&pg->queued, step);
	task_queue(pg->loop, &pg->task);
	update_hold(pg);
	return step;
}

void pg_query(struct pg *pg, const char *sql, const struct pg_param *params, size_t n_params, pg_done *done,
              void *owner)
{
	enqueue(pg, step_new(STEP_QUERY, sql, params, n_params), done, owner);
}

void pg_exec(struct pg *pg, const char *sql, pg_done *done, void *owner)
{
	pg_query(pg, sql, NULL, 0, done, owner);
}

void pg_script(struct pg *pg, const char *sql, pg_done *done, void *owner)
{
	enqueue(pg, step_new(STEP_SCRIPT, sql, NULL, 0), done, owner);
}

void pg_copy(struct pg *pg, const char *sql, const struct buf *rows, pg_done *done, void *owner)
{
	struct step *step = enqueue(pg, step_new(STEP_COPY, sql, NULL, 0), done, owner);

	step->rows = rows;
	if (rows->full)
		fail(&step->err, ERROR_TOO_LARGE, "rows to copy are larger than %zu bytes", rows->ceiling);
}

void pg_sync(struct pg *pg)
{
	enqueue(pg, step_new(STEP_SYNC, NULL, NULL, 0), NULL, NULL);
}

/* Through a transaction-mode pooler a setting of the session would meet strangers: it is set for the
 * transaction. */
static void begin_timeouts(struct pg *pg)
{
	char statement[24], lock[24];

	if (pg->prepare)
		return;
	(void)snprintf(statement, sizeof(statement), "%d", pg->statement_timeout_ms);
	(void)snprintf(lock, sizeof(lock), "%d", pg->lock_timeout_ms);
	PG_QUERY(pg, "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)",
	         NULL, NULL, PG_T(slice_of(statement)), PG_T(slice_of(lock)));
}

void pg_begin(struct pg *pg)
{
	assert(!pg->queue_transaction);
	pg_sync(pg); /* or what stands before would be part of the transaction */
	pg->queue_transaction = ++pg->transactions;
	enqueue(pg, step_new(STEP_BEGIN, "BEGIN", NULL, 0), NULL, NULL);
	begin_timeouts(pg);
}

/* After an error the server skips everything up to a sync: with one before it, the end of the transaction is
 * heard. */
static void end(struct pg *pg, enum step_kind kind, const char *sql, pg_done *done, void *owner)
{
	assert(pg->queue_transaction);
	pg_sync(pg);
	enqueue(pg, step_new(kind, sql, NULL, 0), done, owner);
	pg->queue_transaction = 0;
	pg_sync(pg);
}

void pg_commit(struct pg *pg, pg_done *done, void *owner)
{
	end(pg, STEP_COMMIT, "COMMIT", done, owner);
}

void pg_rollback(struct pg *pg, pg_done *done, void *owner)
{
	end(pg, STEP_ROLLBACK, "ROLLBACK", done, owner);
}
