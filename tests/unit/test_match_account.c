/* SPDX-License-Identifier: Apache-2.0 */
#include "census.h"
#include "match.h"
#include "tap.h"

static const struct policy policy = { .region = "US", .match_phone_name = true };

static struct match_rules rules_of(double n_records)
{
	struct match_rules rules;

	match_rules_init(&rules, &match_cautious, n_records);
	return rules;
}

struct account {
	const char *name, *website, *phone, *street, *postal, *country;
};

static struct match match_companies(struct arena *arena, const struct account *a, const struct account *b)
{
	CLEANUP(census_free_p) struct census *census = census_new();
	struct profile profiles[2];
	struct match_rules rules = rules_of(7000);
	struct match match;

	for (size_t i = 0; i < 2; i++) {
		const struct account *account = i ? b : a;
		struct slice values[VALUES_MAX] = {
			[ACCOUNT_NAME] = slice_of(account->name),
			[ACCOUNT_WEBSITE] = slice_of(account->website),
			[ACCOUNT_PHONE] = slice_of(account->phone),
			[ACCOUNT_STREET] = slice_of(account->street),
			[ACCOUNT_POSTAL_CODE] = slice_of(account->postal),
			[ACCOUNT_COUNTRY] = slice_of(account->country),
		};

		profile_account(arena, &policy, values, &profiles[i]);
		census_add(census, &profiles[i]);
	}
	for (size_t i = 0; i < 2; i++)
		census_count(census, &profiles[i]);
	for (size_t i = 0; i < 2; i++)
		census_count_names(census, &profiles[i]);
	match_pair(&rules, &profiles[0], &profiles[1], &match);
	return match;
}

static void test_companies_are_told_apart(void)
{
	static const struct {
		const char *claim;
		struct account a, b;
		bool links;
	} companies[] = {
		{ "name and domain",
		  { "ACME, Inc.", "acme.com" },
		  { "Acme", "https://www.acme.com/" },
		  true },
		{ "name and number",
		  { "Acme Tools", "", "415 389 2671" },
		  { "ACME TOOLS LLC", "", "+14153892671" },
		  true },
		{ "mistyped name and domain",
		  { "Zeniq Software", "zeniq.net" },
		  { "Zeniq Sofware", "zeniq.net" },
		  true },
		{ "mistyped legal form",
		  { "Galtis", "galtis.de", "030 901820", .country = "DE" },
		  { "Galtis GbmH", "galtis.de", "030 901820", .country = "DE" },
		  true },
		{ "a daughter on one domain",
		  { "Acme", "acme.com" },
		  { "Acme Logistics", "acme.com" },
		  false },
		{ "one building, one number",
		  { "Acme Tools", "", "415 389 2671", "1 Main St", "94105" },
		  { "Delta Foods", "", "415 389 2671", "1 Main St", "94105" },
		  false },
		{ "one name in two countries",
		  { "Corwave", "corwave.com", "", "", "", "US" },
		  { "Corwave", "corwave.ru", "", "", "", "RU" },
		  false },
		{ "one name on a free-mail domain",
		  { "Delta Systems", "gmail.com" },
		  { "Delta Foods", "gmail.com" },
		  false },
		{ "placeholders", { "N/A", "acme.com" }, { "N/A", "acme.com" }, false },
		{ "part of the name, at one door and number",
		  { "Art's Delicatessen", "", "818 762 1221", "12224 Ventura Blvd", "91604" },
		  { "art's deli", "", "818-762-1221", "12224 Ventura Boulevard", "91604" },
		  true },
	};
	struct match_rules rules = rules_of(7000);
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; i < ARRAY_SIZE(companies); i++) {
		struct match match = match_companies(arena, &companies[i].a, &companies[i].b);

		printf("# %s: %.1f bits, %s\n", companies[i].claim, (double)match.weight,
		       veto_name(match.veto));
		CHECK(match_links(&rules, &match) == companies[i].links);
	}
}

static void test_register_numbers_decide(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct slice acme[VALUES_MAX] = { [ACCOUNT_NAME] = SLICE("Acme"), [ACCOUNT_WEBSITE] = SLICE("acme.com") };
	struct slice renamed[VALUES_MAX] = { [ACCOUNT_NAME] = SLICE("Zeniq Software") };
	struct match_rules rules = rules_of(7000);
	struct profile a, b, c;
	struct match other, same;

	profile_account(arena, &policy, acme, &a);
	profile_account(arena, &policy, acme, &b);
	profile_account(arena, &policy, renamed, &c);
	profile_identifier(arena, &a, IDENTIFIER_REGISTRATION, SLICE("HRB 12345"));
	profile_identifier(arena, &b, IDENTIFIER_REGISTRATION, SLICE("HRB 99881"));
	profile_identifier(arena, &c, IDENTIFIER_REGISTRATION, SLICE("hrb12345"));
	match_pair(&rules, &a, &b, &other);
	match_pair(&rules, &a, &c, &same);
	CHECK(other.veto == VETO_IDENTIFIER && !match_links(&rules, &other));
	CHECK(same.veto == VETO_NONE && same.is_strong);
}

int main(void)
{
	RUN(test_companies_are_told_apart);
	RUN(test_register_numbers_decide);
	return tap_done();
}
