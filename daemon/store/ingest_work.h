/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Private to ingest*.c: what one attempt at a batch knows. Made anew for each attempt, in an arena of its own, so that
 * nothing of a failed attempt can leak into the next.
 */
#include "cluster.h"
#include "idmap.h"
#include "ingest.h"
#include "key.h"
#include "view.h"

/* A record of the batch in canonical form. */
struct source {
	struct record *record;
	struct hash128 key;			/* src_key and check */
	int64_t content_hash, owner_key, account_key, modified_us, created_us;
	struct slice *remote;			/* what the record says, or said last */
	bool is_known, is_unchanged, is_refused;	/* refused: its src_key belongs to another record */
	int64_t old_entity;
	struct written *written;
	size_t n_written;
	struct slice *values;			/* canonical, VALUES_MAX, learned forms put back */
	struct view_source *before;		/* what the store has of it, NULL: new */
	int64_t *field_us;			/* as view_source */
	struct cluster_record cluster;		/* keys, hits, and where it belongs */
};

/* A source record as golden records see it: of the batch, or from the store. */
struct sibling {
	struct view_source source;
	int64_t next;				/* next sibling of the same entity, -1 ends */
};

struct touched {				/* an entity whose golden record is computed anew */
	int64_t entity_id, merged_into;
	enum entity entity;
	int64_t first;				/* sibling, -1 none */
	struct golden golden;
};

struct mark {
	int16_t connector_id;
	int64_t entity_id;
	enum entity entity;
};

struct ingest_work {
	struct arena *arena;
	struct error error;			/* first one of this attempt */
	int waiting;				/* steps whose done is awaited */
	int64_t batch_id, batch_id2;		/* of rows in the work tables */
	bool is_raced;				/* somebody else claimed one of our identity keys: again */
	bool is_fenced;				/* the lease is not ours any more */
	int16_t connector_id;
	int64_t epoch, now_us;

	struct source *sources;			/* entities of the batch, not activities */
	size_t n_sources;
	struct source **fresh;			/* those new or changed */
	size_t n_fresh;
	struct slice *remote;			/* scratch: one record's remote values */
	struct idmap by_key;			/* src_key → index into sources */
	struct record **activities;
	size_t n_activities;

	struct key *probes;			/* distinct keys asked for */
	int64_t *probe_entity;
	size_t n_probes;
	struct idmap probe_index;		/* hash.low ^ kind → index into probes */

	struct cluster_merge *merges;
	size_t n_merges;
	struct sibling *siblings;
	size_t n_siblings, size_siblings;
	struct touched *touched;
	size_t n_touched, size_touched;
	struct idmap touched_index;		/* entity id → index */
	struct mark *marks;
	size_t n_marks, size_marks;

	struct buf copy[12];			/* rows on their way; one a COPY of the attempt */
	size_t n_copies;
	size_t n_pieces;			/* of apply done */
	size_t n_claims;			/* identity keys this batch claims */
};

/* ingest_check.c: pure; once a batch, before its first attempt: what PostgreSQL cannot hold is taken out and parked */
void ingest_check(struct ingest *ingest);
bool ingest_is_storable(const struct record *record);	/* false: parked as a whole */
/* ingest_prepare.c: pure */
void ingest_prepare(struct ingest *ingest);
/* The record's remote values as JSON: the shadow; good until scratch is used again. */
struct slice ingest_payload(const struct ingest *ingest, const struct source *source, struct buf *scratch);
void ingest_canonical(struct ingest *ingest);		/* values and keys of the fresh sources; distinct probes */
uint32_t ingest_probe_find(const struct ingest_work *work, const struct key *key);	/* index into probes */
/* ingest_decide.c: pure */
void ingest_cluster(struct ingest *ingest);
void ingest_touch(struct ingest *ingest);		/* which entities are touched */
void ingest_sibling(struct ingest *ingest, const struct pg_result *result, size_t row);
void ingest_decide(struct ingest *ingest);		/* golden records and marks */
/* ingest_rows.c: binary rows for COPY */
void ingest_rows_probe(struct ingest *ingest, struct buf *rows);
void ingest_rows_keys(struct ingest *ingest, struct buf *rows);
size_t ingest_rows_claims(struct ingest *ingest, struct buf *rows);	/* number of rows; 0: nothing to claim */
void ingest_rows_golden(struct ingest *ingest, enum entity entity, struct buf *rows);
void ingest_rows_sources(struct ingest *ingest, struct buf *rows);
size_t ingest_rows_decisions(struct ingest *ingest, struct buf *rows);
size_t ingest_rows_roles(struct ingest *ingest, struct buf *rows);
size_t ingest_rows_activities(struct ingest *ingest, struct buf *rows);
size_t ingest_count_touched(const struct ingest_work *work, enum entity entity);
int64_t ingest_record_key(const struct ingest *ingest, const struct record *record);
/* Source key of a record that another one names. */
int64_t ingest_ref_key(const struct ingest *ingest, const struct ref *ref);
const struct ref *ingest_ref(const struct record *record, enum ref_kind kind);	/* first of the kind; NULL */
