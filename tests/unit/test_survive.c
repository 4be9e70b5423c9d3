/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "survive.h"
#include "tap.h"

#define SOURCES_MAX 4

struct source {
	int64_t src_key, modified_us, created_us;
	const char *connector, *role;
	bool is_deleted;
	const char *value; /* NULL: not shown */
};

/* Puts the sources' values into one field and gives the winner. */
static struct slice winner(const struct field_policy *rule, const struct source *sources, size_t n,
                           int64_t *origin)
{
	struct policy policy = { .fields = (struct field_policy[]){ *rule }, .n_fields = 1 };
	struct slice values[SOURCES_MAX][VALUES_MAX] = { 0 };
	struct contribution contributions[SOURCES_MAX];
	struct golden golden;

	for (size_t i = 0; i < n; i++) {
		values[i][rule->field->index] = slice_of(sources[i].value);
		contributions[i] = (struct contribution){ sources[i].src_key,    sources[i].connector,
			                                  sources[i].role,       sources[i].modified_us,
			                                  sources[i].created_us, NULL,
			                                  sources[i].is_deleted, values[i] };
	}
	survive(&policy, rule->field->entity, contributions, n, &golden);
	*origin = golden.origin[rule->field->index];
	return golden.values[rule->field->index];
}

struct survive_case {
	const char *claim, *field;
	enum win win;
	const char *master;
	bool blank_wins;
	struct source sources[SOURCES_MAX];
	size_t n;
	const char *want;
	int64_t origin;
};

static const struct survive_case cases[] = {
	{ "latest change wins",
	  "title",
	  WIN_LATEST,
	  NULL,
	  false,
	  { { 1, 100, 1, "sfa", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", false, "CTO" } },
	  2,
	  "CTO",
	  2 },
	{ "a blank does not wipe a value",
	  "title",
	  WIN_LATEST,
	  NULL,
	  false,
	  { { 1, 100, 1, "sfa", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", false, "" } },
	  2,
	  "CEO",
	  1 },
	{ "a blank wipes where the policy says so",
	  "title",
	  WIN_LATEST,
	  NULL,
	  true,
	  { { 1, 100, 1, "sfa", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", false, "" } },
	  2,
	  "",
	  2 },
	{ "what is not shown does not speak",
	  "title",
	  WIN_LATEST,
	  NULL,
	  true,
	  { { 1, 100, 1, "sfa", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", false, NULL } },
	  2,
	  "CEO",
	  1 },
	{ "a deleted record does not speak",
	  "title",
	  WIN_LATEST,
	  NULL,
	  false,
	  { { 1, 100, 1, "sfa", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", true, "CTO" } },
	  2,
	  "CEO",
	  1 },
	{ "equal times go to the smaller key",
	  "title",
	  WIN_LATEST,
	  NULL,
	  false,
	  { { 7, 100, 1, "sfa", "sfa", false, "CEO" }, { 2, 100, 2, "hub", "ma", false, "CTO" } },
	  2,
	  "CTO",
	  2 },
	{ "equal times go to the master's side first",
	  "title",
	  WIN_LATEST,
	  "sfa",
	  false,
	  { { 7, 100, 1, "dana", "sfa", false, "CEO" }, { 2, 100, 2, "hub", "ma", false, "CTO" } },
	  2,
	  "CEO",
	  7 },
	{ "the master wins over a later change",
	  "title",
	  WIN_MASTER,
	  "sfa",
	  false,
	  { { 1, 100, 1, "x", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", false, "CTO" } },
	  2,
	  "CEO",
	  1 },
	{ "the master may be a connector's name",
	  "title",
	  WIN_MASTER,
	  "hub",
	  false,
	  { { 1, 300, 1, "x", "sfa", false, "CEO" }, { 2, 200, 2, "hub", "ma", false, "CTO" } },
	  2,
	  "CTO",
	  2 },
	{ "a silent master leaves it to the others",
	  "title",
	  WIN_MASTER,
	  "sfa",
	  false,
	  { { 1, 300, 1, "x", "sfa", false, "" }, { 2, 200, 2, "hub", "ma", false, "CTO" } },
	  2,
	  "CTO",
	  2 },
	{ "of two masters the latest",
	  "title",
	  WIN_MASTER,
	  "sfa",
	  false,
	  { { 1, 300, 1, "x", "sfa", false, "CEO" },
	    { 2, 400, 2, "y", "sfa", false, "CFO" },
	    { 3, 900, 1, "h", "ma", false, "Z" } },
	  3,
	  "CFO",
	  2 },
	{ "the first created wins",
	  "title",
	  WIN_FIRST,
	  NULL,
	  false,
	  { { 1, 900, 50, "x", "sfa", false, "late" }, { 2, 100, 20, "h", "ma", false, "early" } },
	  2,
	  "early",
	  2 },
	{ "a creation time nobody tells is not the first",
	  "title",
	  WIN_FIRST,
	  NULL,
	  false,
	  { { 1, 900, 0, "x", "sfa", false, "untold" }, { 2, 100, 20, "h", "ma", false, "told" } },
	  2,
	  "told",
	  2 },
	{ "the longest in characters, not bytes",
	  "title",
	  WIN_LONGEST,
	  NULL,
	  false,
	  { { 1, 900, 1, "x", "sfa", false, "ÄÖÜ" }, { 2, 100, 2, "h", "ma", false, "abcd" } },
	  2,
	  "abcd",
	  2 },
	{ "once out is out",
	  "email_opt_out",
	  WIN_ANY_TRUE,
	  NULL,
	  false,
	  { { 1, 100, 1, "x", "sfa", false, "true" }, { 2, 900, 2, "h", "ma", false, "false" } },
	  2,
	  "true",
	  1 },
	{ "an opt-out outlives its record",
	  "email_opt_out",
	  WIN_ANY_TRUE,
	  NULL,
	  false,
	  { { 1, 100, 1, "x", "sfa", true, "true" }, { 2, 900, 2, "h", "ma", false, "false" } },
	  2,
	  "true",
	  1 },
	{ "nobody out is not out",
	  "email_opt_out",
	  WIN_ANY_TRUE,
	  NULL,
	  false,
	  { { 1, 100, 1, "x", "sfa", true, "false" }, { 2, 900, 2, "h", "ma", false, "false" } },
	  2,
	  "false",
	  2 },
	{ "nobody said anything",
	  "title",
	  WIN_LATEST,
	  NULL,
	  false,
	  { { 1, 100, 1, "x", "sfa", false, "" } },
	  1,
	  NULL,
	  0 },
};

static void check_case(const struct survive_case *c)
{
	struct field_policy rule = { field_find(ENTITY_PERSON, c->field), c->win, c->master, c->blank_wins };
	struct source reversed[SOURCES_MAX];
	int64_t origin;

	printf("# %s\n", c->claim);
	CHECK_SLICE(winner(&rule, c->sources, c->n, &origin), c->want);
	CHECK_INT(origin, c->origin);
	for (size_t i = 0; i < c->n; i++)
		reversed[i] = c->sources[c->n - 1 - i];
	CHECK_SLICE(winner(&rule, reversed, c->n, &origin), c->want);
	CHECK_INT(origin, c->origin);
}

static void test_each_rule_picks_its_winner_in_any_order(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(&cases[i]);
}

static void test_field_without_a_rule_keeps_its_value(void)
{
	struct policy policy = { 0 };
	struct slice values[VALUES_MAX] = {
		[PERSON_CITY] = SLICE("Berlin"), [PERSON_EMAIL_OPT_OUT] = SLICE("true")
	};
	struct contribution one = { 5, "sfa", "sfa", 1, 1, NULL, false, values };
	struct golden golden;

	survive(&policy, ENTITY_PERSON, &one, 1, &golden);
	CHECK_SLICE(golden.values[PERSON_CITY], "Berlin");
	CHECK_SLICE(golden.values[PERSON_EMAIL_OPT_OUT], "true");
	CHECK_INT(golden.origin[PERSON_CITY], 5);
	CHECK_INT((int64_t)golden.n_sources, 1);
}

static void test_custom_fields_survive_too(void)
{
	struct field custom = {
		.name = "score", .entity = ENTITY_PERSON, .index = PERSON_FIELD_COUNT, .is_custom = true
	};
	struct policy policy = { .custom = &custom, .n_custom = 1 };
	struct slice values[VALUES_MAX] = { [PERSON_FIELD_COUNT] = SLICE("17") };
	struct contribution one = { 5, "sfa", "sfa", 1, 1, NULL, false, values };
	struct golden golden;

	survive(&policy, ENTITY_PERSON, &one, 1, &golden);
	CHECK_SLICE(golden.values[PERSON_FIELD_COUNT], "17");
}

static void test_time_of_the_field_itself_counts_where_known(void)
{
	struct policy policy = { 0 };
	struct slice old[VALUES_MAX] = { [PERSON_CITY] = SLICE("Berlin") },
	             new[VALUES_MAX] = { [PERSON_CITY] = SLICE("Bonn") };
	int64_t old_us[VALUES_MAX] = { [PERSON_CITY] = 500 }, new_us[VALUES_MAX] = { [PERSON_CITY] = 400 };
	struct contribution two[] = { { 5, "a", "sfa", 100, 1, old_us, false, old },
		                      { 6, "b", "ma", 900, 1, new_us, false, new } };
	struct golden golden;

	survive(&policy, ENTITY_PERSON, two, 2, &golden);
	CHECK_SLICE(golden.values[PERSON_CITY], "Berlin");
}

static void test_deleted_sources_are_not_counted(void)
{
	struct policy policy = { 0 };
	struct slice values[VALUES_MAX] = { 0 };
	struct contribution two[] = { { 5, "a", "sfa", 1, 1, NULL, true, values },
		                      { 6, "b", "ma", 1, 1, NULL, false, values } };
	struct golden golden;

	survive(&policy, ENTITY_PERSON, two, 2, &golden);
	CHECK_INT((int64_t)golden.n_sources, 1);
}

static void test_one_source_takes_microseconds_at_most(void)
{
	struct field_policy rules[64];
	struct policy policy = { .fields = rules };
	struct slice values[VALUES_MAX] = {
		[PERSON_CITY] = SLICE("Berlin"), [PERSON_EMAIL] = SLICE("a@b.com")
	};
	struct contribution one = { 5, "sfa", "sfa", 1, 1, NULL, false, values };
	struct golden golden;
	int64_t begin, took;

	for (int entity = 0; entity < ENTITY_ACTIVITY; entity++) {
		size_t n;
		const struct field *fields = field_table((enum entity)entity, &n);

		for (size_t i = 0; i < n; i++)
			rules[policy.n_fields++] =
			        (struct field_policy){ .field = &fields[i], .win = fields[i].win };
	}
	begin = clock_mono_us();
	for (int i = 0; i < 200000; i++)
		survive(&policy, ENTITY_PERSON, &one, 1, &golden);
	took = clock_mono_us() - begin;
	printf("# %.3f us a record\n", (double)took / 200000);
	CHECK(took < 200000 * 10);
	CHECK_SLICE(golden.values[PERSON_CITY], "Berlin");
}

int main(void)
{
	RUN(test_each_rule_picks_its_winner_in_any_order);
	RUN(test_field_without_a_rule_keeps_its_value);
	RUN(test_custom_fields_survive_too);
	RUN(test_time_of_the_field_itself_counts_where_known);
	RUN(test_deleted_sources_are_not_counted);
	RUN(test_one_source_takes_microseconds_at_most);
	return tap_done();
}
