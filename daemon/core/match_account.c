/* SPDX-License-Identifier: Apache-2.0 */
#include "match_private.h"

#include <math.h>

#include "fold.h"
#include "similar.h"

#define NAME_MAX_BITS  14.f
#define DOMAIN_WEIGHT  9.f
#define DOMAIN_ALIAS   6.f /* same stem under another ending */
#define PHONE_WEIGHT   9.f
#define PLACE_WEIGHT   8.f
#define TOWN_WEIGHT    3.f
#define COUNTRY_COST   6.f
#define DIFFERENT_COST 10.f

bool equal_company(const struct company *a, const struct company *b)
{
	if (a->compact.len == 0 || b->compact.len == 0)
		return false;
	return slice_equal(a->compact, b->compact) ||
	       (a->other_compact.len && slice_equal(a->other_compact, b->compact)) ||
	       (b->other_compact.len && slice_equal(a->compact, b->other_compact)) ||
	       (a->other_compact.len && slice_equal(a->other_compact, b->other_compact));
}

static bool is_slip(const struct company *a, const struct company *b)
{
	size_t shorter = a->compact.len < b->compact.len ? a->compact.len : b->compact.len;
	unsigned most = shorter >= 12 ? 2 : 1;

	return shorter >= 4 && similar_distance(a->compact, b->compact, most) <= most;
}

static bool is_short_form(const struct company *a, const struct company *b)
{
	return company_is_acronym(a->compact, b->name) || company_is_acronym(b->compact, a->name);
}

bool similar_company(const struct company *a, const struct company *b)
{
	return is_slip(a, b) || is_short_form(a, b);
}

/* Every word of the shorter begins a word of the longer, in any order: "art's deli", "deli at the art's". */
static bool is_contained(struct slice shorter, struct slice longer)
{
	struct slice word, other;
	size_t letters = 0;

	while (fold_word(&shorter, &word)) {
		struct slice rest = longer;
		bool found = false;

		while (!found && fold_word(&rest, &other))
			found = other.len >= word.len && memcmp(other.data, word.data, word.len) == 0;
		if (!found)
			return false;
		letters += word.len;
	}
	return letters >= 4;
}

/* More or less of the same name, or with a legal form that is mistyped: for those who share more than a name.
 */
static bool is_longer_form(const struct company *a, const struct company *b)
{
	const struct company *shorter = a->compact.len <= b->compact.len ? a : b,
	                     *longer = shorter == a ? b : a;
	struct slice x = shorter->compact, y = longer->compact;

	if (x.len >= 4 && memcmp(x.data, y.data, x.len) == 0)
		return true;
	return is_contained(shorter->name, longer->name) ||
	       (x.len >= 4 && similar_distance(x, y, x.len >= 8 ? 3 : 2) <= (x.len >= 8 ? 3u : 2u));
}

/* -- evidence -- */

enum company_level { COMPANY_SAME, COMPANY_SLIP, COMPANY_SHORT, COMPANY_LONGER, COMPANY_DIFFERENT };

static enum company_level company_level(const struct company *a, const struct company *b)
{
	if (equal_company(a, b))
		return COMPANY_SAME;
	if (is_slip(a, b))
		return COMPANY_SLIP;
	if (is_short_form(a, b))
		return COMPANY_SHORT;
	return is_longer_form(a, b) ? COMPANY_LONGER : COMPANY_DIFFERENT;
}

static const float shares[] = {
	[COMPANY_SAME] = 1.f,
	[COMPANY_SLIP] = 0.75f,
	[COMPANY_SHORT] = 0.5f,
	[COMPANY_LONGER] = 0.4f,
};

/* What the two have in common besides the name, and whether they have two of it. */
struct premises {
	float domain, place, phone;
	bool two_domains, two_places, two_phones, two_countries;
};

static float place_weight(const struct profile *a, const struct profile *b)
{
	const struct address *x = &a->address, *y = &b->address;
	bool same_street = x->street.len && similar_distance(x->street, y->street, 2) <= 2 &&
	                   slice_equal(x->number, y->number);

	if (a->place.len && slice_equal(a->place, b->place))
		return PLACE_WEIGHT;
	if (same_street && x->number.len)
		return PLACE_WEIGHT;
	if (x->postal.len && slice_equal(x->postal, y->postal))
		return TOWN_WEIGHT;
	return x->city.len && slice_equal(x->city, y->city) ? TOWN_WEIGHT : 0;
}

static bool differ(struct slice a, struct slice b)
{
	return a.len && b.len && !slice_equal(a, b);
}

/* "uk" of acme.co.uk; null for the endings of the whole world. */
static struct slice country_label(struct slice domain)
{
	const char *dot = domain.len ? memrchr(domain.data, '.', domain.len) : NULL;
	struct slice label =
	        dot ? slice_sub(domain, (size_t)(dot + 1 - domain.data), domain.len) : SLICE_NULL;

	return label.len == 2 && !slice_equal(label, SLICE("io")) && !slice_equal(label, SLICE("co")) &&
	                       !slice_equal(label, SLICE("eu"))
	               ? label
	               : SLICE_NULL;
}

/* By their addresses; where those do not say, by legal form or domain. */
static bool in_two_countries(const struct profile *a, const struct profile *b)
{
	if (a->address.country.len && b->address.country.len)
		return !slice_equal(a->address.country, b->address.country);
	return differ(a->company.form_country, b->company.form_country) ||
	       differ(country_label(a->org), country_label(b->org));
}

static void look_at_premises(const struct profile *a, const struct profile *b, struct match *match,
                             struct premises *ret)
{
	*ret = (struct premises){ .place = place_weight(a, b) };
	match_phones(a, b, match);
	ret->phone = fminf(match->evidence[EVIDENCE_PHONE], PHONE_WEIGHT);
	if (a->org.len && slice_equal(a->org, b->org))
		ret->domain = DOMAIN_WEIGHT;
	else if (a->org.len && slice_equal(a->org_stem, b->org_stem))
		ret->domain = DOMAIN_ALIAS;
	ret->two_domains = ret->domain == 0 && differ(a->org, b->org);
	ret->two_places = ret->place < PLACE_WEIGHT && a->place.len && b->place.len;
	ret->two_phones = ret->phone == 0 && differ(a->phones[0].national, b->phones[0].national);
	ret->two_countries = in_two_countries(a, b) && ret->place < PLACE_WEIGHT;
	/* another domain of the same stem is the same company's unless something speaks for two */
	if (ret->domain == DOMAIN_ALIAS && (ret->two_places || ret->two_phones || ret->two_countries)) {
		ret->domain = 0;
		ret->two_domains = true;
	}
}

static unsigned in_common(const struct premises *premises)
{
	return (premises->domain > 0) + (premises->place >= PLACE_WEIGHT) + (premises->phone >= PHONE_WEIGHT);
}

void match_accounts(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                    struct match *ret)
{
	float full = match_rarity(rules, a->counts.company, b->counts.company, NAME_MAX_BITS);
	enum company_level level = company_level(&a->company, &b->company);
	struct premises premises;
	unsigned common;

	match_identifiers(a, b, ret);
	look_at_premises(a, b, ret, &premises);
	common = in_common(&premises);
	ret->evidence[EVIDENCE_PHONE] = premises.phone;
	ret->evidence[EVIDENCE_COMPANY] =
	        premises.domain + premises.place - (premises.two_countries ? COUNTRY_COST : 0);
	ret->evidence[EVIDENCE_NAME] = level == COMPANY_DIFFERENT ? -DIFFERENT_COST : shares[level] * full;
	ret->is_strong = ret->number > 0 || common > 0;
	/* a longer name at one domain may be a daughter: it takes the same door or number too */
	if (level == COMPANY_DIFFERENT || (level >= COMPANY_LONGER && common < 2))
		ret->veto = VETO_COMPANY;
	else if (premises.two_countries && premises.domain == 0 && premises.phone < PHONE_WEIGHT)
		ret->veto = VETO_COUNTRY;
	ret->has_rivals =
	        premises.two_domains || premises.two_places || premises.two_phones || premises.two_countries;
	ret->is_weak_link =
	        !ret->is_strong && level == COMPANY_SAME && !ret->has_rivals && a->company.compact.len >= 6;
	/* two companies behind one door and number are a question: one may have been renamed */
	ret->is_question =
	        ret->veto == VETO_COMPANY && premises.phone >= PHONE_WEIGHT && !premises.two_countries;
}
