/* SPDX-License-Identifier: Apache-2.0 */
#include "match_private.h"

#include <math.h>

#include "fold.h"
#include "similar.h"

#define NAME_MAX_BITS	 14.f
#define DOMAIN_WEIGHT	 9.f
#define DOMAIN_ALIAS	 6.f			/* same stem under another ending */
#define PHONE_WEIGHT	 9.f
#define PLACE_WEIGHT	 8.f
#define TOWN_WEIGHT	 3.f
#define COUNTRY_COST	 6.f
#define DIFFERENT_COST	 10.f
#define SLIP_SHARE	 0.75f
#define SHORT_SHARE	 0.5f

bool equal_company(const struct company *a, const struct company *b)
{
	if (a->compact.len == 0 || b->compact.len == 0)
		return false;
	return slice_equal(a->compact, b->compact) || (a->other_compact.len && slice_equal(a->other_compact, b->compact)) ||
	       (b->other_compact.len && slice_equal(a->compact, b->other_compact)) ||
	       (a->other_compact.len && slice_equal(a->other_compact, b->other_compact));
}

static bool is_slip(const struct company *a, const struct company *b)
{
	size_t shorter = a->compact.len < b->compact.len ? a->compact.len : b->compact.len;
	unsigned most = shorter >= 12 ? 2 : 1;

	return shorter >= 5 && similar_distance(a->compact, b->compact, most) <= most;
}

static bool is_short_form(const struct company *a, const struct company *b)
{
	return company_is_acronym(a->compact, b->name) || company_is_acronym(b->compact, a->name);
}

bool similar_company(const struct company *a, const struct company *b)
{
	return is_slip(a, b) || is_short_form(a, b);
}

/* -- evidence -- */

static void add_name(const struct match_rules *rules, const struct profile *a, const struct profile *b, struct match *ret)
{
	float full = match_rarity(rules, a->counts.company, b->counts.company, NAME_MAX_BITS);

	if (equal_company(&a->company, &b->company)) {
		ret->evidence[EVIDENCE_NAME] = full;
	} else if (is_slip(&a->company, &b->company)) {
		ret->evidence[EVIDENCE_NAME] = SLIP_SHARE * full;
	} else if (is_short_form(&a->company, &b->company)) {
		ret->evidence[EVIDENCE_NAME] = SHORT_SHARE * full;
	} else {
		ret->evidence[EVIDENCE_NAME] = -DIFFERENT_COST;
		ret->veto = VETO_COMPANY;
	}
}

static float domain_weight(const struct profile *a, const struct profile *b)
{
	if (a->org.len == 0 || b->org.len == 0)
		return 0;
	if (slice_equal(a->org, b->org))
		return DOMAIN_WEIGHT;
	return slice_equal(a->org_stem, b->org_stem) ? DOMAIN_ALIAS : -4.f;
}

static float place_weight(const struct profile *a, const struct profile *b)
{
	if (a->place.len && slice_equal(a->place, b->place))
		return PLACE_WEIGHT;
	if (a->address.postal.len && slice_equal(a->address.postal, b->address.postal))
		return a->address.street.len && similar_distance(a->address.street, b->address.street, 2) <= 2 ? PLACE_WEIGHT : TOWN_WEIGHT;
	if (a->address.city.len && slice_equal(a->address.city, b->address.city))
		return TOWN_WEIGHT;
	return 0;
}

static bool differ(struct slice a, struct slice b)
{
	return a.len && b.len && !slice_equal(a, b);
}

static bool in_two_countries(const struct profile *a, const struct profile *b)
{
	return differ(a->address.country, b->address.country) || differ(a->company.form_country, b->company.form_country);
}

void match_accounts(const struct match_rules *rules, const struct profile *a, const struct profile *b, struct match *ret)
{
	float domain = domain_weight(a, b), place = place_weight(a, b);

	add_name(rules, a, b, ret);
	match_identifiers(a, b, ret);
	match_phones(a, b, ret);
	ret->evidence[EVIDENCE_PHONE] = fminf(ret->evidence[EVIDENCE_PHONE], PHONE_WEIGHT);
	/* web, phone and place point to the same premises: the best, and half of the next */
	ret->evidence[EVIDENCE_COMPANY] = domain + place;
	ret->is_strong = ret->is_strong || domain > 0 || place >= PLACE_WEIGHT || ret->evidence[EVIDENCE_PHONE] >= PHONE_WEIGHT;
	if (in_two_countries(a, b)) {
		ret->evidence[EVIDENCE_COMPANY] -= COUNTRY_COST;
		if (domain <= 0 && ret->evidence[EVIDENCE_PHONE] < PHONE_WEIGHT)
			ret->veto = VETO_COUNTRY;
	}
}
