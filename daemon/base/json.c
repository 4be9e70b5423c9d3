/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct slice json_without_mark(struct slice document)
{
	return slice_starts(document, "\xef\xbb\xbf") ? slice_sub(document, 3, document.len) : document;
}

/* -- Escapes -- */

/* An escape that starts at a backslash: its length, and what it must become (null: it is fine as it is). */
struct escape {
	size_t len;
	struct slice instead;
};

static int hex_value(const char *at, const char *end)
{
	int value = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		int letter = c | 32;

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if (letter >= 'a' && letter <= 'f')
			value = value * 16 + (letter - 'a' + 10);
		else
			return -1;
	}
	return value;
}

static struct escape escape_at(const char *at, const char *end)
{
	int unit = end - at >= 6 && at[1] == 'u' ? hex_value(at + 2, end) : -1;

	if (unit < 0)
		return (struct escape){ .len = end - at < 2 ? 1 : 2 };
	if (unit == 0)
		return (struct escape){ 6, SLICE("") };
	if (unit < 0xd800 || unit > 0xdfff)
		return (struct escape){ .len = 6 };
	if (unit <= 0xdbff && end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
	    (hex_value(at + 8, end) & ~0x3ff) == 0xdc00)
		return (struct escape){ .len = 12 };
	return (struct escape){ 6, SLICE("\xef\xbf\xbd") };
}

/* -- Looking an item over, once, before jansson sees it -- */

struct survey {
	size_t depth;     /* deepest nesting */
	size_t n_numbers; /* bare ones */
	bool has_poison;  /* an escape that must be replaced */
	bool has_escapes;
};

/* What a byte outside strings starts. */
enum mark { MARK_NONE, MARK_QUOTE, MARK_OPEN, MARK_CLOSE, MARK_NUMBER };

static const unsigned char marks[256] = {
	['"'] = MARK_QUOTE,  ['{'] = MARK_OPEN,   ['['] = MARK_OPEN,   ['}'] = MARK_CLOSE,
	[']'] = MARK_CLOSE,  ['-'] = MARK_NUMBER, ['0'] = MARK_NUMBER, ['1'] = MARK_NUMBER,
	['2'] = MARK_NUMBER, ['3'] = MARK_NUMBER, ['4'] = MARK_NUMBER, ['5'] = MARK_NUMBER,
	['6'] = MARK_NUMBER, ['7'] = MARK_NUMBER, ['8'] = MARK_NUMBER, ['9'] = MARK_NUMBER,
};

/* From behind the opening quote to the closing one, or to the end. */
static const char *string_end(const char *at, const char *end, bool has_escapes)
{
	const char *first = at, *quote;

	while ((quote = memchr(at, '"', (size_t)(end - at))) != NULL) {
		const char *slash = quote;

		while (has_escapes && slash > first && slash[-1] == '\\')
			slash--;
		if ((quote - slash) % 2 == 0)
			return quote;
		at = quote + 1;
	}
	return end;
}

static bool has_poison(const char *at, const char *end)
{
	while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
		struct escape escape = escape_at(at, end);

		if (escape.instead.data)
			return true;
		at += escape.len;
	}
	return false;
}

static const char *number_end(const char *at, const char *end)
{
	while (at < end &&
	       ((*at >= '0' && *at <= '9') || *at == '.' || *at == '-' || *at == '+' || (*at | 32) == 'e'))
		at++;
	return at;
}

static struct survey survey(struct slice text)
{
	struct survey found = { .has_escapes = text.len && memchr(text.data, '\\', text.len) };
	const char *at = text.data, *end = text.data + text.len;
	size_t depth = 0;

	while (at < end) {
		enum mark mark = marks[(unsigned char)*at++];

		if (mark == MARK_NONE)
			continue;
		if (mark == MARK_QUOTE) {
			const char *quote = string_end(at, end, found.has_escapes);

			found.has_poison = found.has_poison || (found.has_escapes && has_poison(at, quote));
			at = quote < end ? quote + 1 : end;
		} else if (mark == MARK_NUMBER) {
			found.n_numbers++;
			at = number_end(at, end);
		} else if (mark == MARK_OPEN) {
			depth++;
			found.depth = depth > found.depth ? depth : found.depth;
		} else {
			depth -= depth > 0;
		}
	}
	return found;
}

/* -- Writing an item anew, with numbers in quotes and without poison -- */

struct writer {
	char *out;
	const char *at, *end; /* of what is read */
};

static void put(struct writer *to, const char *data, size_t len)
{
	if (len)
		memcpy(to->out, data, len);
	to->out += len;
}

/* From behind the opening quote to behind the closing one. */
static void copy_string(struct writer *to, bool fix)
{
	const char *quote = string_end(to->at, to->end, true), *slash;

	while (fix && (slash = memchr(to->at, '\\', (size_t)(quote - to->at))) != NULL) {
		struct escape escape = escape_at(slash, quote);
		const char *next = slash + escape.len;

		put(to, to->at, (size_t)((escape.instead.data ? slash : next) - to->at));
		put(to, escape.instead.data, escape.instead.len);
		to->at = next;
	}
	if (quote < to->end)
		quote++;
	put(to, to->at, (size_t)(quote - to->at));
	to->at = quote;
}

static size_t count_digits(const char **at, const char *end)
{
	const char *from = *at;

	while (*at < end && **at >= '0' && **at <= '9')
		(*at)++;
	return (size_t)(*at - from);
}

static bool is_number(const char *at, const char *end)
{
	at += *at == '-';
	const char *first = at;
	size_t n = count_digits(&at, end);
	if (n == 0 || (n > 1 && *first == '0'))
		return false;
	if (at < end && *at == '.') {
		at++;
		if (!count_digits(&at, end))
			return false;
	}
	if (at < end && (*at | 32) == 'e') {
		at++;
		at += at < end && (*at == '+' || *at == '-');
		if (!count_digits(&at, end))
			return false;
	}
	return at == end;
}

/* What is no number by JSON's rules, or stands where a name must, stays bare: jansson then refuses it. */
static void copy_number(struct writer *to)
{
	const char *from = to->at, *end = number_end(from, to->end), *next = end;

	while (next < to->end && (*next == ' ' || *next == '\n' || *next == '\r' || *next == '\t'))
		next++;
	bool quote = is_number(from, end) && !(next < to->end && *next == ':');
	put(to, "\"", quote);
	put(to, from, (size_t)(end - from));
	put(to, "\"", quote);
	to->at = end;
}

static struct slice rewrite(struct arena *arena, struct slice text, const struct survey *found)
{
	char *start = arena_alloc(arena, text.len + 2 * found->n_numbers + 1);
	struct writer to = { start, text.data, text.data + text.len };

	while (to.at < to.end) {
		enum mark mark = marks[(unsigned char)*to.at];

		if (mark == MARK_NUMBER) {
			copy_number(&to);
			continue;
		}
		*to.out++ = *to.at++;
		if (mark == MARK_QUOTE)
			copy_string(&to, found->has_poison);
	}
	return (struct slice){ start, (size_t)(to.out - start) };
}

/* -- Reading -- */

/* In our own words: jansson's quote the document, which may hold a name or a token. */
static const char *trouble(enum json_error_code code)
{
	static const struct {
		enum json_error_code code;
		const char *words;
	} known[] = {
		{ json_error_invalid_utf8, "invalid UTF-8" },
		{ json_error_premature_end_of_input, "it ends too early" },
		{ json_error_end_of_input_expected, "something follows its end" },
		{ json_error_null_character, "a \\u0000 inside" },
		{ json_error_null_byte_in_key, "a \\u0000 in a member's name" },
		{ json_error_duplicate_key, "a member's name stands twice in one object" },
		{ json_error_numeric_overflow, "a number beyond 63 bits or the range of reals" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].code == code)
			return known[i].words;
	return "invalid syntax";
}

static bool parse(struct slice text, enum error_kind kind, bool tell_place, json_t **ret, struct error *err)
{
	json_error_t detail;
	char place[48] = "";
	json_t *tree = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &detail);

	if (tree) {
		*ret = tree;
		return true;
	}
	if (json_error_code(&detail) == json_error_out_of_memory)
		return fail(err, ERROR_TRANSIENT, "could not read JSON: out of memory");
	if (tell_place)
		(void)snprintf(place, sizeof(place), " at byte %d", detail.position);
	return fail(err, kind, "cannot read JSON: %s%s", trouble(json_error_code(&detail)), place);
}

static bool is_readable(struct slice text, const struct survey *found, enum error_kind kind,
                        struct error *err)
{
	if (slice_is_empty(slice_trim(text)))
		return fail(err, kind, "cannot read JSON: nothing there");
	if (memchr(text.data, '\0', text.len)) /* jansson takes it for the end and passes over the rest */
		return fail(err, kind, "cannot read JSON: a NUL byte inside");
	if (found->depth > JSON_DEPTH_MAX)
		return fail(err, kind, "cannot read JSON: nested %zu deep, allowed is %d", found->depth,
		            JSON_DEPTH_MAX);
	return true;
}

bool json_read(struct slice document, json_t **ret, struct error *err)
{
	struct slice text = json_without_mark(document.data ? document : SLICE(""));
	struct survey found = survey(text);

	return is_readable(text, &found, ERROR_TRANSIENT, err) &&
	       parse(text, ERROR_TRANSIENT, true, ret, err);
}

bool json_item(struct arena *arena, struct slice item, json_t **ret, struct error *err)
{
	struct slice text = json_without_mark(item.data ? item : SLICE(""));
	struct survey found = survey(text);
	bool as_it_is = !found.n_numbers && !found.has_poison;

	if (!is_readable(text, &found, ERROR_RECORD, err))
		return false;
	if (!as_it_is)
		text = rewrite(arena, text, &found);
	return parse(text, ERROR_RECORD, as_it_is, ret, err);
}

/* -- Taking out -- */

struct slice json_scalar(const json_t *value)
{
	if (json_is_string(value))
		return (struct slice){ json_string_value(value), json_string_length(value) };
	if (json_is_boolean(value))
		return json_is_true(value) ? SLICE("true") : SLICE("false");
	return json_is_null(value) ? SLICE("") : SLICE_NULL;
}

struct slice json_text(const json_t *object, const char *name)
{
	return json_scalar(json_object_get(object, name));
}

const json_t *json_path(const json_t *value, const char *path)
{
	struct slice name, rest = slice_of(path);
	bool has_more = true;

	while (value && has_more) {
		has_more = slice_split(rest, '.', &name, &rest);
		value = json_object_getn(value, name.data, name.len);
	}
	return value;
}
