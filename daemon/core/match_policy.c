/* SPDX-License-Identifier: Apache-2.0 */
#include "match_policy.h"

#include "cleanup.h"

/* One table for weights, reasons and both policies: WEIGHT(enum, name, cautious, balanced, reason). */
#define WEIGHTS(WEIGHT)                                                                                      \
	WEIGHT(FIRST_MAX, "first_max", 11, 11, "same given name: -log2 of its frequency, this at most")     \
	WEIGHT(LAST_MAX, "last_max", 13, 13, "same family name: -log2 of its frequency, this at most")      \
	WEIGHT(NICKNAME, "nickname", 4, 4, "Bob and Robert: several names share a short form")              \
	WEIGHT(INITIAL, "initial", 2.5, 2.5, "an initial fits one name in six")                             \
	WEIGHT(SLIP_SHARE, "slip_share", 0.7, 0.7, "share of the full weight for a mistyped name")          \
	WEIGHT(PART_SHARE, "part_share", 0.7, 0.7, "share of the full weight for one part of a double name") \
	WEIGHT(SWAPPED, "swapped", -2, -2, "given and family name in each other's field")                   \
	WEIGHT(NAME_DIFFERS, "name_differs", -8, -8, "two names: one true pair in 250 has them")            \
	WEIGHT(EMAIL_OWN, "email_own", 16, 16, "one mailbox, used under one name")                          \
	WEIGHT(EMAIL_OTHER_HOST, "email_other_host", 12, 12, "john.doe at acme.com and at acme.net")        \
	WEIGHT(EMAIL_SLIP, "email_slip", 9, 9, "addresses a letter apart; the letter may be meant")         \
	WEIGHT(EMAIL_SHARED, "email_shared", 2, 2, "a mailbox of several people")                           \
	WEIGHT(EMAIL_ALIAS, "email_alias", 1, 1, "jdoe and john.doe: made of one name, or two namesakes")   \
	WEIGHT(EMAIL_DIFFERS, "email_differs", -9, -9, "two mailboxes of one organisation")                 \
	WEIGHT(EMAIL_NUMBERED, "email_numbered", -14, -14, "john.smith and john.smith2: made to tell apart") \
	WEIGHT(PHONE_OWN, "phone_own", 11, 11, "one number, no switchboard; families share it")             \
	WEIGHT(PHONE_SLIP, "phone_slip", 3, 3, "a digit apart, as neighbouring lines are too")              \
	WEIGHT(PHONE_SHARED, "phone_shared", 2, 2, "a number of several people")                            \
	WEIGHT(COMPANY_MAX, "company_max", 9, 9, "same company, domain or place: the best of them")         \
	WEIGHT(COMPANY_SLIP_SHARE, "company_slip_share", 0.6, 0.6, "share for a mistyped company")          \
	WEIGHT(PLACE_LIKE, "place_like", 5, 5, "same street and town, spelled in two ways")                 \
	WEIGHT(TOWN, "town", 2, 2, "same town and nothing more")                                            \
	WEIGHT(NUMBER, "number", 18, 18, "same identity or register number")                                \
	WEIGHT(NUMBER_SLIP, "number_slip", 12, 12, "a digit changed, or two swapped")                       \
	WEIGHT(NUMBER_NEAR, "number_near", 6, 6, "two digits changed")                                      \
	WEIGHT(BIRTH, "birth", 13, 13, "same birth date: one in 10,000 or so by chance")                    \
	WEIGHT(BIRTH_SLIP, "birth_slip", 8, 8, "one part or digit of it wrong, or day and month swapped")   \
	WEIGHT(BIRTH_NEAR, "birth_near", 5, 5, "about a month off, in the year or one wrong by 1 or 10")    \
	WEIGHT(EMAIL_NEAR, "email_near", 7, 7, "addresses that are mostly the same letters")                \
	WEIGHT(NAME_NEAR_SHARE, "name_near_share", 0.5, 0.5, "share for a badly mistyped name")             \
	WEIGHT(STREET_MAX, "street_max", 9, 9, "same street, of persons of a register")                     \
	WEIGHT(HOUSE, "house", 4, 4, "same house number in the same street")                                \
	WEIGHT(TOWN_MAX, "town_max", 5, 5, "same town or postal code, of persons of a register")            \
	WEIGHT(ACCOUNT_NAME_MAX, "account_name_max", 14, 14, "same company name, by its frequency")         \
	WEIGHT(ACCOUNT_DOMAIN, "account_domain", 9, 9, "one domain: the company's, or its daughter's")      \
	WEIGHT(ACCOUNT_STEM, "account_stem", 6, 6, "acme.com and acme.de")                                  \
	WEIGHT(ACCOUNT_PHONE, "account_phone", 9, 9, "one number: the company's, or its neighbour's")       \
	WEIGHT(ACCOUNT_PLACE, "account_place", 8, 8, "one door")                                            \
	WEIGHT(ACCOUNT_TOWN, "account_town", 3, 3, "one town")                                              \
	WEIGHT(ACCOUNT_COUNTRY, "account_country", -6, -6, "two countries, or legal forms of two")          \
	WEIGHT(ACCOUNT_NAME_DIFFERS, "account_name_differs", -10, -10, "two names")                         \
	WEIGHT(ACCOUNT_REGISTRATION_DIFFERS, "account_registration_differs", -10, -10, "two companies")     \
	WEIGHT(MERGE_AT, "merge_at", 0, 0, "links from here, when something own is shared")                 \
	WEIGHT(REGISTER_AT, "register_at", 5, 3, "links from here by numbers and birth dates: odds of 32:1") \
	WEIGHT(REGISTER_KNOWN_AT, "register_known_at", 1, 0, "the same in a store whose own mistakes are known") \
	WEIGHT(BARE_AT, "bare_at", 4, 2, "a record without identifiers links by name and company from here") \
	WEIGHT(RIVALS_AT, "rivals_at", 99, 12, "the same where both have identifiers that differ; 99: never") \
	WEIGHT(ACCOUNT_BARE_AT, "account_bare_at", -2, -3, "a company without domain, place or number links") \
	WEIGHT(REVIEW_AT, "review_at", 3, 3, "asks from here")

#define NOTE(id, text, cautious, balanced, why) [WEIGHT_##id] = { text, why },
#define CAUTIOUS(id, text, cautious, balanced, why) [WEIGHT_##id] = cautious,
#define BALANCED(id, text, cautious, balanced, why) [WEIGHT_##id] = balanced,

static const struct weight_note notes[WEIGHT_COUNT] = { WEIGHTS(NOTE) };

const struct match_policy match_cautious = {
	"cautious",
	"links what shares a mailbox, number or identifier of its own; asks about the rest",
	{ WEIGHTS(CAUTIOUS) },
};

const struct match_policy match_balanced = {
	"balanced",
	"also links rare names at one company whose identifiers differ",
	{ WEIGHTS(BALANCED) },
};

const struct match_policy *match_policy_find(struct slice name)
{
	static const struct match_policy *const policies[] = { &match_cautious, &match_balanced };

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (slice_equal_text(name, policies[i]->name))
			return policies[i];
	return NULL;
}

const struct weight_note *match_weight_note(enum weight weight)
{
	return &notes[weight];
}
