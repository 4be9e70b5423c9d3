/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include <yaml.h>

#include "text.h"
#include "wording.h"

/* libyaml's words for what people do wrong, in plain ones. */
static const struct {
	const char *theirs, *ours;
} plain_words[] = {
	{ "mapping values are not allowed in this context",
	  "a \":\" is not expected here; check the indentation, or put the value in quotes" },
	{ "did not find expected key", "expected a key; check the indentation and the quotes" },
	{ "could not find expected ':'", "expected \":\" behind the key" },
	{ "found unexpected end of stream", "the file ends inside a quoted text" },
	{ "did not find expected ',' or ']'", "expected \",\" or \"]\"" },
	{ "did not find expected ',' or '}'", "expected \",\" or \"}\"" },
	{ "did not find expected '-' indicator",
	  "expected \"-\", the next item of the list; check the indentation" },
	{ "block sequence entries are not allowed in this context",
	  "a list is not expected here; check the indentation" },
	{ "block mapping entries are not allowed in this context",
	  "a key is not expected here; check the indentation" },
	{ "did not find expected node content", "expected a value" },
	{ "found unknown escape character", "unknown escape in a quoted text; write \\\\ for a backslash" },
	{ "did not find expected <document start>",
	  "this is not YAML; allowed: lines of the form \"key: value\"" },
	{ "control characters are not allowed", "a control character is not allowed" },
};

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one; zeroed: none */
	struct arena *arena;
	struct slice document;
	const char *file;
	struct problems *problems;
};

static const char *in_plain_words(const char *theirs)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain_words); i++)
		if (theirs && strcmp(plain_words[i].theirs, theirs) == 0)
			return plain_words[i].ours;
	return theirs ? theirs : "could not be read";
}

static void complain_of_start(const struct reader *reader, const yaml_mark_t *mark)
{
	struct slice rest = slice_sub(reader->document, mark->index, 4);

	rest.len = character_length(rest);
	problems_add(reader->problems, reader->file, (int)mark->line + 1, (int)mark->column + 1,
	             "a value cannot begin with %s; put it in quotes", text_print(reader->arena, rest));
}

static void complain_of_syntax(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const yaml_mark_t *mark = &parser->problem_mark;
	int line = (int)mark->line + 1, column = (int)mark->column + 1;
	int tab = text_indenting_tab(reader->document, mark->line);

	if (parser->error == YAML_READER_ERROR)
		text_place(reader->document, parser->problem_offset, &line, &column);
	if (tab)
		problems_add(reader->problems, reader->file, line, tab,
		             "a tab indents this line; allowed: spaces");
	else if (parser->problem &&
	         strcmp(parser->problem, "found character that cannot start any token") == 0)
		complain_of_start(reader, mark);
	else if (parser->context && parser->context_mark.line + 1 < (size_t)line)
		problems_add(reader->problems, reader->file, line, column, "%s (it began at line %zu)",
		             in_plain_words(parser->problem), parser->context_mark.line + 1);
	else
		problems_add(reader->problems, reader->file, line, column, "%s",
		             in_plain_words(parser->problem));
}

static bool reader_next(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event))
		return true;
	complain_of_syntax(reader);
	return false;
}

static void PRINTF(2, 3) complain_here(const struct reader *reader, const char *fmt, ...)
{
	const yaml_mark_t *mark = &reader->event.start_mark;
	va_list args;

	va_start(args, fmt);
	problems_add(reader->problems, reader->file, (int)mark->line + 1, (int)mark->column + 1, "%s",
	             arena_vprintf(reader->arena, fmt, args));
	va_end(args);
}

static struct node *node_here(const struct reader *reader, enum node_kind kind)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));

	node->kind = kind;
	node->line = (int)reader->event.start_mark.line + 1;
	node->column = (int)reader->event.start_mark.column + 1;
	return node;
}

static void refuse_extras(const struct reader *reader, struct node *node, const void *anchor, const void *tag)
{
	if (anchor)
		complain_here(reader, "anchor \"&%s\" is not allowed; write the value out",
		              (const char *)anchor);
	if (tag)
		complain_here(reader, "tag \"%s\" is not allowed", (const char *)tag);
	node->is_bad = anchor || tag;
}

/* Room for one more in an array that doubles: grows when n is a power of two. */
static void *grow_by_one(struct arena *arena, void *array, size_t n, size_t size)
{
	if (n && (n & (n - 1)))
		return array;
	return arena_grow(arena, array, n, n ? 2 * n : 1, size);
}

static struct node *read_node(struct reader *reader, int depth);

static struct node *read_scalar(struct reader *reader)
{
	struct node *node = node_here(reader, NODE_SCALAR);
	const char *text = (const char *)reader->event.data.scalar.value;

	node->text = arena_slice(reader->arena, (struct slice){ text, reader->event.data.scalar.length });
	node->is_plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	refuse_extras(reader, node, reader->event.data.scalar.anchor, reader->event.data.scalar.tag);
	return node;
}

static struct node *read_alias(struct reader *reader)
{
	struct node *node = node_here(reader, NODE_SCALAR);

	complain_here(reader, "alias \"*%s\" is not allowed; write the value out",
	              reader->event.data.alias.anchor);
	node->text = SLICE("");
	node->is_bad = true;
	return node;
}

static struct node *read_list(struct reader *reader, int depth)
{
	struct node *node = node_here(reader, NODE_LIST);

	refuse_extras(reader, node, reader->event.data.sequence_start.anchor,
	              reader->event.data.sequence_start.tag);
	while (reader_next(reader)) {
		struct node *item;

		if (reader->event.type == YAML_SEQUENCE_END_EVENT)
			return node;
		item = read_node(reader, depth + 1);
		if (!item)
			return NULL;
		node->items = grow_by_one(reader->arena, node->items, node->n, sizeof(*node->items));
		node->items[node->n++] = item;
	}
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	int order = slice_compare(left->key->text, right->key->text);

	if (order)
		return order;
	return left->key->line != right->key->line ? left->key->line - right->key->line
	                                           : left->key->column - right->key->column;
}

/* Sorted, because a file of a megabyte may hold 200,000 keys. */
static void refuse_doubles(const struct reader *reader, const struct node *map)
{
	struct pair *sorted;
	const struct pair *first;

	if (map->n < 2)
		return;
	sorted = arena_grow(reader->arena, map->pairs, map->n, map->n, sizeof(*sorted));
	qsort(sorted, map->n, sizeof(*sorted), compare_keys);
	first = &sorted[0];
	for (size_t i = 1; i < map->n; i++) {
		if (slice_compare(first->key->text, sorted[i].key->text) != 0) {
			first = &sorted[i];
			continue;
		}
		sorted[i].key->is_bad = true;
		problems_add(reader->problems, reader->file, sorted[i].key->line, sorted[i].key->column,
		             "key %s stands here for the second time; the first is at line %d",
		             text_print(reader->arena, first->key->text), first->key->line);
	}
}

static bool read_pair(struct reader *reader, struct node *map, int depth)
{
	struct pair pair = { .key = read_node(reader, depth + 1) };

	if (!pair.key || !reader_next(reader))
		return false;
	pair.value = read_node(reader, depth + 1);
	if (!pair.value)
		return false;
	if (pair.key->kind != NODE_SCALAR || pair.key->text.len == 0) {
		if (!pair.key->is_bad)
			problems_add(reader->problems, reader->file, pair.key->line, pair.key->column,
			             "a key must be a word");
		return true;
	}
	map->pairs = grow_by_one(reader->arena, map->pairs, map->n, sizeof(*map->pairs));
	map->pairs[map->n++] = pair;
	return true;
}

static struct node *read_map(struct reader *reader, int depth)
{
	struct node *node = node_here(reader, NODE_MAP);

	refuse_extras(reader, node, reader->event.data.mapping_start.anchor,
	              reader->event.data.mapping_start.tag);
	while (reader_next(reader)) {
		if (reader->event.type == YAML_MAPPING_END_EVENT) {
			refuse_doubles(reader, node);
			return node;
		}
		if (!read_pair(reader, node, depth))
			return NULL;
	}
	return NULL;
}

/* The node that begins with the current event. */
static struct node *read_node(struct reader *reader, int depth)
{
	if (depth > NODE_DEPTH_MAX) {
		complain_here(reader, "more than %d levels deep", NODE_DEPTH_MAX);
		return NULL;
	}
	switch (reader->event.type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reader);
	case YAML_ALIAS_EVENT:
		return read_alias(reader);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(reader, depth);
	case YAML_MAPPING_START_EVENT:
		return read_map(reader, depth);
	default:
		complain_here(reader, "expected a value");
		return NULL;
	}
}

static struct node *read_stream(struct reader *reader)
{
	struct node *root;

	if (!reader_next(reader) ||
	    !reader_next(reader)) /* the stream's start, then its first document or its end */
		return NULL;
	if (reader->event.type == YAML_STREAM_END_EVENT) {
		root = node_here(reader, NODE_MAP);
		root->line = root->column = 1;
		return root;
	}
	if (!reader_next(reader))
		return NULL;
	root = read_node(reader, 1);
	if (!root || !reader_next(reader) || !reader_next(reader)) /* the document's end, then the stream's */
		return NULL;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		complain_here(reader, "a second document begins here; allowed: one");
	return root;
}

struct node *node_read(struct arena *arena, struct slice document, const char *file,
                       struct problems *problems)
{
	struct reader reader = { .arena = arena, .document = document, .file = file, .problems = problems };
	struct node *root;

	if (document.len > NODE_FILE_MAX) {
		problems_add(problems, file, 1, 1, "the file is larger than %zu bytes", NODE_FILE_MAX);
		return NULL;
	}
	if (slice_starts(document, "\xef\xbb\xbf"))
		reader.document = slice_sub(document, 3, document.len - 3);
	if (!text_check(reader.document, file, problems))
		return NULL;
	if (!yaml_parser_initialize(&reader.parser)) {
		problems_add(problems, file, 1, 1, "could not be read: out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.document.data,
	                             reader.document.len);
	root = read_stream(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return root;
}

bool node_is_absent(const struct node *node)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	if (node->kind != NODE_SCALAR || !node->is_plain)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		if (slice_equal_text(node->text, nulls[i]))
			return true;
	return false;
}

const struct node *node_member(const struct node *map, struct slice key)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++)
		if (slice_equal(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	return NULL;
}

const char *node_print(struct arena *arena, const struct node *node)
{
	static const char *const kinds[] = { [NODE_LIST] = "a list", [NODE_MAP] = "a mapping" };

	return node->kind == NODE_SCALAR ? text_print(arena, node->text) : kinds[node->kind];
}
