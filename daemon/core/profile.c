/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

#include "country.h"
#include "domain.h"
#include "fold.h"
#include "nobody.h"

/* The country a domain's last label names; null: none, or one that the whole world uses. */
static struct slice country_of_domain(struct slice domain)
{
	static const char *const worldwide[] = { "io", "co", "ai", "me", "tv", "cc", "ws",
		                                 "fm", "gg", "to", "ly", "is", "sh", "vc" };
	const char *dot = domain.len ? memrchr(domain.data, '.', domain.len) : NULL;
	struct slice label =
	        dot ? slice_sub(domain, (size_t)(dot + 1 - domain.data), domain.len) : SLICE_NULL;

	for (size_t i = 0; i < ARRAY_SIZE(worldwide); i++)
		if (slice_equal_text(label, worldwide[i]))
			return SLICE_NULL;
	return label.len == 2 ? slice_equal(label, SLICE("uk")) ? SLICE("GB") : country_code(label)
	                      : SLICE_NULL;
}

/* Where numbers without country are dialled from: the record's country, else its domain's, else the policy's
 * region. */
static struct slice region_of(const struct policy *policy, const struct profile *profile,
                              struct slice country)
{
	struct slice region = country.len ? country_code(country) : SLICE_NULL;

	if (slice_is_null(region))
		region = country_of_domain(profile->org);
	if (slice_is_null(region) && profile->has_email)
		region = country_of_domain(profile->email.domain);
	return slice_is_null(region) ? slice_of(policy->region) : region;
}

static void read_phone(struct arena *arena, const struct policy *policy, struct slice raw,
                       struct slice region, struct phone *ret)
{
	if (raw.len == 0 || !phone_read(arena, raw, region, ret) || nobody_phone(policy, ret))
		*ret = (struct phone){ .is_valid = false };
}

static bool business_domain(struct arena *arena, const struct policy *policy, struct slice raw,
                            struct domain *ret)
{
	return raw.len && domain_read(arena, policy, raw, ret) && ret->name.len && !domain_is_shared(ret);
}

static void read_domains(struct arena *arena, const struct policy *policy, struct slice website,
                         struct profile *ret)
{
	struct domain domain;

	ret->org = ret->web_org = ret->org_stem = SLICE("");
	if (business_domain(arena, policy, website, &domain)) {
		ret->org = ret->web_org = domain.name;
		ret->org_stem = domain.stem;
	}
	/* the same domain again need not be looked up again */
	if (ret->has_email && ret->org.len && slice_equal(ret->org, ret->email.domain)) {
		ret->email_is_business = true;
		return;
	}
	if (ret->has_email && business_domain(arena, policy, ret->email.domain, &domain)) {
		ret->org = domain.name;
		ret->org_stem = domain.stem;
		ret->email_is_business = true;
	}
}

static void read_email(struct arena *arena, const struct policy *policy, struct slice raw,
                       struct profile *ret)
{
	ret->has_email = raw.len && email_read(arena, raw, &ret->email) && !nobody_email(policy, &ret->email);
}

/* One text for a place, where there is enough of it to be one. */
static void set_place(struct arena *arena, struct profile *profile)
{
	const struct address *address = &profile->address;
	struct slice town = address->postal.len ? address->postal : address->city;

	profile->place = SLICE("");
	if (address->street.len && address->number.len && town.len)
		profile->place = slice_of(arena_printf(arena, "%.*s %.*s %.*s", SLICE_ARGS(address->street),
		                                       SLICE_ARGS(address->number), SLICE_ARGS(town)));
}

/* "Info", "Sales Team" beside info@, sales@: the mailbox's own name. */
static bool names_a_mailbox(struct arena *arena, const struct profile *profile)
{
	const struct person_name *name = &profile->name;
	struct slice rest = name->last, word;

	if (!profile->has_email || !profile->email.is_role)
		return false;
	if (name->first.len == 0 && name->last.len == 0)
		return true;
	if (email_is_role(name->first) || slice_equal(name->first, fold_letters(arena, profile->email.local)))
		return true;
	return fold_word(&rest, &word) && name->first.len == 0 && email_is_role(word);
}

void profile_person(struct arena *arena, const struct policy *policy, const struct slice values[VALUES_MAX],
                    struct slice full_name, struct profile *ret)
{
	struct slice region;

	memset(ret, 0, sizeof(*ret));
	ret->entity = ENTITY_PERSON;
	person_name_read(arena, values[PERSON_FIRST_NAME], values[PERSON_LAST_NAME], full_name, &ret->name);
	if (ret->name.is_nobody)
		ret->name.first = ret->name.last = ret->name.middle = SLICE("");
	if (ret->name.first.len) {
		ret->n_roots = person_name_roots(ret->name.first, ret->roots, PROFILE_ROOTS);
		ret->first_is_given = person_name_is_given(ret->name.first);
	}
	read_email(arena, policy, values[PERSON_EMAIL], ret);
	read_domains(arena, policy, values[PERSON_WEBSITE], ret);
	region = region_of(policy, ret, values[PERSON_COUNTRY]);
	read_phone(arena, policy, values[PERSON_PHONE], region, &ret->phones[0]);
	read_phone(arena, policy, values[PERSON_MOBILE], region, &ret->phones[1]);
	company_read(arena, values[PERSON_COMPANY], &ret->company);
	address_read(arena,
	             &(struct address_fields){ values[PERSON_STREET], values[PERSON_CITY],
	                                       values[PERSON_STATE], values[PERSON_POSTAL_CODE],
	                                       values[PERSON_COUNTRY] },
	             &ret->address);
	set_place(arena, ret);
	ret->is_mailbox = names_a_mailbox(arena, ret);
	profile_judge(ret);
}

void profile_account(struct arena *arena, const struct policy *policy, const struct slice values[VALUES_MAX],
                     struct profile *ret)
{
	struct slice website = values[ACCOUNT_WEBSITE].len ? values[ACCOUNT_WEBSITE] : values[ACCOUNT_DOMAIN];

	memset(ret, 0, sizeof(*ret));
	ret->entity = ENTITY_ACCOUNT;
	read_email(arena, policy, values[ACCOUNT_EMAIL], ret);
	read_domains(arena, policy, website, ret);
	read_phone(arena, policy, values[ACCOUNT_PHONE], region_of(policy, ret, values[ACCOUNT_COUNTRY]),
	           &ret->phones[0]);
	company_read(arena, values[ACCOUNT_NAME], &ret->company);
	address_read(arena,
	             &(struct address_fields){ values[ACCOUNT_STREET], values[ACCOUNT_CITY],
	                                       values[ACCOUNT_STATE], values[ACCOUNT_POSTAL_CODE],
	                                       values[ACCOUNT_COUNTRY] },
	             &ret->address);
	set_place(arena, ret);
	profile_judge(ret);
}

void profile_identifier(struct arena *arena, struct profile *profile, enum identifier which,
                        struct slice value)
{
	profile->identifiers[which] = fold_letters(arena, value);
}

static bool has_identifier(const struct profile *profile)
{
	for (size_t i = 0; i < IDENTIFIER_COUNT; i++)
		if (profile->identifiers[i].len)
			return true;
	return false;
}

void profile_judge(struct profile *profile)
{
	bool named = profile->entity == ENTITY_PERSON
	                     ? profile->name.first.len || profile->name.last.len
	                     : profile->company.compact.len && !profile->company.is_nobody;
	bool reachable =
	        profile->has_email || profile->phones[0].national.len || profile->phones[1].national.len;

	/* an account is its name; a person without one may still be the owner of a mailbox or number */
	profile->is_nobody = profile->entity == ENTITY_PERSON
	                             ? !named && !reachable && !has_identifier(profile)
	                             : !named && !has_identifier(profile);
}
