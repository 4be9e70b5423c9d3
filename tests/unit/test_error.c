/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include "slice.h"
#include "tap.h"

static void test_fail_fills_everything_and_is_false(void)
{
	struct error err = { ERROR_THROTTLED, 30, "before" };

	CHECK(!fail(&err, ERROR_RECORD, "email of %d is not a string", 17));
	CHECK_INT(err.kind, ERROR_RECORD);
	CHECK_INT(err.retry_after_s, 0);
	CHECK_TEXT(err.text, "email of 17 is not a string");
}

static void test_context_goes_before_and_keeps_the_kind(void)
{
	struct error err;

	(void)fail(&err, ERROR_THROTTLED, "answer 429");
	err.retry_after_s = 30;
	CHECK(!fail_in(&err, "contact %s", "17"));
	CHECK(!fail_in(&err, "page %d", 3));
	CHECK_TEXT(err.text, "page 3: contact 17: answer 429");
	CHECK_INT(err.kind, ERROR_THROTTLED);
	CHECK_INT(err.retry_after_s, 30);
}

static void test_long_text_is_cut_and_stays_utf8(void)
{
	for (size_t shift = 0; shift < 4; shift++) {
		char text[2000];
		struct error err;

		memset(text, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x98\x80", 5);
		(void)fail(&err, ERROR_RECORD, "%s", text);
		CHECK(strlen(err.text) < ERROR_TEXT_SIZE);
		CHECK(strlen(err.text) > ERROR_TEXT_SIZE - 6);
		CHECK(slice_is_utf8(slice_of(err.text)));
		CHECK(strncmp(err.text, text, strlen(err.text)) == 0);
		CHECK(!fail_in(&err, "%s", text));
		CHECK(slice_is_utf8(slice_of(err.text)));
	}
}

static void test_context_of_a_long_text_is_not_lost(void)
{
	char text[1000];
	struct error err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)fail(&err, ERROR_RECORD, "%s", text);
	CHECK(!fail_in(&err, "contact 17"));
	CHECK(strncmp(err.text, "contact 17: xxx", 15) == 0);
	CHECK_INT((int64_t)strlen(err.text), ERROR_TEXT_SIZE - 1);
	(void)fail(&err, ERROR_RECORD, "the cause");
	CHECK(!fail_in(&err, "%s", text));
	CHECK(strstr(err.text, ": the cause"));
}

static void test_bytes_that_are_no_utf8_are_masked(void)
{
	struct error err;

	(void)fail(&err, ERROR_RECORD, "\"\xff\xfe\" is wrong");
	CHECK_TEXT(err.text, "\"??\" is wrong");
	(void)fail(&err, ERROR_RECORD, "\xc3");
	CHECK_TEXT(err.text, "");
	(void)fail(&err, ERROR_RECORD, "\x80\x80\x80\x80\x80");
	CHECK_TEXT(err.text, "?????");
	(void)fail(&err, ERROR_RECORD, "m\xc3\xbcller");
	CHECK_TEXT(err.text, "m\xc3\xbcller");
	(void)fail(&err, ERROR_RECORD, "m\xc3\xbc");
	CHECK_TEXT(err.text, "m\xc3\xbc");
	(void)fail(&err, ERROR_RECORD, "%s", "");
	CHECK_TEXT(err.text, "");
}

static void test_kinds_have_names(void)
{
	CHECK_TEXT(error_kind_name(ERROR_TOO_LARGE), "too_large");
	CHECK_TEXT(error_kind_name(ERROR_CONFIG), "config");
	CHECK_TEXT(error_kind_name((enum error_kind)99), "unknown");
}

int main(void)
{
	RUN(test_fail_fills_everything_and_is_false);
	RUN(test_context_goes_before_and_keeps_the_kind);
	RUN(test_long_text_is_cut_and_stays_utf8);
	RUN(test_context_of_a_long_text_is_not_lost);
	RUN(test_bytes_that_are_no_utf8_are_masked);
	RUN(test_kinds_have_names);
	return tap_done();
}
