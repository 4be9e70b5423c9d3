/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Dirty: marks that say "this entity may differ on that connector", and what pushing made of them.
 *
 * A mark is a hint, not an edit: at sending time the difference is computed afresh (view.h). It is removed only if its
 * version did not change meanwhile. What was written becomes the shadow in the same transaction as the mark's end and the
 * line in push_log.
 */
#include "store.h"
#include "view.h"

struct dirty_mark {
	int64_t entity_id, version;
	enum entity entity;
	int attempts;
	bool is_uncertain;			/* a create whose outcome is unknown: look first */
};
/* A question for what is due; the asker's, which outlives the store's connections. */
struct dirty_asking {
	void (*done)(struct dirty_asking *asking, const struct dirty_mark *marks, size_t n, const struct error *err);
};
/* Marks of a connector that are due, oldest first, at most `limit`; the array is good until done returns. */
void dirty_due(struct store *store, int16_t connector_id, size_t limit, struct dirty_asking *asking);
/* When the next mark of the connector is due: *us of the row 0, column 0; no row: there is none. */
void dirty_next(struct store *store, int16_t connector_id, pg_done *done, void *owner);
/*
 * Notes the mode a connector runs in now. If it is another than the last and one that writes, every entity that the
 * connector is linked to, or may be given (also_unlinked), is marked in the same statement: nothing was marked for it
 * while it only observed.
 */
void dirty_mark_mode(struct store *store, int16_t connector_id, const char *mode, bool writes, bool also_unlinked,
                     pg_done *done, void *owner);

/* What became of one mark; written by the engine's push, applied in one transaction. */
struct push_result {
	const struct dirty_mark *mark;
	enum { PUSH_KEEP, PUSH_DROP, PUSH_AGAIN, PUSH_LOOK } then;	/* the mark: as it is, gone, due later, look first then again */
	int64_t due_us;				/* PUSH_AGAIN, PUSH_LOOK */
	const char *verb;			/* "create", "update"; NULL: nothing was sent, no line in push_log */
	const char *outcome;			/* done, found, gone, failed, unknown */
	struct slice object, external_id;
	struct slice changes;			/* JSON {field: [old, new]} */
	struct slice error;			/* null: none */
	bool is_parked;				/* set aside with `error` until it changes */
	/* The shadow after it: */
	int64_t src_key;			/* 0: untouched */
	bool is_created, is_gone;
	struct slice shadow;			/* update: JSON of the fields written; create: whole payload */
	struct slice written;			/* JSON; null: leave */
};
void push_store(struct store *store, int16_t connector_id, struct config *config, struct push_result *results, size_t n,
		enum entity entity, pg_done *done, void *owner);
