/* SPDX-License-Identifier: Apache-2.0 */
#include "differ.h"
#include "tap.h"

#define ROWS 6

static const struct field score = { .name = "score",
	                            .entity = ENTITY_PERSON,
	                            .index = PERSON_FIELD_COUNT,
	                            .type = FIELD_NUMBER,
	                            .is_custom = true };

struct world {
	struct map_row map[ROWS];
	struct field_policy rules[ROWS];
	struct policy policy;
	struct golden golden;
	struct slice shadow[VALUES_MAX];
	struct difference ret[ROWS];
	struct written written[2];
	size_t n_written;
};

static void world_init(struct world *world)
{
	*world = (struct world){
		.map = {
			{ field_find(ENTITY_PERSON, "title"), "Title", true, true },
			{ field_find(ENTITY_PERSON, "phone"), "Phone", true, true },
			{ field_find(ENTITY_PERSON, "email_opt_out"), "OptOut", true, true },
			{ field_find(ENTITY_PERSON, "city"), "City", true, false },
			{ &score, "Score", false, true },
			{ field_find(ENTITY_ACCOUNT, "name"), "Company", true, true },
		},
	};
	for (size_t i = 0; i < ROWS; i++)
		world->rules[i] = (struct field_policy){ .field = world->map[i].field,
			                                 .win = world->map[i].field->win };
	world->policy = (struct policy){ .fields = world->rules, .n_fields = ROWS };
}

static size_t run(struct world *world, bool exists)
{
	return differ(&world->policy, world->map, ROWS, ENTITY_PERSON, &world->golden,
	              exists ? world->shadow : NULL, world->written, world->n_written, world->ret);
}

static void test_what_differs_is_written_and_nothing_else(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_TITLE] = SLICE("CTO");
	world.shadow[PERSON_TITLE] = SLICE("CEO");
	world.golden.values[PERSON_PHONE] = SLICE("+49 30 1234567");
	world.shadow[PERSON_PHONE] = SLICE("030 1234567");
	world.golden.values[PERSON_CITY] = SLICE("Berlin");
	world.shadow[PERSON_CITY] = SLICE("Bonn");
	CHECK_INT((int64_t)run(&world, true), 1);
	CHECK(world.ret[0].row == &world.map[0]);
	CHECK_SLICE(world.ret[0].from, "CEO");
	CHECK_SLICE(world.ret[0].to, "CTO");
	CHECK(!world.ret[0].is_frozen);
}

static void test_field_we_are_not_shown_is_never_written(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_TITLE] = SLICE("CTO");
	CHECK_INT((int64_t)run(&world, true), 0);
	world.shadow[PERSON_TITLE] = SLICE("");
	CHECK_INT((int64_t)run(&world, true), 1);
}

static void test_unknown_golden_value_writes_nothing(void)
{
	struct world world;

	world_init(&world);
	world.shadow[PERSON_TITLE] = SLICE("CEO");
	CHECK_INT((int64_t)run(&world, true), 0);
}

static void test_blank_clears_only_where_the_policy_says_so(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_TITLE] = SLICE("");
	world.shadow[PERSON_TITLE] = SLICE("CEO");
	CHECK_INT((int64_t)run(&world, true), 0);
	world.rules[0].blank_wins = true;
	CHECK_INT((int64_t)run(&world, true), 1);
	CHECK_SLICE(world.ret[0].to, "");
}

static void test_opt_out_is_never_reverted(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_EMAIL_OPT_OUT] = SLICE("false");
	world.shadow[PERSON_EMAIL_OPT_OUT] = SLICE("true");
	CHECK_INT((int64_t)run(&world, true), 0);
	world.shadow[PERSON_EMAIL_OPT_OUT] = SLICE("1");
	CHECK_INT((int64_t)run(&world, true), 0);
	world.golden.values[PERSON_EMAIL_OPT_OUT] = SLICE("true");
	world.shadow[PERSON_EMAIL_OPT_OUT] = SLICE("false");
	CHECK_INT((int64_t)run(&world, true), 1);
}

static void test_creation_writes_all_that_is_known(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_TITLE] = SLICE("CTO");
	world.golden.values[PERSON_PHONE] = SLICE("");
	world.golden.values[PERSON_CITY] = SLICE("Berlin");
	world.golden.values[PERSON_FIELD_COUNT] = SLICE("17");
	CHECK_INT((int64_t)run(&world, false), 2);
	CHECK_SLICE(world.ret[0].to, "CTO");
	CHECK_SLICE(world.ret[1].to, "17");
}

static void test_field_only_pushed_is_written_until_we_wrote_it(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_FIELD_COUNT] = SLICE("17");
	CHECK_INT((int64_t)run(&world, true), 1);
	world.written[0] = (struct written){ .field = "Score", .wrote = SLICE("17.0") };
	world.n_written = 1;
	CHECK_INT((int64_t)run(&world, true), 0);
	world.golden.values[PERSON_FIELD_COUNT] = SLICE("18");
	CHECK_INT((int64_t)run(&world, true), 1);
	CHECK_SLICE(world.ret[0].from, "17.0");
}

static void test_field_fought_over_is_frozen_until_golden_changes(void)
{
	struct world world;

	world_init(&world);
	world.golden.values[PERSON_TITLE] = SLICE("CTO");
	world.shadow[PERSON_TITLE] = SLICE("CEO");
	world.written[0] = (struct written){
		.field = "Title", .wrote = SLICE("CTO"), .is_turned_back = true, .rounds = 3
	};
	world.n_written = 1;
	CHECK_INT((int64_t)run(&world, true), 1);
	CHECK(world.ret[0].is_frozen);
	world.written[0].rounds = 2;
	CHECK_INT((int64_t)run(&world, true), 1);
	CHECK(!world.ret[0].is_frozen);
	world.written[0].rounds = 3;
	world.golden.values[PERSON_TITLE] = SLICE("Head of IT");
	CHECK_INT((int64_t)run(&world, true), 1);
	CHECK(!world.ret[0].is_frozen);
}

int main(void)
{
	RUN(test_what_differs_is_written_and_nothing_else);
	RUN(test_field_we_are_not_shown_is_never_written);
	RUN(test_unknown_golden_value_writes_nothing);
	RUN(test_blank_clears_only_where_the_policy_says_so);
	RUN(test_opt_out_is_never_reverted);
	RUN(test_creation_writes_all_that_is_known);
	RUN(test_field_only_pushed_is_written_until_we_wrote_it);
	RUN(test_field_fought_over_is_frozen_until_golden_changes);
	return tap_done();
}
