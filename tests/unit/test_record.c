/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "tap.h"

static struct batch batch;

static void test_second_word_replaces_the_first_in_its_place(void)
{
	batch_init(&batch, 2);
	struct record *first = batch_add(&batch, "contact", ENTITY_PERSON, SLICE("1"));
	batch_set(&batch, first, 0, SLICE("Joe"));
	batch_ref(&batch, first, REF_OWNER, "user", SLICE("9"));
	first->is_deleted = true;
	(void)batch_add(&batch, "contact", ENTITY_PERSON, SLICE("2"));
	struct record *again = batch_add(&batch, "contact", ENTITY_PERSON, SLICE("1"));
	CHECK(again == first);
	CHECK_INT((int64_t)batch.n_records, 2);
	CHECK(batch.records[0] == first);
	CHECK(slice_is_null(again->values[0]));
	CHECK_INT((int64_t)again->n_refs, 0);
	CHECK(!again->is_deleted);
	CHECK_SLICE(again->id, "1");
	batch_done(&batch);
}

static void test_same_id_of_another_object_is_another_record(void)
{
	char object[] = "contact"; /* another address, the same name */

	batch_init(&batch, 1);
	struct record *contact = batch_add(&batch, "contact", ENTITY_PERSON, SLICE("1"));
	struct record *lead = batch_add(&batch, "lead", ENTITY_PERSON, SLICE("1"));
	CHECK(contact != lead);
	CHECK(batch_find(&batch, object, SLICE("1")) == contact);
	CHECK(batch_find(&batch, "lead", SLICE("1")) == lead);
	CHECK(!batch_find(&batch, "account", SLICE("1")));
	CHECK(!batch_find(&batch, "lead", SLICE("")));
	CHECK(!batch_find(&batch, "lead", SLICE_NULL));
	batch_done(&batch);
}

static void test_what_is_set_is_copied(void)
{
	char id[] = "id-1", value[] = "Joe";

	batch_init(&batch, 3);
	struct record *record = batch_add(&batch, "contact", ENTITY_PERSON, slice_of(id));
	batch_set(&batch, record, 1, slice_of(value));
	batch_set(&batch, record, 2, SLICE(""));
	batch_ref(&batch, record, REF_ACCOUNT, "account", slice_of(id));
	batch_ref(&batch, record, REF_OWNER, "user", SLICE_NULL);
	memset(id, 'x', 4);
	memset(value, 'x', 3);
	CHECK_SLICE(record->id, "id-1");
	CHECK(slice_is_null(record->values[0]));
	CHECK_SLICE(record->values[1], "Joe");
	CHECK_SLICE(record->values[2], "");
	CHECK_SLICE(record->refs[0].id, "id-1");
	CHECK_SLICE(record->refs[1].id, "");
	CHECK_INT(record->entity, ENTITY_PERSON);
	batch_done(&batch);
}

static void test_large_batches_find_each_record(void)
{
	size_t wrong = 0;

	batch_init(&batch, 1);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 50000; i++) {
			char id[16];

			snprintf(id, sizeof(id), "%d", i);
			struct record *record =
			        batch_add(&batch, i % 2 ? "contact" : "lead", ENTITY_PERSON, slice_of(id));
			record->modified_us = i;
		}
		CHECK_INT((int64_t)batch.n_records, 50000);
	}
	for (int i = 0; i < 50000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		struct record *record = batch_find(&batch, i % 2 ? "contact" : "lead", slice_of(id));
		wrong += !record || record->modified_us != i || batch.records[i] != record;
		wrong += batch_find(&batch, i % 2 ? "lead" : "contact", slice_of(id)) != NULL;
	}
	CHECK_INT((int64_t)wrong, 0);
	batch_done(&batch);
}

static void test_reset_forgets_everything(void)
{
	batch_init(&batch, 1);
	struct error err;
	(void)fail(&err, ERROR_RECORD, "no");
	for (int i = 0; i < 3; i++) {
		(void)batch_add(&batch, "contact", ENTITY_PERSON, SLICE("1"));
		batch_park(&batch, "contact", SLICE("2"), SLICE("{}"), &err);
		batch_reset(&batch);
		CHECK_INT((int64_t)batch.n_records, 0);
		CHECK_INT((int64_t)batch.n_parked, 0);
		CHECK(!batch_find(&batch, "contact", SLICE("1")));
	}
	batch_done(&batch);
}

static void test_many_refs_stay_in_order(void)
{
	batch_init(&batch, 0);
	struct record *record = batch_add(&batch, "account", ENTITY_ACCOUNT, SLICE("1"));
	for (int i = 0; i < 1000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		batch_ref(&batch, record, REF_PERSON, "contact", slice_of(id));
	}
	CHECK_INT((int64_t)record->n_refs, 1000);
	CHECK_SLICE(record->refs[0].id, "0");
	CHECK_SLICE(record->refs[4].id, "4");
	CHECK_SLICE(record->refs[999].id, "999");
	batch_done(&batch);
}

static void test_parked_items_keep_raw_text_up_to_its_limit(void)
{
	static char large[100000];
	struct error err;

	batch_init(&batch, 0);
	(void)fail(&err, ERROR_RECORD, "email is not a string");
	memset(large, 'a', sizeof(large));
	memcpy(large + (64 << 10) - 1, "\xe2\x82\xac", 3); /* a character across the cut */
	batch_park(&batch, "contact", SLICE_NULL, (struct slice){ large, sizeof(large) }, &err);
	batch_park(&batch, "contact", SLICE("7"), SLICE_NULL, &err);
	for (int i = 0; i < 200; i++)
		batch_park(&batch, "lead", SLICE("8"), SLICE("{\"a\":\xff}"), &err);
	CHECK_INT((int64_t)batch.n_parked, 202);
	CHECK_INT((int64_t)batch.parked[0].raw.len, (64 << 10) - 1);
	CHECK(slice_is_utf8(batch.parked[0].raw));
	CHECK_SLICE(batch.parked[0].id, "");
	CHECK_TEXT(batch.parked[0].reason, "email is not a string");
	CHECK_SLICE(batch.parked[1].id, "7");
	CHECK_SLICE(batch.parked[1].raw, "");
	CHECK_SLICE(batch.parked[201].raw, "{\"a\":\xff}");
	batch_done(&batch);
}

static void test_entities_have_names(void)
{
	CHECK_TEXT(entity_name(ENTITY_PERSON), "person");
	CHECK_TEXT(entity_name(ENTITY_ACTIVITY), "activity");
	for (int i = 0; i < ENTITY_COUNT; i++)
		CHECK(entity_name((enum entity)i) != NULL);
	CHECK_TEXT(entity_name(ENTITY_COUNT), "unknown");
}

int main(void)
{
	RUN(test_second_word_replaces_the_first_in_its_place);
	RUN(test_same_id_of_another_object_is_another_record);
	RUN(test_what_is_set_is_copied);
	RUN(test_large_batches_find_each_record);
	RUN(test_reset_forgets_everything);
	RUN(test_many_refs_stay_in_order);
	RUN(test_parked_items_keep_raw_text_up_to_its_limit);
	RUN(test_entities_have_names);
	return tap_done();
}
