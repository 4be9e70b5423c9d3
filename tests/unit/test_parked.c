/* SPDX-License-Identifier: Apache-2.0 */
#include "parked.h"

#include "world.h"

static struct arena *arena;

static struct parked_thing thing(const char *kind, const char *external_id, int64_t ref, const char *reason)
{
	return (struct parked_thing){
		.connector_id = connector_id("sfa"),
		.kind = kind,
		.object = SLICE("lead"),
		.external_id = slice_of(external_id),
		.ref = ref,
		.reason = slice_of(reason),
		.raw = SLICE("{}"),
	};
}

static void park(const struct parked_thing *things, size_t n, int64_t now_us)
{
	static struct answer answer;

	parked_add(&store, store.quick, things, n, now_us, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static void clear(const char *connector, const char *kind, int64_t ref)
{
	static struct answer answer;

	parked_clear(store.quick, connector_id(connector), kind, &ref, 1, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static void test_thing_that_comes_again_is_one_row_with_the_last_reason(void)
{
	struct parked_thing first = thing("push", "L1", 7, "title is too long"),
	                    second = thing("push", "L1", 7, "right is missing");

	world_empty();
	park(&first, 1, 5 * US_PER_S);
	park(&second, 1, 9 * US_PER_S);
	CHECK_TEXT(ask("SELECT reason || ' ' || times || ' ' || extract(epoch FROM first_at)::int || ' ' || "
	               "extract(epoch FROM last_at)::int"
	               " FROM parked"),
	           "right is missing 2 5 9");
}

static void test_thing_named_twice_at_once_is_one_row_with_the_last_reason(void)
{
	const struct parked_thing both[] = { thing("read", "L1", 0, "first"), thing("read", "L1", 0, "last"),
		                             thing("read", "L2", 0, "other") };

	world_empty();
	park(both, 3, 1);
	CHECK_TEXT(ask("SELECT external_id || ' ' || reason FROM parked ORDER BY 1"), "L1 last\nL2 other");
}

static void test_what_is_not_known_of_a_thing_is_blank(void)
{
	struct parked_thing nameless = thing("read", "", 0, "cannot read JSON");

	world_empty();
	nameless.object = nameless.external_id = nameless.raw = SLICE_NULL;
	park(&nameless, 1, 1);
	park(&nameless, 1, 1);
	CHECK_TEXT(ask("SELECT object || '/' || external_id || '/' || coalesce(raw, 'none') || '/' || times "
	               "FROM parked"),
	           "//none/2");
}

static void test_no_things_are_no_error(void)
{
	world_empty();
	park(NULL, 0, 1);
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_only_what_went_through_is_cleared(void)
{
	const struct parked_thing things[] = { thing("push", "L1", 7, "a"), thing("push", "L2", 8, "b"),
		                               thing("alert", "", 7, "c") };

	world_empty();
	park(things, 3, 1);
	clear("ma", "push", 7);
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "3");
	clear("sfa", "push", 7);
	CHECK_TEXT(ask("SELECT kind || ref FROM parked ORDER BY 1"), "alert7\npush8");
}

/* Parks one item of a page and stores the page. */
static void park_read(struct slice id, struct slice raw, const char *reason)
{
	struct error why = { 0 };

	begin_batch("sfa", "lead");
	(void)fail(&why, ERROR_RECORD, "%s", reason);
	batch_park(&page.batch, "lead", id, raw, &why);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

static void test_poisoned_item_is_kept_as_far_as_it_can_be_shown(void)
{
	world_empty();
	park_read(SLICE("L\xff"
	                "1"),
	          (struct slice){ "{\"a\":\"\0\xc3\xa4\"}", 11 }, "is poisoned");
	CHECK_TEXT(ask("SELECT external_id || ' ' || raw FROM parked"), "L?1 {\"a\":\"???\"}");
}

/* An index row of PostgreSQL has a limit: an id of a megabyte must not stop its page. */
static void test_item_with_an_endless_id_is_parked_all_the_same(void)
{
	size_t len = 1 << 20;
	char *endless = arena_alloc(arena, len + 1);

	world_empty();
	for (size_t i = 0; i < len; i++)
		endless[i] = (char)('0' + random() % 10);
	park_read((struct slice){ endless, len }, SLICE("{}"), "no address");
	CHECK_TEXT(ask("SELECT count(*) FROM parked WHERE length(external_id) BETWEEN 100 AND 255"), "1");
	for (size_t i = 0; i + 1 < len; i += 2)
		memcpy(endless + i, "\xc3\xa4", 2);
	park_read((struct slice){ endless + 1, len - 1 }, SLICE("{}"), "no address");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "2");
}

static void test_record_read_well_again_is_not_parked_any_more_changed_or_not(void)
{
	for (int changed = 0; changed < 2; changed++) {
		world_empty();
		put("sfa", "lead", "L1", "Mail", "joe@acme.example");
		park_read(SLICE("L1"), SLICE("{\"Mail\": 5}"), "Mail is a number");
		CHECK_TEXT(ask("SELECT reason FROM parked"), "Mail is a number");
		put("sfa", "lead", "L1", "Mail", changed ? "joe@other.example" : "joe@acme.example");
		CHECK_INT(counts.unchanged, !changed);
		CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
	}
}

static void test_bad_field_stays_named_while_the_record_stays_as_it_is(void)
{
	world_empty();
	for (int round = 0; round < 2; round++) {
		begin_batch("sfa", "lead");
		(void)add("L1", "Mail", "joe@acme.example");
		(void)add("L1", "Job", "a\xff");
		store_batch(NULL);
		CHECK_TEXT(last_error.text, "");
		CHECK_TEXT(ask("SELECT external_id || ': ' || reason FROM parked"),
		           "L1: field \"Job\" is no text in UTF-8");
	}
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "fine");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_record_of_the_same_id_elsewhere_is_parked_by_itself(void)
{
	world_empty();
	park_read(SLICE("1"), SLICE("x"), "is poisoned");
	put("ma", "contact", "1", "Email", "a@b.example");
	put("sfa", "contact", "1", "Email", "a@b.example");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "1");
}

int main(void)
{
	arena = arena_new(4096);
	world_open();
	RUN(test_thing_that_comes_again_is_one_row_with_the_last_reason);
	RUN(test_thing_named_twice_at_once_is_one_row_with_the_last_reason);
	RUN(test_what_is_not_known_of_a_thing_is_blank);
	RUN(test_no_things_are_no_error);
	RUN(test_only_what_went_through_is_cleared);
	RUN(test_poisoned_item_is_kept_as_far_as_it_can_be_shown);
	RUN(test_item_with_an_endless_id_is_parked_all_the_same);
	RUN(test_record_read_well_again_is_not_parked_any_more_changed_or_not);
	RUN(test_bad_field_stays_named_while_the_record_stays_as_it_is);
	RUN(test_record_of_the_same_id_elsewhere_is_parked_by_itself);
	world_close();
	arena_free(arena);
	return tap_done();
}
