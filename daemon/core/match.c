/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <math.h>

#include "match_private.h"
#include "similar.h"

#define PRIOR_SHARE 0.7f /* true pairs a record that a store is taken to have */
#define LAST_LIKE   0.85 /* Jaro-Winkler from which a family name is the same, badly mistyped */
#define PLACE_BITS  4.f	 /* company or place that says something */

static const char *const veto_names[VETO_COUNT] = {
	[VETO_NONE] = "none",
	[VETO_FIRST_NAME] = "first names differ",
	[VETO_LAST_NAME] = "last names differ",
	[VETO_GENERATION] = "generations differ",
	[VETO_MAILBOX] = "two mailboxes of one organisation",
	[VETO_IDENTIFIER] = "numbers or birth dates differ",
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

void match_rules_init(struct match_rules *rules, const struct match_policy *policy, double n_records)
{
	*rules = (struct match_rules){ .policy = policy, .n_records = n_records };
	facts_default(&rules->mistakes);
	rules->prior = (float)log2(2 * (double)PRIOR_SHARE / (n_records + 2));
}

/* log2 of x > 0, to a hundredth: the weights are no finer. */
static float quick_log2(float x)
{
	union {
		float value;
		uint32_t bits;
	} number = { x };
	float mantissa, exponent = (float)(int)(number.bits >> 23) - 127;

	number.bits = (number.bits & 0x7fffff) | 0x3f800000;
	mantissa = number.value;
	return exponent + (-0.33582878f * mantissa + 2.0f) * mantissa - 1.65871022f;
}

float match_rarity(const struct match_rules *rules, uint32_t a, uint32_t b, enum weight most)
{
	uint32_t held = a > b ? a : b;
	float cap = match_weight(rules, most), bits = quick_log2((float)rules->n_records / (float)(held ? held : 1));

	return bits < 0 ? 0 : bits > cap ? cap : bits;
}

/* -- e-mail -- */

static void add_email(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                      const struct name_match *names, struct match *ret)
{
	enum email_level level = ret->email = match_email_level(a, b);

	ret->evidence[EVIDENCE_EMAIL] = match_email_weight(rules, level);
	ret->is_strong |= level == EMAIL_OWN;
	if (level == EMAIL_NUMBERED || (level == EMAIL_DIFFERS && !ret->is_strong))
		ret->veto = VETO_MAILBOX;
	/* a slip or another domain of the company, under the same name, is the same mailbox */
	ret->is_strong |= level >= EMAIL_SLIP && names->first == NAME_SAME && names->last == NAME_SAME;
}

/* -- the pair -- */

/* Two own numbers, none in common; two own addresses of one sort that are not one mailbox. */
static bool are_rivals(const struct profile *a, const struct profile *b, const struct match *match)
{
	if (match_has_own_phone(a) && match_has_own_phone(b) && match->evidence[EVIDENCE_PHONE] == 0)
		return true;
	return match_email_is_own(a) && match_email_is_own(b) &&
	       a->email_is_business == b->email_is_business && match->email < EMAIL_SLIP;
}

/* Without anything strong: the whole name at one company or place. */
static bool is_bare_link(const struct profile *a, const struct profile *b, const struct name_match *names,
                         const struct match *match)
{
	bool first = names->first == NAME_SAME || names->first == NAME_NICK;
	bool last = names->last == NAME_SAME || names->last == NAME_NICK || names->last == NAME_SLIP;

	return first && last && !a->name.generation == !b->name.generation &&
	       match->evidence[EVIDENCE_COMPANY] >= PLACE_BITS && !match_two_companies(a, b);
}

/* Another family name beside an own mailbox: a marriage under the same given name; beside an own number:
 * badly mistyped. */
static bool is_explained(const struct profile *a, const struct profile *b, const struct name_match *names,
                         const struct match *match)
{
	bool two_phones = match_has_own_phone(a) && match_has_own_phone(b) && match->evidence[EVIDENCE_PHONE] == 0;

	if (!match->is_strong)
		return false;
	return (!two_phones && match->email == EMAIL_OWN && (names->first == NAME_SAME || names->first == NAME_NICK)) ||
	       similar_jaro_winkler(a->name.last, b->name.last) >= LAST_LIKE;
}

static void veto_names_of(const struct profile *a, const struct profile *b, const struct name_match *names,
                          struct match *ret)
{
	if (names->first == NAME_DIFFERENT || match_emails_tell_apart(a, b))
		ret->veto = VETO_FIRST_NAME;
	else if (names->generations_differ)
		ret->veto = VETO_GENERATION;
	else if (names->last == NAME_SLIP && match_emails_spell_names(a, b))
		ret->veto = VETO_LAST_NAME;
	else if (names->last == NAME_DIFFERENT && !is_explained(a, b, names, ret))
		ret->veto = VETO_LAST_NAME;
}

/* A number that one name uses, at one company, under a family name and an initial or another script's given name. */
static bool is_number_at_company(const struct profile *a, const struct profile *b, const struct name_match *names,
                                 const struct match *match)
{
	return names->first != NAME_DIFFERENT && (names->last == NAME_SAME || names->last == NAME_MISSING) &&
	       match_shares_phone_of_one(a, b) && match->evidence[EVIDENCE_COMPANY] >= PLACE_BITS;
}

static void match_contacts(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                           struct match *ret)
{
	struct name_match names;

	match_names(a, b, &names);
	ret->evidence[EVIDENCE_NAME] = match_name_weight(rules, a, b, &names);
	match_phones(rules, a, b, ret);
	add_email(rules, a, b, &names, ret);
	ret->evidence[EVIDENCE_COMPANY] = match_company_or_place(rules, a, b);
	ret->is_strong |= is_number_at_company(a, b, &names, ret);
	veto_names_of(a, b, &names, ret);
	ret->has_rivals = !ret->is_strong && are_rivals(a, b, ret);
	ret->is_bare = !ret->is_strong && is_bare_link(a, b, &names, ret);
}

static void match_mailboxes(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                            struct match *ret)
{
	ret->is_strong = slice_equal(a->email.text, b->email.text);
	ret->veto = ret->is_strong ? VETO_NONE : VETO_MAILBOX;
	ret->evidence[EVIDENCE_EMAIL] = ret->is_strong ? match_weight(rules, WEIGHT_EMAIL_OWN) : 0;
}

static void match_persons(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                          struct match *ret)
{
	if (a->is_mailbox != b->is_mailbox)
		ret->veto = VETO_MAILBOX_IS_NOBODY;
	else if (a->is_mailbox)
		match_mailboxes(rules, a, b, ret);
	else if (match_is_register(a, b))
		match_register(rules, a, b, ret);
	else
		match_contacts(rules, a, b, ret);
}

/* Weights that the store itself gives need no margin. */
static float register_at(const struct match_rules *rules)
{
	return match_weight(rules,
	                    rules->mistakes.allow_strangers ? WEIGHT_REGISTER_KNOWN_AT : WEIGHT_REGISTER_AT);
}

/* Which of two stands first, by what they hold: swapped fields weigh the same seen from either side. */
static int compare(const struct profile *a, const struct profile *b)
{
	int order = slice_compare(a->name.first, b->name.first);

	if (order == 0)
		order = slice_compare(a->name.last, b->name.last);
	if (order == 0)
		order = slice_compare(a->company.name, b->company.name);
	if (order == 0 && a->has_email && b->has_email)
		order = slice_compare(a->email.text, b->email.text);
	return order;
}

void match_pair(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                struct match *ret)
{
	if (compare(a, b) > 0) {
		const struct profile *first = b;

		b = a;
		a = first;
	}
	*ret = (struct match){ .weight = rules->prior, .is_account = a->entity == ENTITY_ACCOUNT };
	if (ret->is_account)
		match_accounts(rules, a, b, ret);
	else
		match_persons(rules, a, b, ret);
	for (size_t i = 0; i < EVIDENCE_COUNT; i++)
		ret->weight += ret->evidence[i];
	if (a->is_nobody || b->is_nobody)
		ret->veto = VETO_NOBODY;
	if (ret->is_register)
		ret->is_strong = ret->weight >= register_at(rules);
}

bool match_links(const struct match_rules *rules, const struct match *match)
{
	if (match->veto != VETO_NONE)
		return false;
	if (match->is_register)
		return match->is_strong;
	if (match->is_strong)
		return match->weight >= match_weight(rules, WEIGHT_MERGE_AT);
	if (!match->is_bare)
		return false;
	if (match->has_rivals)
		return match->weight >= match_weight(rules, WEIGHT_RIVALS_AT);
	return match->weight >=
	       match_weight(rules, match->is_account ? WEIGHT_ACCOUNT_BARE_AT : WEIGHT_BARE_AT);
}

bool match_asks(const struct match_rules *rules, const struct match *match)
{
	return match->veto != VETO_NOBODY && match->veto != VETO_MAILBOX_IS_NOBODY &&
	       (match->is_question || match->weight >= match_weight(rules, WEIGHT_REVIEW_AT));
}
