/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdlib.h>

#include "alloc.h"
#include "buf.h"
#include "tap.h"

static struct arena *arena;
static struct error err;

static const char *const results[] = { "results", NULL };
static const char *const top[] = { NULL };

static size_t split(const char *text, const char *const *path, struct slice **items, struct slice *rest)
{
	size_t count = SIZE_MAX;

	arena_reset(arena);
	err = (struct error){ 0 };
	return json_split(arena, slice_of(text), path, items, &count, rest, &err) ? count : SIZE_MAX;
}

static void test_split_gives_items_as_they_stand(void)
{
	struct slice *items, rest;
	size_t n = split("{\"total\": 3, \"results\" : [ {\"a\":\"],[\"} ,\n[1, 2],\"x\\\"]\" ], "
	                 "\"paging\":{\"after\":\"7\"}}",
	                 results, &items, &rest);

	CHECK_INT((int64_t)n, 3);
	if (n != 3)
		return;
	CHECK_SLICE(items[0], "{\"a\":\"],[\"}");
	CHECK_SLICE(items[1], "[1, 2]");
	CHECK_SLICE(items[2], "\"x\\\"]\"");
	CHECK_SLICE(rest, "{\"total\": 3, \"results\" : [], \"paging\":{\"after\":\"7\"}}");
}

static void test_split_follows_a_path_and_passes_over_look_alikes(void)
{
	static const char *const path[] = { "result", "records", NULL };
	struct slice *items, rest;
	size_t n = split("{\"a\":\"\\\"result\\\":[1]\",\"b\":{\"result\":[1]},\"result\":{\"x\":[9],"
	                 "\"records\":[1,2]},\"z\":[3]}",
	                 path, &items, &rest);

	CHECK_INT((int64_t)n, 2);
	CHECK_SLICE(rest, "{\"a\":\"\\\"result\\\":[1]\",\"b\":{\"result\":[1]},\"result\":{\"x\":[9],"
	                  "\"records\":[]},\"z\":[3]}");
}

static void test_split_of_top_value_and_of_none(void)
{
	struct slice *items, rest;

	CHECK_INT((int64_t)split(" [1,2,3] ", top, &items, &rest), 3);
	CHECK_SLICE(rest, " [] ");
	CHECK_INT((int64_t)split("\xef\xbb\xbf[ ]", top, &items, &rest), 0);
	CHECK_SLICE(rest, "[]");
	CHECK_INT((int64_t)split("{\"results\":[]}", results, &items, NULL), 0);
}

static void test_split_keeps_escaped_quotes_and_backslashes_apart(void)
{
	struct slice *items;

	CHECK_INT((int64_t)split("[\"a\\\\\",\"b\\\\\\\"],[\",\"\\\\\\\\\"]", top, &items, NULL), 3);
	CHECK_SLICE(items[1], "\"b\\\\\\\"],[\"");
}

static void test_split_refuses_what_is_no_page(void)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "no \"results\"" },
		{ "<html>", "no \"results\"" },
		{ "{}", "no \"results\"" },
		{ "{\"result\":[]}", "no \"results\"" },
		{ "{\"results\":null}", "not an array" },
		{ "{\"results\":{\"a\":[]}}", "not an array" },
		{ "{\"results\"", "no \"results\"" },
		{ "{\"results\":", "not an array" },
		{ "{\"results\":[", "cut off" },
		{ "{\"results\":[1,2", "cut off" },
		{ "{\"results\":[\"1,2]}", "cut off" },
		{ "{\"results\":[1]", "cut off or no JSON behind" },
		{ "{\"results\":[{\"a\":[1},2]}",
		  "cut off" }, /* a bracket that is never closed takes its neighbours along */
		{ "{\"results\":[1],", "cut off or no JSON behind" },
		{ "{\"results\":[1],\"a\":{}", "cut off or no JSON behind" },
		{ "{\"results\":[1]}}", "cut off or no JSON behind" },
		{ "{\"results\":[1]} x", "cut off or no JSON behind" },
		{ "{\"results\":[1]]}", "cut off or no JSON behind" },
	};
	struct slice *items, rest;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_INT((int64_t)split(cases[i].text, results, &items, &rest), -1);
		CHECK(strstr(err.text, cases[i].words));
		CHECK_INT(err.kind, ERROR_TRANSIENT);
	}
	size_t n;
	CHECK(!json_split(arena, SLICE_NULL, top, &items, &n, NULL, &err));
}

static void test_every_cut_of_a_page_is_refused_without_reading_past_it(void)
{
	static const char page[] = "{\"n\":{\"x\":[1,{}]},\"results\":[{\"a\":\"\\\\\\\"]\"},[[]],-1e5],"
	                           "\"paging\":{\"next\":\"y\"}}";
	struct slice *items, rest;
	size_t n;

	for (size_t len = 0; len < sizeof(page) - 1; len++) {
		char *copy = memcpy(alloc_zeroed(len + !len, 1), page, len); /* so that ASan sees the end */

		CHECK(!json_split(arena, (struct slice){ copy, len }, results, &items, &n, &rest, &err));
		json_t *tree = NULL;
		CHECK(!json_read((struct slice){ copy, len }, &tree, &err));
		CHECK(!json_item(arena, (struct slice){ copy, len }, &tree, &err));
		free(copy);
	}
	CHECK(json_split(arena, slice_of(page), results, &items, &n, &rest, &err));
	CHECK_INT((int64_t)n, 3);
}

static const char *deep(size_t depth)
{
	char *text = arena_alloc(arena, 2 * depth + 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return text;
}

static bool item_reads(struct slice item)
{
	json_t *tree = NULL;
	bool is = json_item(arena, item, &tree, &err);

	CHECK(is == (tree != NULL));
	CHECK(is || err.kind == ERROR_RECORD);
	json_decref(tree);
	return is;
}

/* The page of three with the item at one place: its neighbours must read, it must as told. */
static void check_poisoned_page(const char *poison, bool reads)
{
	for (size_t place = 0; place < 3; place++) {
		struct slice *items, rest;
		size_t n = 0;
		const char *page = arena_printf(
		        arena, "{\"results\":[%s,%s,%s],\"more\":true}", place == 0 ? poison : "{\"id\":1}",
		        place == 1 ? poison : "{\"id\":2}", place == 2 ? poison : "{\"id\":\"3\"}");

		CHECK(json_split(arena, slice_of(page), results, &items, &n, &rest, &err));
		CHECK_INT((int64_t)n, 3);
		for (size_t i = 0; i < n; i++)
			CHECK_INT(item_reads(items[i]), i == place ? reads : true);
		if (n == 3)
			CHECK(slice_equal_text(items[place], poison));
		CHECK_SLICE(rest, "{\"results\":[],\"more\":true}");
	}
}

static void test_one_poisoned_item_does_not_stop_its_page(void)
{
	arena_reset(arena);
	check_poisoned_page("{\"a\":\"x\\u0000y\"}", true);
	check_poisoned_page("{\"a\":\"\\ud800\"}", true);
	check_poisoned_page("{\"a\":\"\\udc00 \\uD83D\\uDE00\"}", true);
	check_poisoned_page("{\"a\":123456789012345678901234567890}", true);
	check_poisoned_page("{\"a\":1e999}", true);
	check_poisoned_page("\xef\xbb\xbf{\"a\":1}", true);
	check_poisoned_page("{\"a\":1,\"a\":2}", false);
	check_poisoned_page("{\"a\":\"\xef\xbb\xbf\"}", true);
	check_poisoned_page("{\xef\xbb\xbf\"a\":1}", false);
	check_poisoned_page("{\"a\":\"\xff\xfe\"}", false);
	check_poisoned_page("{\"a\":\"\xed\xa0\x80\"}", false);
	check_poisoned_page("{\"a\":\"\xc0\x80\"}", false);
	check_poisoned_page("{\"a\":01}", false);
	check_poisoned_page("{\"a\":\"\x01\"}", false);
	check_poisoned_page("{\"a\":1]}", false);
	check_poisoned_page("{\"a\":1}}", false);
	check_poisoned_page("{\"a\":1} {\"b\":2}", false);
	check_poisoned_page("nonsense", false);
	check_poisoned_page("", false);
	check_poisoned_page(deep(10000), false);
	check_poisoned_page(deep(JSON_DEPTH_MAX), true);
}

static void test_depth_is_limited_before_jansson_sees_it(void)
{
	json_t *tree = NULL;

	CHECK(json_read(slice_of(deep(JSON_DEPTH_MAX)), &tree, &err));
	json_decref(tree);
	CHECK(!json_read(slice_of(deep(JSON_DEPTH_MAX + 1)), &tree, &err));
	CHECK_TEXT(err.text, "cannot read JSON: nested 65 deep, allowed is 64");
	CHECK(!json_read(slice_of(deep(1000000)), &tree, &err));
	CHECK(!item_reads(slice_of(deep(JSON_DEPTH_MAX + 1))));
	/* Brackets in strings are no depth, and neither are neighbours. */
	CHECK(item_reads(slice_of(arena_printf(arena, "[\"%s\"]", deep(100)))));
	CHECK(item_reads(SLICE("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],["
	                       "],[],[],[],[],[],[],[],[],"
	                       "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]"
	                       ",[],[],[],[],[],[],[],[]]")));
}

static void check_item_text(const char *item, const char *want)
{
	CLEANUP(json_decref_p) json_t *tree = NULL;

	CHECK(json_item(arena, slice_of(item), &tree, &err));
	CHECK_SLICE(json_text(tree, "a"), want);
}

static void test_numbers_keep_their_digits(void)
{
	static const char *const numbers[] = {
		"0.1",        "9007199254740993",
		"1234567.89", "-0",
		"0",          "1E+05",
		"-12.50",     "123456789012345678901234567890",
		"1e999",      "0.10000000000000001",
		"1.0",        "-1e-7",
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		check_item_text(arena_printf(arena, "{\"b\":[1,2.5],\"a\":%s}", numbers[i]), numbers[i]);
		check_item_text(arena_printf(arena, "{\"a\": %s ,\"b\":\"\\\"1\\\"\"}", numbers[i]),
		                numbers[i]);
	}
	check_item_text("{\"a\":\"0.1\"}", "0.1");
	check_item_text("{\"1\":2,\"a\":\"say \\\"1\\\", 2\"}", "say \"1\", 2");
}

static void test_what_is_no_number_is_refused_although_numbers_are_quoted(void)
{
	static const char *const wrong[] = {
		"{\"a\":01}",        "{\"a\":1.}",  "{\"a\":.5}",  "{\"a\":+1}",   "{\"a\":1e}",
		"{\"a\":--1}",       "{\"a\":-}",   "{\"a\":1 2}", "{\"a\":0x10}", "{\"a\":1a}",
		"{1:\"a\"}",         "{1 :\"a\"}",  "{\"a\"1:2}",  "[1\"\"]",      "{\"a\":tr1ue}",
		"{\"a\":-Infinity}", "{\"a\":NaN}", "1-1",         "{\"a\":1,}",   "{\"a\" 1}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(!item_reads(slice_of(wrong[i])));
		CHECK(!slice_is_empty(slice_of(err.text)));
	}
	CHECK(item_reads(SLICE("17")));
	CHECK(item_reads(SLICE(" null ")));
}

static void test_nul_is_dropped_and_lone_surrogates_become_the_replacement_character(void)
{
	check_item_text("{\"a\":\"x\\u0000y\"}", "xy");
	check_item_text("{\"a\":\"\\u0000\"}", "");
	check_item_text("{\"a\":\"\\ud800\"}", "\xef\xbf\xbd");
	check_item_text("{\"a\":\"\\udfffz\"}", "\xef\xbf\xbdz");
	check_item_text("{\"a\":\"\\uD83D\\uDE00\"}", "\xf0\x9f\x98\x80");
	check_item_text("{\"a\":\"\\uD83D\\uD83D\\uDE00\"}", "\xef\xbf\xbd\xf0\x9f\x98\x80");
	check_item_text("{\"a\":\"\\uD83D\\u0000\\uDE00\"}", "\xef\xbf\xbd\xef\xbf\xbd");
	check_item_text("{\"a\":\"\\uD83D\\u0041\"}", "\xef\xbf\xbd"
	                                              "A");
	check_item_text("{\"a\":\"\\uD83Dn\\\\u0000\"}", "\xef\xbf\xbdn\\u0000");
	check_item_text("{\"a\":\"\\\\u0000\"}", "\\u0000");
	check_item_text("{\"a\":\"\\\\\\u0000\\\"\"}", "\\\"");
	check_item_text("{\"a\\u0000\":\"key\"}", "key");
	CHECK(!item_reads(SLICE("{\"a\\u0000\":\"1\",\"a\":\"2\"}")));
	CHECK(!item_reads(SLICE("{\"a\":\"\\u00\"}")));
	CHECK(!item_reads(SLICE("{\"a\":\"\\u0000\\u00g0\"}")));
	CHECK(!item_reads(SLICE("{\"a\":\"\\ud800\\u")));
}

static void test_read_is_strict_and_never_quotes_the_document(void)
{
	static const char *const wrong[] = { "",
		                             "  ",
		                             "{\"token\":\"hush\",\"token\":\"hush\"}",
		                             "{\"token\":hush}",
		                             "{\"token\":\"hush\\u0000\"}",
		                             "{\"token\":\"hush\\ud800\"}",
		                             "{\"hush\":99999999999999999999}",
		                             "\"hush",
		                             "hush",
		                             "{\"hush\":1}x",
		                             "{\"hush\":\"\xff\"}" };
	json_t *tree = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(!json_read(slice_of(wrong[i]), &tree, &err));
		CHECK_INT(err.kind, ERROR_TRANSIENT);
		CHECK(!strstr(err.text, "hush"));
		CHECK(!json_item(arena, slice_of(wrong[i]), &tree, &err) ||
		      (json_decref(tree), strpbrk(wrong[i], "\\9")));
		CHECK(!strstr(err.text, "hush"));
	}
	CHECK(json_read(SLICE("\xef\xbb\xbf{\"n\":17}"), &tree, &err));
	CHECK_INT(json_integer_value(json_object_get(tree, "n")), 17);
	json_decref(tree);
	CHECK(!json_read(SLICE("{}\0{"), &tree, &err));
	CHECK(!json_item(arena, SLICE("17\0"), &tree, &err));
	CHECK(!json_read(SLICE_NULL, &tree, &err));
	CHECK(!json_item(arena, SLICE_NULL, &tree, &err));
}

static void test_text_tells_blank_from_unknown(void)
{
	CLEANUP(json_decref_p) json_t *tree = NULL;

	CHECK(json_item(arena,
	                SLICE("{\"s\":\"x\",\"n\":null,\"t\":true,\"f\":false,\"i\":7,\"o\":{},\"l\":[1],"
	                      "\"e\":\"\"}"),
	                &tree, &err));
	CHECK_SLICE(json_text(tree, "s"), "x");
	CHECK_SLICE(json_text(tree, "n"), "");
	CHECK_SLICE(json_text(tree, "e"), "");
	CHECK_SLICE(json_text(tree, "t"), "true");
	CHECK_SLICE(json_text(tree, "f"), "false");
	CHECK_SLICE(json_text(tree, "i"), "7");
	CHECK(slice_is_null(json_text(tree, "o")));
	CHECK(slice_is_null(json_text(tree, "l")));
	CHECK(slice_is_null(json_text(tree, "missing")));
	CHECK(slice_is_null(json_text(NULL, "s")));
	CHECK(slice_is_null(json_text(json_object_get(tree, "l"), "s")));
}

static void test_path_goes_through_objects_only(void)
{
	CLEANUP(json_decref_p) json_t *tree = NULL;

	CHECK(json_read(
	        SLICE("{\"paging\":{\"next\":{\"after\":\"a1\"}},\"l\":[{\"x\":1}],\"\":{\"\":\"e\"}}"),
	        &tree, &err));
	CHECK_SLICE(json_scalar(json_path(tree, "paging.next.after")), "a1");
	CHECK(json_path(tree, "paging") != NULL);
	CHECK(!json_path(tree, "paging.next.before"));
	CHECK(!json_path(tree, "paging.next.after.x"));
	CHECK(!json_path(tree, "l.x"));
	CHECK(!json_path(NULL, "l"));
	CHECK_SLICE(json_scalar(json_path(tree, ".")), "e");
}

/* Any bytes: no crash, and what the splitter cuts always lies inside. */
static void test_random_pages_are_read_without_harm(void)
{
	static const char *const bits[] = {
		"{",   "}",       "[",       "]",     ",", ":",    "\"",   "\\",     "\"results\":[",
		"1.5", "\\u0000", "\\ud800", "\"a\"", " ", "\xff", "true", "\"b\":", "-",
		"e",   "\\\""
	};
	uint32_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		struct slice *items = NULL, rest;
		struct buf text;
		size_t n = 0;

		arena_reset(arena);
		buf_init(&text, 1000);
		buf_add_text(&text, round % 2 ? "{\"results\":[" : "[");
		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525u + 1013904223u;
			buf_add_text(&text, bits[(seed >> 16) % ARRAY_SIZE(bits)]);
		}
		buf_add_text(&text, round % 2 ? "]}" : "]");
		char *copy = memcpy(alloc_zeroed(text.len, 1), text.data, text.len);
		struct slice page = { copy, text.len };
		bool is_page = json_split(arena, page, round % 2 ? results : top, &items, &n, &rest, &err);
		json_t *tree = NULL;
		if (json_read(page, &tree, &err)) {
			json_decref(tree);
			CHECK(is_page); /* what JSON is, splits */
		}
		for (size_t i = 0; is_page && i < n; i++) {
			CHECK(items[i].data >= copy && items[i].data + items[i].len <= copy + page.len);
			if (json_item(arena, items[i], &tree, &err))
				json_decref(tree);
		}
		free(copy);
		buf_done(&text);
	}
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_split_gives_items_as_they_stand);
	RUN(test_split_follows_a_path_and_passes_over_look_alikes);
	RUN(test_split_of_top_value_and_of_none);
	RUN(test_split_keeps_escaped_quotes_and_backslashes_apart);
	RUN(test_split_refuses_what_is_no_page);
	RUN(test_every_cut_of_a_page_is_refused_without_reading_past_it);
	RUN(test_one_poisoned_item_does_not_stop_its_page);
	RUN(test_depth_is_limited_before_jansson_sees_it);
	RUN(test_numbers_keep_their_digits);
	RUN(test_what_is_no_number_is_refused_although_numbers_are_quoted);
	RUN(test_nul_is_dropped_and_lone_surrogates_become_the_replacement_character);
	RUN(test_read_is_strict_and_never_quotes_the_document);
	RUN(test_text_tells_blank_from_unknown);
	RUN(test_path_goes_through_objects_only);
	RUN(test_random_pages_are_read_without_harm);
	arena_free(arena);
	return tap_done();
}
