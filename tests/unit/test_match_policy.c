/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "match_policy.h"
#include "tap.h"

static void test_both_policies_are_found_by_name(void)
{
	CHECK(match_policy_find(SLICE("cautious")) == &match_cautious);
	CHECK(match_policy_find(SLICE("balanced")) == &match_balanced);
	CHECK(match_policy_find(SLICE("bold")) == NULL);
	CHECK(match_policy_find(SLICE_NULL) == NULL);
}

static void test_each_weight_has_a_name_of_its_own_and_a_reason(void)
{
	for (int i = 0; i < WEIGHT_COUNT; i++) {
		const struct weight_note *note = match_weight_note((enum weight)i);

		CHECK(note->name && note->name[0] && note->reason && note->reason[0]);
		for (int j = 0; j < i && note->name; j++)
			CHECK(strcmp(note->name, match_weight_note((enum weight)j)->name) != 0);
	}
}

/* More certain evidence must never weigh less: the order the matcher relies on. */
static void test_weights_are_in_order(void)
{
	static const enum weight orders[][4] = {
		{ WEIGHT_EMAIL_NUMBERED, WEIGHT_EMAIL_DIFFERS, WEIGHT_EMAIL_ALIAS, WEIGHT_EMAIL_SHARED },
		{ WEIGHT_EMAIL_SHARED, WEIGHT_EMAIL_SLIP, WEIGHT_EMAIL_OTHER_HOST, WEIGHT_EMAIL_OWN },
		{ WEIGHT_NAME_DIFFERS, WEIGHT_INITIAL, WEIGHT_NICKNAME, WEIGHT_FIRST_MAX },
		{ WEIGHT_NUMBER_NEAR, WEIGHT_NUMBER_SLIP, WEIGHT_NUMBER, WEIGHT_NUMBER },
		{ WEIGHT_BIRTH_NEAR, WEIGHT_BIRTH_SLIP, WEIGHT_BIRTH, WEIGHT_BIRTH },
		{ WEIGHT_PHONE_SHARED, WEIGHT_PHONE_SLIP, WEIGHT_PHONE_OWN, WEIGHT_PHONE_OWN },
	};
	const struct match_policy *const policies[] = { &match_cautious, &match_balanced };

	for (size_t p = 0; p < ARRAY_SIZE(policies); p++)
		for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
			for (size_t j = 0; j < 3; j++)
				CHECK(policies[p]->weight[orders[i][j]] <= policies[p]->weight[orders[i][j + 1]]);
}

static void test_balanced_draws_its_lines_no_higher(void)
{
	static const enum weight lines[] = { WEIGHT_MERGE_AT,  WEIGHT_REGISTER_AT,     WEIGHT_REGISTER_KNOWN_AT,
		                             WEIGHT_BARE_AT,   WEIGHT_ACCOUNT_BARE_AT, WEIGHT_REVIEW_AT,
		                             WEIGHT_RIVALS_AT };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		CHECK(match_balanced.weight[lines[i]] <= match_cautious.weight[lines[i]]);
	CHECK(match_balanced.weight[WEIGHT_RIVALS_AT] < match_cautious.weight[WEIGHT_RIVALS_AT]);
}

int main(void)
{
	RUN(test_both_policies_are_found_by_name);
	RUN(test_each_weight_has_a_name_of_its_own_and_a_reason);
	RUN(test_weights_are_in_order);
	RUN(test_balanced_draws_its_lines_no_higher);
	return tap_done();
}
