/* SPDX-License-Identifier: Apache-2.0 */
#include "wording.h"

#include <inttypes.h>

#include "buf.h"
#include "cleanup.h"

size_t character_length(struct slice text)
{
	for (size_t len = 1; len <= 4 && len <= text.len; len++)
		if (slice_is_utf8(slice_sub(text, 0, len)))
			return len;
	return 0;
}

const char *text_print(struct arena *arena, struct slice text)
{
	enum { SHOWN_CHARACTERS = 60 };
	CLEANUP(buf_done) struct buf printed;
	size_t at = 0;

	buf_init(&printed, 16 * SHOWN_CHARACTERS);
	for (int i = 0; at < text.len && i < SHOWN_CHARACTERS; i++) {
		size_t len = character_length(slice_sub(text, at, text.len - at));
		unsigned char c = (unsigned char)text.data[at];

		if (len == 0 || c < 0x20 || c == 0x7f)
			(void)buf_printf(&printed, "\\x%02x", c);
		else if (c == '"')
			(void)buf_add_text(&printed, "\\\"");
		else
			(void)buf_add(&printed, text.data + at, len);
		at += len ? len : 1;
	}
	return arena_printf(arena, "\"%.*s%s\"", SLICE_ARGS(buf_slice(&printed)), at < text.len ? "…" : "");
}

static const char *in_largest_unit(struct arena *arena, int64_t value, const int64_t *sizes,
                                   const char *const *units)
{
	while (*sizes > 1 && (value == 0 || value % *sizes != 0)) {
		sizes++;
		units++;
	}
	return arena_printf(arena, "%" PRId64 "%s", value / *sizes, *units);
}

const char *duration_print(struct arena *arena, int64_t ms)
{
	static const int64_t sizes[] = { 86400000, 3600000, 60000, 1000, 1 };
	static const char *const units[] = { "d", "h", "m", "s", "ms" };

	return ms == 0 ? "0s" : in_largest_unit(arena, ms, sizes, units);
}

const char *size_print(struct arena *arena, int64_t bytes)
{
	static const int64_t sizes[] = { INT64_C(1) << 30, 1 << 20, 1 << 10, 1 };
	static const char *const units[] = { "GiB", "MiB", "KiB", "" };

	return in_largest_unit(arena, bytes, sizes, units);
}

const char *list_print(struct arena *arena, const char *const *names)
{
	const char *printed = "";

	for (size_t i = 0; names[i]; i++)
		printed = arena_printf(arena, "%s%s%s", printed, i ? ", " : "", names[i]);
	return printed;
}

void names_add(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return;
	names->list = arena_grow(names->arena, names->list, names->n, names->n + 2, sizeof(*names->list));
	names->list[names->n++] = name;
	names->list[names->n] = NULL;
}

#define WORD_MAX 64 /* characters compared; a longer word is near to nothing */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance: three rows of the usual matrix, because of the swaps. */
static unsigned distance(struct slice a, struct slice b)
{
	unsigned rows[3][WORD_MAX + 1];

	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return UINT32_MAX;
	for (unsigned j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
			               above[j - 1] + (a.data[i - 1] != b.data[j - 1]));
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			    a.data[i - 2] == b.data[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a.len % 3][b.len];
}

/* "yes" is not near to "ms": short words must be nearly right. */
static unsigned near_enough(size_t len)
{
	return len < 4 ? 1 : len < 9 ? 2 : 3;
}

/* "log" of "log_level" */
static bool is_start_of(struct slice word, const char *name)
{
	return word.len >= 3 && strlen(name) > word.len && strncmp(name, word.data, word.len) == 0;
}

/* 0 for the nearest; a name that begins with the word counts as two steps away at most. */
static unsigned steps_away(struct slice word, const char *name)
{
	unsigned steps = distance(word, slice_of(name));

	if (steps > near_enough(word.len))
		steps = UINT32_MAX;
	return is_start_of(word, name) ? least(steps, 2) : steps;
}

const char *near_names(struct arena *arena, struct slice word, const struct names *names)
{
	enum { SHOWN = 3 };
	const char *printed = "";
	int shown = 0;

	for (unsigned steps = 0; steps <= 3; steps++)
		for (size_t i = 0; i < names->n && shown < SHOWN; i++)
			if (steps_away(word, names->list[i]) == steps)
				printed = arena_printf(arena, "%s%s\"%s\"", printed, shown++ ? " or " : "",
				                       names->list[i]);
	if (shown)
		return arena_printf(arena, "did you mean %s?", printed);
	return arena_printf(arena, "allowed: %s", names->n ? list_print(arena, names->list) : "nothing");
}
