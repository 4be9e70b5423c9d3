/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Slice: borrowed text with a length, UTF-8 unless said otherwise, not necessarily NUL-terminated.
 *
 * The null slice (data NULL) and the empty slice are different values: of a remote field the first says
 * "not shown to us, unknown", the second "blank" (promise 3: a field we were not shown is unknown, not blank).
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *data;
	size_t len;
};

#define SLICE(literal)	  ((struct slice){ "" literal, sizeof(literal) - 1 })
#define SLICE_NULL	  ((struct slice){ NULL, 0 })
#define SLICE_ARGS(slice) (int)(slice).len, (slice).data		/* for "%.*s" */

static inline struct slice slice_of(const char *text)			/* NULL gives the null slice */
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

static inline bool slice_is_null(struct slice s)
{
	return s.data == NULL;
}

static inline bool slice_is_empty(struct slice s)			/* true for the null slice too */
{
	return s.len == 0;
}

bool slice_equal(struct slice a, struct slice b);			/* bytes; null equals only null */
bool slice_equal_text(struct slice a, const char *text);
bool slice_equal_nocase(struct slice a, struct slice b);		/* ASCII case only */
int slice_compare(struct slice a, struct slice b);			/* bytes, as memcmp; for qsort */
bool slice_starts(struct slice s, const char *prefix);
bool slice_ends(struct slice s, const char *suffix);
struct slice slice_trim(struct slice s);				/* ASCII white space off both ends */
struct slice slice_sub(struct slice s, size_t from, size_t len);	/* clamped to s */
/* Cuts s at the first c: head before it, tail after it; false (head = s, tail null) when there is none. */
bool slice_split(struct slice s, char c, struct slice *head, struct slice *tail);
bool slice_is_utf8(struct slice s);					/* well formed, no NUL, no surrogates */
