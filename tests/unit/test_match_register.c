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

static struct match match_registered(struct arena *arena, const char *const a[4], const char *const b[4],
                                     const struct match_rules *rules)
{
	CLEANUP(census_free_p) struct census *census = census_new();
	struct profile profiles[2];
	struct match match;

	for (size_t i = 0; i < 2; i++) {
		const char *const *text = i ? b : a;
		struct slice values[VALUES_MAX] = {
			[PERSON_FIRST_NAME] = slice_of(text[0]),
			[PERSON_LAST_NAME] = slice_of(text[1]),
			[PERSON_STREET] = SLICE("35 Sidaway Street"),
			[PERSON_POSTAL_CODE] = SLICE("3184"),
		};

		profile_person(arena, &policy, values, SLICE_NULL, &profiles[i]);
		profile_identifier(arena, &profiles[i], IDENTIFIER_BIRTH_DATE, slice_of(text[2]));
		profile_identifier(arena, &profiles[i], IDENTIFIER_NATIONAL_ID, slice_of(text[3]));
		census_add(census, &profiles[i]);
	}
	for (size_t i = 0; i < 2; i++)
		census_count(census, &profiles[i]);
	for (size_t i = 0; i < 2; i++)
		census_count_names(census, &profiles[i]);
	match_pair(rules, &profiles[0], &profiles[1], &match);
	return match;
}

static void test_identifiers_outweigh_slips_but_not_twins(void)
{
	static const struct {
		const char *claim, *a[4], *b[4];
		bool links;
	} registered[] = {
		{ "all the same",
		  { "Edward", "Ryan", "19230301", "4392917" },
		  { "Edward", "Ryan", "19230301", "4392917" },
		  true },
		{ "name replaced",
		  { "Edward", "Ryan", "19230301", "4392917" },
		  { "Edward", "Moody", "19230301", "4392917" },
		  true },
		{ "number mistyped",
		  { "Edward", "Ryan", "1923-03-01", "4392917" },
		  { "Edward", "Ryan", "19230301", "4392971" },
		  true },
		{ "number replaced",
		  { "Edward", "Ryan", "19230301", "4392917" },
		  { "Edward", "Ryan", "19230301", "1613259" },
		  true },
		{ "twins",
		  { "Edward", "Ryan", "19230301", "4392917" },
		  { "Amelia", "Ryan", "19230301", "1613259" },
		  false },
		{ "father and son",
		  { "Edward", "Ryan", "19230301", "4392917" },
		  { "Edward", "Ryan", "19551117", "1613259" },
		  false },
	};
	struct match_rules rules = rules_of(10000);
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; i < ARRAY_SIZE(registered); i++) {
		struct match match = match_registered(arena, registered[i].a, registered[i].b, &rules);

		printf("# %s: %.1f bits, %s\n", registered[i].claim, (double)match.weight,
		       veto_name(match.veto));
		CHECK(match_links(&rules, &match) == registered[i].links);
	}
}

/* What is a veto where numbers are right is a mistake in a store that shows as many of them. */
static void test_mistakes_of_the_store_lift_vetoes(void)
{
	static const char *const a[4] = { "Edward", "Ryan", "19230301", "4392917" };
	static const char *const b[4] = { "Amelia", "Ryan", "19230301", "1613259" };
	static const struct mistakes known = { { 0.09f, 0.06f, 0.04f, 0.04f, 0.01f, 0.3f }, true, true, true };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct match_rules rules = rules_of(10000);
	struct match strict = match_registered(arena, a, b, &rules), lax;

	rules.mistakes = known;
	lax = match_registered(arena, a, b, &rules);
	CHECK(strict.veto == VETO_FIRST_NAME && !match_links(&rules, &strict));
	CHECK(lax.veto == VETO_NONE && match_links(&rules, &lax));
}

static void test_birth_dates_and_numbers_may_be_mistyped(void)
{
	static const struct {
		const char *claim, *birth[2], *number[2];
		bool births_differ, numbers_differ;
	} near[] = {
		{ "a digit", { "19230301", "19230381" }, { "4392917", "4392918" }, false, false },
		{ "day and month", { "19230301", "19230103" }, { "4392917", "4392971" }, false, false },
		{ "two digits", { "19230301", "19230301" }, { "4392917", "4392928" }, false, false },
		{ "three digits", { "19230301", "19230301" }, { "4392917", "4111117" }, false, true },
		{ "a month off", { "20100212", "20090315" }, { "4392917", "4392917" }, false, false },
		{ "ten years", { "20100212", "20200215" }, { "4392917", "4392917" }, false, false },
		{ "another date", { "19230301", "19551117" }, { "4392917", "4392917" }, true, false },
		{ "no date", { "19230301", "unknown" }, { "4392917", "12" }, true, true },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct match_rules rules = rules_of(10000);

	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		const char *a[4] = { "Edward", "Ryan", near[i].birth[0], near[i].number[0] };
		const char *b[4] = { "Edward", "Ryan", near[i].birth[1], near[i].number[1] };
		struct match match = match_registered(arena, a, b, &rules);

		printf("# %s: %.1f bits\n", near[i].claim, (double)match.weight);
		CHECK((match.facts.level[FACT_BIRTH] == FACT_DIFFERS) == near[i].births_differ);
		CHECK((match.facts.level[FACT_NUMBER] == FACT_DIFFERS) == near[i].numbers_differ);
	}
}

static void test_swapped_and_cut_names_agree_in_registers(void)
{
	static const char *const names[][4] = {
		{ "harrison", "capurso", "capurso", "harrison" },
		{ "erin", "matthews", "matthe ws", "erin" },
		{ "sofia", "russell", "fosia", "russel" },
		{ "jayden", "bennett", "jayaned", "benett" },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct match_rules rules = rules_of(10000);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *a[4] = { names[i][0], names[i][1], "19230301", "" };
		const char *b[4] = { names[i][2], names[i][3], "19230301", "" };
		struct match match = match_registered(arena, a, b, &rules);

		CHECK_INT(facts_differing(&match.facts), 0);
		CHECK(match_links(&rules, &match));
	}
}

int main(void)
{
	RUN(test_identifiers_outweigh_slips_but_not_twins);
	RUN(test_mistakes_of_the_store_lift_vetoes);
	RUN(test_birth_dates_and_numbers_may_be_mistyped);
	RUN(test_swapped_and_cut_names_agree_in_registers);
	return tap_done();
}
