/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest_work.h"

#include <endian.h>
#include <stdlib.h>

/*
 * Rows go out in the order of their table's primary key: a work table's index then only grows at its right
 * end, and what is merged from it is sorted already.
 */
static int by_src_key(const void *a, const void *b)
{
	int64_t x = (*(const struct source *const *)a)->key.low,
	        y = (*(const struct source *const *)b)->key.low;

	return (x > y) - (x < y);
}

void ingest_rows_probe(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	struct source **sorted = arena_array(work->arena, work->n_sources + 1, sizeof(struct source *));

	for (size_t i = 0; i < work->n_sources; i++)
		sorted[i] = &work->sources[i];
	qsort(sorted, work->n_sources, sizeof(struct source *), by_src_key);
	for (size_t i = 0; i < work->n_sources; i++) {
		pg_copy_row(rows, 3);
		pg_copy_int8(rows, work->batch_id);
		pg_copy_int8(rows, sorted[i]->key.low);
		pg_copy_int8(rows, sorted[i]->content_hash);
	}
}

struct claim {
	const struct key *key;
	int64_t entity_id, src_key;
};

static int by_key(const void *a, const void *b)
{
	const struct key *x = ((const struct claim *)a)->key, *y = ((const struct claim *)b)->key;

	if (x->hash.low != y->hash.low)
		return x->hash.low > y->hash.low ? 1 : -1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static void key_row(struct buf *rows, int64_t batch_id, const struct key *key)
{
	pg_copy_row(rows, 6);
	pg_copy_int8(rows, batch_id);
	pg_copy_int8(rows, key->hash.low);
	pg_copy_int2(rows, (int16_t)key->kind);
	pg_copy_int8(rows, key->hash.high);
}

void ingest_rows_keys(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	struct claim *sorted = arena_array(work->arena, work->n_probes + 1, sizeof(*sorted));

	for (size_t i = 0; i < work->n_probes; i++)
		sorted[i].key = &work->probes[i];
	qsort(sorted, work->n_probes, sizeof(*sorted), by_key);
	for (size_t i = 0; i < work->n_probes; i++) {
		key_row(rows, work->batch_id, sorted[i].key);
		pg_copy_null(rows);
		pg_copy_null(rows);
	}
}

/* A record's own remote id is asked for, but claimed only by another record that says it is the same. */
static bool is_own_name(const struct source *source, size_t k)
{
	size_t own = source->cluster.keys[0].kind == KEY_TANDEM_ID ? 1 : 0;

	return k == own;
}

size_t ingest_rows_claims(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	bool *is_claimed = arena_array(work->arena, work->n_probes + 1, sizeof(*is_claimed));
	struct claim *claims = arena_array(work->arena, work->n_probes + 1, sizeof(*claims));
	size_t n = 0;

	for (size_t i = 0; i < work->n_fresh; i++) {
		const struct source *source = work->fresh[i];

		for (size_t k = 0; k < source->cluster.n_keys; k++) {
			uint32_t probe = ingest_probe_find(work, &source->cluster.keys[k]);

			if (probe == IDMAP_NONE || is_claimed[probe] || work->probe_entity[probe] ||
			    is_own_name(source, k))
				continue;
			is_claimed[probe] = true;
			claims[n++] = (struct claim){ &work->probes[probe], source->cluster.to_entity,
				                      source->key.low };
		}
	}
	qsort(claims, n, sizeof(*claims), by_key);
	for (size_t i = 0; i < n; i++) {
		key_row(rows, work->batch_id2, claims[i].key);
		pg_copy_int8(rows, claims[i].entity_id);
		pg_copy_int8(rows, claims[i].src_key);
	}
	return n;
}

static void extras(struct ingest *ingest, const struct touched *touched, struct buf *rows,
                   struct buf *scratch)
{
	const struct policy *policy = &ingest->config->policy;
	bool is_first = true;

	buf_reset(scratch);
	for (size_t i = 0; i < policy->n_custom; i++) {
		const struct field *field = &policy->custom[i];

		if (field->entity != touched->entity || slice_is_null(touched->golden.values[field->index]))
			continue;
		buf_add_char(scratch, is_first ? '{' : ',');
		is_first = false;
		buf_add_json_string(scratch, slice_of(field->name));
		buf_add_char(scratch, ':');
		buf_add_json_string(scratch, touched->golden.values[field->index]);
	}
	if (is_first) {
		pg_copy_null(rows);
		return;
	}
	buf_add_char(scratch, '}');
	pg_copy_json(rows, buf_slice(scratch));
}

static void add_int4(struct buf *rows, int32_t value)
{
	uint32_t be = htobe32((uint32_t)value);

	buf_add(rows, &be, sizeof(be));
}

/* Binary form of bigint[]: dimensions, flags, element type, length, lower bound, then each value with its
 * length. */
static void copy_int8_array(struct buf *rows, const int64_t *values, size_t n)
{
	enum { OID_INT8 = 20 };
	const int32_t head[] = { 1, 0, OID_INT8, (int32_t)n, 1 };

	add_int4(rows, (int32_t)(sizeof(head) + n * (sizeof(int32_t) + sizeof(int64_t))));
	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		add_int4(rows, head[i]);
	for (size_t i = 0; i < n; i++)
		pg_copy_int8(rows, values[i]);
}

/* bigint[] of the sources behind the fields, or NULL when one source gave them all. */
static void origin(const struct touched *touched, size_t n_fields, struct buf *rows)
{
	if (touched->golden.n_sources < 2) {
		pg_copy_null(rows);
		return;
	}
	copy_int8_array(rows, touched->golden.origin, n_fields);
}

void ingest_rows_golden(struct ingest *ingest, enum entity entity, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	size_t n_fields;
	struct buf scratch;

	(void)field_table(entity, &n_fields);
	buf_init(&scratch, 1 << 20);
	for (size_t i = 0; i < work->n_touched; i++) {
		const struct touched *touched = &work->touched[i];

		if (touched->entity != entity)
			continue;
		pg_copy_row(rows, 3 + FIELD_COUNT_MAX + 4);
		pg_copy_int8(rows, work->batch_id2);
		pg_copy_int8(rows, touched->entity_id);
		if (touched->merged_into)
			pg_copy_int8(rows, touched->merged_into);
		else
			pg_copy_null(rows);
		for (size_t f = 0; f < FIELD_COUNT_MAX; f++)
			pg_copy_text(rows, f < n_fields ? touched->golden.values[f] : SLICE_NULL);
		extras(ingest, touched, rows, &scratch);
		origin(touched, n_fields, rows);
		pg_copy_int4(rows, (int32_t)touched->golden.n_sources);
		pg_copy_time(rows, work->now_us);
	}
	buf_done(&scratch);
}

static void copy_time_or_null(struct buf *rows, int64_t us)
{
	if (us)
		pg_copy_time(rows, us);
	else
		pg_copy_null(rows);
}

static void copy_key_or_null(struct buf *rows, int64_t key)
{
	if (key)
		pg_copy_int8(rows, key);
	else
		pg_copy_null(rows);
}

void ingest_rows_sources(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	struct source **sorted = arena_array(work->arena, work->n_fresh + 1, sizeof(struct source *));
	struct buf scratch;

	memcpy(sorted, work->fresh, work->n_fresh * sizeof(struct source *));
	qsort(sorted, work->n_fresh, sizeof(struct source *), by_src_key);
	buf_init(&scratch, 4 << 20);
	for (size_t i = 0; i < work->n_fresh; i++) {
		const struct source *source = sorted[i];
		const struct record *record = source->record;

		pg_copy_row(rows, 18);
		pg_copy_int8(rows, work->batch_id2);
		pg_copy_int8(rows, source->key.low);
		pg_copy_int2(rows, work->connector_id);
		pg_copy_int2(rows, (int16_t)record->entity);
		pg_copy_text(rows, slice_of(record->object));
		pg_copy_text(rows, record->id);
		pg_copy_int8(rows, source->cluster.to_entity);
		pg_copy_int8(rows, source->content_hash);
		copy_time_or_null(rows, source->modified_us);
		copy_time_or_null(rows, source->created_us);
		pg_copy_time(rows, work->now_us);
		pg_copy_bool(rows, record->is_deleted);
		pg_copy_bool(rows, record->is_read_only);
		copy_key_or_null(rows, source->owner_key);
		copy_key_or_null(rows, source->account_key);
		pg_copy_json(rows, ingest_payload(ingest, source, &scratch));
		pg_copy_json(rows, view_times_print(work->arena, &ingest->config->policy, record->entity,
		                                    source->field_us, source->modified_us));
		pg_copy_json(rows, written_print(work->arena, source->written, source->n_written));
	}
	buf_done(&scratch);
}

static void decision_row(struct ingest *ingest, struct buf *rows, const struct source *source, int64_t from,
                         int64_t to, int rule)
{
	struct ingest_work *work = ingest->work;
	const struct key *key = rule >= 0 ? &source->cluster.keys[rule] : NULL;

	pg_copy_row(rows, 11);
	pg_copy_int8(rows, source->key.low);
	pg_copy_int8(rows, store_id(ingest->store));
	copy_key_or_null(rows, from);
	pg_copy_int8(rows, to);
	pg_copy_int2(rows, (int16_t)(key ? key->kind : 0));
	pg_copy_real(rows, 1);
	pg_copy_text(rows, key ? key->text : SLICE(""));
	pg_copy_text(rows, SLICE("policy"));
	pg_copy_int8(rows, ingest->config->version);
	pg_copy_null(rows);
	pg_copy_time(rows, work->now_us);
}

/* Links and merges; a record that nothing linked to others needs no row: its entity is its own. */
size_t ingest_rows_decisions(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	size_t n = 0;

	for (size_t i = 0; i < work->n_fresh; i++) {
		const struct source *source = work->fresh[i];

		if (source->cluster.rule < 0 || source->old_entity == source->cluster.to_entity)
			continue;
		decision_row(ingest, rows, source, source->old_entity, source->cluster.to_entity,
		             source->cluster.rule);
		ingest->counts.linked++;
		n++;
	}
	for (size_t i = 0; i < work->n_merges; i++, n++) {
		const struct cluster_merge *merge = &work->merges[i];

		decision_row(ingest, rows, work->fresh[merge->record], merge->from_entity, merge->to_entity,
		             merge->rule);
	}
	return n;
}

static int by_person_key(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The people of one opportunity, each once. */
static size_t role_rows(struct ingest *ingest, struct buf *rows, const struct source *source)
{
	const struct record *record = source->record;
	int64_t *people = arena_array(ingest->work->arena, record->n_refs + 1, sizeof(*people));
	size_t n = 0, n_rows = 0;

	for (size_t i = 0; i < record->n_refs; i++)
		if (record->refs[i].kind == REF_PERSON && !slice_is_empty(record->refs[i].id))
			people[n++] = ingest_ref_key(ingest, &record->refs[i]);
	qsort(people, n, sizeof(*people), by_person_key);
	for (size_t i = 0; i < n; i++) {
		if (i && people[i] == people[i - 1])
			continue;
		pg_copy_row(rows, 3);
		pg_copy_int8(rows, ingest->work->batch_id2);
		pg_copy_int8(rows, people[i]);
		pg_copy_int8(rows, source->key.low);
		n_rows++;
	}
	return n_rows;
}

size_t ingest_rows_roles(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	size_t n = 0;

	for (size_t i = 0; i < work->n_fresh; i++)
		if (work->fresh[i]->record->entity == ENTITY_OPPORTUNITY)
			n += role_rows(ingest, rows, work->fresh[i]);
	return n;
}

static bool is_told(const struct ingest *ingest, const struct record *record)
{
	const struct policy *policy = &ingest->config->policy;

	if (ingest->first_load || record->occurred_us < ingest->activity_since_us)
		return false;
	for (size_t i = 0; i < policy->n_alerts; i++) {
		const struct alert_rule *rule = &policy->alerts[i];

		if (!rule->activities || !rule->activities[0])
			return true;
		for (size_t k = 0; rule->activities[k]; k++)
			if (strcmp(rule->activities[k], record->activity) == 0)
				return true;
	}
	return false;
}

/* The address an activity names, normalised; false if it is nobody's. */
static bool subject_key(struct ingest *ingest, struct slice email, struct key *ret)
{
	struct slice values[VALUES_MAX] = { [PERSON_EMAIL] = email };
	struct key keys[KEYS_MAX];
	size_t n = keys_of(ingest->work->arena, &ingest->config->policy, ingest->store->secret, ENTITY_PERSON,
	                   values, keys);

	for (size_t i = 0; i < n; i++) {
		if (keys[i].kind != KEY_EMAIL)
			continue;
		*ret = keys[i];
		return true;
	}
	return false;
}

static bool activity_row(struct ingest *ingest, struct buf *rows, const struct record *record)
{
	struct ingest_work *work = ingest->work;
	const struct ref *person = ingest_ref(record, REF_PERSON),
	                 *campaign = ingest_ref(record, REF_CAMPAIGN);
	struct key email = { 0 };

	if (!person && !subject_key(ingest, record->subject_email, &email))
		return false;
	int64_t subject = person ? ingest_ref_key(ingest, person) : email.hash.low;
	pg_copy_row(rows, 14);
	pg_copy_int8(rows, work->batch_id2);
	pg_copy_int8(rows, subject);
	pg_copy_time(rows, record->occurred_us);
	pg_copy_int8(rows, ingest_record_key(ingest, record));
	pg_copy_bool(rows, !person);
	pg_copy_int2(rows, work->connector_id);
	pg_copy_text(rows, slice_of(record->activity ? record->activity : "event"));
	pg_copy_text(rows, record->title);
	copy_key_or_null(rows, ingest_ref_key(ingest, campaign));
	pg_copy_text(rows, slice_of(record->object));
	pg_copy_text(rows, record->id);
	pg_copy_time(rows, work->now_us);
	pg_copy_text(rows, email.text);
	pg_copy_bool(rows, is_told(ingest, record));
	return true;
}

size_t ingest_rows_activities(struct ingest *ingest, struct buf *rows)
{
	struct ingest_work *work = ingest->work;
	struct error nobody = { .kind = ERROR_RECORD,
		                .text = "activity names nobody: neither a person's id nor an address" };
	size_t n = 0;

	for (size_t i = 0; i < work->n_activities; i++) {
		if (activity_row(ingest, rows, work->activities[i]))
			n++;
		else
			batch_park(ingest->batch, work->activities[i]->object, work->activities[i]->id,
			           SLICE_NULL, &nobody);
	}
	return n;
}
