/* SPDX-License-Identifier: Apache-2.0 */
#include "match_private.h"
#include "similar.h"

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
		return is_made_of_name(x->local, &a->name) ? EMAIL_OTHER_HOST : EMAIL_ALIAS;
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
	       !is_made_of_name(a->email.local, &a->name);
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
