/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <math.h>

#include "fold.h"
#include "match_private.h"
#include "similar.h"

/* Weights in bits. Fixed and readable: what they are worth in a store's own data, `learn` proposes. */
#define FIRST_MAX         11.f
#define LAST_MAX          13.f
#define NICK_WEIGHT       4.f
#define INITIAL_WEIGHT    2.5f
#define SLIP_SHARE        0.7f
#define PART_SHARE        0.7f
#define SWAP_COST         2.f
#define DIFFERENT_COST    8.f
#define EMAIL_OWN         16.f
#define EMAIL_SHARED      2.f
#define EMAIL_SLIP        9.f  /* one letter apart */
#define EMAIL_ALIAS_HOST  12.f /* same person-like local part at another domain of the same stem */
#define EMAIL_ALIAS       1.f  /* another spelling of the same name at the same organisation */
#define EMAIL_OTHER       -9.f
#define EMAIL_NUMBERED    -14.f /* john.smith@ and john.smith2@ */
#define PHONE_OWN         11.f
#define PHONE_SHARED      2.f
#define PHONE_SLIP        3.f
#define IDENTIFIER_WEIGHT 16.f
#define BIRTH_WEIGHT      11.f
#define BIRTH_SLIP        6.f
#define BIRTH_COST        6.f
#define COMPANY_MAX       9.f
#define COMPANY_MIN       4.f
#define TOWN_WEIGHT       2.f
#define PLACE_MIN         5.f /* from here the address is the same place */
#define TAIL_DIGITS       9
#define SHARED_NAMES      3 /* incompatible names from which a value is nobody's own */

static const char *const veto_names[VETO_COUNT] = {
	[VETO_NONE] = "none",
	[VETO_FIRST_NAME] = "first names differ",
	[VETO_LAST_NAME] = "last names differ",
	[VETO_GENERATION] = "generations differ",
	[VETO_MAILBOX] = "two mailboxes of one organisation",
	[VETO_IDENTIFIER] = "numbers differ",
	[VETO_MAILBOX_IS_NOBODY] = "a shared mailbox is no person",
	[VETO_NOBODY] = "placeholders only",
	[VETO_COMPANY] = "company names differ",
	[VETO_COUNTRY] = "countries differ",
};

static const char *const evidence_names[EVIDENCE_COUNT] = {
	[EVIDENCE_NAME] = "name",       [EVIDENCE_EMAIL] = "e-mail",
	[EVIDENCE_PHONE] = "phone",     [EVIDENCE_IDENTIFIER] = "identifier",
	[EVIDENCE_COMPANY] = "company",
};

const char *veto_name(enum veto veto)
{
	return veto_names[veto];
}

const char *evidence_name(enum evidence evidence)
{
	return evidence_names[evidence];
}

float match_rarity(const struct match_rules *rules, uint32_t a, uint32_t b, float most)
{
	double held = a > b ? a : b;
	double bits = log2(rules->n_records / (held < 1 ? 1 : held));

	return bits < 0 ? 0 : bits > most ? most : (float)bits;
}

/* -- name -- */

static float first_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                          enum name_level level)
{
	float full = match_rarity(rules, a->counts.first, b->counts.first, FIRST_MAX);

	switch (level) {
	case NAME_SAME:
		return full;
	case NAME_NICK:
		return fminf(NICK_WEIGHT, full);
	case NAME_INITIAL:
		return INITIAL_WEIGHT;
	case NAME_SLIP:
		return fminf(SLIP_SHARE * full, 6.f);
	case NAME_DIFFERENT:
		return -DIFFERENT_COST;
	case NAME_MISSING:
		break;
	}
	return 0;
}

static float last_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                         enum name_level level)
{
	float full = match_rarity(rules, a->counts.last, b->counts.last, LAST_MAX);

	switch (level) {
	case NAME_SAME:
		return full;
	case NAME_NICK:
		return PART_SHARE * full;
	case NAME_INITIAL:
		return INITIAL_WEIGHT;
	case NAME_SLIP:
		return SLIP_SHARE * full;
	case NAME_DIFFERENT:
		return -DIFFERENT_COST;
	case NAME_MISSING:
		break;
	}
	return 0;
}

static float name_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                         const struct name_match *names)
{
	return first_weight(rules, a, b, names->first) + last_weight(rules, a, b, names->last) -
	       (names->is_swapped ? SWAP_COST : 0);
}

/* -- e-mail -- */

static struct slice letters_of(struct slice text, char room[SIMILAR_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < SIMILAR_MAX; i++)
		if (text.data[i] >= 'a' && text.data[i] <= 'z')
			room[len++] = text.data[i];
	return (struct slice){ room, len };
}

/* "john.doe", "jdoe", "doej", "john" at Doe's: made of the name. */
static bool is_made_of_name(struct slice local, const struct person_name *name)
{
	char room_text[SIMILAR_MAX], room_first[SIMILAR_MAX], room_last[SIMILAR_MAX];
	struct slice text = letters_of(local, room_text);
	struct slice first = letters_of(name->first, room_first), last = letters_of(name->last, room_last);

	if (last.len >= 2 && memmem(text.data, text.len, last.data, last.len < 5 ? last.len : 5))
		return true;
	return first.len >= 3 && slice_equal(slice_sub(text, 0, first.len), first) &&
	       text.len <= first.len + 2;
}

/* Of compatible names one may be mistyped or short. */
static bool made_of_either(struct slice local, const struct profile *a, const struct profile *b)
{
	return is_made_of_name(local, &a->name) || is_made_of_name(local, &b->name);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct slice without_number(struct slice local)
{
	while (local.len && is_digit(local.data[local.len - 1]))
		local.len--;
	return local;
}

static bool differ_by_number(struct slice a, struct slice b)
{
	return slice_equal(without_number(a), without_number(b));
}

bool match_email_is_own(const struct profile *profile)
{
	return profile->has_email && !profile->email.is_role &&
	       (profile->counts.email_names < 2 || (profile->counts.email_names < SHARED_NAMES &&
	                                            is_made_of_name(profile->email.local, &profile->name)));
}

static bool one_letter_apart(struct slice a, struct slice b)
{
	return a.len >= 4 && b.len >= 4 && similar_distance(a, b, 1) == 1;
}

/* A mistyped domain is nobody else's: two domains that several records have are two. */
static bool is_slip(const struct profile *a, const struct profile *b)
{
	const struct email *x = &a->email, *y = &b->email;
	bool same_domain = slice_equal(x->domain, y->domain), same_local = slice_equal(x->local, y->local);

	if (same_local && (slice_equal(x->meant, y->domain) || slice_equal(y->meant, x->domain)))
		return true;
	if (same_domain)
		return !differ_by_number(x->local, y->local) && one_letter_apart(x->local, y->local);
	if (a->counts.org < 2 || b->counts.org < 2)
		return similar_distance(x->text, y->text, 3) <= 3 && !differ_by_number(x->local, y->local);
	return same_local && (a->counts.org < 2 || b->counts.org < 2) &&
	       one_letter_apart(x->domain, y->domain);
}

static bool same_stem(const struct profile *a, const struct profile *b)
{
	return a->email_is_business && b->email_is_business && a->org_stem.len >= 3 &&
	       slice_equal(a->org_stem, b->org_stem) && !slice_equal(a->email.domain, b->email.domain);
}

/* How two different addresses compare. Private ones say nothing about business ones. */
static float other_address(const struct profile *a, const struct profile *b)
{
	const struct email *x = &a->email, *y = &b->email;
	bool one_org = a->org.len && slice_equal(a->org, b->org) && slice_equal(x->domain, y->domain);

	if (x->is_role || y->is_role)
		return 0;
	if (is_slip(a, b))
		return EMAIL_SLIP;
	if (same_stem(a, b) && slice_equal(x->local, y->local))
		return is_made_of_name(x->local, &a->name) ? EMAIL_ALIAS_HOST : EMAIL_ALIAS;
	if (!one_org)
		return 0;
	if (differ_by_number(x->local, y->local))
		return EMAIL_NUMBERED;
	return made_of_either(x->local, a, b) && made_of_either(y->local, a, b) ? EMAIL_ALIAS : EMAIL_OTHER;
}

/* A business address made of another name than its record's (an assistant's), against a record without a
 * name. */
static bool is_lent(const struct profile *a, const struct profile *b)
{
	bool nameless = b->name.first.len == 0 && b->name.last.len == 0;

	return nameless && a->email_is_business && a->name.last.len &&
	       !is_made_of_name(a->email.local, &a->name);
}

static void add_email(const struct profile *a, const struct profile *b, const struct name_match *names,
                      struct match *ret)
{
	float weight;

	if (!a->has_email || !b->has_email)
		return;
	if (slice_equal(a->email.text, b->email.text)) {
		bool is_own =
		        match_email_is_own(a) && match_email_is_own(b) && !is_lent(a, b) && !is_lent(b, a);

		ret->evidence[EVIDENCE_EMAIL] = is_own ? EMAIL_OWN : EMAIL_SHARED;
		ret->is_strong |= is_own;
		return;
	}
	weight = other_address(a, b);
	ret->evidence[EVIDENCE_EMAIL] = weight;
	if (weight <= EMAIL_NUMBERED || (weight <= EMAIL_OTHER && !ret->is_strong))
		ret->veto = VETO_MAILBOX;
	/* a slip or another domain of the company, under the same name, is the same mailbox */
	ret->is_strong |= weight >= EMAIL_SLIP && names->first == NAME_SAME && names->last == NAME_SAME;
}

/* -- phone -- */

static bool is_own_phone(const struct profile *profile, size_t i)
{
	return !profile->counts.phone_is_switchboard[i] && profile->counts.phone_names[i] < SHARED_NAMES;
}

static struct slice tail(struct slice digits)
{
	return slice_sub(digits, digits.len - TAIL_DIGITS, TAIL_DIGITS);
}

/* Equal numbers; or, since the country of one may have been guessed wrong, enough equal digits at the end. */
static bool same_phone(const struct phone *a, const struct phone *b)
{
	if (a->national.len == 0 || b->national.len == 0)
		return false;
	if (slice_equal(a->e164, b->e164) && a->e164.len)
		return true;
	return a->national.len >= TAIL_DIGITS && b->national.len >= TAIL_DIGITS &&
	       slice_equal(tail(a->national), tail(b->national));
}

/* Two own addresses that are not two spellings of one name; a letter's difference may be another first name.
 */
static bool two_addresses(const struct profile *a, const struct profile *b)
{
	float weight = other_address(a, b);

	return match_email_is_own(a) && match_email_is_own(b) && !slice_equal(a->email.text, b->email.text) &&
	       (weight < EMAIL_ALIAS || weight == EMAIL_SLIP);
}

/* A number is shared by a family: it takes the whole name, or that nobody else uses it. */
static bool is_strong_phone(const struct profile *a, size_t i, const struct profile *b, size_t j)
{
	bool named = a->name.first.len > 1 && b->name.first.len > 1 && a->name.last.len && b->name.last.len &&
	             match_can_compare(a->name.first, b->name.first);
	bool by_one = a->counts.phone_names[i] < 2 && b->counts.phone_names[j] < 2 && !two_addresses(a, b);

	if (a->entity == ENTITY_ACCOUNT || named)
		return true;
	return by_one && (a->name.first.len || a->has_email) && (b->name.first.len || b->has_email);
}

static void add_phone_pair(const struct profile *a, size_t i, const struct profile *b, size_t j,
                           struct match *ret)
{
	const struct phone *x = &a->phones[i], *y = &b->phones[j];
	float weight = 0;

	if (same_phone(x, y)) {
		bool is_own = is_own_phone(a, i) && is_own_phone(b, j);

		weight = is_own ? PHONE_OWN : PHONE_SHARED;
		ret->is_strong |= is_own && is_strong_phone(a, i, b, j);
	} else if (x->national.len >= 8 && y->national.len >= 8 &&
	           similar_distance(x->national, y->national, 1) == 1) {
		weight = PHONE_SLIP;
	}
	if (weight > ret->evidence[EVIDENCE_PHONE])
		ret->evidence[EVIDENCE_PHONE] = weight;
}

void match_phones(const struct profile *a, const struct profile *b, struct match *ret)
{
	for (size_t i = 0; i < PROFILE_PHONES; i++)
		for (size_t j = 0; j < PROFILE_PHONES; j++)
			add_phone_pair(a, i, b, j, ret);
}

/* -- identifiers -- */

/* Parts of a date (year, month, day in whatever order it is written) that two dates share at their places. */
static unsigned shared_parts(struct slice a, struct slice b)
{
	unsigned n = 0;

	if (a.len != 8 || b.len != 8)
		return 0;
	n += memcmp(a.data, b.data, 4) == 0;
	n += memcmp(a.data + 4, b.data + 4, 2) == 0;
	n += memcmp(a.data + 6, b.data + 6, 2) == 0;
	return n;
}

static float birth_weight(struct slice a, struct slice b)
{
	if (a.len == 0 || b.len == 0)
		return 0;
	if (slice_equal(a, b))
		return BIRTH_WEIGHT;
	if (similar_distance(a, b, 1) == 1 || shared_parts(a, b) == 2)
		return BIRTH_SLIP;
	return shared_parts(a, b) == 1 ? -BIRTH_COST / 2 : -BIRTH_COST;
}

/* A number mistyped by one digit is still evidence; two numbers are two holders. */
static float number_weight(struct slice a, struct slice b)
{
	if (a.len == 0 || b.len == 0)
		return 0;
	if (slice_equal(a, b))
		return IDENTIFIER_WEIGHT;
	return a.len >= 6 && similar_distance(a, b, 1) == 1 ? IDENTIFIER_WEIGHT / 2 : -DIFFERENT_COST;
}

void match_identifiers(const struct profile *a, const struct profile *b, struct match *ret)
{
	const struct slice *x = a->identifiers, *y = b->identifiers;
	float number = number_weight(x[IDENTIFIER_NATIONAL_ID], y[IDENTIFIER_NATIONAL_ID]) +
	               number_weight(x[IDENTIFIER_REGISTRATION], y[IDENTIFIER_REGISTRATION]);

	ret->birth = birth_weight(x[IDENTIFIER_BIRTH_DATE], y[IDENTIFIER_BIRTH_DATE]);
	ret->number = number;
	ret->evidence[EVIDENCE_IDENTIFIER] = number + ret->birth;
	ret->is_identified = number > 0 || ret->birth > 0;
	if (number < 0)
		ret->veto = VETO_IDENTIFIER;
	ret->is_strong |= number >= IDENTIFIER_WEIGHT;
}

/* -- company and place: one piece of evidence -- */

static float company_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	const struct company *x = &a->company, *y = &b->company;

	if (x->compact.len == 0 || y->compact.len == 0 || x->is_nobody || y->is_nobody)
		return 0;
	if (equal_company(x, y))
		return match_rarity(rules, a->counts.company, b->counts.company, COMPANY_MAX);
	if (similar_company(x, y))
		return 0.6f * match_rarity(rules, a->counts.company, b->counts.company, COMPANY_MAX);
	return 0;
}

static float org_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	bool same = a->org.len && b->org.len &&
	            (slice_equal(a->org, b->org) || slice_equal(a->org, b->web_org) ||
	             slice_equal(a->web_org, b->org));

	return same ? match_rarity(rules, a->counts.org, b->counts.org, COMPANY_MAX) : 0;
}

static bool alike(struct slice a, struct slice b)
{
	return a.len && b.len && similar_distance(a, b, 1) <= 1;
}

/* Postal code or city, each of which may be mistyped; a street must be there on both sides. */
static bool same_town(const struct address *a, const struct address *b)
{
	return a->street.len && b->street.len && (alike(a->postal, b->postal) || alike(a->city, b->city));
}

static float place_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b)
{
	if (a->place.len && slice_equal(a->place, b->place))
		return match_rarity(rules, a->counts.place, b->counts.place, COMPANY_MAX);
	return same_town(&a->address, &b->address) &&
	                       similar_jaro_winkler(a->address.street, b->address.street) >= 0.9
	               ? PLACE_MIN
	               : 0;
}

static void add_company(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                        struct match *ret)
{
	float best = company_weight(rules, a, b);

	best = fmaxf(best, org_weight(rules, a, b));
	best = fmaxf(best, place_weight(rules, a, b));
	if (a->address.city.len && slice_equal(a->address.city, b->address.city))
		best = fmaxf(best, TOWN_WEIGHT);
	ret->evidence[EVIDENCE_COMPANY] = best;
}

/* -- the pair -- */

static bool has_own_phone(const struct profile *profile)
{
	return (profile->phones[0].national.len && is_own_phone(profile, 0)) ||
	       (profile->phones[1].national.len && is_own_phone(profile, 1));
}

/* Two own numbers, none in common; two own addresses of one sort that are not one mailbox. */
static bool are_rivals(const struct profile *a, const struct profile *b, const struct match *match)
{
	if (has_own_phone(a) && has_own_phone(b) && match->evidence[EVIDENCE_PHONE] == 0)
		return true;
	return match_email_is_own(a) && match_email_is_own(b) &&
	       a->email_is_business == b->email_is_business && match->evidence[EVIDENCE_EMAIL] < EMAIL_SLIP;
}

/* Without anything strong: the whole name at one company or place, and nothing that speaks for two. */
static bool is_weak_link(const struct name_match *names, const struct match *match)
{
	bool first = names->first == NAME_SAME || names->first == NAME_NICK;
	bool last = names->last == NAME_SAME || names->last == NAME_NICK || names->last == NAME_SLIP;

	return first && last && !match->has_rivals && match->evidence[EVIDENCE_COMPANY] >= COMPANY_MIN;
}

/* Another family name beside an own mailbox: a marriage under the same given name; beside an own number:
 * badly mistyped. */
static bool is_explained(const struct profile *a, const struct profile *b, const struct name_match *names,
                         const struct match *match)
{
	if (!match->is_strong)
		return false;
	return (match->evidence[EVIDENCE_EMAIL] >= EMAIL_OWN &&
	        (names->first == NAME_SAME || names->first == NAME_NICK)) ||
	       similar_jaro_winkler(a->name.last, b->name.last) >= 0.75;
}

static void veto_names_of(const struct profile *a, const struct profile *b, const struct name_match *names,
                          struct match *ret)
{
	if (ret->veto == VETO_IDENTIFIER)
		return;
	if (names->first == NAME_DIFFERENT)
		ret->veto = VETO_FIRST_NAME;
	else if (names->generations_differ)
		ret->veto = VETO_GENERATION;
	else if (names->last == NAME_DIFFERENT && !is_explained(a, b, names, ret))
		ret->veto = VETO_LAST_NAME;
}

/*
 * Where records have numbers or birth dates, single fields may be wrong and the rest be right: facts are
 * counted. Twins share family name, date and place, father and son name and place: what they do not share
 * must weigh more.
 */
struct facts {
	unsigned agree, disagree;
};

static void count_fact(struct facts *facts, bool agrees, bool disagrees)
{
	facts->agree += agrees;
	facts->disagree += disagrees;
}

static bool is_alike(enum name_level level)
{
	return level == NAME_SAME || level == NAME_NICK || level == NAME_SLIP;
}

static bool is_identified(const struct profile *a, const struct profile *b, const struct name_match *names,
                          const struct match *match)
{
	struct facts facts = { 0, 0 };
	float email = match->evidence[EVIDENCE_EMAIL], company = match->evidence[EVIDENCE_COMPANY];
	bool two_places = company == 0 && a->place.len && b->place.len;

	if ((match->number == 0 && match->birth == 0) ||
	    (match->number < 0 && two_places && match->birth < BIRTH_WEIGHT))
		return false;
	if (match->number < 0 && match->birth < 0)
		return false;
	/* the number as it is, and anything else: two of one number are rare enough */
	if (match->number >= IDENTIFIER_WEIGHT)
		return is_alike(names->first) || is_alike(names->last) || match->birth >= BIRTH_SLIP ||
		       company > 0;
	count_fact(&facts, is_alike(names->first), names->first == NAME_DIFFERENT);
	count_fact(&facts, is_alike(names->last), names->last == NAME_DIFFERENT);
	count_fact(&facts, match->birth >= BIRTH_SLIP, match->birth < 0);
	count_fact(&facts, match->number > 0, match->number < 0);
	count_fact(&facts, email >= EMAIL_SLIP, email < 0);
	count_fact(&facts, company >= PLACE_MIN, two_places);
	if (names->first == NAME_DIFFERENT)
		return facts.agree >= 3 + facts.disagree - (match->number > 0);
	return facts.agree >= 2 && facts.agree > facts.disagree;
}

static void lift_veto(const struct profile *a, const struct profile *b, const struct name_match *names,
                      struct match *ret)
{
	if (!is_identified(a, b, names, ret))
		return;
	ret->is_strong = true;
	if (ret->veto != VETO_GENERATION)
		ret->veto = VETO_NONE;
}

static void match_persons(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                          struct match *ret)
{
	struct name_match names;

	match_names(a, b, &names);
	ret->evidence[EVIDENCE_NAME] = name_weight(rules, a, b, &names);
	match_phones(a, b, ret);
	add_email(a, b, &names, ret);
	match_identifiers(a, b, ret);
	add_company(rules, a, b, ret);
	veto_names_of(a, b, &names, ret);
	lift_veto(a, b, &names, ret);
	ret->has_rivals = !ret->is_strong && are_rivals(a, b, ret);
	ret->is_weak_link =
	        !ret->is_strong && !a->name.generation == !b->name.generation && is_weak_link(&names, ret);
	if (a->is_mailbox != b->is_mailbox)
		ret->veto = VETO_MAILBOX_IS_NOBODY;
	/* the mailbox itself, twice */
	if (a->is_mailbox && b->is_mailbox) {
		ret->is_strong = slice_equal(a->email.text, b->email.text);
		ret->veto = ret->is_strong ? VETO_NONE : VETO_MAILBOX;
		ret->evidence[EVIDENCE_EMAIL] = EMAIL_OWN;
	}
}

static float prior(const struct match_rules *rules)
{
	/* one record in two or three has another: 1.4 true pairs a record among n/2 */
	return rules->prior != 0 ? rules->prior : (float)(1.5 - log2(rules->n_records + 2));
}

void match_pair(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                struct match *ret)
{
	*ret = (struct match){ .weight = prior(rules) };
	if (a->entity == ENTITY_ACCOUNT)
		match_accounts(rules, a, b, ret);
	else
		match_persons(rules, a, b, ret);
	for (size_t i = 0; i < EVIDENCE_COUNT; i++)
		ret->weight += ret->evidence[i];
	if (a->is_nobody || b->is_nobody)
		ret->veto = VETO_NOBODY;
}

bool match_links(const struct match_rules *rules, const struct match *match)
{
	if (match->veto != VETO_NONE)
		return false;
	if (match->is_strong)
		return match->weight >= rules->merge_at;
	return match->is_weak_link && match->weight >= rules->weak_at;
}

bool match_asks(const struct match_rules *rules, const struct match *match)
{
	return match->veto != VETO_NOBODY && match->veto != VETO_MAILBOX_IS_NOBODY &&
	       (match->is_question || match->weight >= rules->review_at);
}
