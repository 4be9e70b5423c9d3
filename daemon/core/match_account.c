/* SPDX-License-Identifier: Apache-2.0 */
#include "match_private.h"

#include "fold.h"
#include "similar.h"


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
	bool domain, stem, door, town, phone;
	bool two_domains, two_places, two_phones, two_countries;
};

static bool same_door(const struct profile *a, const struct profile *b)
{
	const struct address *x = &a->address, *y = &b->address;

	if (a->place.len && slice_equal(a->place, b->place))
		return true;
	return x->street.len && x->number.len && slice_equal(x->number, y->number) &&
	       similar_distance(x->street, y->street, 2) <= 2;
}

static bool same_town(const struct address *a, const struct address *b)
{
	return (a->postal.len && slice_equal(a->postal, b->postal)) ||
	       (a->city.len && slice_equal(a->city, b->city));
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

static void look_at_premises(const struct profile *a, const struct profile *b, bool same_phone,
                             struct premises *ret)
{
	bool contradicts;

	*ret = (struct premises){ .door = same_door(a, b), .phone = same_phone };
	ret->town = !ret->door && same_town(&a->address, &b->address);
	ret->domain = a->org.len && slice_equal(a->org, b->org);
	ret->stem = !ret->domain && a->org.len && slice_equal(a->org_stem, b->org_stem);
	ret->two_places = !ret->door && a->place.len && b->place.len;
	ret->two_countries = !ret->door && in_two_countries(a, b);
	ret->two_phones = !same_phone && differ(a->phones[0].national, b->phones[0].national);
	/* another domain of the same stem is the same company's unless something speaks for two */
	contradicts = ret->two_places || ret->two_phones || ret->two_countries;
	ret->two_domains = !ret->domain && differ(a->org, b->org) && (!ret->stem || contradicts);
	ret->stem = ret->stem && !contradicts;
}

static unsigned in_common(const struct premises *premises)
{
	return premises->domain + premises->stem + premises->door + premises->phone;
}

static float premises_weight(const struct match_rules *rules, const struct premises *premises)
{
	float weight = 0;

	weight += premises->domain ? match_weight(rules, WEIGHT_ACCOUNT_DOMAIN) : 0;
	weight += premises->stem ? match_weight(rules, WEIGHT_ACCOUNT_STEM) : 0;
	weight += premises->door ? match_weight(rules, WEIGHT_ACCOUNT_PLACE) : 0;
	weight += premises->town ? match_weight(rules, WEIGHT_ACCOUNT_TOWN) : 0;
	return weight + (premises->two_countries ? match_weight(rules, WEIGHT_ACCOUNT_COUNTRY) : 0);
}

/* Two register numbers are two companies, whatever else they share. */
static enum near add_registration(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                                  struct match *ret)
{
	enum near near = match_numbers(a->identifiers[IDENTIFIER_REGISTRATION], b->identifiers[IDENTIFIER_REGISTRATION]);
	static const enum weight weights[] = {
		[NEAR_SAME] = WEIGHT_NUMBER,
		[NEAR_SLIP] = WEIGHT_NUMBER_NEAR,
		[NEAR_FAR] = WEIGHT_ACCOUNT_REGISTRATION_DIFFERS,
		[NEAR_DIFFERENT] = WEIGHT_ACCOUNT_REGISTRATION_DIFFERS,
	};

	if (near != NEAR_MISSING)
		ret->evidence[EVIDENCE_IDENTIFIER] = match_weight(rules, weights[near]);
	return near;
}

static enum veto veto_of(enum near registration, enum company_level level, const struct premises *premises)
{
	if (registration >= NEAR_FAR)
		return VETO_IDENTIFIER;
	if (registration == NEAR_SAME)
		return VETO_NONE;
	/* a longer name at one domain may be a daughter: it takes the same door or number too */
	if (level == COMPANY_DIFFERENT || (level >= COMPANY_LONGER && in_common(premises) < 2))
		return VETO_COMPANY;
	if (premises->two_countries && !premises->domain && !premises->stem && !premises->phone)
		return VETO_COUNTRY;
	return VETO_NONE;
}

void match_accounts(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                    struct match *ret)
{
	float full = match_rarity(rules, a->counts.company, b->counts.company, WEIGHT_ACCOUNT_NAME_MAX);
	enum company_level level = company_level(&a->company, &b->company);
	enum near registration = add_registration(rules, a, b, ret);
	struct premises premises;

	match_phones(rules, a, b, ret);
	look_at_premises(a, b, ret->evidence[EVIDENCE_PHONE] >= match_weight(rules, WEIGHT_PHONE_OWN), &premises);
	if (premises.phone)
		ret->evidence[EVIDENCE_PHONE] = match_weight(rules, WEIGHT_ACCOUNT_PHONE);
	ret->evidence[EVIDENCE_COMPANY] = premises_weight(rules, &premises);
	ret->evidence[EVIDENCE_NAME] = level == COMPANY_DIFFERENT ? match_weight(rules, WEIGHT_ACCOUNT_NAME_DIFFERS)
	                                                          : shares[level] * full;
	ret->is_strong = registration == NEAR_SAME || in_common(&premises) > 0;
	ret->veto = veto_of(registration, level, &premises);
	ret->has_rivals =
	        premises.two_domains || premises.two_places || premises.two_phones || premises.two_countries;
	ret->is_bare = !ret->is_strong && level == COMPANY_SAME && !ret->has_rivals && a->company.compact.len >= 6;
	/* two companies behind one door and number are a question: one may have been renamed */
	ret->is_question = ret->veto == VETO_COMPANY && premises.phone && !premises.two_countries;
}
