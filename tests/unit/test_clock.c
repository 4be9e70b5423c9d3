/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include "tap.h"

static struct arena *arena;

static void check_parse(const char *text, const char *want)
{
	int64_t us;
	bool is = time_parse(slice_of(text), &us);

	if (!want)
		CHECK(!is);
	else
		CHECK_TEXT(is ? time_print(arena, us) : NULL, want);
	if (is != (want != NULL))
		printf("#   of %s\n", text);
}

static void test_common_forms_are_read(void)
{
	static const char *const forms[][2] = {
		{ "2026-01-31", "2026-01-31T00:00:00Z" },
		{ "2026-01-31T10:15:30Z", "2026-01-31T10:15:30Z" },
		{ "2026-01-31T10:15:30", "2026-01-31T10:15:30Z" },
		{ "2026-01-31 10:15:30", "2026-01-31T10:15:30Z" },
		{ "2026-01-31T10:15Z", "2026-01-31T10:15:00Z" },
		{ "2026-01-31T10:15:30.5Z", "2026-01-31T10:15:30.500000Z" },
		{ "2026-01-31T10:15:30.000Z", "2026-01-31T10:15:30Z" },
		{ "2026-01-31T10:15:30.000+0000", "2026-01-31T10:15:30Z" },
		{ "2026-01-31T10:15:30,123456", "2026-01-31T10:15:30.123456Z" },
		{ "2026-01-31T10:15:30.1234567899999999999999Z", "2026-01-31T10:15:30.123456Z" },
		{ "2026-01-31T10:15:30+00:00", "2026-01-31T10:15:30Z" },
		{ "2026-01-31T10:15:30+01:30", "2026-01-31T08:45:30Z" },
		{ "2026-01-31T10:15:30-0130", "2026-01-31T11:45:30Z" },
		{ "2026-01-31T00:15:30+02", "2026-01-30T22:15:30Z" },
		{ "2026-12-31T23:59:59-01", "2027-01-01T00:59:59Z" },
		{ "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z" },
		{ "2000-02-29", "2000-02-29T00:00:00Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
		{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		check_parse(forms[i][0], forms[i][1]);
}

static void test_what_is_no_time_is_refused(void)
{
	static const char *const wrong[] = {
		"",
		"0000-01-01",
		"2026-02-29",
		"1900-02-29",
		"2026-02-30",
		"2026-04-31",
		"2026-00-10",
		"2026-13-01",
		"2026-01-00",
		"2026-01-32",
		"2026-01-31T24:00:00Z",
		"2026-01-31T10:60:00Z",
		"2026-01-31T10:15:60Z",
		"2026-01-31T",
		"2026-01-31T10",
		"2026-01-31T10:15:30.Z",
		"2026-01-31T10:15:30+24:00",
		"2026-01-31T10:15:30+01:60",
		"2026-01-31T10:15:30+1",
		"2026-01-31T10:15:30+01:",
		"2026-01-31T10:15:30Zx",
		"2026-01-31Z",
		" 2026-01-31",
		"2026-01-31 ",
		"2026-1-31",
		"26-01-31",
		"20260131",
		"+2026-01-31",
		"2026-01-3a",
		"12026-01-31",
		"2026/01/31",
		"2026-01-31T10:15:30 +0000",
		"2026-01-31T10:15:30+00:00:00",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00",
		"null",
		"1769854530",
	};
	int64_t us = 7;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		check_parse(wrong[i], NULL);
	CHECK(!time_parse(SLICE_NULL, &us));
	CHECK(!time_parse((struct slice){ "2026-01-31\0", 11 }, &us));
	CHECK(!time_parse((struct slice){ "2026-01-31T10:15:30\0Z", 21 }, &us));
	CHECK_INT(us, 7);
}

static void test_known_seconds(void)
{
	int64_t us = 0;

	CHECK(time_parse(SLICE("1970-01-01"), &us));
	CHECK_INT(us, 0);
	CHECK(time_parse(SLICE("2001-09-09T01:46:40Z"), &us));
	CHECK_INT(us, INT64_C(1000000000000000));
	CHECK(time_parse(SLICE("1901-12-13T20:45:52Z"), &us));
	CHECK_INT(us, INT32_MIN * US_PER_S);
	CHECK(time_parse(SLICE("0001-01-01"), &us));
	CHECK_INT(us, INT64_C(-62135596800) * US_PER_S);
}

static void test_each_day_of_800_years_splits_and_joins(void)
{
	int64_t us = 0, day_us = 86400 * US_PER_S, at_us;
	struct time_parts before = { 0 };

	CHECK(time_parse(SLICE("1599-12-31T12:34:56.789012Z"), &us));
	for (int i = 0; i < 292196; i++, us += day_us) {
		struct time_parts parts = time_split(us);

		if (!time_join(parts, &at_us) || at_us != us)
			CHECK_INT(at_us, us);
		bool is_next = parts.day == before.day + 1 || (parts.day == 1 && before.day >= 28);
		if (i && !is_next)
			CHECK_INT(parts.day, before.day + 1);
		before = parts;
	}
	CHECK_INT(before.year, 2400);
	CHECK_INT(before.month, 1);
	CHECK_INT(before.microsecond, 789012);
}

static void test_absurd_times_print_without_harm(void)
{
	CHECK_TEXT(time_print(arena, INT64_MAX), "294247-01-10T04:00:54Z");
	CHECK_TEXT(time_print(arena, INT64_MIN), "-290308-12-21T19:59:05Z");
}

static void test_fake_clock_moves_by_hand_only(void)
{
	CHECK(!clock_is_fake());
	clock_fake_set(INT64_C(1700000000000000));
	CHECK(clock_is_fake());
	CHECK_INT(clock_wall_us(), INT64_C(1700000000000000));
	CHECK_INT(clock_mono_us(), INT64_C(1700000000000000));
	clock_fake_move(5 * US_PER_S);
	CHECK_INT(clock_wall_us(), INT64_C(1700000005000000));
	clock_fake_end();
	CHECK(!clock_is_fake());
	CHECK(clock_wall_us() > INT64_C(1700000005000000));
}

static void test_real_clock_does_not_step_back(void)
{
	int64_t before_us = clock_mono_us();

	for (int i = 0; i < 1000; i++) {
		int64_t now_us = clock_mono_us();

		if (now_us < before_us)
			CHECK_INT(now_us, before_us);
		before_us = now_us;
	}
	CHECK(before_us > 0);
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_common_forms_are_read);
	RUN(test_what_is_no_time_is_refused);
	RUN(test_known_seconds);
	RUN(test_each_day_of_800_years_splits_and_joins);
	RUN(test_absurd_times_print_without_harm);
	RUN(test_fake_clock_moves_by_hand_only);
	RUN(test_real_clock_does_not_step_back);
	arena_free(arena);
	return tap_done();
}
