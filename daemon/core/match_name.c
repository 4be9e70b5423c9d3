/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "fold.h"
#include "match_private.h"
#include "similar.h"

#define SLIP_LETTERS 4 /* a shorter name with another letter is another name */
#define LONG_LETTERS 8 /* from here two slips are forgiven */
#define FREQUENT     8 /* records with a given name from which it is one in use */
#define NEAR	     0.85 /* Jaro-Winkler of a badly mistyped name */

static bool same_sound(struct slice a, struct slice b)
{
	char x[16], y[16];
	size_t n = similar_sound(a, x, sizeof(x)), m = similar_sound(b, y, sizeof(y));

	return n >= 2 && n == m && memcmp(x, y, n) == 0;
}

/* Letters in common in whatever order: keys struck in the wrong order, twice, or beside the right one. */
static bool same_letters(struct slice x, struct slice y)
{
	unsigned counts[256] = { 0 };
	size_t shared = 0;

	for (size_t i = 0; i < x.len; i++)
		counts[(unsigned char)x.data[i]]++;
	for (size_t i = 0; i < y.len; i++)
		if (counts[(unsigned char)y.data[i]]) {
			counts[(unsigned char)y.data[i]]--;
			shared++;
		}
	return x.len >= 3 && y.len >= 3 && 8 * shared >= 3 * (x.len + y.len);
}

static bool is_ascii_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_slip(struct slice a, struct slice b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;

	if (shorter < SLIP_LETTERS - 1 || !is_ascii_letter(a.data[0]) || !is_ascii_letter(b.data[0]))
		return false;
	return similar_distance(a, b, shorter >= LONG_LETTERS ? 2 : 1) <= (shorter >= LONG_LETTERS ? 2u : 1u);
}

static bool equal_any(struct slice a, struct slice other_a, struct slice b, struct slice other_b)
{
	return slice_equal(a, b) ||
	       (other_a.len && (slice_equal(other_a, b) || slice_equal(other_a, other_b))) ||
	       (other_b.len && slice_equal(a, other_b));
}

/* "jean" and "jean-pierre": the part before the hyphen alone. */
static bool is_part_of_double(struct slice whole, struct slice part)
{
	return whole.len > part.len && part.len >= 2 && whole.data[part.len] == '-' &&
	       memcmp(whole.data, part.data, part.len) == 0;
}

static bool roots_meet(const struct profile *a, const struct profile *b)
{
	for (size_t i = 0; i < a->n_roots; i++)
		for (size_t j = 0; j < b->n_roots; j++)
			if (slice_equal(a->roots[i], b->roots[j]))
				return true;
	return false;
}

/* Whether an initial may stand for the name or one of the names it is short for. */
static bool initial_fits(struct slice initial, const struct profile *of, struct slice name)
{
	if (name.len && name.data[0] == initial.data[0])
		return true;
	for (size_t i = 0; i < of->n_roots; i++)
		if (of->roots[i].data[0] == initial.data[0])
			return true;
	return false;
}

/* "J. Robert" goes by Robert. */
static bool goes_by_middle(const struct profile *a, const struct profile *b)
{
	return a->name.first_is_initial && a->name.middle.len > 1 &&
	       slice_equal(a->name.middle, b->name.first);
}

static bool in_use(const struct profile *profile)
{
	return profile->counts.first >= FREQUENT || profile->first_is_given;
}

/* Scripts nobody transliterates (佐藤, Sato) cannot be compared. */
bool match_can_compare(struct slice a, struct slice b)
{
	return ((unsigned char)a.data[0] >= 0x80) == ((unsigned char)b.data[0] >= 0x80);
}

static enum name_level first_level(const struct profile *a, const struct profile *b)
{
	struct slice x = a->name.first, y = b->name.first;

	if (x.len == 0 || y.len == 0 || !match_can_compare(x, y))
		return NAME_MISSING;
	if (equal_any(x, a->name.other_first, y, b->name.other_first))
		return NAME_SAME;
	if (goes_by_middle(a, b) || goes_by_middle(b, a))
		return NAME_NICK;
	if (a->name.first_is_initial || b->name.first_is_initial)
		return (a->name.first_is_initial ? initial_fits(x, b, y) : initial_fits(y, a, x))
		               ? NAME_INITIAL
		               : NAME_DIFFERENT;
	if (is_part_of_double(x, y) || is_part_of_double(y, x) || roots_meet(a, b))
		return NAME_NICK;
	/* two names in use that differ by a letter are two names: Jan and Jon, Mario and Maria */
	if (in_use(a) && in_use(b))
		return NAME_DIFFERENT;
	return is_slip(x, y) || same_letters(x, y) || same_sound(x, y) ? NAME_SLIP : NAME_DIFFERENT;
}

static bool has_word(struct slice words, struct slice wanted)
{
	struct slice word;

	while (fold_word(&words, &word))
		if (slice_equal(word, wanted))
			return true;
	return false;
}

/* "garcia" and "garcia lopez", "smith" and "jones smith": every word of the shorter is in the longer. */
static bool is_part(struct slice shorter, struct slice longer)
{
	struct slice word;
	size_t longest = 0;

	while (fold_word(&shorter, &word)) {
		if (!has_word(longer, word))
			return false;
		longest = word.len > longest ? word.len : longest;
	}
	return longest >= 3;
}

static bool share_a_word(struct slice a, struct slice b)
{
	return a.len <= b.len ? is_part(a, b) : is_part(b, a);
}

static struct slice letters(struct slice words, char *room, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < words.len && len < size; i++)
		if (words.data[i] != ' ')
			room[len++] = words.data[i];
	return (struct slice){ room, len };
}

static enum name_level last_level(const struct profile *a, const struct profile *b)
{
	struct slice x = a->name.last, y = b->name.last;
	char room_x[SIMILAR_MAX], room_y[SIMILAR_MAX];

	if (x.len == 0 || y.len == 0 || !match_can_compare(x, y))
		return NAME_MISSING;
	if (equal_any(x, a->name.other_last, y, b->name.other_last))
		return NAME_SAME;
	if (x.len == 1 || y.len == 1)
		return x.data[0] == y.data[0] ? NAME_INITIAL : NAME_DIFFERENT;
	x = letters(x, room_x, sizeof(room_x));
	y = letters(y, room_y, sizeof(room_y));
	if (slice_equal(x, y))
		return NAME_SAME;
	if (share_a_word(a->name.last, b->name.last))
		return NAME_NICK;
	if (share_a_word(a->name.last, b->name.middle) || share_a_word(a->name.middle, b->name.last))
		return NAME_NICK;
	return is_slip(x, y) || same_sound(x, y) ? NAME_SLIP : NAME_DIFFERENT;
}

static bool alike(enum name_level level)
{
	return level != NAME_DIFFERENT && level != NAME_MISSING;
}

/* Given names that may be one: two in use that differ by a letter are two. */
static bool given_alike(struct slice a, struct slice b)
{
	return person_name_is_nickname(a, b) ||
	       (is_slip(a, b) && !(person_name_is_given(a) && person_name_is_given(b)));
}

/* First and last name in each other's field. Both must be told, and neither as an initial. */
static bool is_swapped(const struct profile *a, const struct profile *b)
{
	const struct person_name *x = &a->name, *y = &b->name;
	bool one = x->first.len > 1 && y->first.len > 1 && x->last.len > 1 && y->last.len > 1;
	bool same = one && equal_any(x->first, x->other_first, y->last, y->other_last);
	bool other_way = one && equal_any(x->last, x->other_last, y->first, y->other_first);

	if (same && other_way)
		return true;
	return one &&
	       ((same && given_alike(x->last, y->first)) || (other_way && given_alike(x->first, y->last)));
}

/* "Harris, M" in the wrong fields beside "Mark Harris". */
static bool is_swapped_initial(const struct profile *a, const struct profile *b)
{
	return a->name.last.len == 1 && a->name.first.len > 1 && slice_equal(a->name.first, b->name.last) &&
	       b->name.first.len && initial_fits(a->name.last, b, b->name.first);
}

void match_names(const struct profile *a, const struct profile *b, struct name_match *ret)
{
	*ret = (struct name_match){ .first = first_level(a, b), .last = last_level(a, b) };
	ret->generations_differ =
	        a->name.generation && b->name.generation && a->name.generation != b->name.generation;
	if (alike(ret->first) && alike(ret->last))
		return;
	if (is_swapped(a, b))
		*ret = (struct name_match){ NAME_SAME, NAME_SAME, true, ret->generations_differ };
	else if (is_swapped_initial(a, b) || is_swapped_initial(b, a))
		*ret = (struct name_match){ NAME_INITIAL, NAME_SAME, true, ret->generations_differ };
}

bool names_are_compatible(const struct name_match *match)
{
	return match->first != NAME_DIFFERENT && match->last != NAME_DIFFERENT && !match->generations_differ;
}

/* -- in registers: any field may hold either name, and letters may be wrong throughout -- */

static enum name_level loose_level(struct slice x, struct slice y)
{
	if (x.len == 0 || y.len == 0 || !match_can_compare(x, y))
		return NAME_MISSING;
	if (slice_equal(x, y))
		return NAME_SAME;
	if (x.len == 1 || y.len == 1)
		return x.data[0] == y.data[0] ? NAME_INITIAL : NAME_DIFFERENT;
	if (is_slip(x, y))
		return NAME_SLIP;
	return same_letters(x, y) || similar_jaro_winkler(x, y) >= NEAR ? NAME_NEAR : NAME_DIFFERENT;
}

static int agreement(const struct name_match *names)
{
	static const int values[] = {
		[NAME_SAME] = 3, [NAME_NICK] = 3, [NAME_SLIP] = 2, [NAME_NEAR] = 2, [NAME_INITIAL] = 1,
		[NAME_DIFFERENT] = -1,
	};

	return values[names->first] + values[names->last];
}

void match_names_loosely(const struct profile *a, const struct profile *b, struct name_match *ret)
{
	struct name_match crossed = { .is_swapped = true };

	match_names(a, b, ret);
	if (ret->first == NAME_DIFFERENT && !(in_use(a) && in_use(b)))
		ret->first = loose_level(a->name.first, b->name.first);
	if (ret->last == NAME_DIFFERENT)
		ret->last = loose_level(a->name.last, b->name.last);
	crossed.first = loose_level(a->name.last, b->name.first);
	crossed.last = loose_level(a->name.first, b->name.last);
	crossed.generations_differ = ret->generations_differ;
	if (!ret->is_swapped && agreement(&crossed) > agreement(ret) + 1)
		*ret = crossed;
}

/* -- weights -- */

static float first_weight(const struct match_rules *rules, enum name_level level, float full)
{
	switch (level) {
	case NAME_SAME:
		return full;
	case NAME_NICK:
		return fminf(match_weight(rules, WEIGHT_NICKNAME), full);
	case NAME_INITIAL:
		return match_weight(rules, WEIGHT_INITIAL);
	case NAME_SLIP:
		return match_weight(rules, WEIGHT_SLIP_SHARE) * full;
	case NAME_NEAR:
		return match_weight(rules, WEIGHT_NAME_NEAR_SHARE) * full;
	case NAME_DIFFERENT:
		return match_weight(rules, WEIGHT_NAME_DIFFERS);
	case NAME_MISSING:
		break;
	}
	return 0;
}

static float last_weight(const struct match_rules *rules, enum name_level level, float full)
{
	return level == NAME_NICK ? match_weight(rules, WEIGHT_PART_SHARE) * full : first_weight(rules, level, full);
}

float match_name_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                        const struct name_match *names)
{
	const struct profile_counts *x = &a->counts, *y = &b->counts;
	float first = match_rarity(rules, names->is_swapped ? x->last : x->first, y->first, WEIGHT_FIRST_MAX);
	float last = match_rarity(rules, names->is_swapped ? x->first : x->last, y->last, WEIGHT_LAST_MAX);

	return first_weight(rules, names->first, first) + last_weight(rules, names->last, last) +
	       (names->is_swapped ? match_weight(rules, WEIGHT_SWAPPED) : 0);
}
