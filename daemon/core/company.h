/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Company: what stands in a company-name field, folded and taken apart.
 *
 * "The ACME Mfg. & Tool Co., Ltd. (DUPLICATE)" is name "acme manufacturing and tool" with form "co ltd".
 * Legal forms of some forty countries come off the end (of some, the front) into a field of their own with
 * the country they belong to, where only one has them; "the", brackets and notes like "- DO NOT USE" come
 * off; "&" is "and"; common short forms are spelled out.
 */
#include <stdbool.h>

#include "arena.h"
#include "slice.h"

#define COMPANY_RUNES 128

struct company {
	struct slice name;          /* words with blanks between; never null */
	struct slice other;         /* second spelling of German and Nordic letters; null: the same */
	struct slice compact;       /* name without blanks and without "and": what keys are made of */
	struct slice other_compact; /* null: the same */
	struct slice form;          /* "gmbh", "co ltd"; null: none given */
	struct slice form_country;  /* "DE"; null: none, or several countries have the form */
	bool is_nobody;             /* "n/a", "self-employed" … */
};

void company_read(struct arena *arena, struct slice raw, struct company *ret);
/* Whether short may stand for the initials of name ("ibm", "international business machines"); 3 letters at
 * least. */
bool company_is_acronym(struct slice short_name, struct slice name);
