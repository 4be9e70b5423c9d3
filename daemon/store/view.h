/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * View: entities as they stand: their source records in canonical form, and the golden record that follows from them.
 *
 * Ingest, push, plan and trace all look through this, so they cannot disagree. A view is read in one statement, hence of
 * one snapshot; it lives in the arena given.
 */
#include "differ.h"
#include "store.h"
#include "survive.h"

struct view_source {
	int64_t src_key, entity_id;
	enum entity entity;
	const struct store_connector *connector;
	const struct connector_config *connector_config;	/* NULL: not configured any more */
	const struct stream_config *stream;			/* NULL with it */
	struct slice object, external_id, payload;
	int64_t modified_us, created_us, seen_us;
	bool is_deleted, is_read_only;
	int64_t owner_key, account_key;
	struct written *written;
	size_t n_written;
	struct slice *values;			/* canonical, VALUES_MAX; learned forms put back */
	int64_t *field_us;			/* when each value came to be, VALUES_MAX; NULL: all with modified_us */
};

/* Columns of source_record as view_source_read() wants them. */
#define VIEW_COLUMNS                                                                                              \
	"s.src_key, s.connector_id, s.object, s.external_id, s.entity_id, s.payload, s.written,"                  \
	" (extract(epoch FROM s.remote_modified_at) * 1000000)::bigint,"                                          \
	" (extract(epoch FROM s.remote_created_at) * 1000000)::bigint, s.deleted, s.entity, s.owner_key,"         \
	" s.account_key, s.field_times, (extract(epoch FROM s.seen_at) * 1000000)::bigint, s.read_only"

void view_source_read(struct arena *arena, const struct store *store, const struct config *config,
		      const struct pg_result *result, size_t row, struct view_source *ret);
struct contribution view_contribution(const struct view_source *source);
/* Times of the fields as JSON (only those that differ from modified_us; null slice if none), and back. */
struct slice view_times_print(struct arena *arena, const struct policy *policy, enum entity entity, const int64_t *field_us,
			      int64_t modified_us);
int64_t *view_times_read(struct arena *arena, const struct policy *policy, enum entity entity, struct slice json, int64_t modified_us);
const struct stream_config *view_stream(const struct connector_config *connector, struct slice object);	/* NULL if none */

struct view {
	int64_t entity_id;
	enum entity entity;
	struct view_source *sources;
	size_t n_sources;
	struct golden golden;
};

struct views {
	struct view *list;			/* those that have a source record, by entity_id */
	size_t n;
};
typedef void views_done(void *owner, const struct views *views, const struct error *err);
/* arena must live until done; so must config. */
void views_load(struct store *store, struct pg *pg, struct config *config, struct arena *arena, const int64_t *entity_ids, size_t n,
		views_done *done, void *owner);
/*
 * What one source record must be told; ret has room for the stream's n_map, frozen ones are included. stream is the record's,
 * or its effective form without the fields the remote lacks; source NULL: a record that is to be created in that stream.
 */
size_t view_differ(const struct config *config, const struct view *view, const struct view_source *source,
		   const struct stream_config *stream, struct difference *ret);
/* Whether connector lacks this entity and may be given it; *ret_stream tells where. */
bool view_may_create(const struct view *view, const struct connector_config *connector, const struct stream_config **ret_stream);
