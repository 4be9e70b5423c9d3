/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include "tap.h"

static struct arena *arena;
static struct problems problems;
static struct node *root;

/* Problems of a text as "line:column: text" lines. */
static const char *read_bytes(struct slice text)
{
	const char *printed = "";

	problems = (struct problems){ .arena = arena };
	root = node_read(arena, text, "f", &problems);
	for (size_t i = 0; i < problems.n; i++)
		printed = arena_printf(arena, "%s%s%d:%d: %s", printed, i ? "\n" : "", problems.list[i].line,
		                       problems.list[i].column, problems.list[i].text);
	return printed;
}

static const char *read_text(const char *text)
{
	return read_bytes(slice_of(text));
}

static void test_tree_keeps_texts_and_places(void)
{
	const struct node *list;

	CHECK_TEXT(read_text("a: 1\nb:\n  - x\n  - 'y z'\n"), "");
	CHECK_INT(root->kind, NODE_MAP);
	CHECK_INT((int64_t)root->n, 2);
	CHECK_SLICE(node_member(root, SLICE("a"))->text, "1");
	CHECK_INT(node_member(root, SLICE("a"))->column, 4);
	list = node_member(root, SLICE("b"));
	CHECK_INT(list->kind, NODE_LIST);
	CHECK_INT(list->items[1]->line, 4);
	CHECK_SLICE(list->items[1]->text, "y z");
	CHECK(list->items[0]->is_plain && !list->items[1]->is_plain);
	CHECK(node_member(root, SLICE("c")) == NULL);
}

static void test_empty_file_is_an_empty_map(void)
{
	CHECK_TEXT(read_text("# only a comment\n"), "");
	CHECK(root && root->kind == NODE_MAP && root->n == 0);
	CHECK_TEXT(read_text(""), "");
	CHECK(root && root->n == 0);
}

static void test_columns_count_characters(void)
{
	CHECK_TEXT(read_text("name: {größe: 1, x: 2, x: 3}\n"),
	           "1:24: key \"x\" stands here for the second time; the first is at line 1");
}

static void test_byte_order_mark_and_crlf_are_fine(void)
{
	CHECK_TEXT(read_text("\xef\xbb\xbf"
	                     "a: 1\r\nb: 2\r\n"),
	           "");
	CHECK_SLICE(node_member(root, SLICE("a"))->text, "1");
	CHECK_INT(node_member(root, SLICE("b"))->line, 2);
}

static void test_scalars_stay_as_written(void)
{
	CHECK_TEXT(read_text("a: yes\nb: 010\nc: 1_000\nd: ~\ne:\nf: ''\n"), "");
	CHECK_SLICE(node_member(root, SLICE("a"))->text, "yes");
	CHECK_SLICE(node_member(root, SLICE("b"))->text, "010");
	CHECK(node_is_absent(node_member(root, SLICE("d"))));
	CHECK(node_is_absent(node_member(root, SLICE("e"))));
	CHECK(!node_is_absent(node_member(root, SLICE("f"))));
}

static void test_double_keys_are_all_told(void)
{
	CHECK_TEXT(read_text("a: 1\nb:\n  c: 1\n  c: 2\na: 2\na: 3\n"),
	           "4:3: key \"c\" stands here for the second time; the first is at line 3\n"
	           "5:1: key \"a\" stands here for the second time; the first is at line 1\n"
	           "6:1: key \"a\" stands here for the second time; the first is at line 1");
}

static void test_anchors_aliases_and_tags_are_refused_and_reading_goes_on(void)
{
	CHECK_TEXT(read_text("a: &x 1\nb: *x\nc: !!int 3\nd: {e: &y [1]}\n"),
	           "1:4: anchor \"&x\" is not allowed; write the value out\n"
	           "2:4: alias \"*x\" is not allowed; write the value out\n"
	           "3:4: tag \"tag:yaml.org,2002:int\" is not allowed\n"
	           "4:8: anchor \"&y\" is not allowed; write the value out");
	CHECK(root && node_member(root, SLICE("b"))->is_bad);
}

static void test_second_document_is_refused(void)
{
	CHECK_TEXT(read_text("a: 1\n---\nb: 2\n"), "2:1: a second document begins here; allowed: one");
	CHECK_TEXT(read_text("---\na: 1\n"), "");
}

static void test_depth_64_passes_and_65_does_not(void)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	(void)buf_add_text(&text, "a: ");
	for (int i = 0; i < 63; i++)
		(void)buf_add_char(&text, '[');
	for (int i = 0; i < 63; i++)
		(void)buf_add_char(&text, ']');
	CHECK_TEXT(read_bytes(buf_slice(&text)), "");
	buf_done(&text);

	buf_init(&text, 1 << 20);
	(void)buf_add_text(&text, "a: ");
	for (int i = 0; i < 100000; i++)
		(void)buf_add_char(&text, '[');
	CHECK_TEXT(read_bytes(buf_slice(&text)), "1:67: more than 64 levels deep");
	CHECK(root == NULL);
	buf_done(&text);
}

static void test_size_is_capped(void)
{
	char *text = malloc(NODE_FILE_MAX + 1);

	memset(text, '#', NODE_FILE_MAX + 1);
	CHECK_TEXT(read_bytes((struct slice){ text, NODE_FILE_MAX }), "");
	CHECK_TEXT(read_bytes((struct slice){ text, NODE_FILE_MAX + 1 }),
	           "1:1: the file is larger than 1048576 bytes");
	free(text);
}

static void test_bad_bytes_are_placed(void)
{
	CHECK_TEXT(read_text("a: 1\nb: \xff\xfe\n"), "2:4: byte 0xff is not UTF-8");
	CHECK_TEXT(read_text("a: ü\xc3"), "1:5: byte 0xc3 is not UTF-8");
	CHECK_TEXT(read_text("a: \xed\xa0\x80\n"), "1:4: byte 0xed is not UTF-8");
	CHECK_TEXT(read_text("a: x\x01y\n"), "1:5: control character 0x01 is not allowed");
	CHECK_TEXT(read_bytes((struct slice){ "a: 1\0b", 6 }), "1:5: control character 0x00 is not allowed");
}

static void test_utf16_is_not_taken_for_yaml(void)
{
	CHECK_TEXT(read_bytes((struct slice){ "\xff\xfe"
	                                      "a\0:\0",
	                                      6 }),
	           "1:1: byte 0xff is not UTF-8");
}

static void test_tabs_are_named(void)
{
	CHECK_TEXT(read_text("a:\n\tb: 1\n"), "2:1: a tab indents this line; allowed: spaces");
	CHECK_TEXT(read_text("a:\n  b: 1\n \tc: 2\n"), "3:2: a tab indents this line; allowed: spaces");
}

static void test_syntax_is_said_in_plain_words(void)
{
	CHECK_TEXT(read_text("a: 1\nb: 2: 3\n"),
	           "2:5: a \":\" is not expected here; check the indentation, or put the value in quotes");
	CHECK_TEXT(read_text("a: [1, 2\nb: 3\n"), "2:2: expected \",\" or \"]\" (it began at line 1)");
	CHECK_TEXT(read_text("a: \"half of it\nb: 2\n"),
	           "3:1: the file ends inside a quoted text (it began at line 1)");
	CHECK_TEXT(read_text("a: @home\n"), "1:4: a value cannot begin with \"@\"; put it in quotes");
	CHECK_TEXT(read_text("a: 1\n  b: 2\n"),
	           "2:4: a \":\" is not expected here; check the indentation, or put the value in quotes");
}

static void test_keys_are_words(void)
{
	CHECK_TEXT(read_text("? [a, b]\n: 1\nc: 2\n"), "1:3: a key must be a word");
	CHECK_TEXT(read_text("'': 1\n"), "1:1: a key must be a word");
}

static void test_many_keys_are_quick(void)
{
	struct buf text;

	buf_init(&text, NODE_FILE_MAX);
	for (int i = 0; i < 60000; i++)
		(void)buf_printf(&text, "k%d: %d\n", i, i);
	CHECK(!text.full);
	CHECK_TEXT(read_bytes(buf_slice(&text)), "");
	CHECK_INT((int64_t)root->n, 60000);
	buf_done(&text);
}

static void test_problems_of_a_bad_file_are_bounded(void)
{
	struct buf text;

	buf_init(&text, NODE_FILE_MAX);
	for (int i = 0; i < 20000; i++)
		(void)buf_printf(&text, "same: %d\n", i);
	(void)read_bytes(buf_slice(&text));
	CHECK_INT((int64_t)problems.n, 1001);
	CHECK_TEXT(problems.list[1000].text, "more problems than the first 1000 follow; correct these first");
	buf_done(&text);
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_tree_keeps_texts_and_places);
	RUN(test_empty_file_is_an_empty_map);
	RUN(test_columns_count_characters);
	RUN(test_byte_order_mark_and_crlf_are_fine);
	RUN(test_scalars_stay_as_written);
	RUN(test_double_keys_are_all_told);
	RUN(test_anchors_aliases_and_tags_are_refused_and_reading_goes_on);
	RUN(test_second_document_is_refused);
	RUN(test_depth_64_passes_and_65_does_not);
	RUN(test_size_is_capped);
	RUN(test_bad_bytes_are_placed);
	RUN(test_utf16_is_not_taken_for_yaml);
	RUN(test_tabs_are_named);
	RUN(test_syntax_is_said_in_plain_words);
	RUN(test_keys_are_words);
	RUN(test_many_keys_are_quick);
	RUN(test_problems_of_a_bad_file_are_bounded);
	arena_free(arena);
	return tap_done();
}
