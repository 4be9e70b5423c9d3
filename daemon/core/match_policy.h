/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Match policy: what each level of evidence is worth, in bits, and where the lines are drawn.
 *
 * Two are shipped. `cautious` links by itself only what shares something of its own (mailbox, number, identifier) or
 * is the whole name at one company with nothing against it; the rest is asked. `balanced` also links rare names
 * whose own identifiers merely differ. Plain data: `learn` proposes another table, match.h reads it.
 */
#include <stddef.h>

#include "slice.h"

enum weight {
	WEIGHT_FIRST_MAX,
	WEIGHT_LAST_MAX,
	WEIGHT_NICKNAME,
	WEIGHT_INITIAL,
	WEIGHT_SLIP_SHARE,
	WEIGHT_PART_SHARE,
	WEIGHT_SWAPPED,
	WEIGHT_NAME_DIFFERS,
	WEIGHT_EMAIL_OWN,
	WEIGHT_EMAIL_OTHER_HOST,
	WEIGHT_EMAIL_SLIP,
	WEIGHT_EMAIL_SHARED,
	WEIGHT_EMAIL_ALIAS,
	WEIGHT_EMAIL_DIFFERS,
	WEIGHT_EMAIL_NUMBERED,
	WEIGHT_PHONE_OWN,
	WEIGHT_PHONE_SLIP,
	WEIGHT_PHONE_SHARED,
	WEIGHT_COMPANY_MAX,
	WEIGHT_COMPANY_SLIP_SHARE,
	WEIGHT_PLACE_LIKE,
	WEIGHT_TOWN,
	WEIGHT_NUMBER,
	WEIGHT_NUMBER_SLIP,
	WEIGHT_NUMBER_NEAR,
	WEIGHT_BIRTH,
	WEIGHT_BIRTH_SLIP,
	WEIGHT_BIRTH_NEAR,
	WEIGHT_EMAIL_NEAR,
	WEIGHT_NAME_NEAR_SHARE,
	WEIGHT_STREET_MAX,
	WEIGHT_HOUSE,
	WEIGHT_TOWN_MAX,
	WEIGHT_ACCOUNT_NAME_MAX,
	WEIGHT_ACCOUNT_DOMAIN,
	WEIGHT_ACCOUNT_STEM,
	WEIGHT_ACCOUNT_PHONE,
	WEIGHT_ACCOUNT_PLACE,
	WEIGHT_ACCOUNT_TOWN,
	WEIGHT_ACCOUNT_COUNTRY,
	WEIGHT_ACCOUNT_NAME_DIFFERS,
	WEIGHT_ACCOUNT_REGISTRATION_DIFFERS,
	WEIGHT_MERGE_AT,
	WEIGHT_REGISTER_AT,
	WEIGHT_REGISTER_KNOWN_AT,
	WEIGHT_BARE_AT,
	WEIGHT_RIVALS_AT,
	WEIGHT_ACCOUNT_BARE_AT,
	WEIGHT_REVIEW_AT,
	WEIGHT_COUNT,
};

struct match_policy {
	const char *name;
	const char *what;
	float weight[WEIGHT_COUNT];
};

struct weight_note {
	const char *name, *reason;
};

extern const struct match_policy match_cautious, match_balanced;

const struct match_policy *match_policy_find(struct slice name);	/* NULL: no such policy */
const struct weight_note *match_weight_note(enum weight weight);
