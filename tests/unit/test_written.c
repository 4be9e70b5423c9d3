/* SPDX-License-Identifier: Apache-2.0 */
#include "differ.h"
#include "tap.h"

static struct map_row row_of(const char *field)
{
	return (struct map_row){ field_find(ENTITY_PERSON, field), "F", true, true };
}

struct alike_case {
	const char *field, *wrote, *reads;
	bool alike;
};

static const struct alike_case alikes[] = {
	{ "title", "cto", "CTO", true },
	{ "title", "Head of  IT", "Head of IT", true },
	{ "title", "Head-of IT", "head of it!", true },
	{ "title", "Vice President of Sales EMEA", "Vice President of S", true },
	{ "title", "CTO and", "CTO", false },
	{ "title", "Müller", "MULLER", true },
	{ "title", "CTO", "CEO", false },
	{ "title", "CTO", "", false },
	{ "title", "!!!", "???", false },
	{ "phone", "+4930 1234567", "(030) 123-4567", true },
	{ "phone", "+49301234567", "1234567", true },
	{ "phone", "+49301234567", "+49301234568", false },
	{ "phone", "+49301234567", "234567", false },
	{ "phone", "12345", "12345 ", true },
	{ "email", "Joe@acme.com", "joe@acme.com", true },
	{ "email", "joe@acme.com", "jo@acme.com", false },
	{ "email_opt_out", "true", "1", true },
	{ "email_opt_out", "true", "false", false },
	{ "country", "DE", "Germany", true },
	{ "country", "DE", "Austria", false },
};

static void test_form_of_the_remote_is_learned_and_applied(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(alikes); i++) {
		const struct alike_case *c = &alikes[i];
		struct map_row map = row_of(c->field);
		struct written written = { .field = "F", .wrote = slice_of(c->wrote) };
		struct slice value = slice_of(c->reads);

		printf("# %s: \"%s\" read as \"%s\"\n", c->field, c->wrote, c->reads);
		written_learn(&written, 1, &map, 1, &value);
		CHECK(written.is_turned_back == !c->alike);
		written_apply(&written, 1, &map, 1, &value);
		CHECK_SLICE(value, c->alike ? c->wrote : c->reads);
		CHECK_INT(written.rounds, 0);
	}
}

static void test_reading_the_same_again_changes_nothing(void)
{
	struct map_row map = row_of("title");
	struct written written = { .field = "F", .wrote = SLICE("cto") };
	struct slice value = SLICE("CTO");

	for (int i = 0; i < 5; i++)
		written_learn(&written, 1, &map, 1, &value);
	CHECK(!written.is_turned_back);
	CHECK_SLICE(written.reads, "CTO");
}

static void test_another_form_later_is_somebodys_own_word(void)
{
	struct map_row map = row_of("title");
	struct written written = { .field = "F", .wrote = SLICE("cto") };
	struct slice first = SLICE("cto"), later = SLICE("CTO");

	written_learn(&written, 1, &map, 1, &first);
	written_learn(&written, 1, &map, 1, &later);
	CHECK(written.is_turned_back);
	written_apply(&written, 1, &map, 1, &later);
	CHECK_SLICE(later, "CTO");
}

static void test_value_not_shown_teaches_nothing(void)
{
	struct map_row map = row_of("title");
	struct written written = { .field = "F", .wrote = SLICE("cto") };
	struct slice value = SLICE_NULL;

	written_learn(&written, 1, &map, 1, &value);
	CHECK(!written.is_turned_back);
	CHECK(slice_is_null(written.reads));
	written_apply(&written, 1, &map, 1, &value);
	CHECK(slice_is_null(value));
}

static struct written *write_again(struct arena *arena, struct written *list, size_t *n,
                                   const struct map_row *map, const char *to)
{
	struct difference difference = { .row = map, .to = slice_of(to) };

	return written_note(arena, list, *n, &difference, 1, n);
}

static void test_rounds_count_the_same_value_written_again(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct map_row map = row_of("title");
	struct slice theirs = SLICE("CEO");
	struct written *list = NULL;
	size_t n = 0;

	for (int round = 0; round < 4; round++) {
		list = write_again(arena, list, &n, &map, "CTO");
		CHECK_INT((int64_t)n, 1);
		CHECK_INT(list[0].rounds, round);
		written_learn(list, n, &map, 1, &theirs);
		written_learn(list, n, &map, 1, &theirs);
		CHECK(list[0].is_turned_back);
	}
	list = write_again(arena, list, &n, &map, "Head of IT");
	CHECK_INT(list[0].rounds, 0);
	CHECK(!list[0].is_turned_back);
}

static void test_writing_twice_without_a_read_is_no_round(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct map_row map = row_of("title");
	struct written *list = NULL;
	size_t n = 0;

	list = write_again(arena, list, &n, &map, "CTO");
	list = write_again(arena, list, &n, &map, "CTO");
	CHECK_INT(list[0].rounds, 0);
}

static void test_memory_survives_being_kept_as_json(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct written in[] = {
		{ .field = "Title",
		  .wrote = SLICE("a \"quoted\"\nline"),
		  .reads = SLICE_NULL,
		  .is_turned_back = true,
		  .rounds = 2 },
		{ .field = "Straße", .wrote = SLICE(""), .reads = SLICE("x\\y") },
	}, *out;
	size_t n;

	CHECK(written_parse(arena, written_print(arena, in, 2), &out, &n));
	CHECK_INT((int64_t)n, 2);
	for (size_t i = 0; i < n; i++) {
		CHECK_TEXT(out[i].field, in[i].field);
		CHECK(slice_equal(out[i].wrote, in[i].wrote));
		CHECK(slice_equal(out[i].reads, in[i].reads));
		CHECK(out[i].is_turned_back == in[i].is_turned_back);
		CHECK_INT(out[i].rounds, in[i].rounds);
	}
}

static void test_nothing_is_kept_as_nothing(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct written *out;
	size_t n = 9;

	CHECK(slice_is_null(written_print(arena, NULL, 0)));
	CHECK(written_parse(arena, SLICE_NULL, &out, &n));
	CHECK_INT((int64_t)n, 0);
}

static void test_broken_memory_is_refused(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	static const char *const broken[] = { "{",
		                              "{}",
		                              "[1]",
		                              "[[]]",
		                              "[[\"a\",\"b\",null,false]]",
		                              "[[1,\"b\",null,false,0]]",
		                              "[[\"a\",\"b\",null,false,\"x\"]]",
		                              "nonsense" };
	struct written *out;
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
		CHECK(!written_parse(arena, slice_of(broken[i]), &out, &n));
}

int main(void)
{
	RUN(test_form_of_the_remote_is_learned_and_applied);
	RUN(test_reading_the_same_again_changes_nothing);
	RUN(test_another_form_later_is_somebodys_own_word);
	RUN(test_value_not_shown_teaches_nothing);
	RUN(test_rounds_count_the_same_value_written_again);
	RUN(test_writing_twice_without_a_read_is_no_round);
	RUN(test_memory_survives_being_kept_as_json);
	RUN(test_nothing_is_kept_as_nothing);
	RUN(test_broken_memory_is_refused);
	return tap_done();
}
