/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "mapping.h"
#include "tap.h"

static struct map_row row(enum entity entity, const char *field, const char *remote, bool can_pull)
{
	return (struct map_row){ field_find(entity, field), remote, can_pull, true };
}

static void test_values_go_to_their_canonical_places(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct map_row map[] = { row(ENTITY_PERSON, "last_name", "LastName", true),
		                 row(ENTITY_PERSON, "email", "Email", true),
		                 row(ENTITY_PERSON, "title", "Title", true),
		                 row(ENTITY_PERSON, "city", "City", false) };
	struct slice remote[] = { SLICE(" Smith "), SLICE(""), SLICE_NULL, SLICE("Berlin") },
	             canonical[VALUES_MAX];
	struct error err;

	mapping_read(arena, map, 4, ENTITY_PERSON, remote, canonical, &err);
	CHECK_INT(err.kind, ERROR_NONE);
	CHECK_SLICE(canonical[PERSON_LAST_NAME], "Smith");
	CHECK(!slice_is_null(canonical[PERSON_EMAIL]) && canonical[PERSON_EMAIL].len == 0);
	CHECK(slice_is_null(canonical[PERSON_TITLE]));
	CHECK(slice_is_null(canonical[PERSON_CITY]));
	CHECK(slice_is_null(canonical[PERSON_PHONE]));
}

static void test_bad_value_is_unknown_and_told_and_others_stay(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct map_row map[] = { row(ENTITY_OPPORTUNITY, "amount", "Amount", true),
		                 row(ENTITY_OPPORTUNITY, "name", "Name", true),
		                 row(ENTITY_OPPORTUNITY, "close_date", "CloseDate", true) };
	struct slice remote[] = { SLICE("a lot"), SLICE("Deal"), SLICE("soon") }, canonical[VALUES_MAX];
	struct error err;

	mapping_read(arena, map, 3, ENTITY_OPPORTUNITY, remote, canonical, &err);
	CHECK_INT(err.kind, ERROR_RECORD);
	CHECK_TEXT(err.text, "field \"Amount\": \"a lot\" is not a valid amount");
	CHECK(slice_is_null(canonical[OPPORTUNITY_AMOUNT]));
	CHECK(slice_is_null(canonical[OPPORTUNITY_CLOSE_DATE]));
	CHECK_SLICE(canonical[OPPORTUNITY_NAME], "Deal");
}

static void test_rows_of_another_entity_are_left_out(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct map_row map[] = { row(ENTITY_ACCOUNT, "name", "Company", true),
		                 row(ENTITY_PERSON, "email", "Email", true) };
	struct slice remote[] = { SLICE("ACME"), SLICE("joe@acme.com") }, canonical[VALUES_MAX];
	struct error err;

	mapping_read(arena, map, 2, ENTITY_ACCOUNT, remote, canonical, &err);
	CHECK_SLICE(canonical[ACCOUNT_NAME], "ACME");
	CHECK(slice_is_null(canonical[ACCOUNT_CITY]));
}

static void test_second_remote_field_fills_a_blank_first(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct map_row map[] = { row(ENTITY_PERSON, "phone", "Phone", true),
		                 row(ENTITY_PERSON, "phone", "OtherPhone", true) };
	struct slice remote[] = { SLICE(""), SLICE("030 123") }, canonical[VALUES_MAX];
	struct error err;

	mapping_read(arena, map, 2, ENTITY_PERSON, remote, canonical, &err);
	CHECK_SLICE(canonical[PERSON_PHONE], "030 123");
}

static void test_fifteen_plain_fields_take_less_than_ten_microseconds(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	size_t n;
	const struct field *fields = field_table(ENTITY_PERSON, &n);
	struct map_row map[15];
	struct slice remote[15], canonical[VALUES_MAX];
	struct error err;
	int64_t begin = clock_mono_us(), took;

	for (size_t i = 0; i < 15; i++) {
		map[i] = (struct map_row){ &fields[i], "F", true, true };
		remote[i] = SLICE("some twenty letters");
	}
	for (int i = 0; i < 100000; i++)
		mapping_read(arena, map, 15, ENTITY_PERSON, remote, canonical, &err);
	took = clock_mono_us() - begin;
	printf("# %.3f us a record\n", (double)took / 100000);
	CHECK(took < 100000 * 10);
}

int main(void)
{
	RUN(test_values_go_to_their_canonical_places);
	RUN(test_bad_value_is_unknown_and_told_and_others_stay);
	RUN(test_rows_of_another_entity_are_left_out);
	RUN(test_second_remote_field_fills_a_blank_first);
	RUN(test_fifteen_plain_fields_take_less_than_ten_microseconds);
	return tap_done();
}
