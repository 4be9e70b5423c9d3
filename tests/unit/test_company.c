/* SPDX-License-Identifier: Apache-2.0 */
#include "company.h"
#include "tap.h"

static const struct {
	const char *raw, *name, *form, *country;
} cases[] = {
	{ "ACME Inc.", "acme", "inc", "US" },
	{ "Acme, L.L.C.", "acme", "llc", "US" },
	{ "Acme Ltd", "acme", "ltd", NULL },
	{ "Acme plc", "acme", "plc", "GB" },
	{ "Acme GmbH", "acme", "gmbh", NULL },
	{ "Acme GmbH & Co. KG", "acme", "gmbh and co kg", "DE" },
	{ "Acme UG (haftungsbeschränkt)", "acme", "ug", "DE" },
	{ "Acme e.K.", "acme", "ek", "DE" },
	{ "Acme AG", "acme", "ag", NULL },
	{ "Acme S.A.R.L.", "acme", "sarl", "FR" },
	{ "Acme S.A.", "acme", "sa", NULL },
	{ "Acme S.L.U.", "acme", "slu", "ES" },
	{ "Acme S.p.A.", "acme", "spa", NULL },
	{ "Acme S.r.l.", "acme", "srl", NULL },
	{ "Acme B.V.", "acme", "bv", "NL" },
	{ "Acme Sp. z o.o.", "acme", "sp z oo", "PL" },
	{ "Acme sp. z o.o. sp. k.", "acme", "sp z oo sp k", "PL" },
	{ "Acme Pvt. Ltd.", "acme", "pvt ltd", "IN" },
	{ "Acme Private Limited", "acme", "pvt ltd", "IN" },
	{ "Acme Co., Ltd.", "acme", "co ltd", NULL },
	{ "Acme K.K.", "acme", "kk", "JP" },
	{ "株式会社アクメ", "株式会社アクメ", NULL, NULL },
	{ "Acme A.Ş.", "acme", "as", NULL },
	{ "Acme San. ve Tic. A.Ş.", "acme", "san ve tic as", "TR" },
	{ "Acme Aktiebolag", "acme", "ab", "SE" },
	{ "Acme S/A", "acme", "sa", NULL },
	{ "Acme Pty Ltd", "acme", "pty ltd", "AU" },
	{ "OOO Romashka", "romashka", "ooo", "RU" },
	{ "ООО Ромашка", "romashka", "ooo", "RU" },
	{ "The Acme Company", "acme", "co", NULL },
	{ "Acme Mfg. & Tool Co.", "acme manufacturing and tool", "co", NULL },
	{ "Jones & Sons", "jones and sons", NULL, NULL },
	{ "Jones &amp; Sons", "jones and sons", NULL, NULL },
	{ "Acme &amp; Co", "acme", "and co", NULL },
	{ "Acme (DUPLICATE)", "acme", NULL, NULL },
	{ "Acme [old]", "acme", NULL, NULL },
	{ "*Acme", "acme", NULL, NULL },
	{ "\"Acme\"", "acme", NULL, NULL },
	{ "Acme - DO NOT USE", "acme", NULL, NULL },
	{ "Acme Intl Svcs", "acme international services", NULL, NULL },
	{ "Nat'l Tech Solution", "national technologies solutions", NULL, NULL },
	{ "Müller Werkzeuge", "muller werkzeuge", NULL, NULL },
	{ "3M", "3m", NULL, NULL },
	{ "Inc.", "inc", NULL, NULL },
	{ "", "", NULL, NULL },
	{ "U.S. Steel", "us steel", NULL, NULL },
	{ "A. B. Smith Ltd.", "a b smith", "ltd", NULL },
};

static void test_companies_are_taken_apart(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct company company;

		company_read(arena, slice_of(cases[i].raw), &company);
		CHECK_SLICE(company.name, cases[i].name);
		CHECK_SLICE(company.form, cases[i].form);
		CHECK_SLICE(company.form_country, cases[i].country);
	}
}

static void test_spellings_share_a_compact_form(void)
{
	static const char *const same[][2] = {
		{ "Jones & Smith", "Jones and Smith Inc" }, { "Soft Ware Ltd", "Software Limited" },
		{ "The Home Depot", "Home Depot, Inc." },   { "Acme International", "ACME INTL." },
		{ "Acme-Delta GmbH", "Acme Delta" },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct company a, b;

		company_read(arena, slice_of(same[i][0]), &a);
		company_read(arena, slice_of(same[i][1]), &b);
		CHECK(slice_equal(a.compact, b.compact));
	}
}

static void test_second_spelling_of_german_letters(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct company company;

	company_read(arena, SLICE("Müller & Söhne GmbH"), &company);
	CHECK_SLICE(company.other, "mueller and soehne");
	CHECK_SLICE(company.other_compact, "muellersoehne");
}

static void test_placeholders_are_nobody(void)
{
	static const char *const names[] = {
		"N/A", "Self-Employed", "none", "-", "[not provided]", "Test Company", "TBD", "xxx", "Retired"
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct company company;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		company_read(arena, slice_of(names[i]), &company);
		if (!company.is_nobody)
			printf("# %s\n", names[i]);
		CHECK(company.is_nobody);
	}
	company_read(arena, SLICE("Private Health Group"), &company);
	CHECK(!company.is_nobody);
}

static void test_acronyms(void)
{
	CHECK(company_is_acronym(SLICE("ibm"), SLICE("international business machines")));
	CHECK(company_is_acronym(SLICE("gpl"), SLICE("global power and light")));
	CHECK(!company_is_acronym(SLICE("ib"), SLICE("international business")));
	CHECK(!company_is_acronym(SLICE("ibx"), SLICE("international business machines")));
	CHECK(!company_is_acronym(SLICE("ibm"), SLICE("international business machines group")));
}

static void test_long_names_are_bounded(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	char *text = arena_alloc(arena, 240000);
	struct company company;

	memset(text, '&', 240000);
	company_read(arena, (struct slice){ text, 240000 }, &company);
	CHECK(company.name.len < 1000);
	memset(text, '(', 240000);
	company_read(arena, (struct slice){ text, 240000 }, &company);
	CHECK_SLICE(company.name, "");
}

int main(void)
{
	RUN(test_companies_are_taken_apart);
	RUN(test_spellings_share_a_compact_form);
	RUN(test_second_spelling_of_german_letters);
	RUN(test_placeholders_are_nobody);
	RUN(test_acronyms);
	RUN(test_long_names_are_bounded);
	return tap_done();
}
