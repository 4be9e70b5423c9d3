/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <string.h>

/*
 * The scanner knows strings, brackets and commas. It is lenient on purpose: what stands inside an item is
 * json_item()'s matter, so that one item's fault stays its own.
 */
struct scanner {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_blanks(struct scanner *in)
{
	while (in->at < in->end && is_blank(*in->at))
		in->at++;
}

static bool take(struct scanner *in, char c)
{
	skip_blanks(in);
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

/* From behind the opening quote to behind the closing one. */
static bool skip_string(struct scanner *in)
{
	const char *first = in->at, *quote;

	while ((quote = memchr(in->at, '"', (size_t)(in->end - in->at))) != NULL) {
		const char *slash = quote;

		while (slash > first && slash[-1] == '\\')
			slash--;
		in->at = quote + 1;
		if ((quote - slash) % 2 == 0)
			return true;
	}
	in->at = in->end;
	return false;
}

/* What a byte outside strings means to the scanner; most mean nothing. */
enum mark { MARK_NONE, MARK_QUOTE, MARK_OPEN, MARK_CLOSE, MARK_COMMA };

static const unsigned char marks[256] = {
	['"'] = MARK_QUOTE, ['{'] = MARK_OPEN,  ['['] = MARK_OPEN,
	['}'] = MARK_CLOSE, [']'] = MARK_CLOSE, [','] = MARK_COMMA,
};

/*
 * To the next comma or closing bracket that belongs to the level we are on, and not over it. A closing brace
 * does not end an array: it is dirt of an item whose brackets do not match. False: the text ends before.
 */
static bool skip_value(struct scanner *in, char closing)
{
	size_t depth = 0;

	while (in->at < in->end) {
		char c = *in->at;
		enum mark mark = marks[(unsigned char)c];

		if (depth == 0 && (mark == MARK_COMMA || c == closing))
			return true;
		in->at++;
		if (mark == MARK_NONE)
			continue;
		if (mark == MARK_QUOTE && !skip_string(in))
			return false;
		depth += mark == MARK_OPEN;
		depth -= mark == MARK_CLOSE && depth > 0;
	}
	return false;
}

/* From behind { to the value of member `name`; false when there is none. Names are compared as they are
 * written. */
static bool find_member(struct scanner *in, const char *name)
{
	do {
		if (!take(in, '"'))
			return false;
		const char *key = in->at;
		if (!skip_string(in))
			return false;
		struct slice found = { key, (size_t)(in->at - key - 1) };
		if (!take(in, ':'))
			return false;
		if (slice_equal_text(found, name))
			return true;
	} while (skip_value(in, '}') && take(in, ','));
	return false;
}

struct items {
	struct arena *arena;
	struct slice *items;
	size_t n, size;
};

static void items_add(struct items *items, const char *from, const char *to)
{
	while (to > from && is_blank(to[-1]))
		to--;
	if (items->n == items->size) {
		size_t size = items->size ? items->size * 2 : 128;

		items->items = arena_grow(items->arena, items->items, items->n, size, sizeof(*items->items));
		items->size = size;
	}
	items->items[items->n++] = (struct slice){ from, (size_t)(to - from) };
}

/* From behind [ to behind ]. */
static bool cut_items(struct scanner *in, struct items *items)
{
	if (take(in, ']'))
		return true;
	for (;;) {
		skip_blanks(in);
		const char *from = in->at;
		if (!skip_value(in, ']'))
			return false;
		items_add(items, from, in->at);
		if (*in->at++ == ']')
			return true;
	}
}

/* From behind a value of an object to behind that object's }. */
static bool leave_object(struct scanner *in)
{
	while (!take(in, '}'))
		if (!take(in, ',') || !skip_value(in, '}'))
			return false;
	return true;
}

static struct slice without_array(struct arena *arena, struct slice document, const char *from,
                                  const char *to)
{
	size_t head = (size_t)(from - document.data), tail = (size_t)(document.data + document.len - to);
	char *rest = arena_alloc(arena, head + tail + 3);

	memcpy(rest, document.data, head);
	memcpy(rest + head, "[]", 2);
	memcpy(rest + head + 2, to, tail);
	return (struct slice){ rest, head + 2 + tail };
}

static const char *path_name(struct arena *arena, const char *const *path)
{
	const char *name = "";

	for (; *path; path++)
		name = arena_printf(arena, "%s%s%s", name, *name ? "." : "", *path);
	return *name ? name : "top value";
}

bool json_split(struct arena *arena, struct slice document, const char *const *path, struct slice **ret_items,
                size_t *ret_count, struct slice *rest, struct error *err)
{
	struct slice text = json_without_mark(document.data ? document : SLICE(""));
	struct scanner in = { text.data, text.data + text.len };
	struct items items = { .arena = arena,
		               .items = arena_array(arena, 1, sizeof(struct slice)),
		               .size = 1 };
	size_t depth = 0;

	for (; path[depth]; depth++)
		if (!take(&in, '{') || !find_member(&in, path[depth]))
			return fail(err, ERROR_TRANSIENT, "answer has no \"%s\"", path_name(arena, path));
	if (!take(&in, '['))
		return fail(err, ERROR_TRANSIENT, "\"%s\" of the answer is not an array",
		            path_name(arena, path));
	const char *from = in.at - 1;
	if (!cut_items(&in, &items))
		return fail(err, ERROR_TRANSIENT, "answer is cut off in \"%s\", after %zu items",
		            path_name(arena, path), items.n);
	const char *to = in.at;
	size_t n_open = depth;
	while (n_open && leave_object(&in))
		n_open--;
	skip_blanks(&in);
	if (n_open || in.at != in.end)
		return fail(err, ERROR_TRANSIENT, "answer is cut off or no JSON behind \"%s\"",
		            path_name(arena, path));
	*ret_items = items.items;
	*ret_count = items.n;
	if (rest)
		*rest = without_array(arena, text, from, to);
	return true;
}
