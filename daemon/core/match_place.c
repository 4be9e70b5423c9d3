/* SPDX-License-Identifier: Apache-2.0 */
/* Company, domain and place of persons: one piece of evidence, the best counts. */
#include <math.h>

#include "match_private.h"
#include "similar.h"

#define STREET_LIKE 0.9 /* Jaro-Winkler of two spellings of one street */

static float company_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	const struct company *x = &a->company, *y = &b->company;
	float full;

	if (x->compact.len == 0 || y->compact.len == 0 || x->is_nobody || y->is_nobody)
		return 0;
	full = match_rarity(rules, a->counts.company, b->counts.company, WEIGHT_COMPANY_MAX);
	if (equal_company(x, y))
		return full;
	return similar_company(x, y) ? match_weight(rules, WEIGHT_COMPANY_SLIP_SHARE) * full : 0;
}

static float org_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	bool same = a->org.len && b->org.len &&
	            (slice_equal(a->org, b->org) || slice_equal(a->org, b->web_org) ||
	             slice_equal(a->web_org, b->org));

	return same ? match_rarity(rules, a->counts.org, b->counts.org, WEIGHT_COMPANY_MAX) : 0;
}

static bool alike(struct slice a, struct slice b)
{
	return a.len && b.len && similar_distance(a, b, 1) <= 1;
}

static bool two_houses(const struct address *a, const struct address *b)
{
	return a->number.len && b->number.len && !slice_equal(a->number, b->number);
}

/* Postal code or city, each of which may be mistyped; a street must be there on both sides. */
static bool same_town(const struct address *a, const struct address *b)
{
	return a->street.len && b->street.len && (alike(a->postal, b->postal) || alike(a->city, b->city));
}

static float place_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	if (a->place.len && slice_equal(a->place, b->place))
		return match_rarity(rules, a->counts.place, b->counts.place, WEIGHT_COMPANY_MAX);
	return same_town(&a->address, &b->address) && !two_houses(&a->address, &b->address) &&
	                       similar_jaro_winkler(a->address.street, b->address.street) >= STREET_LIKE
	               ? match_weight(rules, WEIGHT_PLACE_LIKE)
	               : 0;
}

bool match_two_companies(const struct profile *a, const struct profile *b)
{
	const struct company *x = &a->company, *y = &b->company;
	bool one_org = a->org.len && (slice_equal(a->org, b->org) || slice_equal(a->org, b->web_org) ||
	                              slice_equal(a->web_org, b->org));

	return !one_org && x->compact.len && y->compact.len && !equal_company(x, y) && !similar_company(x, y) &&
	       !x->is_nobody && !y->is_nobody;
}

float match_company_or_place(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	float best = fmaxf(company_weight(rules, a, b), org_weight(rules, a, b));

	best = fmaxf(best, place_weight(rules, a, b));
	if (a->address.city.len && slice_equal(a->address.city, b->address.city))
		best = fmaxf(best, match_weight(rules, WEIGHT_TOWN));
	return best;
}
