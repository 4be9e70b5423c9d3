/* SPDX-License-Identifier: Apache-2.0 */
#include "person_name.h"
#include "tap.h"

struct name_case {
	const char *first, *last, *full;
	const char *want_first, *want_middle, *want_last;
	unsigned generation;
};

static const struct name_case cases[] = {
	{ "Joe", "Smith", NULL, "joe", "", "smith", 0 },
	{ "Dr. Joe", "Smith, PhD", NULL, "joe", "", "smith", 0 },
	{ "Joe A.", "Smith", NULL, "joe", "a", "smith", 0 },
	{ "J.R.", "Smith", NULL, "j", "r", "smith", 0 },
	{ "J. Robert", "Smith", NULL, "j", "robert", "smith", 0 },
	{ "Joe", "Smith Jr.", NULL, "joe", "", "smith", 2 },
	{ "Joe", "Smith, Sr.", NULL, "joe", "", "smith", 1 },
	{ "Joe", "Smith III", NULL, "joe", "", "smith", 3 },
	{ "", "", "Joe Smith", "joe", "", "smith", 0 },
	{ "", "", "Smith, Joe", "joe", "", "smith", 0 },
	{ "", "", "Smith, Joe A.", "joe", "a", "smith", 0 },
	{ "", "", "Smith, J.R.", "j", "r", "smith", 0 },
	{ "", "", "Smith Jr., Joe", "joe", "", "smith", 2 },
	{ "", "", "Dr. Smith, Joe A., Jr.", "joe", "a", "smith", 2 },
	{ "", "", "Joe Smith, MBA, P.E.", "joe", "", "smith", 0 },
	{ "", "", "Joe Smith PhD", "joe", "", "smith", 0 },
	{ "", "", "Prof. Dr. Sabine Müller", "sabine", "", "muller", 0 },
	{ "", "", "Jan van der Berg", "jan", "", "van der berg", 0 },
	{ "", "Smith, Joe", NULL, "joe", "", "smith", 0 },
	{ "Joe Smith", "", NULL, "joe", "", "smith", 0 },
	{ "Joe", "", NULL, "joe", "", "", 0 },
	{ "", "Smith", NULL, "", "", "smith", 0 },
	{ "Jack", "Ma", NULL, "jack", "", "ma", 0 },
	{ "", "", "Jack Ma", "jack", "", "ma", 0 },
	{ "Jean-Pierre", "d'Aubigny", NULL, "jean-pierre", "", "daubigny", 0 },
	{ "María José", "García-López", NULL, "maria", "jose", "garcia lopez", 0 },
	{ "Robert (Bob)", "Smith", NULL, "robert", "", "smith", 0 },
	{ "Robert \"Bob\"", "Smith", NULL, "robert", "", "smith", 0 },
	{ "N/A", "Smith", NULL, "", "", "smith", 0 },
	{ "Joe", "[not provided]", NULL, "joe", "", "", 0 },
	{ "Herr Jürgen", "Groß", NULL, "jurgen", "", "gross", 0 },
	{ "Иван", "Петров", NULL, "ivan", "", "petrov", 0 },
	{ "浩", "佐藤", NULL, "浩", "", "佐藤", 0 },
	{ "Mr.", "Smith", NULL, "mr", "", "smith", 0 },
	{ "", "", "", "", "", "", 0 },
	{ "Joe\xe2\x80\x8b", "Sm\xd1\x96th", NULL, "joe", "", "smith", 0 },
	{ "JOE", "O’Connor", NULL, "joe", "", "oconnor", 0 },
	{ "'); DROP TABLE persons;--", "Smith", NULL, "", "", "smith", 0 },
	{ "line1\nline2", "Smith", NULL, "", "", "smith", 0 },
	{ "=HYPERLINK(\"x\")", "Smith", NULL, "", "", "smith", 0 },
	{ "Joe", "Smith 2nd", NULL, "joe", "", "smith", 2 },
	{ "Carlos", "Silva Filho", NULL, "carlos", "", "silva", 2 },
	{ "Smith, Joe", "Smith", NULL, "smith", "joe", "smith", 0 },
};

static void test_names_are_taken_apart(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct name_case *c = &cases[i];
		struct person_name name;

		person_name_read(arena, slice_of(c->first), slice_of(c->last), slice_of(c->full), &name);
		if (!slice_equal_text(name.first, c->want_first) ||
		    !slice_equal_text(name.last, c->want_last))
			printf("# \"%s\" \"%s\" \"%s\"\n", c->first, c->last, c->full ? c->full : "");
		CHECK_SLICE(name.first, c->want_first);
		CHECK_SLICE(name.middle, c->want_middle);
		CHECK_SLICE(name.last, c->want_last);
		CHECK_INT(name.generation, c->generation);
		CHECK(name.first_is_initial == (strlen(c->want_first) == 1));
		CHECK(!name.is_nobody);
	}
}

static void test_german_names_have_a_second_spelling(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct person_name name;

	person_name_read(arena, SLICE("Jürgen"), SLICE("Müller"), SLICE_NULL, &name);
	CHECK_SLICE(name.other_first, "juergen");
	CHECK_SLICE(name.other_last, "mueller");
	person_name_read(arena, SLICE("Hans"), SLICE("Müller"), SLICE_NULL, &name);
	CHECK(slice_is_null(name.other_first));
	person_name_read(arena, SLICE("Jürgen"), SLICE("Mueller"), SLICE_NULL, &name);
	CHECK(slice_is_null(name.other_last));
}

static void test_placeholders_are_nobody(void)
{
	static const char *const pairs[][2] = { { "Test", "User" },     { "Unknown", "Unknown" },
		                                { "-", "-" },           { "[not provided]", "None" },
		                                { "First", "Last" },    { "xxx", "xxx" },
		                                { "Max", "Mustermann" } };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct person_name name;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		person_name_read(arena, slice_of(pairs[i][0]), slice_of(pairs[i][1]), SLICE_NULL, &name);
		CHECK(name.is_nobody);
	}
	person_name_read(arena, SLICE(""), SLICE(""), SLICE_NULL, &name);
	CHECK(!name.is_nobody);
}

static void test_noise_behind_a_name_is_dropped(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	char *text = arena_alloc(arena, 240001);
	struct person_name name;

	memset(text, 'x', 240000);
	memcpy(text, "Smith ", 6);
	person_name_read(arena, SLICE("Joe"), (struct slice){ text, 240000 }, SLICE_NULL, &name);
	CHECK_SLICE(name.last, "smith");
	for (size_t i = 6; i + 12 <= 240000; i += 12)
		memcpy(text + i, "lorem ipsum ", 12);
	person_name_read(arena, SLICE("Joe"), (struct slice){ text, 240000 }, SLICE_NULL, &name);
	CHECK_SLICE(name.last, "smith");
	for (size_t i = 6; i + 4 <= 240000; i += 4)
		memcpy(text + i, "🙂", 4);
	person_name_read(arena, SLICE("Joe"), (struct slice){ text, 240000 }, SLICE_NULL, &name);
	CHECK_SLICE(name.last, "smith");
	CHECK_SLICE(name.first, "joe");
}

static void test_nicknames_meet_at_their_full_names(void)
{
	static const struct {
		const char *a, *b;
		bool are;
	} pairs[] = {
		{ "bob", "robert", true },
		{ "bill", "will", true },
		{ "robert", "bob", true },
		{ "kate", "katherine", true },
		{ "sasha", "aleksandr", true },
		{ "pepe", "jose", true },
		{ "raj", "rajesh", true },
		{ "kasia", "katarzyna", true },
		{ "joe", "joseph", true },
		{ "joe", "joe", true },
		{ "joe", "john", false },
		{ "alan", "albert", false },
		{ "christina", "christine", false },
		{ "xyz", "abc", false },
		{ "", "", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		CHECK(person_name_is_nickname(slice_of(pairs[i].a), slice_of(pairs[i].b)) == pairs[i].are);
	CHECK(person_name_is_given(SLICE("maria")));
	CHECK(person_name_is_given(SLICE("mario")));
	CHECK(!person_name_is_given(SLICE("maira's")));
}

int main(void)
{
	RUN(test_names_are_taken_apart);
	RUN(test_german_names_have_a_second_spelling);
	RUN(test_placeholders_are_nobody);
	RUN(test_noise_behind_a_name_is_dropped);
	RUN(test_nicknames_meet_at_their_full_names);
	return tap_done();
}
