/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest_work.h"

#include "json.h"

const struct ref *ingest_ref(const struct record *record, enum ref_kind kind)
{
	for (size_t i = 0; i < record->n_refs; i++)
		if (record->refs[i].kind == kind && !slice_is_empty(record->refs[i].id))
			return &record->refs[i];
	return NULL;
}

int64_t ingest_ref_key(const struct ingest *ingest, const struct ref *ref)
{
	return ref ? source_key(ingest->store->secret, ingest->connector->name, ref->object, ref->id).low : 0;
}

int64_t ingest_record_key(const struct ingest *ingest, const struct record *record)
{
	return source_key(ingest->store->secret, ingest->connector->name, record->object, record->id).low;
}

static int64_t source_hash(const struct ingest *ingest, struct content_hash *hash,
                           const struct record *record)
{
	content_hash_reset(hash);
	/* Another map or policy makes every record worth a new look; it costs nothing until the record is
	 * read again. */
	content_hash_add(hash, (struct slice){ (const char *)&ingest->config->version,
	                                       sizeof(ingest->config->version) });
	for (size_t i = 0; i < ingest->n_fields; i++) {
		content_hash_add(hash, slice_of(ingest->fields[i]));
		content_hash_add(hash, record->values[i]);
	}
	for (size_t i = 0; i < record->n_refs; i++) {
		content_hash_add(hash, (struct slice){ (const char *)&record->refs[i].kind,
		                                       sizeof(record->refs[i].kind) });
		content_hash_add(hash, slice_of(record->refs[i].object));
		content_hash_add(hash, record->refs[i].id);
	}
	content_hash_add(hash, record->is_deleted ? SLICE("deleted") : SLICE_NULL);
	content_hash_add(hash, record->is_read_only ? SLICE("read only") : SLICE_NULL);
	content_hash_add(hash, slice_of(entity_name(record->entity)));
	return content_hash_end(hash);
}

static void source_init(struct ingest *ingest, struct source *source, struct record *record,
                        struct content_hash *hash)
{
	*source = (struct source){ .record = record, .remote = record->values };
	source->modified_us = record->modified_us;
	source->created_us = record->created_us;
	source->key = source_key(ingest->store->secret, ingest->connector->name, record->object, record->id);
	source->content_hash = source_hash(ingest, hash, record);
	source->owner_key = ingest_ref_key(ingest, ingest_ref(record, REF_OWNER));
	source->account_key = ingest_ref_key(ingest, ingest_ref(record, REF_ACCOUNT));
}

void ingest_prepare(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	struct batch *batch = ingest->batch;
	struct content_hash hash;

	content_hash_init(&hash);
	work->sources = arena_array(work->arena, batch->n_records + 1, sizeof(*work->sources));
	work->fresh = arena_array(work->arena, batch->n_records + 1, sizeof(*work->fresh));
	work->activities = arena_array(work->arena, batch->n_records + 1, sizeof(*work->activities));
	idmap_init(&work->by_key, work->arena, batch->n_records);
	for (size_t i = 0; i < batch->n_records; i++) {
		struct record *record = batch->records[i];

		if (!ingest_is_storable(record))
			continue;
		if (record->entity == ENTITY_ACTIVITY) {
			work->activities[work->n_activities++] = record;
			continue;
		}
		struct source *source = &work->sources[work->n_sources];
		source_init(ingest, source, record, &hash);
		if (idmap_put(&work->by_key, source->key.low, (uint32_t)work->n_sources) == work->n_sources)
			work->n_sources++;
	}
	content_hash_done(&hash);
}

/* The record's remote values as JSON: what the store keeps as the shadow. A field not shown is absent. */
struct slice ingest_payload(const struct ingest *ingest, const struct source *source, struct buf *scratch)
{
	bool is_first = true;

	buf_reset(scratch);
	buf_add_char(scratch, '{');
	for (size_t i = 0; i < ingest->n_fields; i++) {
		if (slice_is_null(source->remote[i]))
			continue;
		if (!is_first)
			buf_add_char(scratch, ',');
		is_first = false;
		buf_add_json_string(scratch, slice_of(ingest->fields[i]));
		buf_add_char(scratch, ':');
		buf_add_json_string(scratch, source->remote[i]);
	}
	buf_add_char(scratch, '}');
	return buf_slice(scratch);
}

/* A user's identity is its address; it must not meet a person's key of the same address. */
static size_t user_keys(struct ingest *ingest, const struct slice *values, struct key *keys)
{
	struct slice parts[2] = { SLICE("user"), values[USER_EMAIL] };

	if (slice_is_empty(values[USER_EMAIL]))
		return 0;
	char *lower = arena_strndup(ingest->work->arena, parts[1].data, parts[1].len);
	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	parts[1] = slice_of(lower);
	keys[0] = (struct key){ KEY_EXTERNAL_ID, parts[1],
		                hash_key(ingest->store->secret, KEY_EXTERNAL_ID, parts, 2) };
	return 1;
}

static const char entity_letters[ENTITY_COUNT] = { 'p', 'a', 'o', 'u', 'c', 'v' };

/* Our own id, if the remote's external-id field holds one; it stands behind the mapped fields. */
static int64_t source_own_id(const struct ingest *ingest, const struct record *record)
{
	char letter;
	int64_t id;

	if (ingest->n_fields == ingest->stream->n_map ||
	    slice_is_empty(record->values[ingest->stream->n_map]) ||
	    !id_parse(record->values[ingest->stream->n_map], &letter, &id))
		return 0;
	return letter == entity_letters[record->entity] ? id : 0;
}

static void source_keys(struct ingest *ingest, struct source *source)
{
	struct arena *arena = ingest->work->arena;
	struct record *record = source->record;
	struct key keys[KEYS_MAX + 4];
	int64_t known[KEYS_MAX + 4] = { 0 };
	size_t n = 0;

	int64_t own_id = source_own_id(ingest, record);
	if (own_id) {
		struct slice text = record->values[ingest->stream->n_map];
		keys[n] = (struct key){ KEY_TANDEM_ID, text, { own_id, 0 } };
		known[n++] = own_id;
	}
	/* Under this key another record may already have said that it is the same as this one. */
	keys[n++] = key_same_as(arena, ingest->store->secret, ingest->connector->name, record->object,
	                        record->id);
	const struct ref *same = ingest_ref(record, REF_SAME_AS);
	if (same)
		keys[n++] = key_same_as(arena, ingest->store->secret, ingest->connector->name, same->object,
		                        same->id);
	if (record->entity == ENTITY_USER)
		n += user_keys(ingest, source->values, keys + n);
	else if (!record->is_deleted)
		n += keys_of(arena, &ingest->config->policy, ingest->store->secret, record->entity,
		             source->values, keys + n);

	struct key *kept = arena_array(arena, n, sizeof(*kept));
	int64_t *entities = arena_array(arena, n, sizeof(*entities));
	memcpy(kept, keys, n * sizeof(*kept));
	memcpy(entities, known, n * sizeof(*entities));
	source->cluster = (struct cluster_record){
		.keys = kept,
		.key_entity = entities,
		.n_keys = n,
		.entity_id = source->old_entity,
		.rule = -1,
	};
}

/*
 * When each value came to be: a field that did not change keeps its time, though the record's own stamp
 * moved. So an echo of our own write, or a change of another field, never makes old values look new.
 */
static void source_times(struct ingest *ingest, struct source *source)
{
	const struct view_source *before = source->before;

	if (!before || before->entity != source->record->entity)
		return;
	source->field_us = arena_array(ingest->work->arena, VALUES_MAX, sizeof(*source->field_us));
	for (size_t i = 0; i < VALUES_MAX; i++) {
		bool is_same = slice_equal(before->values[i], source->values[i]);

		source->field_us[i] = !is_same           ? source->modified_us
		                      : before->field_us ? before->field_us[i]
		                                         : before->modified_us;
	}
}

static void source_values(struct ingest *ingest, struct source *source)
{
	struct arena *arena = ingest->work->arena;
	const struct stream_config *stream = ingest->stream;
	struct error bad = { 0 };
	struct slice *remote = ingest->work->remote;

	memcpy(remote, source->remote, ingest->n_fields * sizeof(*remote));
	written_learn(source->written, source->n_written, stream->map, stream->n_map, remote);
	written_apply(source->written, source->n_written, stream->map, stream->n_map, remote);
	source->values = arena_array(arena, VALUES_MAX, sizeof(*source->values));
	mapping_read(arena, stream->map, stream->n_map, source->record->entity, remote, source->values, &bad);
	if (bad.kind)
		batch_park(ingest->batch, source->record->object, source->record->id, SLICE_NULL, &bad);
	source_times(ingest, source);
}

static int64_t probe_id(const struct key *key)
{
	int64_t id = key->hash.low ^ (int64_t)((uint64_t)key->kind * UINT64_C(0xd6e8feb86659fd93));

	return id ? id : 1;
}

static void probe_add(struct ingest_work *work, const struct key *key)
{
	if (key->kind == KEY_TANDEM_ID)
		return;
	if (idmap_put(&work->probe_index, probe_id(key), (uint32_t)work->n_probes) == work->n_probes)
		work->probes[work->n_probes++] = *key;
}

/* A deletion tells nothing of the fields: what the record said last stays on record (an opt-out above all). */
static void keep_values(struct ingest *ingest, struct source *source)
{
	struct arena *arena = ingest->work->arena;
	CLEANUP(json_decref_p) json_t *payload = NULL;
	struct error ignored = { 0 };

	if (!source->record->is_deleted || !json_read(source->before->payload, &payload, &ignored))
		return;
	source->remote = arena_array(arena, ingest->n_fields + 1, sizeof(*source->remote));
	for (size_t i = 0; i < ingest->n_fields; i++) {
		source->remote[i] = source->record->values[i];
		if (slice_is_null(source->remote[i]))
			source->remote[i] = arena_slice(arena, json_text(payload, ingest->fields[i]));
	}
}

static bool tells(const struct record *record, enum ref_kind kind)
{
	for (size_t i = 0; i < record->n_refs; i++)
		if (record->refs[i].kind == kind)
			return true;
	return !record->is_partial;
}

/* What the record does not tell this time is as it was. */
static void keep_known(struct ingest *ingest, struct source *source)
{
	const struct view_source *before = source->before;

	if (!before)
		return;
	if (!source->modified_us)
		source->modified_us = before->modified_us;
	if (!source->created_us)
		source->created_us = before->created_us;
	if (!tells(source->record, REF_OWNER))
		source->owner_key = before->owner_key;
	if (!tells(source->record, REF_ACCOUNT))
		source->account_key = before->account_key;
	keep_values(ingest, source);
}

void ingest_canonical(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	size_t n_keys = 0;

	work->remote = arena_array(work->arena, ingest->n_fields + 1, sizeof(*work->remote));
	for (size_t i = 0; i < work->n_sources; i++) {
		struct source *source = &work->sources[i];

		if (source->is_unchanged || source->is_refused)
			continue;
		keep_known(ingest, source);
		source_values(ingest, source);
		source_keys(ingest, source);
		n_keys += source->cluster.n_keys;
		work->fresh[work->n_fresh++] = source;
	}

	work->probes = arena_array(work->arena, n_keys + 1, sizeof(*work->probes));
	work->probe_entity = arena_array(work->arena, n_keys + 1, sizeof(*work->probe_entity));
	idmap_init(&work->probe_index, work->arena, n_keys);
	for (size_t i = 0; i < work->n_fresh; i++)
		for (size_t k = 0; k < work->fresh[i]->cluster.n_keys; k++)
			probe_add(work, &work->fresh[i]->cluster.keys[k]);
}

uint32_t ingest_probe_find(const struct ingest_work *work, const struct key *key)
{
	return key->kind == KEY_TANDEM_ID ? IDMAP_NONE : idmap_get(&work->probe_index, probe_id(key));
}
