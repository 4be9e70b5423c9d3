/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"
#include "tap.h"

static void test_rule_of_a_field_is_found_by_entity_and_index(void)
{
	struct field custom = {
		.name = "score", .entity = ENTITY_PERSON, .index = PERSON_FIELD_COUNT, .is_custom = true
	};
	struct field copy = custom;
	struct field_policy rules[] = {
		{ .field = field_find(ENTITY_ACCOUNT, "name"), .win = WIN_FIRST },
		{ .field = field_find(ENTITY_PERSON, "email"), .win = WIN_LONGEST },
		{ .field = &custom, .win = WIN_MASTER },
	};
	struct policy policy = { .fields = rules, .n_fields = ARRAY_SIZE(rules) };

	CHECK(policy_field(&policy, field_find(ENTITY_PERSON, "email")) == &rules[1]);
	CHECK(policy_field(&policy, field_find(ENTITY_ACCOUNT, "name")) == &rules[0]);
	CHECK(policy_field(&policy, &copy) == &rules[2]);
	CHECK(policy_field(&policy, field_find(ENTITY_PERSON, "city")) == NULL);
}

int main(void)
{
	RUN(test_rule_of_a_field_is_found_by_entity_and_index);
	return tap_done();
}
