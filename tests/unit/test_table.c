/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "follow.h"
#include "json.h"
#include "show.h"
#include "tap.h"

static struct buf text;

static const char *printed(const char *json, bool is_bold)
{
	CLEANUP(json_decref_p) json_t *answer = NULL;
	struct error err;

	if (!json_read(slice_of(json), &answer, &err)) {
		tap_fail(__FILE__, __LINE__, err.text);
		return "";
	}
	buf_reset(&text);
	answer_print(answer, is_bold, &text);
	return text.len ? text.data : "";
}

static const char *shown(struct slice of, size_t *ret_width)
{
	buf_reset(&text);
	*ret_width = show(&text, of);
	CHECK_INT((int64_t)show(NULL, of), (int64_t)*ret_width);
	return text.len ? text.data : "";
}

static void test_columns_are_as_wide_as_their_widest_cell(void)
{
	CHECK_TEXT(printed("{\"columns\":[{\"name\":\"c\",\"title\":\"CONNECTOR\"},{\"name\":\"n\",\"title\":"
	                   "\"N\"},{\"name\":\"s\",\"title\":\"STATE\"}],"
	                   "\"rows\":[{\"c\":\"sfa\",\"n\":7,\"s\":\"waits\"},{\"c\":\"marketing-"
	                   "automation\",\"n\":12345,\"s\":\"a\"}],\"notes\":[\"one held\"]}",
	                   false),
	           "CONNECTOR                 N  STATE\n"
	           "sfa                       7  waits\n"
	           "marketing-automation  12345  a\n"
	           "one held\n");
}

static void test_null_is_a_dash_and_keeps_numbers_right(void)
{
	CHECK_TEXT(printed("{\"columns\":[{\"name\":\"n\",\"title\":\"N\"},{\"name\":\"m\",\"title\":"
	                   "\"MIXED\"}],"
	                   "\"rows\":[{\"n\":100,\"m\":1},{\"n\":null,\"m\":\"x\"},{\"m\":null}]}",
	                   false),
	           "  N  MIXED\n100  1\n  -  x\n  -  -\n");
}

static void test_values_of_every_kind(void)
{
	CHECK_TEXT(printed("{\"columns\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"rows\":[{\"a\":true,\"b\":[1,"
	                   "\"x\"]},{\"a\":false,\"b\":{\"k\":1}},"
	                   "{\"a\":0.5,\"b\":3.0},{\"a\":-9223372036854775807,\"b\":\"\"}]}",
	                   false),
	           "a                     b\nyes                   1, x\nno                    "
	           "{\"k\":1}\n0.5                   3\n"
	           "-9223372036854775807  \n");
}

static void test_wide_and_combining_characters_are_measured(void)
{
	CHECK_TEXT(printed("{\"columns\":[{\"name\":\"a\",\"title\":\"A\"},{\"name\":\"b\",\"title\":\"B\"}],"
	                   "\"rows\":[{\"a\":\"王小明\",\"b\":\"x\"},{\"a\":\"e\\u0301e\\u0301\",\"b\":\"y\"}"
	                   ",{\"a\":\"Größe\",\"b\":\"z\"}]}",
	                   false),
	           "A       B\n王小明  x\ne\u0301e\u0301      y\nGröße   z\n");
}

static void test_escape_codes_become_visible(void)
{
	size_t width;

	CHECK_TEXT(shown(SLICE("a\x1b[31mred\x07\n"), &width), "a\\x1b[31mred\\x07\\n");
	CHECK_INT((int64_t)width, 18);
	CHECK_TEXT(shown(SLICE("a\u202eb\u200bc\xc2\x9b"
	                       "d"),
	                 &width),
	           "a\\u{202e}b\\u{200b}c\\x9bd");
	CHECK_TEXT(shown(SLICE("\xff\xc3"), &width), "\\xff\\xc3");
	CHECK_TEXT(shown(SLICE("a\0b"), &width), "a\\x00b");
	CHECK(!strchr(printed("{\"text\":[\"\\u001b]0;x\\u0007\"],\"notes\":[\"\\u001b[2J\"]}", false),
	              '\x1b'));
	CHECK(!strchr(printed("{\"columns\":[{\"name\":\"a\",\"title\":\"\\u001b[1m\"}],\"rows\":[{\"a\":{"
	                      "\"\\u001b\":1}}]}",
	                      false),
	              '\x1b'));
	CHECK(!strchr(printed("{\"\\u001b[1m\":1}", false), '\x1b'));
}

static void test_header_is_bold_on_request(void)
{
	CHECK_TEXT(printed("{\"columns\":[{\"name\":\"a\",\"title\":\"A\"}],\"rows\":[]}", true),
	           "\x1b[1mA\x1b[0m\n");
}

static void test_narrative_answers_are_lines(void)
{
	CHECK_TEXT(printed("{\"text\":[\"person p-1\",\"  linked by e-mail\"],\"id\":7,\"notes\":[\"n\"]}",
	                   false),
	           "person p-1\n  linked by e-mail\nn\n");
}

static void test_other_answers_are_members(void)
{
	CHECK_TEXT(printed("{\"version\":\"0.1\",\"schema\":1}", false), "version: 0.1\nschema: 1\n");
}

static void test_odd_answers_are_harmless(void)
{
	CHECK_TEXT(printed("{\"columns\":[],\"rows\":[{}]}", false), "\n\n");
	CHECK_TEXT(printed("{\"columns\":[1,{}],\"rows\":[1,null]}", false), "   \n-  -\n-  -\n");
	CHECK_TEXT(printed("{\"columns\":[{\"name\":\"a\"}]}", false), "a\n");
	CHECK_TEXT(printed("{\"columns\":1,\"text\":2}", false), "");
	CHECK_TEXT(printed("[1,2]", false), "1, 2\n");
}

static const char *drawn(const char *json)
{
	CLEANUP(json_decref_p) json_t *run = NULL;
	struct error err;

	CHECK(json_read(slice_of(json), &run, &err));
	buf_reset(&text);
	run_draw(run, &text);
	return text.data;
}

static void test_progress_with_and_without_a_total(void)
{
	CHECK_TEXT(
	        drawn("{\"state\":\"fetch\",\"records\":500,\"total\":2000,\"rate\":120.5,\"seconds\":4.2}"),
	        "[#######.......................]  25%  500/2,000 records  120/s  0:04  left 0:12  fetch");
	CHECK_TEXT(drawn("{\"state\":\"store\",\"records\":1234567,\"total\":null,\"rate\":9000,\"seconds\":"
	                 "3725}"),
	           "1,234,567 records  9,000/s  1:02:05  store");
	CHECK_TEXT(drawn("{\"state\":\"done\",\"records\":2100,\"total\":2000,\"rate\":1,\"seconds\":60}"),
	           "[##############################] 100%  2,100/2,000 records  1/s  1:00  done");
	CHECK_TEXT(drawn("{\"state\":\"\\u001b[1m\",\"records\":\"x\",\"rate\":1e300}"),
	           "0 records  0/s  0:00  \\x1b[1m");
}

static void test_end_of_a_run(void)
{
	static const struct {
		const char *json;
		bool is_over, is_good;
	} cases[] = {
		{ "{\"state\":\"done\"}", true, true },
		{ "{\"state\":\"failed\"}", true, false },
		{ "{\"state\":\"cancelled\"}", true, false },
		{ "{\"state\":\"fetch\"}", false, false },
		{ "{}", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(json_decref_p) json_t *run = NULL;
		struct error err;

		CHECK(json_read(slice_of(cases[i].json), &run, &err));
		CHECK(run_is_over(run) == cases[i].is_over);
		CHECK(run_is_good(run) == cases[i].is_good);
	}
}

int main(void)
{
	show_begin();
	buf_init(&text, 1 << 20);
	RUN(test_columns_are_as_wide_as_their_widest_cell);
	RUN(test_null_is_a_dash_and_keeps_numbers_right);
	RUN(test_values_of_every_kind);
	RUN(test_wide_and_combining_characters_are_measured);
	RUN(test_escape_codes_become_visible);
	RUN(test_header_is_bold_on_request);
	RUN(test_narrative_answers_are_lines);
	RUN(test_other_answers_are_members);
	RUN(test_odd_answers_are_harmless);
	RUN(test_progress_with_and_without_a_total);
	RUN(test_end_of_a_run);
	buf_done(&text);
	return tap_done();
}
