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

struct person {
	const char *first, *last, *email, *phone, *company, *website, *street, *postal;
};

static void read_person(struct arena *arena, const struct person *person, struct profile *ret)
{
	struct slice values[VALUES_MAX] = {
		[PERSON_FIRST_NAME] = slice_of(person->first),
		[PERSON_LAST_NAME] = slice_of(person->last),
		[PERSON_EMAIL] = slice_of(person->email),
		[PERSON_PHONE] = slice_of(person->phone),
		[PERSON_COMPANY] = slice_of(person->company),
		[PERSON_WEBSITE] = slice_of(person->website),
		[PERSON_STREET] = slice_of(person->street),
		[PERSON_POSTAL_CODE] = slice_of(person->postal),
	};

	profile_person(arena, &policy, values, SLICE_NULL, ret);
}

/* Two persons in a store of n_records where their values are rare unless a third person says otherwise. */
static struct match match_of(struct arena *arena, const struct person *persons, size_t n, double n_records)
{
	CLEANUP(census_free_p) struct census *census = census_new();
	struct profile *profiles = arena_array(arena, n, sizeof(*profiles));
	struct match_rules rules;
	struct match match;

	for (size_t i = 0; i < n; i++) {
		read_person(arena, &persons[i], &profiles[i]);
		census_add(census, &profiles[i]);
	}
	for (size_t i = 0; i < n; i++)
		census_count(census, &profiles[i]);
	for (size_t i = 0; i < n; i++)
		census_count_names(census, &profiles[i]);
	match_rules_init(&rules, &match_cautious, n_records);
	match_pair(&rules, &profiles[0], &profiles[1], &match);
	return match;
}

struct pair_case {
	const char *claim;
	struct person a, b;
	enum veto veto;
	bool links;
};

static const struct pair_case cases[] = {
	{ "one mailbox, one name",
	  { "Joe", "Smith", "joe.smith@acme.com" },
	  { "Joseph", "Smith", "Joe.Smith+x@ACME.com" },
	  VETO_NONE,
	  true },
	{ "one mailbox, no name on one side",
	  { "Joe", "Smith", "joe.smith@acme.com" },
	  { "", "", "joe.smith@acme.com" },
	  VETO_NONE,
	  true },
	{ "an assistant's mailbox and a record without a name",
	  { "Paul", "Flores", "s.younger@acme.com" },
	  { "", "", "s.younger@acme.com" },
	  VETO_NONE,
	  false },
	{ "one number, one name",
	  { "Joe", "Smith", "", "415 389 2671" },
	  { "Joe", "Smith", "", "+1 415-389-2671" },
	  VETO_NONE,
	  true },
	{ "two given names",
	  { "Joe", "Smith", "smith@acme.com" },
	  { "Ann", "Smith", "smith@acme.com" },
	  VETO_FIRST_NAME,
	  false },
	{ "two given names a letter apart",
	  { "Mario", "Rossi", "rossi@acme.com" },
	  { "Maria", "Rossi", "rossi@acme.com" },
	  VETO_FIRST_NAME,
	  false },
	{ "one given name mistyped",
	  { "Russell", "Brown", "", "503 884 9535" },
	  { "Russekl", "Brown", "", "503 884 9535" },
	  VETO_NONE,
	  true },
	{ "father and son",
	  { "Joe", "Smith Sr.", "", "415 389 2671" },
	  { "Joe", "Smith Jr.", "", "415 389 2671" },
	  VETO_GENERATION,
	  false },
	{ "a marriage",
	  { "Jane", "Smith", "jane@acme.com" },
	  { "Jane", "Jones", "jane@acme.com" },
	  VETO_NONE,
	  true },
	{ "two family names on one number",
	  { "Jane", "Smith", "", "415 389 2671" },
	  { "Jane", "Kowalski", "", "415 389 2671" },
	  VETO_LAST_NAME,
	  false },
	{ "namesakes in one company",
	  { "John", "Doe", "john.doe@acme.com" },
	  { "John", "Doe", "john.doe2@acme.com" },
	  VETO_MAILBOX,
	  false },
	{ "another domain of the company",
	  { "John", "Doe", "john.doe@acme.com" },
	  { "John", "Doe", "john.doe@acme.net" },
	  VETO_NONE,
	  true },
	{ "a private address of the same name",
	  { "John", "Doe", "john.doe@acme.com" },
	  { "John", "Doe", "john.doe@gmail.com" },
	  VETO_NONE,
	  false },
	{ "fields swapped",
	  { "Joe", "Harris", "joe@acme.com" },
	  { "Harris", "Joe", "joe@acme.com" },
	  VETO_NONE,
	  true },
	{ "a shared mailbox is no person",
	  { "Joe", "Smith", "info@acme.com" },
	  { "", "", "info@acme.com" },
	  VETO_MAILBOX_IS_NOBODY,
	  false },
	{ "the mailbox itself twice",
	  { "", "", "info@acme.com" },
	  { "", "Info", "info@acme.com" },
	  VETO_NONE,
	  true },
	{ "placeholders",
	  { "Test", "Test", "test@test.com" },
	  { "Test", "Test", "test@test.com" },
	  VETO_NOBODY,
	  false },
	{ "scripts that cannot be compared",
	  { "浩", "大野", "h.ohno@ulus.co.jp" },
	  { "Hiroshi", "Ohno", "h.ohno@ulus.co.jp" },
	  VETO_NONE,
	  true },
	{ "given names that only their addresses tell",
	  { "Patriciaa", "Harris", "patricia.harris@acme.com", "415 389 2671" },
	  { "Patrick", "Harris", "patrick.harris@acme.com", "415 389 2671" },
	  VETO_FIRST_NAME,
	  false },
	{ "family names a letter apart, each in its address",
	  { "Hans", "Lange", "hans.lange@acme.com" },
	  { "Hans", "Lang", "hans.lang@acme.com" },
	  VETO_LAST_NAME,
	  false },
	{ "two family names with one word in common",
	  { "Pablo", "Lopez Martin", "", "", "Acme" },
	  { "Pablo", "Diaz Lopez", "", "", "Acme" },
	  VETO_LAST_NAME,
	  false },
	{ "one of two family names",
	  { "Pablo", "Lopez Martin", "", "", "Acme" },
	  { "Pablo", "Lopez", "", "", "Acme" },
	  VETO_NONE,
	  true },
	{ "particles are no family name",
	  { "Jan", "van der Berg", "", "", "Acme" },
	  { "Jan", "van der Meer", "", "", "Acme" },
	  VETO_LAST_NAME,
	  false },
	{ "one street, two companies",
	  { "Joe", "Zuniga", "", "", "Acme", "", "31 Main St", "94105" },
	  { "Joe", "Zuniga", "", "", "Delta", "", "31 Main St", "94105" },
	  VETO_NONE,
	  false },
	{ "an initial, on one number at one company",
	  { "M", "Johansson", "maerta@gritis.com", "415 389 2671", "Gritis" },
	  { "Maerta", "Johansson", "johansson66@aol.com", "415 389 2671", "Gritis" },
	  VETO_NONE,
	  true },
	{ "a number, and an address of another name",
	  { "", "", "giorgia.barbieri@acme.com", "415 389 2671" },
	  { "Tracie", "Silva", "", "415 389 2671" },
	  VETO_NONE,
	  false },
	{ "another family name on the mailbox and another number",
	  { "Erik", "Andersson", "erik@acme.com", "415 389 2671" },
	  { "Erik", "Kowalski", "erik@acme.com", "212 389 5555" },
	  VETO_LAST_NAME,
	  false },
	{ "letters in the wrong order",
	  { "Hasn", "Schmitt", "hschmitt@acme.com" },
	  { "Haans", "Schmitt", "hschmitt@acme.com" },
	  VETO_NONE,
	  true },
	{ "German spellings",
	  { "Jürgen", "Müller", "", "030 901820" },
	  { "Juergen", "Mueller", "", "030 901820" },
	  VETO_NONE,
	  true },
};

static void test_pairs_are_judged_as_people_would(void)
{
	struct match_rules rules = rules_of(20000);
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct match match = match_of(arena, (struct person[]){ cases[i].a, cases[i].b }, 2, 20000);
		struct match back = match_of(arena, (struct person[]){ cases[i].b, cases[i].a }, 2, 20000);

		printf("# %s: %.1f bits, %s\n", cases[i].claim, (double)match.weight, veto_name(match.veto));
		CHECK_TEXT(veto_name(match.veto), veto_name(cases[i].veto));
		CHECK(match_links(&rules, &match) == cases[i].links);
		CHECK(match.weight == back.weight && match.veto == back.veto &&
		      match.is_strong == back.is_strong);
	}
}

static void test_number_of_many_names_is_nobodys(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct person persons[] = { { "Joe", "Smith", "", "415 389 2671" },
		                    { "Joe", "Smith", "", "415 389 2671" },
		                    { "Ann", "Jones", "", "415 389 2671" },
		                    { "Carl", "Meyer", "", "415 389 2671" } };
	struct match alone = match_of(arena, persons, 2, 20000), shared = match_of(arena, persons, 4, 20000);

	CHECK(alone.is_strong);
	CHECK(!shared.is_strong);
	CHECK(shared.evidence[EVIDENCE_PHONE] < alone.evidence[EVIDENCE_PHONE]);
}

static void test_rare_names_weigh_more(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct person persons[30] = { { "Zelda", "Zuniga" }, { "Zelda", "Zuniga" } };
	struct match rare, frequent;

	for (size_t i = 2; i < 30; i++)
		persons[i] = (struct person){ "Mary", "Smith" };
	rare = match_of(arena, persons, 30, 1000);
	persons[0] = persons[1] = (struct person){ "Mary", "Smith" };
	frequent = match_of(arena, persons, 30, 1000);
	CHECK(rare.evidence[EVIDENCE_NAME] > frequent.evidence[EVIDENCE_NAME] + 3);
}

static void test_company_domain_and_place_are_one_piece_of_evidence(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct person one[] = { { "Joe", "Smith", "", "", "Acme" }, { "Joe", "Smith", "", "", "Acme" } };
	struct person all[] = { { "Joe", "Smith", "", "", "Acme", "acme.com", "1 Main St", "94105" },
		                { "Joe", "Smith", "", "", "Acme", "acme.com", "1 Main St", "94105" } };

	CHECK(match_of(arena, one, 2, 20000).evidence[EVIDENCE_COMPANY] ==
	      match_of(arena, all, 2, 20000).evidence[EVIDENCE_COMPANY]);
}

static void test_disjoint_identifiers_make_rivals(void)
{
	struct match_rules rules = rules_of(20000);
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct person rivals[] = { { "Joe", "Smith", "", "415 389 2671", "Acme" },
		                   { "Joe", "Smith", "", "212 389 5555", "Acme" } };
	struct person bare[] = { { "Joe", "Smith", "", "415 389 2671", "Acme" },
		                 { "Joe", "Smith", "", "", "Acme" } };
	struct match two = match_of(arena, rivals, 2, 20000), one = match_of(arena, bare, 2, 20000);

	CHECK(two.has_rivals && !match_links(&rules, &two));
	CHECK(!one.has_rivals && one.is_bare && match_links(&rules, &one));
}

static void test_evidence_and_vetoes_have_names(void)
{
	for (int veto = 0; veto < VETO_COUNT; veto++)
		CHECK(veto_name((enum veto)veto) != NULL);
	for (int evidence = 0; evidence < EVIDENCE_COUNT; evidence++)
		CHECK(evidence_name((enum evidence)evidence) != NULL);
}

int main(void)
{
	RUN(test_pairs_are_judged_as_people_would);
	RUN(test_number_of_many_names_is_nobodys);
	RUN(test_rare_names_weigh_more);
	RUN(test_company_domain_and_place_are_one_piece_of_evidence);
	RUN(test_disjoint_identifiers_make_rivals);
	RUN(test_evidence_and_vetoes_have_names);
	return tap_done();
}
