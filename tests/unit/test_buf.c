/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <jansson.h>

#include "tap.h"

static void test_content_grows_and_ends_with_nul(void)
{
	struct buf buf;

	buf_init(&buf, 1 << 20);
	CHECK_SLICE(buf_slice(&buf), "");
	for (int i = 0; i < 1000; i++)
		CHECK(buf_printf(&buf, "%03d,", i));
	CHECK_INT((int64_t)buf.len, 4000);
	CHECK(strlen(buf.data) == 4000);
	CHECK(memcmp(buf.data + 3996, "999,", 5) == 0);
	CHECK(!buf.full);
	buf_reset(&buf);
	CHECK_TEXT(buf.data, "");
	buf_done(&buf);
	buf_done(&buf);
}

static void test_nothing_passes_the_ceiling_and_it_is_told(void)
{
	struct buf buf;

	buf_init(&buf, 10);
	CHECK(buf_add_text(&buf, "0123456789"));
	CHECK(!buf.full);
	CHECK(!buf_add_char(&buf, 'x'));
	CHECK(buf.full);
	CHECK(!buf_printf(&buf, "%d", 1));
	CHECK(!buf_add_json_string(&buf, SLICE("")));
	CHECK(!buf_reserve(&buf, 1));
	CHECK_TEXT(buf.data, "0123456789");
	CHECK(buf_add(&buf, NULL, 0));
	buf_reset(&buf);
	CHECK(!buf.full);
	CHECK(buf_add_text(&buf, "ok"));
	buf_done(&buf);

	buf_init(&buf, 0);
	CHECK(!buf_add_char(&buf, 'x'));
	CHECK_SLICE(buf_slice(&buf), "");
	buf_done(&buf);
}

static void test_a_piece_that_does_not_fit_leaves_no_part_of_it(void)
{
	struct buf buf;

	buf_init(&buf, 10);
	CHECK(buf_add_text(&buf, "12345"));
	CHECK(!buf_add_text(&buf, "123456"));
	CHECK_TEXT(buf.data, "12345");
	CHECK(!buf_add_json_string(&buf, SLICE("a\nbc"))); /* 7 characters with quotes and escape */
	CHECK_TEXT(buf.data, "12345");
	CHECK(!buf_printf(&buf, "%s", "123456"));
	CHECK_TEXT(buf.data, "12345");
	buf_done(&buf);
}

static void test_json_strings_are_escaped(void)
{
	struct buf buf;

	buf_init(&buf, 1000);
	CHECK(buf_add_json_string(&buf, SLICE("say \"hi\"\\\n\r\t\b\f\x01\x7fm\xc3\xbcller")));
	CHECK_TEXT(buf.data, "\"say \\\"hi\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u007fm\xc3\xbcller\"");
	buf_reset(&buf);
	CHECK(buf_add_json_string(&buf, SLICE_NULL));
	CHECK(buf_add_json_string(&buf, SLICE("")));
	CHECK_TEXT(buf.data, "null\"\"");
	buf_done(&buf);
}

static void test_every_ascii_character_survives_json(void)
{
	char all[127];
	struct buf buf;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i + 1);
	buf_init(&buf, 1000);
	CHECK(buf_add_json_string(&buf, (struct slice){ all, sizeof(all) }));
	json_t *value = json_loadb(buf.data, buf.len, JSON_DECODE_ANY, NULL);
	CHECK_INT((int64_t)json_string_length(value), sizeof(all));
	CHECK(value && memcmp(json_string_value(value), all, sizeof(all)) == 0);
	json_decref(value);
	buf_done(&buf);
}

static void test_consume_drops_from_the_front(void)
{
	struct buf buf;

	buf_init(&buf, 100);
	buf_consume(&buf, 0);
	CHECK(buf_add_text(&buf, "line\nrest"));
	buf_consume(&buf, 5);
	CHECK_TEXT(buf.data, "rest");
	CHECK(buf_add_text(&buf, "!"));
	buf_consume(&buf, 5);
	CHECK_TEXT(buf.data, "");
	buf_done(&buf);
}

static void test_reserved_room_is_written_in_place(void)
{
	struct buf buf;

	buf_init(&buf, 1000);
	char *room = buf_reserve(&buf, 1000);
	CHECK(room != NULL);
	memset(room, 'x', 1000);
	buf.len += 1000;
	CHECK(!buf_reserve(&buf, 1));
	CHECK(buf.full);
	buf_done(&buf);
}

int main(void)
{
	RUN(test_content_grows_and_ends_with_nul);
	RUN(test_nothing_passes_the_ceiling_and_it_is_told);
	RUN(test_a_piece_that_does_not_fit_leaves_no_part_of_it);
	RUN(test_json_strings_are_escaped);
	RUN(test_every_ascii_character_survives_json);
	RUN(test_consume_drops_from_the_front);
	RUN(test_reserved_room_is_written_in_place);
	return tap_done();
}
