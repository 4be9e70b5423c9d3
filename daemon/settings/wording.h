/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Wording: how messages show values, lists of what is allowed, and names that were perhaps meant. Pure.
 */
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "slice.h"

/* "value" in quotes, control characters visible, cut with … after 60 characters. */
const char *text_print(struct arena *arena, struct slice text);
size_t character_length(struct slice text);	/* bytes of the well-formed character at the front; 0: none */
const char *duration_print(struct arena *arena, int64_t ms);	/* "90s", "1d": the largest unit that leaves no rest */
const char *size_print(struct arena *arena, int64_t bytes);	/* "32MiB", "1000" */
const char *list_print(struct arena *arena, const char *const *names);	/* "a, b, c"; NULL-terminated */

/* A list of names that grows. */
struct names {
	struct arena *arena;
	const char **list;				/* NULL-terminated once there is one */
	size_t n;
};
void names_add(struct names *names, const char *name);	/* borrowed; one that is there already is not added */

/*
 * What to say about a name that none of `names` is: `did you mean "title"?` with up to three of the nearest (by swaps,
 * insertions, deletions and replacements, or because they begin with it), or `allowed: a, b, c` when none is near.
 */
const char *near_names(struct arena *arena, struct slice word, const struct names *names);
