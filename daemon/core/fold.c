/* SPDX-License-Identifier: Apache-2.0 */
#include "fold.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "fold_script.h"

#define RUNES_ROOM (2 * FOLD_RUNES_MAX) /* NFKC makes some characters longer; what does not fit is cut */
#define TEXT_ROOM  (4 * RUNES_ROOM)

struct output {
	char *text;
	size_t len;
};

bool fold_is_ascii(struct slice text)
{
	unsigned char any = 0;

	for (size_t i = 0; i < text.len; i++)
		any |= (unsigned char)text.data[i];
	return any < 0x80;
}

struct slice fold_cut(struct slice text, size_t max_bytes)
{
	if (text.len <= max_bytes)
		return text;
	while (max_bytes && ((unsigned char)text.data[max_bytes] & 0xc0) == 0x80)
		max_bytes--;
	return (struct slice){ text.data, max_bytes };
}

bool fold_word(struct slice *rest, struct slice *ret_word)
{
	size_t from = 0, to;

	while (from < rest->len && rest->data[from] == ' ')
		from++;
	for (to = from; to < rest->len && rest->data[to] != ' ';)
		to++;
	*ret_word = slice_sub(*rest, from, to - from);
	*rest = slice_sub(*rest, to, rest->len);
	return to > from;
}

/* Never two blanks in a row, nor one in front; finish() takes off one at the end. */
static void put(struct output *out, char c)
{
	if (c == ' ' && (out->len == 0 || out->text[out->len - 1] == ' '))
		return;
	if (out->len < TEXT_ROOM - 1)
		out->text[out->len++] = c;
}

static void put_text(struct output *out, const char *text)
{
	while (*text)
		put(out, *text++);
}

static struct slice finish(struct output *out)
{
	while (out->len && out->text[out->len - 1] == ' ')
		out->len--;
	out->text[out->len] = 0;
	return (struct slice){ out->text, out->len };
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice fold_ascii(struct arena *arena, struct slice raw)
{
	struct output out = { arena_alloc(arena, raw.len + 1), 0 };

	for (size_t i = 0; i < raw.len; i++) {
		unsigned char c = (unsigned char)raw.data[i];

		if (c >= 'A' && c <= 'Z')
			c |= 32;
		if (c == '`')
			c = '\'';
		if (is_blank(c))
			put(&out, ' ');
		else if (c > ' ' && c < 0x7f)
			put(&out, (char)c);
	}
	return finish(&out);
}

/* -- beyond ASCII -- */

static const struct {
	ucs4_t first, last;
	char as;
} punctuation[] = {
	{ 0x60, 0x60, '\'' },    { 0xb4, 0xb4, '\'' },     { 0xab, 0xab, '"' },      { 0xbb, 0xbb, '"' },
	{ 0x2b9, 0x2bf, '\'' },  { 0x2c8, 0x2c8, '\'' },   { 0x2010, 0x2015, '-' },  { 0x2018, 0x201b, '\'' },
	{ 0x201c, 0x201f, '"' }, { 0x2032, 0x2032, '\'' }, { 0x2039, 0x203a, '\'' }, { 0x2212, 0x2212, '-' },
	{ 0x3001, 0x3002, ',' }, { 0x30a0, 0x30a0, '-' },  { 0x30fb, 0x30fb, ' ' },  { 0xb7, 0xb7, ' ' },
	{ 0x2022, 0x2022, ' ' },
};

static ucs4_t plain_punctuation(ucs4_t rune)
{
	for (size_t i = 0; i < sizeof(punctuation) / sizeof(punctuation[0]); i++)
		if (rune >= punctuation[i].first && rune <= punctuation[i].last)
			return (ucs4_t)punctuation[i].as;
	return rune;
}

static bool is_dropped(ucs4_t rune)
{
	return uc_is_general_category_withtable(rune, UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cc |
	                                                      UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Co |
	                                                      UC_CATEGORY_MASK_Cn) ||
	       rune == 0xfffd || (rune >= 0xfe00 && rune <= 0xfe0f);
}

static bool is_space_rune(ucs4_t rune)
{
	return (rune < 0x80 && is_blank((unsigned char)rune)) || rune == 0x85 ||
	       (rune >= 0xa0 && uc_is_general_category_withtable(rune, UC_CATEGORY_MASK_Z));
}

/* The first max_runes characters that stay. */
static size_t decode(struct slice raw, size_t max_runes, ucs4_t *runes)
{
	size_t n = 0, at = 0,
	       end = raw.len < FOLD_BYTES_PER_RUNE * max_runes ? raw.len : FOLD_BYTES_PER_RUNE * max_runes;

	while (at < end && n < max_runes) {
		ucs4_t rune;
		int step = u8_mbtouc(&rune, (const uint8_t *)raw.data + at, end - at);

		at += (size_t)step;
		if (is_space_rune(rune))
			runes[n++] = ' ';
		else if (rune >= 0x20 && !is_dropped(rune))
			runes[n++] = rune;
	}
	return n;
}

/* Precomposed letters of Europe, the usual case: NFKC would change nothing. */
static bool is_normal(const ucs4_t *runes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ucs4_t rune = runes[i];
		bool is_europe = (rune >= 0xc0 && rune < 0x17f && rune != 0x132 && rune != 0x133 &&
		                  rune != 0x13f && rune != 0x140 && rune != 0x149) ||
		                 (rune >= 0x400 && rune < 0x480);

		if (rune >= 0xa0 && !is_europe)
			return false;
	}
	return true;
}

static size_t normalise(ucs4_t *runes, size_t n)
{
	ucs4_t room[RUNES_ROOM];
	size_t len = RUNES_ROOM;
	ucs4_t *result = is_normal(runes, n) ? NULL : u32_normalize(UNINORM_NFKC, runes, n, room, &len);

	if (!result)
		return n;
	if (len > RUNES_ROOM)
		len = RUNES_ROOM;
	u32_cpy(runes, result, len);
	if (result != room)
		free(result);
	return len;
}

/* Scripts of the word that starts at runes[at]; returns where it ends. */
static size_t look_at_word(const ucs4_t *runes, size_t n, size_t at, unsigned counts[SCRIPT_OTHER + 1])
{
	for (; at < n; at++) {
		ucs4_t rune = plain_punctuation(runes[at]);
		enum script script = script_of(rune);

		if (script == SCRIPT_NONE && rune < 0x80)
			break;
		counts[script]++;
	}
	return at;
}

static bool poses_as_latin(const unsigned counts[SCRIPT_OTHER + 1])
{
	unsigned other = counts[SCRIPT_CYRILLIC] + counts[SCRIPT_GREEK];

	return other && counts[SCRIPT_LATIN] >= other;
}

/* The letter without its accents: the first of its canonical decomposition, as deep as it goes. */
static ucs4_t base_letter(ucs4_t rune)
{
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];

	while (rune >= 0xc0 && uc_canonical_decomposition(rune, parts) > 0)
		rune = parts[0];
	return rune;
}

static void put_rune(struct output *out, ucs4_t rune)
{
	uint8_t bytes[6];
	int len = u8_uctomb(bytes, rune, sizeof(bytes));

	if (len > 0 && out->len + (size_t)len < TEXT_ROOM) {
		memcpy(out->text + out->len, bytes, (size_t)len);
		out->len += (size_t)len;
	}
}

/* Greek pairs that are one sound: ου is ou, αυ ευ are av ev; γγ is ng. */
static const char *greek_pair(ucs4_t before, ucs4_t lower)
{
	if (lower == 0x3c5 && before == 0x3bf)
		return "u";
	if (lower == 0x3c5 && (before == 0x3b1 || before == 0x3b5))
		return "v";
	return NULL;
}

/* One letter beyond ASCII as ASCII where we can. */
static void put_letter(struct output *out, ucs4_t before, ucs4_t lower)
{
	ucs4_t base;
	const char *text = script_transliterate(lower);

	if (!text)
		text = script_latin(lower);
	if (text) {
		const char *pair = greek_pair(base_letter(before), lower);

		put_text(out, pair ? pair : text);
		return;
	}
	if (script_of(lower) == SCRIPT_OTHER) {
		put_rune(out, lower);
		return;
	}
	base = base_letter(lower);
	text = script_transliterate(base);
	if (text)
		put_text(out, text);
	else if (base < 0x80)
		put(out, (char)base);
	else if (!(base >= 0x300 && base <= 0x36f))
		put_rune(out, base);
}

struct spellings {
	struct output first, other;
	bool differ;
};

static void put_both(struct spellings *out, ucs4_t before, ucs4_t rune)
{
	ucs4_t lower = uc_tolower(rune);
	const char *other = lower < 0x80 ? NULL : script_latin_other(lower);

	if (lower < 0x80) {
		put(&out->first, (char)lower);
		put(&out->other, (char)lower);
		return;
	}
	put_letter(&out->first, before, lower);
	if (other) {
		out->differ |= strcmp(other, "ae") != 0 || lower != 0xe6;
		put_text(&out->other, other);
	} else {
		put_letter(&out->other, before, lower);
	}
}

static void fold_runes(const ucs4_t *runes, size_t n, struct spellings *out)
{
	size_t end = 0;
	bool poses = false;

	for (size_t at = 0; at < n; at++) {
		ucs4_t rune = plain_punctuation(runes[at]);

		if (at >= end) {
			unsigned counts[SCRIPT_OTHER + 1] = { 0 };

			end = look_at_word(runes, n, at, counts);
			poses = poses_as_latin(counts);
		}
		if (poses && at < end)
			rune = script_look_alike(rune);
		put_both(out, at ? uc_tolower(runes[at - 1]) : 0, rune);
	}
}

static void fold_unicode(struct arena *arena, struct slice raw, unsigned max_runes, struct folded *ret)
{
	ucs4_t runes[RUNES_ROOM];
	char first[TEXT_ROOM], other[TEXT_ROOM];
	struct spellings out = { { first, 0 }, { other, 0 }, false };
	size_t n = normalise(runes, decode(raw, max_runes, runes));

	fold_runes(runes, n, &out);
	ret->text = arena_slice(arena, finish(&out.first));
	ret->other = out.differ ? arena_slice(arena, finish(&out.other)) : SLICE_NULL;
}

void fold(struct arena *arena, struct slice raw, unsigned max_runes, struct folded *ret)
{
	struct slice head = slice_sub(raw, 0, max_runes);

	if (max_runes > FOLD_RUNES_MAX)
		max_runes = FOLD_RUNES_MAX;
	if (!fold_is_ascii(head)) {
		fold_unicode(arena, raw, max_runes, ret);
		return;
	}
	ret->text = fold_ascii(arena, head);
	ret->other = SLICE_NULL;
}

struct slice fold_text(struct arena *arena, struct slice raw, unsigned max_runes)
{
	struct folded folded;

	fold(arena, raw, max_runes, &folded);
	return folded.text;
}

struct slice fold_visible(struct arena *arena, struct slice raw, unsigned max_runes)
{
	ucs4_t runes[RUNES_ROOM];
	char text[TEXT_ROOM];
	struct output out = { text, 0 };
	size_t n;

	if (max_runes > FOLD_RUNES_MAX)
		max_runes = FOLD_RUNES_MAX;
	n = normalise(runes, decode(raw, max_runes, runes));
	for (size_t i = 0; i < n; i++) {
		ucs4_t rune = plain_punctuation(runes[i]);

		if (rune < 0x80)
			put(&out, (char)rune);
		else
			put_rune(&out, rune);
	}
	return arena_slice(arena, finish(&out));
}

struct slice fold_letters(struct arena *arena, struct slice raw)
{
	struct slice text = fold_text(arena, raw, FOLD_RUNES_MAX);
	char *letters = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			letters[len++] = (char)c;
	}
	return (struct slice){ letters, len };
}
