/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Match private: what the files of the matcher share. */
#include "match.h"

#define SHARED_NAMES 3 /* incompatible names from which a value is nobody's own */

static inline float match_weight(const struct match_rules *rules, enum weight weight)
{
	return rules->policy->weight[weight];
}

/* Bits a value held by so many records is worth. */
float match_rarity(const struct match_rules *rules, uint32_t a, uint32_t b, enum weight most);

/* match_name.c */
bool match_can_compare(struct slice a, struct slice b); /* two names in one script */
void match_names_loosely(const struct profile *a, const struct profile *b, struct name_match *ret);
float match_name_weight(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                        const struct name_match *names);

/* match_email.c */
bool match_email_is_own(const struct profile *profile);
bool match_made_of_name(struct slice local, const struct person_name *name);
/* Each address spells its record's own given name, and they are two; or its own family name. */
bool match_emails_tell_apart(const struct profile *a, const struct profile *b);
bool match_emails_spell_names(const struct profile *a, const struct profile *b);
bool match_email_is_lent(const struct profile *a, const struct profile *b);
enum email_level match_email_level(const struct profile *a, const struct profile *b);
float match_email_weight(const struct match_rules *rules, enum email_level level);

/* match_phone.c */
bool match_has_own_phone(const struct profile *profile);
bool match_shares_phone_of_one(const struct profile *a, const struct profile *b); /* that one name alone uses */
void match_phones(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                  struct match *ret);

/* match_place.c */
float match_company_or_place(const struct match_rules *rules, const struct profile *a, const struct profile *b);

bool match_two_companies(const struct profile *a, const struct profile *b); /* named, and not one's spellings */

/* match_number.c */
enum near { NEAR_MISSING, NEAR_SAME, NEAR_SLIP, NEAR_FAR, NEAR_DIFFERENT };
enum near match_numbers(struct slice a, struct slice b);
enum near match_births(struct slice a, struct slice b);

/* match_register.c */
bool match_is_register(const struct profile *a, const struct profile *b);
void match_register(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                    struct match *ret);

/* match_account.c */
void match_accounts(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                    struct match *ret);
bool equal_company(const struct company *a, const struct company *b);
bool similar_company(const struct company *a, const struct company *b); /* slip, initials, shortened */
