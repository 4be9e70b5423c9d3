/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Nobody: values that identify nobody, by built-in lists and the policy's own. They never make a key and
 * never link.
 *
 * What the lists do not know is found by counting (a value held by several incompatible names); that is the
 * matcher's.
 */
#include <stdbool.h>

#include "email.h"
#include "phone.h"
#include "policy.h"

/* Placeholder (test@test.com, none@…) or named by the policy. Role mailboxes are nobody's too:
 * email->is_role. */
bool nobody_email(const struct policy *policy, const struct email *email);
/* One digit over and over, counting up or down, 555-0100 … 555-0199 and other numbers of films, or named by
 * the policy. */
bool nobody_phone(const struct policy *policy, const struct phone *phone);
/* Folded names. A part is nobody's when it says so outright ("unknown", "n/a", "-"); words that are also
 * names ("Test", "Last", "Null") only when all that is given is such a word. */
bool nobody_name_part(struct slice folded);
bool nobody_name(struct slice folded_first, struct slice folded_last);
bool nobody_company(struct slice folded); /* "n/a", "self-employed", "private" … */
