/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Order: what administrators change in the store: runs, pauses, and what was parked. Each is one statement or one
 * transaction, so it happened or it did not.
 */
#include "store.h"

struct order_run {
	int64_t run_id;
	int16_t connector_id;
	struct slice stream;			/* null: all */
	struct slice request;			/* JSON */
	struct slice id;			/* null, or the one record it is about */
	const char *actor;
};
/* Rows: run_id, stream, state of an open run that is in the way; none: it was added. */
void order_run(struct store *store, const struct order_run *run, pg_done *done, void *owner);
/* Notes in the run how many records there are to be read, as far as the store knows; on a connection that may wait. */
void order_run_total(struct pg *pg, const struct order_run *run);
/* One row: state before, whether it was cancelled now; no row: there is no such run. */
void order_cancel(struct store *store, int64_t run_id, pg_done *done, void *owner);
void order_pause(struct store *store, int16_t connector_id, bool is_paused, pg_done *done, void *owner);

/*
 * What was parked is tried again: a record is read again by a hint in the inbox, a push marked due, an alert due; hook
 * events begin anew. Done when all is committed.
 */
struct order_retried {
	int64_t reads, pushes, alerts, hooks;
	pg_done *done;
	void *owner;
};
void order_retry(struct store *store, const int64_t *parked_ids, size_t n, struct order_retried *retried);
void order_drop(struct store *store, const int64_t *parked_ids, size_t n, pg_done *done, void *owner);
