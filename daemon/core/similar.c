/* SPDX-License-Identifier: Apache-2.0 */
#include "similar.h"

#include <stdint.h>
#include <stdlib.h>

#include "cleanup.h"

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* One row of the table of distances; before is the row above, earlier the one above that (for swaps). */
static unsigned fill_row(struct slice a, struct slice b, size_t i, const uint8_t *earlier,
                         const uint8_t *before, uint8_t *row)
{
	unsigned smallest = row[0] = (uint8_t)i;

	for (size_t j = 1; j <= b.len; j++) {
		bool same = a.data[i - 1] == b.data[j - 1];
		unsigned cost = least(before[j - 1] + !same, 1u + least(before[j], row[j - 1]));

		if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
			cost = least(cost, earlier[j - 2] + 1u);
		row[j] = (uint8_t)cost;
		smallest = least(smallest, cost);
	}
	return smallest;
}

static uint64_t letters_of(struct slice text)
{
	uint64_t letters = 0;

	for (size_t i = 0; i < text.len; i++)
		letters |= UINT64_C(1) << (text.data[i] & 63);
	return letters;
}

/* What both begin and end with costs nothing. */
static void trim_common(struct slice *a, struct slice *b)
{
	while (a->len && b->len && a->data[0] == b->data[0]) {
		*a = slice_sub(*a, 1, a->len);
		*b = slice_sub(*b, 1, b->len);
	}
	while (a->len && b->len && a->data[a->len - 1] == b->data[b->len - 1]) {
		a->len--;
		b->len--;
	}
}

unsigned similar_distance(struct slice a, struct slice b, unsigned max)
{
	uint8_t rows[3][SIMILAR_MAX + 1];

	a = slice_sub(a, 0, SIMILAR_MAX);
	b = slice_sub(b, 0, SIMILAR_MAX);
	if ((a.len > b.len ? a.len - b.len : b.len - a.len) > max)
		return max + 1;
	trim_common(&a, &b);
	if (a.len == 0 || b.len == 0)
		return (unsigned)(a.len + b.len);
	/* one change takes two letters from what only one of them has, at most */
	if ((unsigned)__builtin_popcountll(letters_of(a) ^ letters_of(b)) > 2 * max)
		return max + 1;
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= a.len; i++)
		if (fill_row(a, b, i, rows[(i + 1) % 3], rows[(i - 1) % 3], rows[i % 3]) > max)
			return max + 1;
	return least(rows[a.len % 3][b.len], max + 1);
}

struct matches {
	uint64_t a, b; /* bit i: letter i has a partner */
	unsigned n;
};

static struct matches find_matches(struct slice a, struct slice b)
{
	struct matches matches = { 0, 0, 0 };
	size_t longest = a.len > b.len ? a.len : b.len;
	size_t window = longest / 2 ? longest / 2 - 1 : 0;

	for (size_t i = 0; i < a.len; i++) {
		size_t from = i > window ? i - window : 0;
		size_t to = i + window + 1 < b.len ? i + window + 1 : b.len;

		for (size_t j = from; j < to; j++) {
			if (matches.b >> j & 1 || a.data[i] != b.data[j])
				continue;
			matches.a |= UINT64_C(1) << i;
			matches.b |= UINT64_C(1) << j;
			matches.n++;
			break;
		}
	}
	return matches;
}

static unsigned count_out_of_order(struct slice a, struct slice b, struct matches matches)
{
	unsigned n = 0;

	while (matches.a) {
		int i = __builtin_ctzll(matches.a), j = __builtin_ctzll(matches.b);

		n += a.data[i] != b.data[j];
		matches.a &= matches.a - 1;
		matches.b &= matches.b - 1;
	}
	return n;
}

double similar_jaro_winkler(struct slice a, struct slice b)
{
	struct matches matches;
	double jaro;
	size_t prefix = 0;

	a = slice_sub(a, 0, SIMILAR_MAX);
	b = slice_sub(b, 0, SIMILAR_MAX);
	if (a.len == 0 || b.len == 0)
		return a.len == b.len;
	matches = find_matches(a, b);
	if (matches.n == 0)
		return 0;
	jaro = (matches.n / (double)a.len + matches.n / (double)b.len +
	        (matches.n - count_out_of_order(a, b, matches) / 2.0) / matches.n) /
	       3;
	while (prefix < 4 && prefix < a.len && prefix < b.len && a.data[prefix] == b.data[prefix])
		prefix++;
	return jaro + (double)prefix * 0.1 * (1 - jaro);
}

/* -- sound -- */

static const struct {
	const char *from, *to;
} sounds[] = {
	{ "shch", "S" }, { "sch", "S" }, { "tch", "S" }, { "tsch", "S" }, { "ph", "f" }, { "kh", "k" },
	{ "gh", "g" },   { "th", "t" },  { "sh", "S" },  { "ch", "S" },   { "zh", "S" }, { "cz", "S" },
	{ "sz", "S" },   { "rz", "S" },  { "ts", "s" },  { "tz", "s" },   { "dz", "s" }, { "ks", "x" },
	{ "ck", "k" },   { "qu", "k" },  { "dj", "S" },  { "dg", "g" },
};

static char single_sound(char c)
{
	switch (c) {
	case 'c':
	case 'k':
	case 'q':
		return 'k';
	case 's':
	case 'z':
		return 's';
	case 'v':
	case 'w':
	case 'f':
		return 'f';
	case 'd':
	case 't':
		return 't';
	case 'b':
	case 'p':
		return 'p';
	case 'm':
	case 'n':
		return 'n';
	case 'a':
	case 'e':
	case 'i':
	case 'o':
	case 'u':
	case 'y':
	case 'j':
	case 'h':
		return 0;
	default:
		return c;
	}
}

/* Whether two letters may begin one of the sounds above: most do not. */
static bool may_be_sound(char first, char second)
{
	static const bool firsts[256] = { ['s'] = true, ['t'] = true, ['p'] = true, ['k'] = true, ['g'] = true,
		                          ['c'] = true, ['z'] = true, ['r'] = true, ['d'] = true, ['q'] = true };
	static const bool seconds[256] = { ['h'] = true, ['c'] = true, ['s'] = true, ['z'] = true,
		                           ['k'] = true, ['u'] = true, ['j'] = true, ['g'] = true };

	return firsts[(unsigned char)first] && seconds[(unsigned char)second];
}

/* The sound at the beginning of text; *used: how many letters it takes. */
static char next_sound(struct slice text, size_t *used)
{
	bool is_simple = text.len < 2 || !may_be_sound(text.data[0], text.data[1]);

	for (size_t i = 0; !is_simple && i < ARRAY_SIZE(sounds); i++) {
		if (!slice_starts(text, sounds[i].from))
			continue;
		*used = strlen(sounds[i].from);
		return sounds[i].to[0];
	}
	*used = 1;
	return single_sound(text.data[0]);
}

static char first_sound(struct slice text, size_t *used)
{
	char sound = next_sound(text, used);

	if (sound)
		return sound;
	/* ye…, je… and e… begin alike: Yeltsin, Jelzin, Eltsin */
	if (strchr("yjh", text.data[0]) && text.len > 1 && strchr("aeiouy", text.data[1]))
		*used = 2;
	return 'A';
}

size_t similar_sound(struct slice folded, char *sound, size_t size)
{
	size_t len = 0, used = 0;

	for (size_t at = 0; at < folded.len && len < size; at += used) {
		struct slice rest = slice_sub(folded, at, folded.len);
		char next;

		used = 1;
		if (rest.data[0] == ' ' || rest.data[0] == '-' || rest.data[0] == '\'')
			continue;
		next = len == 0 ? first_sound(rest, &used) : next_sound(rest, &used);
		if (next && (len == 0 || sound[len - 1] != next))
			sound[len++] = next;
	}
	return len;
}
