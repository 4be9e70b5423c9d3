/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest_work.h"
#include "storable.h"

static void park(struct ingest *ingest, const struct record *record, const struct error *why)
{
	batch_park(ingest->batch, record->object, record->id, SLICE_NULL, why);
}

bool ingest_is_storable(const struct record *record)
{
	return slice_is_utf8(record->id) &&
	       (record->entity != ENTITY_ACTIVITY || is_storable_time(record->occurred_us));
}

static void check_values(struct ingest *ingest, struct record *record, struct error *bad)
{
	for (size_t i = 0; i < ingest->n_fields; i++) {
		if (slice_is_utf8(record->values[i]))
			continue;
		record->values[i] = SLICE_NULL;
		(void)fail(bad, ERROR_RECORD, "field \"%s\" is no text in UTF-8", ingest->fields[i]);
	}
	if (!slice_is_utf8(record->title))
		record->title = SLICE_NULL;
	if (!slice_is_utf8(record->subject_email))
		record->subject_email = SLICE_NULL;
}

static void check_times(struct record *record, struct error *bad)
{
	if (!is_storable_time(record->modified_us)) {
		record->modified_us = 0;
		(void)fail(bad, ERROR_RECORD, "its time of change is out of range");
	}
	if (!is_storable_time(record->created_us)) {
		record->created_us = 0;
		(void)fail(bad, ERROR_RECORD, "its time of creation is out of range");
	}
}

/* A reference whose id is no text is as good as not told. */
static void check_refs(struct record *record)
{
	for (size_t i = 0; i < record->n_refs;) {
		if (slice_is_utf8(record->refs[i].id)) {
			i++;
			continue;
		}
		record->refs[i] = record->refs[--record->n_refs];
		record->is_partial = true;
	}
}

void ingest_check(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->batch->n_records; i++) {
		struct record *record = ingest->batch->records[i];
		struct error bad = { 0 };

		check_values(ingest, record, &bad);
		check_times(record, &bad);
		check_refs(record);
		if (!slice_is_utf8(record->id))
			(void)fail(&bad, ERROR_RECORD, "its id is no text in UTF-8");
		else if (!ingest_is_storable(record))
			(void)fail(&bad, ERROR_RECORD, "its time is out of range");
		if (bad.kind)
			park(ingest, record, &bad);
	}
	ingest->n_parked = ingest->batch->n_parked;
}
