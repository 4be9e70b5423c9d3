/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include "tap.h"

static void test_whole_numbers_within_bounds(void)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = { { "0", 0 },
		     { "-0", 0 },
		     { "7", 7 },
		     { "007", 7 },
		     { "-100", -100 },
		     { "9223372036854775807", INT64_MAX },
		     { "-9223372036854775808", INT64_MIN } };
	static const char *const wrong[] = { "",
		                             "-",
		                             "+1",
		                             " 1",
		                             "1 ",
		                             "1.0",
		                             "0x10",
		                             "12abc",
		                             "--1",
		                             "1e3",
		                             "9223372036854775808",
		                             "-9223372036854775809",
		                             "99999999999999999999999" };
	int64_t value = 0;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(parse_int64(slice_of(good[i].text), INT64_MIN, INT64_MAX, &value));
		CHECK_INT(value, good[i].value);
	}
	value = 55;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!parse_int64(slice_of(wrong[i]), INT64_MIN, INT64_MAX, &value));
	CHECK(!parse_int64(SLICE_NULL, INT64_MIN, INT64_MAX, &value));
	CHECK(!parse_int64((struct slice){ "1\0", 2 }, INT64_MIN, INT64_MAX, &value));
	CHECK_INT(value, 55);
}

static void test_bounds_belong_to_the_range(void)
{
	int64_t value;

	CHECK(parse_int64(SLICE("1"), 1, 100, &value));
	CHECK(parse_int64(SLICE("100"), 1, 100, &value));
	CHECK(!parse_int64(SLICE("0"), 1, 100, &value));
	CHECK(!parse_int64(SLICE("101"), 1, 100, &value));
	CHECK(!parse_int64(SLICE("-1"), 0, 100, &value));
}

static void test_reals_are_decimal_and_finite(void)
{
	static const char *const wrong[] = { "",       "-",   ".",    "e5",       "1e",    "1e999",
		                             "-1e999", "nan", "inf",  "infinity", "0x1p3", "1,5",
		                             " 1",     "1 ",  "1..2", "1-2",      "+1" };
	double value = 0;

	CHECK(parse_real(SLICE("-12.50"), &value) && value == -12.5);
	CHECK(parse_real(SLICE("1e3"), &value) && value == 1000);
	CHECK(parse_real(SLICE(".5"), &value) && value == 0.5);
	CHECK(parse_real(SLICE("0.1"), &value) && value == 0.1);
	value = 7;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!parse_real(slice_of(wrong[i]), &value));
	CHECK(!parse_real(SLICE_NULL, &value));
	CHECK(!parse_real((struct slice){ "1\0", 2 }, &value));
	CHECK(!parse_real((struct slice){ "\0"
	                                  "1",
	                                  2 },
	                  &value));
	CHECK(!parse_real((struct slice){ "1\0"
	                                  "2",
	                                  3 },
	                  &value));
	CHECK(value == 7);
}

static void test_truth_has_two_words(void)
{
	bool is = false;

	CHECK(parse_bool(SLICE("true"), &is) && is);
	CHECK(parse_bool(SLICE("false"), &is) && !is);
	CHECK(!parse_bool(SLICE("True"), &is));
	CHECK(!parse_bool(SLICE("yes"), &is));
	CHECK(!parse_bool(SLICE("1"), &is));
	CHECK(!parse_bool(SLICE(""), &is));
	CHECK(!parse_bool(SLICE_NULL, &is));
}

static void test_durations_need_a_unit(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "250ms", 250 },  { "90s", 90000 },   { "5m", 300000 },
		     { "2h", 7200000 }, { "1d", 86400000 }, { "0s", 0 } };
	static const char *const wrong[] = { "",   "90",   "s",    "-5s", "5 s",
		                             "5S", "5min", "1.5h", "5sm", "9223372036854775807d",
		                             "1w" };
	int64_t ms = 0;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(parse_duration(slice_of(good[i].text), &ms));
		CHECK_INT(ms, good[i].ms);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!parse_duration(slice_of(wrong[i]), &ms));
	CHECK(!parse_duration(SLICE_NULL, &ms));
}

static void test_percentages_lie_between_0_and_100(void)
{
	double part = 0;

	CHECK(parse_percent(SLICE("20%"), &part) && part == 0.2);
	CHECK(parse_percent(SLICE("0%"), &part) && part == 0);
	CHECK(parse_percent(SLICE("100%"), &part) && part == 1);
	CHECK(parse_percent(SLICE("2.5%"), &part) && part == 0.025);
	CHECK(!parse_percent(SLICE("101%"), &part));
	CHECK(!parse_percent(SLICE("-1%"), &part));
	CHECK(!parse_percent(SLICE("20"), &part));
	CHECK(!parse_percent(SLICE("%"), &part));
	CHECK(!parse_percent(SLICE("20 %"), &part));
	CHECK(!parse_percent(SLICE_NULL, &part));
}

static void test_exact_amounts_are_plain_decimals(void)
{
	static const char *const good[] = { "0", "12", "-12.50", "0.1", "9007199254740993.000000000000000001",
		                            ".5" };
	static const char *const wrong[] = { "",   "-",     ".",   "-.", "1.",  "1e3", "1,5",
		                             "+1", "1.2.3", "--1", "1-", "abc", " 1" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(is_decimal(slice_of(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!is_decimal(slice_of(wrong[i])));
	CHECK(!is_decimal(SLICE_NULL));
}

int main(void)
{
	RUN(test_whole_numbers_within_bounds);
	RUN(test_bounds_belong_to_the_range);
	RUN(test_reals_are_decimal_and_finite);
	RUN(test_truth_has_two_words);
	RUN(test_durations_need_a_unit);
	RUN(test_percentages_lie_between_0_and_100);
	RUN(test_exact_amounts_are_plain_decimals);
	return tap_done();
}
