/* SPDX-License-Identifier: Apache-2.0 */
#include "../../connectors/tryton/names.h"

#include "arena.h"
#include "tap.h"

static void split_is(const char *name, const char *first, const char *last)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(256);
	struct person_name got = name_split(arena, slice_of(name));

	CHECK_SLICE(got.first, first);
	CHECK_SLICE(got.last, last);
}

static void test_last_word_is_the_last_name(void)
{
	split_is("Joe Smith", "Joe", "Smith");
	split_is("Anna Maria Weiß", "Anna Maria", "Weiß");
	split_is("  joe \t smith ", "joe", "smith");
}

static void test_comma_puts_the_last_name_first(void)
{
	split_is("Smith, Joe", "Joe", "Smith");
	split_is("van der Berg ,  Jan  Piet", "Jan Piet", "van der Berg");
	split_is("Smith,", "", "Smith");
	split_is(", Joe", "Joe", "");
}

static void test_particles_belong_to_the_last_name(void)
{
	split_is("Ludwig van Beethoven", "Ludwig", "van Beethoven");
	split_is("Maria de la Cruz", "Maria", "de la Cruz");
	split_is("Van Morrison", "Van", "Morrison");
	split_is("Kim Van", "Kim", "Van");
}

static void test_single_word_is_a_last_name(void)
{
	split_is("Madonna", "", "Madonna");
	split_is("", "", "");
	split_is("   ", "", "");
}

static void test_unknown_name_stays_unknown(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(256);
	struct person_name got = name_split(arena, SLICE_NULL);

	CHECK(slice_is_null(got.first));
	CHECK(slice_is_null(got.last));
}

static void join_is(const char *first, const char *last, const char *like, const char *want)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(256);
	struct person_name name = { slice_of(first), slice_of(last) };

	CHECK_SLICE(name_join(arena, name, slice_of(like)), want);
}

static void test_join_keeps_the_order_of_the_name_before(void)
{
	join_is("Joe", "Smith", "", "Joe Smith");
	join_is("Joe", "Smith", "Smith, Joseph", "Smith, Joe");
	join_is("Joe", "Smith", NULL, "Joe Smith");
}

static void test_join_without_one_part_has_no_odd_blanks(void)
{
	join_is("", "Smith", "", "Smith");
	join_is("Joe", "", "", "Joe");
	join_is("Joe", "", "Smith, Joe", "Joe");
	join_is("", "", "", "");
}

static void test_what_is_joined_is_read_back_the_same(void)
{
	static const struct person_name names[] = {
		{ { "Ana", 3 }, { "Garcia Lopez", 12 } },
		{ { "Jan", 3 }, { "van der Berg", 12 } },
		{ { "Maria de", 8 }, { "Souza", 5 } },
		{ { "Joe", 3 }, { "Smith", 5 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(arena_free_p) struct arena *arena = arena_new(256);
		struct person_name back = name_split(arena, name_join(arena, names[i], SLICE("")));

		CHECK(slice_equal(back.first, names[i].first));
		CHECK(slice_equal(back.last, names[i].last));
	}
}

static bool company(const char *name, const char *email)
{
	return name_is_company(slice_of(name), false, slice_of(email));
}

static void test_legal_forms_make_a_company(void)
{
	static const char *const names[] = {
		"Acme GmbH",
		"ACME Inc.",
		"Braun Optik S.L.",
		"Abel Foods & Co KG",
		"García Systems sp. z o.o.",
		"Novak s.r.o.",
		"Jung Timber B.V.",
		"Müller AG",
		"Moreau SA",
		"Horvath & Co",
		"Smith, Jones and Partners LLP",
		"Alpha Holding",
		"Kaufhaus Richter e. V.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK(company(names[i], ""));
}

static void test_people_are_people(void)
{
	static const char *const names[] = {
		"Joe Smith",    "joe smith",    "Smith, Joe",
		"SMITH, JOE",   "JOE SMITH",    "Ludwig van Beethoven",
		"Olga Östberg", "Se Young Kim", "Sa Nguyen",
		"As Sayed Ali", "Co Nguyen",    "Иван Иванов",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK(!company(names[i], "info@shop.example"));
}

static void test_a_tax_number_makes_a_company(void)
{
	CHECK(name_is_company(SLICE("Maria Huber"), true, SLICE("")));
	CHECK(!name_is_company(SLICE("Huber, Maria"), true, SLICE("")));
}

static void test_names_no_person_has_make_a_company(void)
{
	CHECK(company("IBM", ""));
	CHECK(company("Studio 54", ""));
	CHECK(company("Tom & Jerry", ""));
	CHECK(company("The Great Old House of Fine Timber", ""));
}

static void test_role_mailbox_decides_only_without_a_full_name(void)
{
	CHECK(company("Blumenladen", "info@blumen.example"));
	CHECK(company("", "Sales@blumen.example"));
	CHECK(!company("Blumenladen", "rosa@blumen.example"));
	CHECK(!company("Rosa Blum", "info@blumen.example"));
	CHECK(!company("Madonna", ""));
	CHECK(!company("", ""));
}

static void test_unknown_and_hostile_names_are_read(void)
{
	static const char bytes[] = "\xff\x00\xfe,.\x80 &";

	CHECK(!name_is_company(SLICE_NULL, false, SLICE_NULL));
	CHECK(name_is_company((struct slice){ bytes, sizeof(bytes) - 1 }, false, SLICE("@")));
	split_is(",,,", ",,", "");
}

int main(void)
{
	RUN(test_last_word_is_the_last_name);
	RUN(test_comma_puts_the_last_name_first);
	RUN(test_particles_belong_to_the_last_name);
	RUN(test_single_word_is_a_last_name);
	RUN(test_unknown_name_stays_unknown);
	RUN(test_join_keeps_the_order_of_the_name_before);
	RUN(test_join_without_one_part_has_no_odd_blanks);
	RUN(test_what_is_joined_is_read_back_the_same);
	RUN(test_legal_forms_make_a_company);
	RUN(test_people_are_people);
	RUN(test_a_tax_number_makes_a_company);
	RUN(test_names_no_person_has_make_a_company);
	RUN(test_role_mailbox_decides_only_without_a_full_name);
	RUN(test_unknown_and_hostile_names_are_read);
	return tap_done();
}
