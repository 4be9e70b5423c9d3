/* SPDX-License-Identifier: Apache-2.0 */
#include "match_private.h"
#include "similar.h"

#define GIVEN_LIKE 0.8 /* Jaro-Winkler of a given name and the same mistyped */

static struct slice letters_of(struct slice text, char room[SIMILAR_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < SIMILAR_MAX; i++)
		if (text.data[i] >= 'a' && text.data[i] <= 'z')
			room[len++] = text.data[i];
	return (struct slice){ room, len };
}

static bool slice_ends_with(struct slice text, struct slice end)
{
	return text.len >= end.len && memcmp(text.data + text.len - end.len, end.data, end.len) == 0;
}

/* "john.doe", "jdoe", "doej", "john" at Doe's: made of the name. */
bool match_made_of_name(struct slice local, const struct person_name *name)
{
	char room_text[SIMILAR_MAX], room_first[SIMILAR_MAX], room_last[SIMILAR_MAX];
	struct slice text = letters_of(local, room_text);
	struct slice first = letters_of(name->first, room_first), last = letters_of(name->last, room_last);

	if (last.len >= 2 && memmem(text.data, text.len, last.data, last.len < 5 ? last.len : 5))
		return true;
	return first.len >= 3 && slice_equal(slice_sub(text, 0, first.len), first) &&
	       text.len <= first.len + 2;
}

/* -- given names that addresses tell -- */

/* "patricia" of patricia.harris@; empty: the address is not built that way. */
static struct slice given_of(const struct profile *profile)
{
	struct slice local = profile->email.local;

	for (size_t i = 2; i + 1 < local.len; i++)
		if (strchr("._-", local.data[i]))
			return slice_sub(local, 0, i);
	return SLICE("");
}

/* The name of the record, or that name mistyped in one of the two places. */
static bool is_own_given(struct slice given, const struct profile *profile)
{
	const struct person_name *name = &profile->name;

	return name->first.len > 1 && (similar_jaro_winkler(given, name->first) >= GIVEN_LIKE ||
	                               slice_equal(given, name->other_first));
}

bool match_emails_tell_apart(const struct profile *a, const struct profile *b)
{
	struct slice x, y;

	if (!a->has_email || !b->has_email || a->email.is_role || b->email.is_role)
		return false;
	x = given_of(a);
	y = given_of(b);
	return x.len && y.len && !slice_equal(x, y) && is_own_given(x, a) && is_own_given(y, b) &&
	       person_name_is_given(x) && person_name_is_given(y) && !person_name_is_nickname(x, y);
}

/* Two family names a letter apart, each spelled out in the address of its record: no slip. */
bool match_emails_spell_names(const struct profile *a, const struct profile *b)
{
	char room_a[SIMILAR_MAX], room_b[SIMILAR_MAX], room_x[SIMILAR_MAX], room_y[SIMILAR_MAX];
	struct slice local_a, local_b, last_a, last_b;

	if (!a->has_email || !b->has_email)
		return false;
	local_a = letters_of(a->email.local, room_a);
	local_b = letters_of(b->email.local, room_b);
	last_a = letters_of(a->name.last, room_x);
	last_b = letters_of(b->name.last, room_y);
	return last_a.len >= 3 && last_b.len >= 3 && slice_ends_with(local_a, last_a) &&
	       slice_ends_with(local_b, last_b) && !slice_equal(local_a, local_b);
}

/* Of compatible names one may be mistyped or short. */
static bool made_of_either(struct slice local, const struct profile *a, const struct profile *b)
{
	return match_made_of_name(local, &a->name) || match_made_of_name(local, &b->name);
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
	                                            match_made_of_name(profile->email.local, &profile->name)));
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
	if (a->counts.org >= 2 && b->counts.org >= 2)
		return false;
	return similar_distance(x->text, y->text, 3) <= 3 && !differ_by_number(x->local, y->local);
}

static bool same_stem(const struct profile *a, const struct profile *b)
{
	return a->email_is_business && b->email_is_business && a->org_stem.len >= 3 &&
	       slice_equal(a->org_stem, b->org_stem) && !slice_equal(a->email.domain, b->email.domain);
}

/* How two different addresses compare. Private ones say nothing about business ones. */
static enum email_level other_address(const struct profile *a, const struct profile *b)
{
	const struct email *x = &a->email, *y = &b->email;
	bool one_org = a->org.len && slice_equal(a->org, b->org) && slice_equal(x->domain, y->domain);

	if (x->is_role || y->is_role)
		return EMAIL_UNRELATED;
	if (is_slip(a, b))
		return EMAIL_SLIP;
	if (same_stem(a, b) && slice_equal(x->local, y->local))
		return match_made_of_name(x->local, &a->name) ? EMAIL_OTHER_HOST : EMAIL_ALIAS;
	if (!one_org)
		return EMAIL_UNRELATED;
	if (differ_by_number(x->local, y->local))
		return EMAIL_NUMBERED;
	return made_of_either(x->local, a, b) && made_of_either(y->local, a, b) ? EMAIL_ALIAS : EMAIL_DIFFERS;
}

/* A business address made of another name than its record's (an assistant's), against a record without a
 * name. */
bool match_email_is_lent(const struct profile *a, const struct profile *b)
{
	bool nameless = b->name.first.len == 0 && b->name.last.len == 0;

	return nameless && a->email_is_business && a->name.last.len &&
	       !match_made_of_name(a->email.local, &a->name);
}

enum email_level match_email_level(const struct profile *a, const struct profile *b)
{
	bool is_own;

	if (!a->has_email || !b->has_email)
		return EMAIL_MISSING;
	if (!slice_equal(a->email.text, b->email.text))
		return other_address(a, b);
	is_own = match_email_is_own(a) && match_email_is_own(b) && !match_email_is_lent(a, b) &&
	         !match_email_is_lent(b, a);
	return is_own ? EMAIL_OWN : EMAIL_SHARED;
}

float match_email_weight(const struct match_rules *rules, enum email_level level)
{
	static const enum weight weights[] = {
		[EMAIL_NUMBERED] = WEIGHT_EMAIL_NUMBERED, [EMAIL_DIFFERS] = WEIGHT_EMAIL_DIFFERS,
		[EMAIL_ALIAS] = WEIGHT_EMAIL_ALIAS,       [EMAIL_SHARED] = WEIGHT_EMAIL_SHARED,
		[EMAIL_SLIP] = WEIGHT_EMAIL_SLIP,         [EMAIL_OTHER_HOST] = WEIGHT_EMAIL_OTHER_HOST,
		[EMAIL_OWN] = WEIGHT_EMAIL_OWN,
	};

	return level == EMAIL_MISSING || level == EMAIL_UNRELATED ? 0 : match_weight(rules, weights[level]);
}
