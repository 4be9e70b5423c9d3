/* SPDX-License-Identifier: Apache-2.0 */
#include "id.h"

#include "tap.h"

#define START_US INT64_C(1769854530123456) /* 2026-01-31T10:15:30.123456Z */

static struct arena *arena;

static void test_ids_grow_whatever_the_clock_does(void)
{
	struct id_maker maker = { .slot = 5 };
	int64_t before = 0;

	for (int i = 0; i < 100000; i++) {
		int64_t wall_us = START_US + (i % 7 - 3) * INT64_C(1000000) + i;
		int64_t id = id_next(&maker, wall_us);

		if (id <= before)
			CHECK_INT(id, before + 1);
		before = id;
	}
	CHECK(before > 0);
}

static void test_a_used_up_millisecond_goes_on_in_the_next(void)
{
	struct id_maker maker = { .slot = 1023 };
	int64_t first = id_next(&maker, START_US), last = first;

	for (int i = 0; i < 4096; i++)
		last = id_next(&maker, START_US);
	CHECK_INT(id_time_us(first), START_US / 1000 * 1000);
	CHECK_INT(id_time_us(last), START_US / 1000 * 1000 + 1000);
}

static void test_slots_never_meet(void)
{
	struct id_maker a = { .slot = 1 }, b = { .slot = 2 };
	int64_t ids[2][5000];
	size_t same = 0;

	for (int i = 0; i < 5000; i++) {
		ids[0][i] = id_next(&a, START_US);
		ids[1][i] = id_next(&b, START_US);
	}
	for (int i = 0, k = 0; i < 5000 && k < 5000;) {
		same += ids[0][i] == ids[1][k];
		if (ids[0][i] < ids[1][k])
			i++;
		else
			k++;
	}
	CHECK_INT((int64_t)same, 0);
}

static void test_ids_carry_their_time_and_stay_positive(void)
{
	struct id_maker maker = { .slot = 0 };
	int64_t far_us = INT64_C(3000000000) * 1000000; /* year 2065 */

	CHECK_INT(id_time_us(id_next(&maker, START_US)), START_US / 1000 * 1000);
	CHECK(id_next(&maker, far_us) > 0);
	CHECK_INT(id_time_us(id_next(&maker, far_us)), far_us);
}

static void test_a_clock_before_the_epoch_makes_no_id_of_zero(void)
{
	struct id_maker maker = { .slot = 0 };

	for (int i = 0; i < 3; i++)
		CHECK(id_next(&maker, 0) > 0);
}

static void test_short_form_reads_back(void)
{
	struct id_maker maker = { .slot = 77 };
	static const int64_t fixed[] = { 1, 31, 32, INT64_MAX, INT64_C(1) << 62 };
	int64_t back = 0;
	char letter = 0;

	for (int i = 0; i < 1000; i++) {
		int64_t id = i < 5 ? fixed[i] : id_next(&maker, START_US + i * INT64_C(12345678));
		const char *text = id_print(arena, 'p', id);

		CHECK_INT((int64_t)strlen(text), 15);
		CHECK(id_parse(slice_of(text), &letter, &back));
		CHECK_INT(back, id);
		CHECK_INT(letter, 'p');
	}
	CHECK_TEXT(id_print(arena, 'a', 1), "a-0000000000001");
	CHECK_TEXT(id_print(arena, 'a', INT64_MAX), "a-7zzzzzzzzzzzz");
}

static void test_other_texts_are_no_ids(void)
{
	static const char *const wrong[] = { "",
		                             "p",
		                             "p-",
		                             "p-000000000001",
		                             "p-00000000000001",
		                             "P-0000000000001",
		                             "p_0000000000001",
		                             "--0000000000001",
		                             "p-000000000000i",
		                             "p-000000000000l",
		                             "p-000000000000o",
		                             "p-000000000000u",
		                             "p-000000000000A",
		                             "p-8000000000000",
		                             "p-zzzzzzzzzzzzz",
		                             "p-0000000000000",
		                             "p-00000000000 1",
		                             "p-\xc3\xbc 0000000000" };
	int64_t id = 7;
	char letter = 'z';

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!id_parse(slice_of(wrong[i]), &letter, &id));
	CHECK(!id_parse((struct slice){ "p-00000000000\0"
	                                "1",
	                                15 },
	                &letter, &id));
	CHECK(!id_parse(SLICE_NULL, &letter, &id));
	CHECK_INT(id, 7);
	CHECK_INT(letter, 'z');
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_ids_grow_whatever_the_clock_does);
	RUN(test_a_used_up_millisecond_goes_on_in_the_next);
	RUN(test_slots_never_meet);
	RUN(test_ids_carry_their_time_and_stay_positive);
	RUN(test_a_clock_before_the_epoch_makes_no_id_of_zero);
	RUN(test_short_form_reads_back);
	RUN(test_other_texts_are_no_ids);
	arena_free(arena);
	return tap_done();
}
