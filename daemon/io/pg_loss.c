/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#include <strings.h>

static bool is_read(const char *sql)
{
	return sql && strncasecmp(sql, "SELECT", 6) == 0;
}

/* Whether it may have taken effect: its commit was on the way, or it commits by itself and was sent. */
static bool is_uncertain(const struct pg *pg, const struct step *step)
{
	if (!step->is_sent)
		return false;
	if (!step->transaction)
		return !is_read(step->sql);
	return step->transaction <= pg->commit_sent && step->transaction != pg->failed_transaction;
}

static void decide(struct pg *pg, struct step_list *list, const struct error *err)
{
	for (struct step *step = list_take(list); step; step = list_take(list)) {
		if (step->kind != STEP_SYNC && step->kind != STEP_PREPARE && step->kind != STEP_SETUP) {
			if (!step->err.kind) /* its own error is known already */
				fail(&step->err, is_uncertain(pg, step) ? ERROR_UNCERTAIN : ERROR_TRANSIENT,
				     "%s", err->text);
			list_add(&pg->failing, step);
		} else {
			step_free(step);
		}
	}
}

void pg_fail_all(struct pg *pg, const struct error *err)
{
	struct step_list simple;

	list_init(&simple);
	if (pg->simple)
		list_add(&simple, TAKE(pg->simple));
	decide(pg, &pg->held, err);
	decide(pg, &pg->sent, err);
	decide(pg, &simple, err);
	decide(pg, &pg->queued, err);
	/* The rest of a transaction whose begin was just failed must not run by itself on the next
	 * connection. */
	if (pg->queue_transaction)
		pg->broken_transaction = pg->queue_transaction;
	pg->phase = SIMPLE_NONE;
	pg->n_unsynced = pg->unflushed = 0;
	pg->group++;
	pg->group_err.kind = ERROR_NONE;
	pg->is_writing = pg->in_pipeline = pg->must_leave = false;
	pg->n_nulls = 0;
	statements_forget(pg);
	while (!pg->is_dead && pg->failing.head)
		pg_finish(pg, list_take(&pg->failing));
}
