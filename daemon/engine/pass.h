/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Pass: one way through a stream: the connector says what to ask, reads what came back, and batches go into the store.
 *
 * Fetching and storing overlap: while a batch is being committed the next one fills. Records are stored up to the last whole
 * page only. The cursor moves in the transaction of its records. A pass that fails keeps what it stored and tells why; the
 * next one goes on from there.
 */
#include "instance.h"

enum pass_kind {
	PASS_POLL,				/* from the stored cursor: first load or incremental */
	PASS_IDS,				/* these records only; the cursor stays */
	PASS_RESYNC,				/* a run's own cursor */
};

struct pass_options {
	enum pass_kind kind;
	enum lane_kind lane;
	const struct slice *ids;		/* PASS_IDS; copied */
	size_t n_ids;
	const int64_t *hook_keys;		/* hook events that are done when this is stored; copied */
	size_t n_hook_keys;
	int64_t run_id;				/* PASS_RESYNC */
	const char *cursor;			/* PASS_RESYNC: where the run stands; NULL: from the beginning */
	int64_t since_us;			/* PASS_RESYNC: incremental from here */
	bool dry_run;				/* read and count, store nothing */
	void (*done)(struct pass *pass, const struct error *err);	/* from the loop; the pass is freed afterwards by pass.c */
	void (*dropped)(void *owner);		/* the pass was cancelled: the owner may free itself; NULL: nothing to free */
	void *owner;
};

struct pass_progress {
	int64_t records, changed, parked, started_us;
	double records_per_s;
	const char *state;
};

struct pass *pass_start(struct stream_state *stream, const struct pass_options *options);
void pass_cancel(struct pass *pass);					/* what is being stored ends by itself; done is not called */
/* Frees passes that were given up while storing: the store is closed, so they will never hear. */
void passes_abandon(struct instance *instance);
struct pass_progress pass_progress(const struct pass *pass);
void *pass_owner(const struct pass *pass);
const struct stream_state *pass_stream(const struct pass *pass);
size_t pass_states(const char *const **ret_names);			/* for docs and metrics */
