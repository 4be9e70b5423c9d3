/* SPDX-License-Identifier: Apache-2.0 */
#include "slice.h"

#include "cleanup.h"
#include "tap.h"

static void test_null_is_not_blank(void)
{
	CHECK(!slice_equal(SLICE_NULL, SLICE("")));
	CHECK(slice_equal(SLICE_NULL, SLICE_NULL));
	CHECK(slice_equal(SLICE(""), (struct slice){ "x", 0 }));
	CHECK(!slice_equal_nocase(SLICE_NULL, SLICE("")));
	CHECK(!slice_equal_text(SLICE_NULL, ""));
	CHECK(slice_equal_text(SLICE_NULL, NULL));
	CHECK(slice_is_null(slice_of(NULL)));
	CHECK(!slice_is_null(slice_of("")));
	CHECK(slice_is_empty(SLICE_NULL) && slice_is_empty(SLICE("")) && !slice_is_empty(SLICE(" ")));
}

static void test_equality_and_order_are_of_bytes(void)
{
	CHECK(slice_equal(SLICE("a\0b"), (struct slice){ "a\0b", 3 }));
	CHECK(!slice_equal(SLICE("a\0b"), SLICE("a\0c")));
	CHECK(!slice_equal(SLICE("ab"), SLICE("a")));
	CHECK(slice_compare(SLICE("a"), SLICE("b")) < 0);
	CHECK(slice_compare(SLICE("b"), SLICE("ab")) > 0);
	CHECK(slice_compare(SLICE("a"), SLICE("ab")) < 0);
	CHECK(slice_compare(SLICE("\x7f"), SLICE("\x80")) < 0);
	CHECK(slice_compare(SLICE("a"), SLICE("a")) == 0);
	CHECK(slice_compare(SLICE_NULL, SLICE("a")) < 0);
}

static void test_case_is_ascii_only(void)
{
	CHECK(slice_equal_nocase(SLICE("Retry-AFTER"), SLICE("retry-after")));
	CHECK(!slice_equal_nocase(SLICE("[@"), SLICE("{`")));
	CHECK(!slice_equal_nocase(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
	CHECK(!slice_equal_nocase(SLICE("a"), SLICE("ab")));
}

static void test_ends_and_blanks(void)
{
	CHECK(slice_starts(SLICE("https://x"), "https://"));
	CHECK(!slice_starts(SLICE("http"), "https"));
	CHECK(slice_starts(SLICE_NULL, ""));
	CHECK(slice_ends(SLICE("file.sql"), ".sql"));
	CHECK(!slice_ends(SLICE("sql"), ".sql"));
	CHECK(slice_ends(SLICE_NULL, ""));
	CHECK_SLICE(slice_trim(SLICE(" \t\r\n a b \v\f")), "a b");
	CHECK_SLICE(slice_trim(SLICE("   ")), "");
	CHECK(slice_is_null(slice_trim(SLICE_NULL)));
	CHECK_SLICE(slice_trim(SLICE("\xc2\xa0x")), "\xc2\xa0x");
}

static void test_parts_stay_within(void)
{
	CHECK_SLICE(slice_sub(SLICE("abcdef"), 2, 3), "cde");
	CHECK_SLICE(slice_sub(SLICE("abcdef"), 4, 30), "ef");
	CHECK_SLICE(slice_sub(SLICE("abcdef"), 40, SIZE_MAX), "");
	CHECK_SLICE(slice_sub(SLICE("abcdef"), 0, SIZE_MAX), "abcdef");
	CHECK(slice_is_null(slice_sub(SLICE_NULL, 1, 1)));
}

static void test_split_cuts_at_the_first(void)
{
	struct slice head, tail;

	CHECK(slice_split(SLICE("a=b=c"), '=', &head, &tail));
	CHECK_SLICE(head, "a");
	CHECK_SLICE(tail, "b=c");
	CHECK(slice_split(SLICE("a="), '=', &head, &tail));
	CHECK_SLICE(tail, "");
	CHECK(!slice_split(SLICE("abc"), '=', &head, &tail));
	CHECK_SLICE(head, "abc");
	CHECK(slice_is_null(tail));
	CHECK(!slice_split(SLICE_NULL, '=', &head, &tail));
	CHECK(slice_is_null(head));
	struct slice rest = SLICE("x,y,z");
	int n = 0;
	while (slice_split(rest, ',', &head, &rest)) /* tail may be s itself */
		n++;
	CHECK_INT(n, 2);
	CHECK_SLICE(head, "z");
}

static void test_utf8_is_what_unicode_says(void)
{
	static const char *const good[] = { "",
		                            "ascii",
		                            "\xc2\x80",
		                            "\xdf\xbf",
		                            "\xe0\xa0\x80",
		                            "\xed\x9f\xbf",
		                            "\xee\x80\x80",
		                            "\xef\xbf\xbf",
		                            "\xf0\x90\x80\x80",
		                            "\xf4\x8f\xbf\xbf" };
	static const char *const wrong[] = { "\x80",
		                             "\xbf",
		                             "\xc0\x80",
		                             "\xc1\xbf",
		                             "\xc2",
		                             "\xc2\x41",
		                             "\xe0\x9f\xbf",
		                             "\xe2\x82",
		                             "\xed\xa0\x80",
		                             "\xed\xbf\xbf",
		                             "\xf0\x8f\xbf\xbf",
		                             "\xf0\x9f\x98",
		                             "\xf4\x90\x80\x80",
		                             "\xf5\x80\x80\x80",
		                             "\xff",
		                             "ok\xfe",
		                             "\xf8\x88\x80\x80\x80" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(slice_is_utf8(slice_of(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!slice_is_utf8(slice_of(wrong[i])));
	CHECK(!slice_is_utf8((struct slice){ "a\0b", 3 }));
	CHECK(slice_is_utf8(SLICE_NULL));
}

int main(void)
{
	RUN(test_null_is_not_blank);
	RUN(test_equality_and_order_are_of_bytes);
	RUN(test_case_is_ascii_only);
	RUN(test_ends_and_blanks);
	RUN(test_parts_stay_within);
	RUN(test_split_cuts_at_the_first);
	RUN(test_utf8_is_what_unicode_says);
	return tap_done();
}
