/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persons of a register: both records have a birth date or an identity number. Anything may be mistyped, in the wrong
 * field or replaced; what is compared is the whole. A fact that differs costs as much as the store's own mistakes say
 * (facts.h); two that differ link only where the store shows that it is mistakes and not twins.
 */
#include <math.h>

#include "match_private.h"
#include "similar.h"

#define STREET_ALIKE 0.7f /* share of letter pairs in common */
#define NEAR_EMAIL   4	  /* one letter in so many may be wrong */
#define PAIRS_MAX    (SIMILAR_MAX - 1)

bool match_is_register(const struct profile *a, const struct profile *b)
{
	const struct slice *x = a->identifiers, *y = b->identifiers;

	return (x[IDENTIFIER_NATIONAL_ID].len && y[IDENTIFIER_NATIONAL_ID].len) ||
	       (x[IDENTIFIER_BIRTH_DATE].len && y[IDENTIFIER_BIRTH_DATE].len);
}

/* What a fact that differs costs: how rarely that happens to one person. */
static float cost(const struct match_rules *rules, enum fact fact)
{
	return log2f(rules->mistakes.rate[fact]);
}

/* -- place -- */

static size_t letter_pairs(struct slice text, uint16_t pairs[PAIRS_MAX])
{
	char letters[SIMILAR_MAX];
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < SIMILAR_MAX; i++)
		if (text.data[i] != ' ')
			letters[len++] = text.data[i];
	for (size_t i = 0; i + 1 < len; i++)
		pairs[i] = (uint16_t)((unsigned char)letters[i] << 8 | (unsigned char)letters[i + 1]);
	return len ? len - 1 : 0;
}

/* Share of letter pairs in common, whatever their order: lines may be swapped, blanks missing. */
static float shared_pairs(struct slice a, struct slice b)
{
	uint16_t x[PAIRS_MAX], y[PAIRS_MAX];
	size_t n = letter_pairs(a, x), m = letter_pairs(b, y), shared = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++) {
			if (x[i] != y[j])
				continue;
			y[j] = 0;
			shared++;
			break;
		}
	return n + m ? 2 * (float)shared / (float)(n + m) : 0;
}

static bool same_street(const struct address *a, const struct address *b)
{
	if (a->street.len == 0 || b->street.len == 0)
		return false;
	return slice_equal(a->street, b->street) || shared_pairs(a->street, b->street) >= STREET_ALIKE;
}

static bool alike(struct slice a, struct slice b)
{
	unsigned most = a.len >= 8 ? 2 : 1;

	return a.len && b.len && (slice_equal(a, b) || (a.len >= 4 && similar_distance(a, b, most) <= most));
}

static float add_place(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                       struct facts *facts)
{
	const struct address *x = &a->address, *y = &b->address;
	bool postal = alike(x->postal, y->postal), city = alike(x->city, y->city), town = postal || city;
	bool house = x->number.len && slice_equal(x->number, y->number), street = same_street(x, y);
	float weight = 0;

	/* another street in the same town says nothing for sure; another street and town is another place */
	if (street && (house || town))
		facts->level[FACT_PLACE] = FACT_AGREES;
	else if (x->street.len && y->street.len && !street && !town)
		facts->level[FACT_PLACE] = FACT_DIFFERS;
	if (street)
		weight += match_weight(rules, WEIGHT_STREET_MAX) + (house ? match_weight(rules, WEIGHT_HOUSE) : 0);
	else if (house && town)
		weight += match_weight(rules, WEIGHT_HOUSE);
	if (postal)
		weight += match_weight(rules, WEIGHT_TOWN_MAX);
	else if (city)
		weight += match_rarity(rules, a->counts.city, b->counts.city, WEIGHT_TOWN_MAX);
	return facts->level[FACT_PLACE] == FACT_DIFFERS ? cost(rules, FACT_PLACE) : weight;
}

/* -- the other facts -- */

static uint8_t level_of_name(enum name_level level)
{
	return level == NAME_MISSING || level == NAME_INITIAL ? FACT_MISSING
	       : level == NAME_DIFFERENT                      ? FACT_DIFFERS
	                                                      : FACT_AGREES;
}

static float add_names(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                       struct match *ret)
{
	struct name_match names, known;
	float weight;

	match_names_loosely(a, b, &names);
	ret->facts.level[FACT_FIRST] = level_of_name(names.first);
	ret->facts.level[FACT_LAST] = level_of_name(names.last);
	if (names.generations_differ)
		ret->veto = VETO_GENERATION;
	known = names;
	if (names.first == NAME_DIFFERENT)
		known.first = NAME_MISSING;
	if (names.last == NAME_DIFFERENT)
		known.last = NAME_MISSING;
	weight = match_name_weight(rules, a, b, &known);
	weight += names.first == NAME_DIFFERENT ? cost(rules, FACT_FIRST) : 0;
	return weight + (names.last == NAME_DIFFERENT ? cost(rules, FACT_LAST) : 0);
}

static float add_near(const struct match_rules *rules, enum near near, enum fact fact, const enum weight weights[3],
                      struct facts *facts)
{
	if (near == NEAR_MISSING)
		return 0;
	facts->level[fact] = near == NEAR_DIFFERENT ? FACT_DIFFERS : FACT_AGREES;
	return near == NEAR_DIFFERENT ? cost(rules, fact) : match_weight(rules, weights[near - NEAR_SAME]);
}

static float add_identifiers(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                             struct facts *facts)
{
	static const enum weight numbers[] = { WEIGHT_NUMBER, WEIGHT_NUMBER_SLIP, WEIGHT_NUMBER_NEAR };
	static const enum weight births[] = { WEIGHT_BIRTH, WEIGHT_BIRTH_SLIP, WEIGHT_BIRTH_NEAR };
	const struct slice *x = a->identifiers, *y = b->identifiers;
	enum near number = match_numbers(x[IDENTIFIER_NATIONAL_ID], y[IDENTIFIER_NATIONAL_ID]);
	enum near birth = match_births(x[IDENTIFIER_BIRTH_DATE], y[IDENTIFIER_BIRTH_DATE]);

	return add_near(rules, number, FACT_NUMBER, numbers, facts) +
	       add_near(rules, birth, FACT_BIRTH, births, facts);
}

static bool near_email(struct slice a, struct slice b)
{
	unsigned most = (unsigned)(a.len < b.len ? a.len : b.len) / NEAR_EMAIL;

	return similar_distance(a, b, most) <= most;
}

static float add_email(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                       struct match *ret)
{
	enum weight weight = WEIGHT_EMAIL_NEAR;

	ret->email = match_email_level(a, b);
	if (ret->email == EMAIL_MISSING || a->email.is_role || b->email.is_role)
		return match_email_weight(rules, ret->email);
	ret->facts.level[FACT_EMAIL] = FACT_AGREES;
	if (ret->email >= EMAIL_SLIP)
		return match_email_weight(rules, ret->email);
	if (ret->email == EMAIL_SHARED)
		weight = WEIGHT_EMAIL_SLIP;
	else if (!near_email(a->email.text, b->email.text))
		ret->facts.level[FACT_EMAIL] = FACT_DIFFERS;
	return ret->facts.level[FACT_EMAIL] == FACT_AGREES ? match_weight(rules, weight) : cost(rules, FACT_EMAIL);
}

/* -- what contradictions mean -- */

static bool agrees(const struct match *match, enum fact fact)
{
	return match->facts.level[fact] == FACT_AGREES;
}

static bool differs(const struct match *match, enum fact fact)
{
	return match->facts.level[fact] == FACT_DIFFERS;
}

/* Whether the facts that differ may be mistakes, as far as this store makes them. */
static bool is_explained(const struct mistakes *mistakes, const struct match *match)
{
	bool first = differs(match, FACT_FIRST), birth = differs(match, FACT_BIRTH);
	bool number = differs(match, FACT_NUMBER), last = differs(match, FACT_LAST);

	if (first + last + birth + number >= 3 || (first && birth))
		return mistakes->allow_strangers;
	if (first && number)
		return mistakes->allow_twins;
	if (birth && number)
		return mistakes->allow_namesakes;
	if (number)
		return (agrees(match, FACT_FIRST) && agrees(match, FACT_BIRTH)) || mistakes->allow_strangers;
	if (first && !agrees(match, FACT_NUMBER))
		return mistakes->allow_twins;
	if (birth && !agrees(match, FACT_NUMBER))
		return match->email == EMAIL_OWN || mistakes->allow_namesakes;
	return true;
}

static enum veto contradiction(const struct match *match)
{
	if (differs(match, FACT_FIRST))
		return VETO_FIRST_NAME;
	return differs(match, FACT_NUMBER) || differs(match, FACT_BIRTH) ? VETO_IDENTIFIER : VETO_LAST_NAME;
}

void match_register(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                    struct match *ret)
{
	ret->is_register = true;
	ret->evidence[EVIDENCE_NAME] = add_names(rules, a, b, ret);
	match_phones(rules, a, b, ret);
	ret->evidence[EVIDENCE_EMAIL] = add_email(rules, a, b, ret);
	ret->evidence[EVIDENCE_IDENTIFIER] = add_identifiers(rules, a, b, &ret->facts);
	ret->evidence[EVIDENCE_COMPANY] = add_place(rules, a, b, &ret->facts);
	if (ret->veto == VETO_NONE && !is_explained(&rules->mistakes, ret))
		ret->veto = contradiction(ret);
	if (ret->email == EMAIL_NUMBERED && !agrees(ret, FACT_BIRTH) && !agrees(ret, FACT_NUMBER))
		ret->veto = VETO_MAILBOX;
}
