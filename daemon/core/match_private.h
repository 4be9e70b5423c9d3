/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Match private: what the files of the matcher share. */
#include "match.h"

float match_rarity(const struct match_rules *rules, uint32_t a, uint32_t b,
                   float most);                         /* bits a common value is worth */
bool match_can_compare(struct slice a, struct slice b); /* two names in one script */
bool match_email_is_own(const struct profile *profile);
void match_phones(const struct profile *a, const struct profile *b, struct match *ret);
void match_identifiers(const struct profile *a, const struct profile *b, struct match *ret);
void match_accounts(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                    struct match *ret);
bool equal_company(const struct company *a, const struct company *b);
bool similar_company(const struct company *a, const struct company *b); /* slip, initials, shortened */
