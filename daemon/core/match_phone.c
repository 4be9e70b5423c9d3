/* SPDX-License-Identifier: Apache-2.0 */
#include "match_private.h"
#include "similar.h"

#define TAIL_DIGITS 9

static bool is_own(const struct profile *profile, size_t i)
{
	return !profile->counts.phone_is_switchboard[i] && profile->counts.phone_names[i] < SHARED_NAMES;
}

bool match_has_own_phone(const struct profile *profile)
{
	return (profile->phones[0].national.len && is_own(profile, 0)) ||
	       (profile->phones[1].national.len && is_own(profile, 1));
}

static struct slice tail(struct slice digits)
{
	return slice_sub(digits, digits.len - TAIL_DIGITS, TAIL_DIGITS);
}

/* Equal numbers; or, since the country of one may have been guessed wrong, enough equal digits at the end. */
static bool is_same(const struct phone *a, const struct phone *b)
{
	if (slice_equal(a->e164, b->e164) && a->e164.len)
		return true;
	return a->national.len >= TAIL_DIGITS && b->national.len >= TAIL_DIGITS &&
	       slice_equal(tail(a->national), tail(b->national));
}

/* Two own addresses that are not two spellings of one name; a letter's difference may be another given name. */
static bool two_addresses(const struct profile *a, const struct profile *b)
{
	enum email_level level = match_email_level(a, b);

	return match_email_is_own(a) && match_email_is_own(b) &&
	       (level == EMAIL_SLIP || (level < EMAIL_ALIAS && level != EMAIL_MISSING));
}

/* A record without a name whose address tells another name than the other's. */
static bool is_anothers(const struct profile *nameless, const struct profile *named)
{
	return nameless->name.first.len == 0 && nameless->name.last.len == 0 && nameless->has_email &&
	       named->name.last.len && !match_made_of_name(nameless->email.local, &named->name);
}

/* A number is shared by a family: it takes the whole name, or that nobody else uses it. */
static bool is_strong(const struct profile *a, size_t i, const struct profile *b, size_t j)
{
	bool named = a->name.first.len > 1 && b->name.first.len > 1 && a->name.last.len && b->name.last.len &&
	             match_can_compare(a->name.first, b->name.first);

	if (a->entity == ENTITY_ACCOUNT || named)
		return true;
	if (a->counts.phone_names[i] >= 2 || b->counts.phone_names[j] >= 2 || two_addresses(a, b) ||
	    is_anothers(a, b) || is_anothers(b, a))
		return false;
	return (a->name.first.len || a->has_email) && (b->name.first.len || b->has_email);
}

bool match_shares_phone_of_one(const struct profile *a, const struct profile *b)
{
	enum email_level email = match_email_level(a, b);

	if (email == EMAIL_NUMBERED || email == EMAIL_DIFFERS || email == EMAIL_SLIP || is_anothers(a, b) || is_anothers(b, a))
		return false;
	for (size_t i = 0; i < PROFILE_PHONES; i++)
		for (size_t j = 0; j < PROFILE_PHONES; j++)
			if (a->phones[i].national.len && is_same(&a->phones[i], &b->phones[j]) && is_own(a, i) &&
			    is_own(b, j) && a->counts.phone_names[i] < 2 && b->counts.phone_names[j] < 2)
				return true;
	return false;
}

static void add_pair(const struct match_rules *rules, const struct profile *const both[2], const size_t at[2],
                     struct match *ret)
{
	const struct phone *x = &both[0]->phones[at[0]], *y = &both[1]->phones[at[1]];
	float weight = 0;

	if (x->national.len == 0 || y->national.len == 0)
		return;
	if (is_same(x, y)) {
		bool own = is_own(both[0], at[0]) && is_own(both[1], at[1]);

		weight = match_weight(rules, own ? WEIGHT_PHONE_OWN : WEIGHT_PHONE_SHARED);
		ret->is_strong |= own && is_strong(both[0], at[0], both[1], at[1]);
	} else if (x->national.len >= 8 && y->national.len >= 8 &&
	           similar_distance(x->national, y->national, 1) == 1) {
		weight = match_weight(rules, WEIGHT_PHONE_SLIP);
	}
	if (weight > ret->evidence[EVIDENCE_PHONE])
		ret->evidence[EVIDENCE_PHONE] = weight;
}

void match_phones(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                  struct match *ret)
{
	const struct profile *const both[2] = { a, b };

	for (size_t i = 0; i < PROFILE_PHONES; i++)
		for (size_t j = 0; j < PROFILE_PHONES; j++)
			add_pair(rules, both, (size_t[]){ i, j }, ret);
}
