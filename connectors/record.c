/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "cleanup.h"

#define FIRST_BLOCK ((size_t)64 << 10)
#define RAW_MAX     ((size_t)64 << 10)
#define FIRST_INDEX 256
#define FIRST_LIST  64
#define FIRST_REFS  4

const char *entity_name(enum entity entity)
{
	static const char *const names[ENTITY_COUNT] = {
		[ENTITY_PERSON] = "person",           [ENTITY_ACCOUNT] = "account",
		[ENTITY_OPPORTUNITY] = "opportunity", [ENTITY_USER] = "user",
		[ENTITY_CAMPAIGN] = "campaign",       [ENTITY_ACTIVITY] = "activity",
	};

	return (size_t)entity < ARRAY_SIZE(names) ? names[entity] : "unknown";
}

void batch_init(struct batch *batch, size_t n_fields)
{
	*batch = (struct batch){ .arena = arena_new(FIRST_BLOCK), .n_fields = n_fields };
}

void batch_done(struct batch *batch)
{
	arena_free(batch->arena);
	free(batch->records);
	free(batch->parked);
	free(batch->index);
	*batch = (struct batch){ 0 };
}

void batch_reset(struct batch *batch)
{
	arena_reset(batch->arena);
	batch->n_records = batch->n_parked = 0;
	if (batch->size_index)
		memset(batch->index, 0, batch->size_index * sizeof(*batch->index));
}

/* Where (object, id) is in the index, or the free place where it belongs. */
static size_t index_slot(const struct batch *batch, const char *object, struct slice id)
{
	size_t mask = batch->size_index - 1;
	size_t slot = XXH3_64bits_withSeed(id.data, id.len, XXH3_64bits(object, strlen(object))) & mask;
	const struct record *record;

	while ((record = batch->index[slot]) != NULL) {
		if (slice_equal(record->id, id) &&
		    (record->object == object || strcmp(record->object, object) == 0))
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

/* Keeps the index at most half full. */
static void index_fit(struct batch *batch)
{
	if (batch->n_records * 2 < batch->size_index)
		return;
	free(batch->index);
	batch->size_index = batch->size_index ? batch->size_index * 2 : FIRST_INDEX;
	batch->index = alloc_zeroed(batch->size_index, sizeof(*batch->index));
	for (size_t i = 0; i < batch->n_records; i++) {
		struct record *record = batch->records[i];

		batch->index[index_slot(batch, record->object, record->id)] = record;
	}
}

static struct record *record_append(struct batch *batch, size_t slot)
{
	struct record *record = arena_alloc(batch->arena, sizeof(*record));

	if (batch->n_records == batch->size_records) {
		batch->size_records = batch->size_records ? batch->size_records * 2 : FIRST_LIST;
		batch->records = alloc_resize(batch->records, batch->size_records, sizeof(struct record *));
	}
	batch->records[batch->n_records++] = record;
	batch->index[slot] = record;
	return record;
}

struct record *batch_add(struct batch *batch, const char *object, enum entity entity, struct slice id)
{
	assert(id.len);
	index_fit(batch);
	size_t slot = index_slot(batch, object, id);
	struct record *record = batch->index[slot];
	struct slice kept = record ? record->id : arena_slice(batch->arena, id);

	if (!record)
		record = record_append(batch, slot);
	*record = (struct record){
		.object = object,
		.entity = entity,
		.id = kept,
		.values = arena_array(batch->arena, batch->n_fields, sizeof(struct slice)),
	};
	return record;
}

struct record *batch_find(const struct batch *batch, const char *object, struct slice id)
{
	return batch->n_records && id.data ? batch->index[index_slot(batch, object, id)] : NULL;
}

void batch_set(struct batch *batch, struct record *record, size_t field, struct slice value)
{
	assert(field < batch->n_fields);
	record->values[field] = arena_slice(batch->arena, value);
}

void batch_ref(struct batch *batch, struct record *record, enum ref_kind kind, const char *object,
               struct slice id)
{
	size_t n = record->n_refs;

	/* The list has no size of its own: it is full when its length is 0 or a power of two from FIRST_REFS
	 * on. */
	if (n == 0 || (n >= FIRST_REFS && (n & (n - 1)) == 0))
		record->refs = arena_grow(batch->arena, record->refs, n, n ? n * 2 : FIRST_REFS,
		                          sizeof(*record->refs));
	record->refs[record->n_refs++] = (struct ref){
		.kind = kind,
		.object = object,
		.id = id.len ? arena_slice(batch->arena, id) : SLICE(""),
	};
}

/* The first RAW_MAX bytes, without half a character at the end. */
static struct slice cut_raw(struct slice raw)
{
	size_t len = raw.len;

	if (len <= RAW_MAX)
		return raw;
	len = RAW_MAX;
	for (int back = 0; back < 3 && (raw.data[len] & 0xc0) == 0x80; back++)
		len--;
	return slice_sub(raw, 0, len);
}

void batch_park(struct batch *batch, const char *object, struct slice id, struct slice raw,
                const struct error *err)
{
	if (batch->n_parked == batch->size_parked) {
		batch->size_parked = batch->size_parked ? batch->size_parked * 2 : FIRST_LIST;
		batch->parked = alloc_resize(batch->parked, batch->size_parked, sizeof(*batch->parked));
	}
	batch->parked[batch->n_parked++] = (struct parked_item){
		.object = object,
		.id = id.len ? arena_slice(batch->arena, id) : SLICE(""),
		.raw = raw.len ? arena_slice(batch->arena, cut_raw(raw)) : SLICE(""),
		.reason = arena_strdup(batch->arena, err->text),
	};
}
