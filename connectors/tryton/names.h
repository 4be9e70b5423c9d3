/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Names: what Tryton does not tell. A party has one name and no kind, so both are worked out here, purely.
 *
 * A name is "First Last" or "Last, First". Small words before the last one ("van", "de la") belong to the
 * last name. A single word is a last name.
 */
#include <stdbool.h>

#include "arena.h"
#include "slice.h"

struct person_name {
	struct slice first, last;
};

struct person_name name_split(struct arena *arena, struct slice name);
/* The whole name, in the form `like` has ("Last, First" when that has a comma or when nothing else would be
 * read back as the same two parts). */
struct slice name_join(struct arena *arena, struct person_name name, struct slice like);

/*
 * Whether a party is a company, by the first of these that says something:
 *	a legal form or a word of firms ("GmbH", "Ltd", "& Co", "Holding") in the name	→ company
 *	"Last, First" with words only							→ person
 *	a tax identifier								→ company
 *	a name no person has: a digit or a sign in it, more than five words, one word in capitals → company
 *	no name, or one word only, and the mailbox of a role (info@, sales@)		→ company
 * else a person.
 */
bool name_is_company(struct slice name, bool has_tax_identifier, struct slice email);
