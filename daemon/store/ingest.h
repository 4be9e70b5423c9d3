/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Ingest: one batch of records into the store, in one transaction, together with its cursor (design section 4).
 *
 *	probe    COPY keys and content hashes; unchanged records stop here
 *	keys     COPY identity keys; what the store has under them
 *	gather   lock the entities touched, read their other source records
 *	decide   cluster, survive, differ: pure
 *	apply    COPY the decisions, merge them set-based, move the cursor, commit
 *
 * A handful of round trips a batch, never one a record. A serialisation failure, deadlock or lost race for an identity
 * key repeats the whole batch (at most 5 times); nothing outside the store is repeated by that. If it is not known
 * whether the commit took effect, the cursor's row tells.
 *
 * The batch's arena must live until done. Nothing of it is kept afterwards.
 */
#include "store.h"

struct ingest_counts {
	int64_t records, unchanged, created, changed, linked, merged, deleted, parked, marked, activities, candidates;
	double store_s;
};

struct ingest {
	/* in */
	struct store *store;
	struct lane *lane;			/* store->bulk or store->hot */
	struct config *config;
	const struct connector_config *connector;
	const struct stream_config *stream;
	const char *const *fields;		/* what the pull asked for: remote_fields of the stream, then key_field if any */
	size_t n_fields;
	struct batch *batch;
	const char *cursor;			/* to store with it; NULL: the cursor stays */
	bool is_loaded;				/* with this batch the stream's first load is whole */
	int64_t run_id;				/* resync this belongs to: its progress moves in the same transaction; 0: none */
	struct slice run_progress;		/* run.progress */
	const int64_t *hook_keys;		/* hook events that are done with this batch */
	size_t n_hook_keys;
	int64_t activity_since_us;		/* activities before it are history: stored, never told */
	bool first_load;			/* a first load of the stream: alerts are not told */
	void (*done)(struct ingest *ingest, const struct error *err);	/* err NULL: committed */
	void *owner;
	/* out */
	struct ingest_counts counts;
	/* private */
	struct turn turn;
	struct timer retry;
	struct task building;
	struct ingest_work *work;
	int state, attempts;
	size_t n_parked;			/* of the batch, before an attempt adds to them */
	int64_t started_us;
};

void ingest_start(struct ingest *ingest);				/* done comes from the loop */
/* Lets go of a batch that will never end, since its connections are closed (shutdown): nothing of it is committed. */
void ingest_drop(struct ingest *ingest);
