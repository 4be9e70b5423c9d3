/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"
#include "tap.h"

struct read_case {
	enum field_type type;
	const char *value, *want;		/* want NULL: refused */
};

static const struct read_case reads[] = {
	{ FIELD_TEXT, "  plain ", "plain" },
	{ FIELD_TEXT, "", "" },
	{ FIELD_TEXT, "   ", "" },
	{ FIELD_TEXT, "12 Main St\nSuite 5", "12 Main St\nSuite 5" },
	{ FIELD_TEXT, "a\r\nb", "a\nb" },
	{ FIELD_TEXT, "a\tb\x01" "c", "a bc" },
	{ FIELD_TEXT, "caf\xc3\xa9\xc2\x85", "café" },
	{ FIELD_TEXT, "\xff\xfe", NULL },
	{ FIELD_PERSON_NAME, "Jo\ne", "Jo e" },
	{ FIELD_EMAIL, " Joe@ACME.com ", "Joe@ACME.com" },
	{ FIELD_AMOUNT, "-12.50", "-12.50" },
	{ FIELD_AMOUNT, "1.25E7", "12500000" },
	{ FIELD_AMOUNT, "1,250.00", NULL },
	{ FIELD_AMOUNT, "12 EUR", NULL },
	{ FIELD_NUMBER, "5.0", "5.0" },
	{ FIELD_NUMBER, "0x10", NULL },
	{ FIELD_BOOL, "TRUE", "true" },
	{ FIELD_BOOL, "0", "false" },
	{ FIELD_BOOL, "Yes", "true" },
	{ FIELD_BOOL, "maybe", NULL },
	{ FIELD_BOOL, "", "" },
	{ FIELD_DATE, "2026-02-28", "2026-02-28" },
	{ FIELD_DATE, "2026-02-28T23:30:00-02:00", "2026-03-01" },
	{ FIELD_DATE, "2026-02-30", NULL },
	{ FIELD_DATE, "28.02.2026", NULL },
	{ FIELD_TIME, "2026-01-31 10:15:30+01:00", "2026-01-31T09:15:30Z" },
	{ FIELD_TIME, "yesterday", NULL },
	{ FIELD_COUNTRY, " Deutschland", "Deutschland" },
};

static void test_values_are_read_by_their_type(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(reads); i++) {
		struct error err = { 0 };
		struct slice got = SLICE_NULL;
		bool ok = field_read(arena, reads[i].type, slice_of(reads[i].value), &got, &err);

		CHECK_SLICE(ok ? got : SLICE_NULL, reads[i].want);
		CHECK_INT(err.kind, ok ? ERROR_NONE : ERROR_RECORD);
	}
}

static void test_refusal_names_value_and_type(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct error err = { 0 };
	struct slice got;

	CHECK(!field_read(arena, FIELD_DATE, SLICE("31/01/2026"), &got, &err));
	CHECK_TEXT(err.text, "\"31/01/2026\" is not a valid date");
}

static void test_long_bad_value_is_shown_cut_between_characters(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct error err = { 0 };
	char text[3001];
	struct slice got;

	for (size_t i = 0; i < 3000; i += 3)
		memcpy(text + i, "€", 3);
	CHECK(!field_read(arena, FIELD_NUMBER, (struct slice){ text, 3000 }, &got, &err));
	CHECK(strlen(err.text) < 120);
	CHECK(slice_is_utf8(slice_of(err.text)));
}

struct equal_case {
	enum field_type type;
	const char *a, *b;
	bool equal;
};

static const struct equal_case equals[] = {
	{ FIELD_TEXT, "a  b", " a b ", true },
	{ FIELD_TEXT, "a\nb", "a b", true },
	{ FIELD_TEXT, "a b", "ab", false },
	{ FIELD_TEXT, "A b", "a b", false },
	{ FIELD_TEXT, "", "  ", true },
	{ FIELD_TEXT, "", "x", false },
	{ FIELD_TEXT, "ab", "ab c", false },
	{ FIELD_EMAIL, "Joe@ACME.com", "joe@acme.com", true },
	{ FIELD_EMAIL, "joe@acme.com", "jo@acme.com", false },
	{ FIELD_PHONE, "+1 (415) 555-2671", "+14155552671", true },
	{ FIELD_PHONE, "(415) 555-2671", "+1 415-555-2671", true },
	{ FIELD_PHONE, "030 1234567", "+49 30 1234567", true },
	{ FIELD_PHONE, "+49 (0)30 1234567", "0049301234567", true },
	{ FIELD_PHONE, "+49 30 1234567", "+43 30 1234567", false },
	{ FIELD_PHONE, "415 555 2671 ext. 12", "415 555 2671", false },
	{ FIELD_PHONE, "415 555 2671 x12", "415-555-2671 ext 12", true },
	{ FIELD_PHONE, "n/a", "none", false },
	{ FIELD_DOMAIN, "https://www.acme.com/", "ACME.com", true },
	{ FIELD_DOMAIN, "acme.com", "acme.de", false },
	{ FIELD_AMOUNT, "12.50", "12.5", true },
	{ FIELD_AMOUNT, "1e3", "1000", true },
	{ FIELD_AMOUNT, "0.1", "0.10000000000000001", false },
	{ FIELD_NUMBER, "-0", "0", true },
	{ FIELD_NUMBER, "007", "7.0", true },
	{ FIELD_BOOL, "1", "true", true },
	{ FIELD_BOOL, "no", "false", true },
	{ FIELD_BOOL, "no", "true", false },
	{ FIELD_DATE, "2026-01-31", "2026-01-31T00:00:00Z", true },
	{ FIELD_DATE, "2026-01-31", "2026-02-01", false },
	{ FIELD_TIME, "2026-01-31T10:15:30.123Z", "2026-01-31T11:15:30+01:00", true },
	{ FIELD_TIME, "2026-01-31T10:15:30Z", "2026-01-31T10:15:31Z", false },
	{ FIELD_TIME, "1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", false },
	{ FIELD_COUNTRY, "Germany", "DE", true },
	{ FIELD_COUNTRY, "USA", "United States", true },
	{ FIELD_COUNTRY, "Narnia", "narnia", true },
	{ FIELD_COUNTRY, "Austria", "Australia", false },
	{ FIELD_PERSON_NAME, "Joe ", "Joe", true },
	{ FIELD_PERSON_NAME, "JOE", "Joe", false },
	{ FIELD_COMPANY_NAME, "ACME  Inc.", "ACME Inc.", true },
};

static void test_values_are_equal_by_the_meaning_of_their_type(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(equals); i++) {
		const struct equal_case *c = &equals[i];

		if (field_equal(c->type, slice_of(c->a), slice_of(c->b)) != c->equal ||
		    field_equal(c->type, slice_of(c->b), slice_of(c->a)) != c->equal)
			printf("# case %zu: \"%s\" and \"%s\"\n", i, c->a, c->b);
		CHECK(field_equal(c->type, slice_of(c->a), slice_of(c->b)) == c->equal);
		CHECK(field_equal(c->type, slice_of(c->b), slice_of(c->a)) == c->equal);
	}
}

static void test_null_and_blank_mean_the_same_to_a_reader(void)
{
	CHECK(field_equal(FIELD_TEXT, SLICE_NULL, SLICE("")));
	CHECK(!field_equal(FIELD_TEXT, SLICE_NULL, SLICE("x")));
}

static void test_tables_are_whole_and_in_order(void)
{
	for (int entity = 0; entity < ENTITY_ACTIVITY; entity++) {
		size_t n;
		const struct field *fields = field_table((enum entity)entity, &n);

		CHECK(n > 0 && n <= FIELD_COUNT_MAX);
		for (size_t i = 0; i < n; i++) {
			CHECK_INT(fields[i].index, (int64_t)i);
			CHECK_INT(fields[i].entity, entity);
			CHECK(field_find((enum entity)entity, fields[i].name) == &fields[i]);
		}
	}
	CHECK(field_find(ENTITY_PERSON, "nonsense") == NULL);
	CHECK(field_find(ENTITY_ACTIVITY, "email") == NULL);
	CHECK_INT(field_find(ENTITY_PERSON, "email_opt_out")->win, WIN_ANY_TRUE);
}

static void test_ways_to_win_have_names(void)
{
	for (int win = WIN_LATEST; win <= WIN_LONGEST; win++) {
		enum win back = WIN_LATEST;

		CHECK(win_parse(slice_of(win_name((enum win)win)), &back));
		CHECK_INT(back, win);
	}
	enum win unused;

	CHECK(!win_parse(SLICE("newest"), &unused));
	CHECK_TEXT(field_type_name(FIELD_PHONE), "phone number");
}

int main(void)
{
	RUN(test_values_are_read_by_their_type);
	RUN(test_refusal_names_value_and_type);
	RUN(test_long_bad_value_is_shown_cut_between_characters);
	RUN(test_values_are_equal_by_the_meaning_of_their_type);
	RUN(test_null_and_blank_mean_the_same_to_a_reader);
	RUN(test_tables_are_whole_and_in_order);
	RUN(test_ways_to_win_have_names);
	return tap_done();
}
