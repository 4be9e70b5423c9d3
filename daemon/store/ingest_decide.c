/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest_work.h"

void ingest_cluster(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	struct cluster_record *records = arena_array(work->arena, work->n_fresh + 1, sizeof(*records));

	for (size_t i = 0; i < work->n_fresh; i++) {
		struct cluster_record *record = &work->fresh[i]->cluster;
		int64_t *entities = arena_array(work->arena, record->n_keys, sizeof(*entities));

		for (size_t k = 0; k < record->n_keys; k++) {
			uint32_t probe = ingest_probe_find(work, &record->keys[k]);
			entities[k] = record->key_entity[k] ? record->key_entity[k]
			              : probe == IDMAP_NONE ? 0
			                                    : work->probe_entity[probe];
		}
		record->key_entity = entities;
		records[i] = *record;
	}
	cluster(work->arena, &ingest->store->ids, work->now_us, records, work->n_fresh, &work->merges,
	        &work->n_merges);
	for (size_t i = 0; i < work->n_fresh; i++)
		work->fresh[i]->cluster = records[i];
}

static struct touched *touch(struct ingest_work *work, int64_t entity_id, enum entity entity)
{
	uint32_t at = idmap_put(&work->touched_index, entity_id, (uint32_t)work->n_touched);

	if (at < work->n_touched)
		return &work->touched[at];
	if (work->n_touched == work->size_touched) {
		size_t size =
		        work->size_touched ? work->size_touched * 2 : work->n_fresh + work->n_merges * 2 + 16;
		work->touched =
		        arena_grow(work->arena, work->touched, work->n_touched, size, sizeof(*work->touched));
		work->size_touched = size;
	}
	struct touched *touched = &work->touched[work->n_touched++];
	*touched = (struct touched){ .entity_id = entity_id, .entity = entity, .first = -1 };
	return touched;
}

void ingest_touch(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	idmap_init(&work->touched_index, work->arena, work->n_fresh);
	for (size_t i = 0; i < work->n_fresh; i++) {
		struct source *source = work->fresh[i];

		(void)touch(work, source->cluster.to_entity, source->record->entity);
		if (source->before && source->before->entity_id &&
		    source->before->entity_id != source->cluster.to_entity)
			(void)touch(work, source->before->entity_id, source->before->entity);
	}
	for (size_t i = 0; i < work->n_merges; i++) {
		enum entity entity = work->fresh[work->merges[i].record]->record->entity;

		(void)touch(work, work->merges[i].to_entity, entity);
		touch(work, work->merges[i].from_entity, entity)->merged_into = work->merges[i].to_entity;
	}
}

static struct sibling *sibling_add(struct ingest_work *work, int64_t entity_id, enum entity entity)
{
	if (work->n_siblings == work->size_siblings) {
		size_t size = work->size_siblings ? work->size_siblings * 2 : work->n_fresh + 64;
		work->siblings = arena_grow(work->arena, work->siblings, work->n_siblings, size,
		                            sizeof(*work->siblings));
		work->size_siblings = size;
	}
	struct touched *touched = touch(work, entity_id, entity);
	if (touched->merged_into)
		touched = touch(work, touched->merged_into, entity);
	struct sibling *sibling = &work->siblings[work->n_siblings];
	*sibling = (struct sibling){ .next = touched->first };
	touched->first = (int64_t)work->n_siblings++;
	return sibling;
}

void ingest_sibling(struct ingest *ingest, const struct pg_result *result, size_t row)
{
	struct ingest_work *work = ingest->work;
	uint32_t in_batch = idmap_get(&work->by_key, pg_int(result, row, 0));
	struct view_source source;

	if (in_batch != IDMAP_NONE && !work->sources[in_batch].is_unchanged &&
	    !work->sources[in_batch].is_refused)
		return;
	view_source_read(work->arena, ingest->store, ingest->config, result, row, &source);
	sibling_add(work, source.entity_id, source.entity)->source = source;
}

static void siblings_of_batch(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	const struct store_connector *connector = store_connector_by_id(ingest->store, work->connector_id);

	for (size_t i = 0; i < work->n_fresh; i++) {
		const struct source *source = work->fresh[i];

		sibling_add(work, source->cluster.to_entity, source->record->entity)->source =
		        (struct view_source){
			        .src_key = source->key.low,
			        .entity_id = source->cluster.to_entity,
			        .entity = source->record->entity,
			        .connector = connector,
			        .connector_config = ingest->connector,
			        .stream = ingest->stream,
			        .external_id = source->record->id,
			        .modified_us = source->modified_us,
			        .created_us = source->created_us,
			        .is_deleted = source->record->is_deleted,
			        .is_read_only = source->record->is_read_only,
			        .values = source->values,
			        .field_us = source->field_us,
			        .written = source->written,
			        .n_written = source->n_written,
		        };
	}
}

static void mark_add(struct ingest_work *work, const struct touched *touched, int16_t connector_id)
{
	if (work->n_marks == work->size_marks) {
		size_t size = work->size_marks ? work->size_marks * 2 : 256;
		work->marks = arena_grow(work->arena, work->marks, work->n_marks, size, sizeof(*work->marks));
		work->size_marks = size;
	}
	work->marks[work->n_marks++] = (struct mark){ connector_id, touched->entity_id, touched->entity };
}

/* The touched entity as a view: what push and plan will see of it. */
static struct view touched_view(const struct ingest_work *work, const struct touched *touched)
{
	struct view view = { .entity_id = touched->entity_id, .entity = touched->entity };
	size_t n = 0;

	for (int64_t s = touched->first; s >= 0; s = work->siblings[s].next)
		n++;
	view.sources = arena_array(work->arena, n + 1, sizeof(*view.sources));
	for (int64_t s = touched->first; s >= 0; s = work->siblings[s].next)
		view.sources[view.n_sources++] = work->siblings[s].source;
	return view;
}

static bool differs_on(const struct ingest *ingest, const struct view *view,
                       const struct connector_config *connector)
{
	const struct stream_config *stream;

	for (size_t i = 0; i < view->n_sources; i++) {
		const struct view_source *source = &view->sources[i];

		if (source->connector_config != connector || !source->stream)
			continue;
		struct difference *differences =
		        arena_array(ingest->work->arena, source->stream->n_map + 1, sizeof(*differences));
		size_t n = view_differ(ingest->config, view, source, source->stream, differences);
		for (size_t d = 0; d < n; d++)
			if (!differences[d].is_frozen)
				return true;
	}
	return view_may_create(view, connector, &stream);
}

static void golden_of(struct ingest *ingest, struct touched *touched, struct view *view)
{
	struct contribution *contributions =
	        arena_array(ingest->work->arena, view->n_sources + 1, sizeof(*contributions));

	for (size_t i = 0; i < view->n_sources; i++)
		contributions[i] = view_contribution(&view->sources[i]);
	survive(&ingest->config->policy, touched->entity, contributions, view->n_sources, &view->golden);
	touched->golden = view->golden;
}

void ingest_decide(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	siblings_of_batch(ingest);
	for (size_t i = 0; i < work->n_touched; i++) {
		struct touched *touched = &work->touched[i];
		struct view view = touched_view(work, touched);

		golden_of(ingest, touched, &view);
		for (size_t c = 0; !touched->merged_into && c < ingest->config->n_connectors; c++) {
			const struct connector_config *connector = &ingest->config->connectors[c];
			const struct store_connector *known = store_connector(ingest->store, connector->name);

			if (known && connector->mode != MODE_OBSERVE && differs_on(ingest, &view, connector))
				mark_add(work, touched, known->id);
		}
	}
}

size_t ingest_count_touched(const struct ingest_work *work, enum entity entity)
{
	size_t n = 0;

	for (size_t i = 0; i < work->n_touched; i++)
		n += work->touched[i].entity == entity;
	return n;
}
