/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Person name: what stands in the name fields of a record, taken apart and folded.
 *
 * "Dr. Smith, Joe A., Jr." is first "joe", middle "a", last "smith", generation 2. Titles and credentials come off;
 * Jr/Sr/III become the generation; a comma turns "Last, First"; a record with one name field for all is split at the last
 * word, with particles (van der Berg). Values are cut at PERSON_NAME_RUNES characters; of a longer one only the
 * first word counts. All text is folded (fold.h); parts that say nothing ("n/a") are empty.
 */
#include <stdbool.h>

#include "arena.h"
#include "slice.h"

#define PERSON_NAME_RUNES 64

struct person_name {
	struct slice first;			/* one word, hyphens kept: "jean-pierre"; never null */
	struct slice middle;			/* the other given names, blanks between */
	struct slice last;			/* words with blanks between, no hyphens: "van der berg", "garcia lopez" */
	struct slice other_first, other_last;	/* second spelling of German and Nordic letters; null: the same */
	unsigned generation;			/* 1 Sr, 2 Jr, 3 III …; 0 not given */
	bool first_is_initial;
	bool is_nobody;				/* all that is given is a placeholder */
	bool is_split;				/* first and last come from one field: their order is a guess */
};

void person_name_read(struct arena *arena, struct slice first, struct slice last, struct slice full, struct person_name *ret);

/* Whether a may be short for b, b for a, or both for one name: bob/robert, bill/will. Folded, one word each. */
bool person_name_is_nickname(struct slice a, struct slice b);
/* The full names a given name may stand for, itself first; returns their number, at most max. */
size_t person_name_roots(struct slice first, struct slice *roots, size_t max);
bool person_name_is_given(struct slice first);				/* a given name in use */
