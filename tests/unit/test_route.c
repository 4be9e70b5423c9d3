/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"
#include "tap.h"

static const struct route_user dana = { 1, SLICE("Dana Field"), SLICE("dana@acme.com"), true, 11 };
static const struct route_user ira = { 2, SLICE("Ira Inside"), SLICE("ira@acme.com"), true, 12 };
static const struct route_user ann = { 3, SLICE("Ann Old"), SLICE("ann@acme.com"), false, 13 };
static const struct route_user boss = { 4, SLICE(""), SLICE("boss@acme.com"), true, 14 };
static const struct route_user none = { 0 };

static struct route_opportunity deal(int64_t id, const char *name, bool by_role, int64_t activity,
                                     struct route_user owner)
{
	return (struct route_opportunity){ id, slice_of(name), true, by_role, activity, id, owner };
}

static void test_owner_of_the_open_opportunity_is_told(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_opportunity deals[] = { deal(7, "Acme – data platform", true, 0, dana) };
	struct route_owner records[] = { { SLICE("lead 00Q1"), 5, ira } };
	struct route_facts facts = {
		.opportunities = deals, .n_opportunities = 1, .records = records, .n_records = 1
	};
	struct route got;

	route(arena, &facts, &got);
	CHECK_INT(got.to.user_id, 1);
	CHECK_INT(got.opportunity_id, 7);
	CHECK_TEXT(got.step, "opportunity_role");
	CHECK_TEXT(got.why, "Dana Field owns the open opportunity “Acme – data platform”, on which the "
	                    "person has a role");
}

static void test_role_comes_before_account_then_activity_then_age(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_opportunity deals[] = { deal(1, "A", false, 900, ira), deal(2, "B", true, 100, boss),
		                             deal(3, "C", true, 100, dana), deal(4, "D", true, 50, ira) };
	struct route_facts facts = { .opportunities = deals, .n_opportunities = 4 };
	struct route got;

	route(arena, &facts, &got);
	CHECK_INT(got.opportunity_id, 3);
	facts.n_opportunities = 1;
	route(arena, &facts, &got);
	CHECK_TEXT(got.step, "opportunity_account");
	CHECK_TEXT(got.why, "Ira Inside owns the open opportunity “A”, which is with the person's account");
}

static void test_closed_opportunities_do_not_count(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_opportunity deals[] = { deal(1, "A", true, 900, ira) };
	struct route_owner accounts[] = { { SLICE("account Acme"), 5, dana } };
	struct route_facts facts = {
		.opportunities = deals, .n_opportunities = 1, .accounts = accounts, .n_accounts = 1
	};
	struct route got;

	deals[0].is_open = false;
	route(arena, &facts, &got);
	CHECK_TEXT(got.step, "account");
	CHECK_INT(got.opportunity_id, 0);
	CHECK_TEXT(got.why, "Dana Field owns account Acme");
}

static void test_inactive_and_unknown_owners_are_passed_over_and_named(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_opportunity deals[] = { deal(2, "B", true, 9, ann), deal(1, "A", true, 5, none),
		                             deal(3, "C", false, 900, dana) };
	struct route_facts facts = { .opportunities = deals, .n_opportunities = 3 };
	struct route got;

	route(arena, &facts, &got);
	CHECK_INT(got.to.user_id, 1);
	CHECK_TEXT(got.why, "Dana Field owns the open opportunity “C”, which is with the person's account; "
	                    "Ann Old, who owns the open "
	                    "opportunity “B”, on which the person has a role, is not active; nobody we know "
	                    "owns the open opportunity “A”, "
	                    "on which the person has a role");
}

static void test_record_changed_last_tells_its_owner(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_owner records[] = { { SLICE("lead 1"), 5, ira },
		                         { SLICE("contact 2"), 9, dana },
		                         { SLICE("lead 3"), 7, boss } };
	struct route_facts facts = { .records = records, .n_records = 3 };
	struct route got;

	route(arena, &facts, &got);
	CHECK_TEXT(got.step, "record");
	CHECK_INT(got.to.user_id, 1);
	CHECK_TEXT(got.why, "Dana Field owns contact 2");
}

static void test_fallback_and_then_nobody(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_facts facts = { .fallback = boss };
	struct route got;

	route(arena, &facts, &got);
	CHECK_TEXT(got.step, "fallback");
	CHECK_TEXT(got.why, "boss@acme.com is the fallback of the policy: no owner was found");
	facts.fallback = ann;
	route(arena, &facts, &got);
	CHECK_INT(got.to.user_id, 0);
	CHECK_TEXT(got.step, "nobody");
	CHECK_TEXT(got.why, "nobody: no owner was found, and the policy's fallback_owner is not active");
	facts.fallback = none;
	route(arena, &facts, &got);
	CHECK_TEXT(got.why,
	           "nobody: no owner was found, and the policy's fallback_owner is not set or not known");
}

static void test_rule_for_open_opportunities_stops_there(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_owner records[] = { { SLICE("lead 1"), 5, ira } };
	struct route_facts facts = {
		.records = records, .n_records = 1, .fallback = boss, .only_open_opportunity = true
	};
	struct route got;

	route(arena, &facts, &got);
	CHECK_INT(got.to.user_id, 0);
	CHECK_TEXT(got.why, "nobody: the rule is for open opportunities alone, and the person has none");
}

static void test_result_does_not_depend_on_order(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_opportunity one[] = { deal(1, "A", true, 5, ira), deal(2, "B", true, 5, dana),
		                           deal(3, "C", false, 9, boss) };
	struct route_opportunity two[] = { one[2], one[1], one[0] };
	struct route_facts facts = { .opportunities = one, .n_opportunities = 3 };
	struct route first, second;

	route(arena, &facts, &first);
	facts.opportunities = two;
	route(arena, &facts, &second);
	CHECK_INT(first.opportunity_id, second.opportunity_id);
	CHECK_TEXT(first.why, second.why);
}

static void test_many_passed_over_are_counted(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct route_owner records[6];
	struct route_facts facts = { .records = records, .n_records = 6, .fallback = dana };
	struct route got;

	for (size_t i = 0; i < 6; i++)
		records[i] = (struct route_owner){ slice_of(arena_printf(arena, "lead %zu", i)), 5, ann };
	route(arena, &facts, &got);
	CHECK(strstr(got.why, "; and 3 more were passed over") != NULL);
	CHECK(strstr(got.why, "lead 2") != NULL && strstr(got.why, "lead 3") == NULL);
}

int main(void)
{
	RUN(test_owner_of_the_open_opportunity_is_told);
	RUN(test_role_comes_before_account_then_activity_then_age);
	RUN(test_closed_opportunities_do_not_count);
	RUN(test_inactive_and_unknown_owners_are_passed_over_and_named);
	RUN(test_record_changed_last_tells_its_owner);
	RUN(test_fallback_and_then_nobody);
	RUN(test_rule_for_open_opportunities_stops_there);
	RUN(test_result_does_not_depend_on_order);
	RUN(test_many_passed_over_are_counted);
	return tap_done();
}
