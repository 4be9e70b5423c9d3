/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include "country.h"
#include "fold.h"
#include "wordlist.h"

#define WORDS_MAX 24

struct words {
	struct slice list[WORDS_MAX];
	size_t n;
};

static const char *const unit_words[] = {
	"suite",    "ste",  "apt",   "apartment", "unit",  "room",   "rm",   "floor", "fl", "flat",
	"building", "bldg", "level", "etage",     "stock", "office", "piso", "no",    "nr",
};

static bool is_letter(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters and blanks alone; "#4" and the 4 of "7/4" become the unit "no 4", "c/" the word "c". */
static struct slice spell(struct arena *arena, struct slice folded)
{
	char *text = arena_alloc(arena, 4 * folded.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < folded.len; i++) {
		char c = folded.data[i];

		if (is_letter(c)) {
			text[len++] = c;
		} else if (c == '#' || (c == '/' && i && is_digit(folded.data[i - 1]))) {
			memcpy(text + len, " no ", 4);
			len += 4;
		} else if (c != '\'') {
			text[len++] = ' ';
		}
	}
	return (struct slice){ text, len };
}

static void split(struct slice spelled, struct words *words)
{
	struct slice word;

	words->n = 0;
	while (words->n < WORDS_MAX && fold_word(&spelled, &word))
		words->list[words->n++] = word;
}

static void drop(struct words *words, size_t at, size_t n)
{
	memmove(words->list + at, words->list + at + n, (words->n - at - n) * sizeof(*words->list));
	words->n -= n;
}

static struct slice join(struct arena *arena, const struct words *words)
{
	size_t room = 1, len = 0;
	char *text;

	for (size_t i = 0; i < words->n; i++)
		room += words->list[i].len + 1;
	text = arena_alloc(arena, room);
	for (size_t i = 0; i < words->n; i++) {
		if (i)
			text[len++] = ' ';
		memcpy(text + len, words->list[i].data, words->list[i].len);
		len += words->list[i].len;
	}
	return (struct slice){ text, len };
}

static bool is_unit_word(struct slice word)
{
	for (size_t i = 0; i < ARRAY_SIZE(unit_words); i++)
		if (slice_equal_text(word, unit_words[i]))
			return true;
	return false;
}

/* "suite 400" off; a word for a unit without a number behind it is part of a name. */
static struct slice take_unit(struct words *words)
{
	for (size_t i = 1; i + 1 < words->n; i++) {
		struct slice unit = words->list[i + 1];

		if (!is_unit_word(words->list[i]) || (!is_digit(unit.data[0]) && unit.len > 2))
			continue;
		drop(words, i, 2);
		return unit;
	}
	return SLICE("");
}

/* The first word that begins with a digit and is no ordinal ("5th"); a letter alone behind it belongs to it.
 */
static struct slice take_number(struct arena *arena, struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct slice number = words->list[i];
		bool is_ordinal = number.len > 2 && (slice_ends(number, "st") || slice_ends(number, "nd") ||
		                                     slice_ends(number, "rd") || slice_ends(number, "th"));
		bool has_letter = i > 0 && i + 1 < words->n && words->list[i + 1].len == 1 &&
		                  !is_digit(words->list[i + 1].data[0]);

		if (!is_digit(number.data[0]) || is_ordinal)
			continue;
		if (has_letter)
			number = slice_of(arena_printf(arena, "%.*s%c", SLICE_ARGS(number),
			                               words->list[i + 1].data[0]));
		drop(words, i, has_letter ? 2 : 1);
		return number;
	}
	return SLICE("");
}

/* "hauptstrasse", "hauptstr" → "hauptst" */
static struct slice without_suffix(struct arena *arena, struct slice word)
{
	static const char *const suffixes[] = { "strasse", "strase", "straat", "str" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t len = strlen(suffixes[i]);

		if (word.len > len + 1 && slice_ends(word, suffixes[i]))
			return slice_of(arena_printf(arena, "%.*sst", (int)(word.len - len), word.data));
	}
	return word;
}

static void shorten(struct arena *arena, struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct slice word = wordlist_find(&words_street_word, words->list[i]);

		words->list[i] = slice_is_null(word) ? without_suffix(arena, words->list[i]) : word;
	}
}

static void read_street(struct arena *arena, struct slice raw, struct address *ret)
{
	struct words words;

	split(spell(arena, fold_text(arena, raw, ADDRESS_RUNES)), &words);
	ret->unit = take_unit(&words);
	ret->number = take_number(arena, &words);
	shorten(arena, &words);
	ret->street = join(arena, &words);
}

static bool is_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.data[i]))
			return false;
	return true;
}

static struct slice read_postal(struct arena *arena, struct slice raw, struct slice country)
{
	struct slice postal = fold_letters(arena, slice_sub(raw, 0, 32));

	if (postal.len == 9 && (slice_equal(country, SLICE("US")) || country.len == 0) && is_digits(postal))
		postal.len = 5;
	return postal;
}

static struct slice read_city(struct arena *arena, struct slice raw)
{
	struct words words;

	split(spell(arena, fold_text(arena, raw, ADDRESS_RUNES)), &words);
	for (size_t i = 0; i < words.n; i++)
		if (slice_equal(words.list[i], SLICE("saint")))
			words.list[i] = SLICE("st");
	return join(arena, &words);
}

void address_read(struct arena *arena, const struct address_fields *fields, struct address *ret)
{
	*ret = (struct address){ .country = country_code(fields->country) };
	if (slice_is_null(ret->country))
		ret->country = SLICE("");
	read_street(arena, fields->street, ret);
	ret->postal = read_postal(arena, fields->postal_code, ret->country);
	ret->city = read_city(arena, fields->city);
	ret->state = fold_letters(arena, fields->state);
}
