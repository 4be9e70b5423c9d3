/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"
#include "tap.h"

/* One letter a fact, in the order of enum fact: '.' agrees, 'D' differs, '-' missing. */
static struct facts facts_of(const char *text)
{
	struct facts facts = { { 0 } };

	for (size_t i = 0; i < FACT_COUNT; i++)
		facts.level[i] = text[i] == '.' ? FACT_AGREES : text[i] == 'D' ? FACT_DIFFERS : FACT_MISSING;
	return facts;
}

static void add(struct fact_counts *counts, const char *text, unsigned n)
{
	struct facts facts = facts_of(text);

	for (unsigned i = 0; i < n; i++)
		facts_add(counts, &facts);
}

static bool is_near(float got, double want)
{
	return (double)got > 0.8 * want && (double)got < 1.25 * want;
}

static void test_patterns_are_all_different(void)
{
	static const char letters[] = "-.D";
	bool seen[FACT_PATTERNS] = { false };

	for (unsigned i = 0; i < FACT_PATTERNS; i++) {
		char text[FACT_COUNT + 1] = "";
		unsigned rest = i;
		struct facts facts;

		for (size_t f = 0; f < FACT_COUNT; f++, rest /= 3)
			text[f] = letters[rest % 3];
		facts = facts_of(text);
		CHECK(facts_pattern(&facts) < FACT_PATTERNS && !seen[facts_pattern(&facts)]);
		seen[facts_pattern(&facts)] = true;
	}
}

/* A store of mistakes alone: 1,000 pairs, given names wrong in one of ten, numbers in one of twenty. */
static void add_mistakes(struct fact_counts *counts)
{
	add(counts, ".....-", 800);
	add(counts, "D....-", 90);
	add(counts, "..D..-", 30);
	add(counts, "...D.-", 45);
	add(counts, "D..D.-", 5);
	add(counts, "..DD.-", 2);
	add(counts, "D.D..-", 3);
}

static void test_rates_are_the_stores_own(void)
{
	struct fact_counts counts = { { 0 } };
	struct mistakes mistakes;

	add_mistakes(&counts);
	facts_estimate(&counts, &mistakes);
	CHECK(is_near(mistakes.rate[FACT_FIRST], 0.10));
	CHECK(is_near(mistakes.rate[FACT_NUMBER], 0.05));
	CHECK(is_near(mistakes.rate[FACT_BIRTH], 0.035));
}

static void test_double_mistakes_are_allowed_where_chance_makes_them(void)
{
	struct fact_counts counts = { { 0 } };
	struct mistakes mistakes;

	add_mistakes(&counts);
	facts_estimate(&counts, &mistakes);
	CHECK(mistakes.allow_twins && mistakes.allow_namesakes && mistakes.allow_strangers);
}

static void test_twins_forbid_them(void)
{
	struct fact_counts counts = { { 0 } };
	struct mistakes mistakes;

	add_mistakes(&counts);
	add(&counts, "D..D.-", 20);
	facts_estimate(&counts, &mistakes);
	CHECK(!mistakes.allow_twins);
}

static void test_families_forbid_all_of_them(void)
{
	struct fact_counts counts = { { 0 } };
	struct mistakes mistakes;

	add_mistakes(&counts);
	add(&counts, "D.DD.-", 2000);
	facts_estimate(&counts, &mistakes);
	CHECK(!mistakes.allow_twins && !mistakes.allow_namesakes && !mistakes.allow_strangers);
	CHECK(is_near(mistakes.rate[FACT_NUMBER], 0.05));
}

static void test_reliable_numbers_forbid_them(void)
{
	struct fact_counts counts = { { 0 } };
	struct mistakes mistakes;

	add(&counts, ".....-", 1000);
	add(&counts, "D..D.-", 6);
	facts_estimate(&counts, &mistakes);
	CHECK(!mistakes.allow_twins);
}

static void test_few_pairs_say_nothing(void)
{
	struct fact_counts counts = { { 0 } };
	struct mistakes few, assumed;

	add(&counts, "...D.-", 20);
	facts_estimate(&counts, &few);
	facts_default(&assumed);
	CHECK(memcmp(few.rate, assumed.rate, sizeof(few.rate)) == 0);
	CHECK(!few.allow_twins && !few.allow_namesakes && !few.allow_strangers);
}

static void test_differing_facts_are_counted(void)
{
	struct facts none = facts_of(".-.-.-"), three = facts_of("D.D-.D");

	CHECK_INT(facts_differing(&none), 0);
	CHECK_INT(facts_differing(&three), 3);
}

int main(void)
{
	RUN(test_patterns_are_all_different);
	RUN(test_rates_are_the_stores_own);
	RUN(test_double_mistakes_are_allowed_where_chance_makes_them);
	RUN(test_twins_forbid_them);
	RUN(test_families_forbid_all_of_them);
	RUN(test_reliable_numbers_forbid_them);
	RUN(test_few_pairs_say_nothing);
	RUN(test_differing_facts_are_counted);
	return tap_done();
}
