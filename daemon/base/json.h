/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Json: reading documents of others with jansson, safely. The only file that includes jansson's parser calls.
 *
 * jansson refuses a whole document for one \u0000, lone surrogate, byte-order mark, integer beyond 63 bits or
 * duplicate key. A page of a remote system must not stop for ever on one such item, so a page is cut into slices
 * first (json_split_*: a scanner that knows only strings, brackets and commas), and each item is parsed alone: the
 * poisoned one is parked with its raw text, its neighbours go on. The slices are what the store keeps, so nothing
 * that came in as text is ever printed again.
 *
 * json_item() is lenient where losing a record would be worse: \u0000 is dropped, a lone surrogate becomes U+FFFD,
 * integers beyond 63 bits and reals keep their text (see json_text()). Duplicate keys are refused.
 */
#include <jansson.h>

#include "arena.h"
#include "cleanup.h"
#include "error.h"
#include "slice.h"

#define JSON_DEPTH_MAX 64

/*
 * Cuts a document at one path. path is a list of member names, NULL-terminated, that leads from the top value to an
 * array; an empty path means the top value itself. Each item of the array becomes a slice of `document`.
 * `rest`, if not NULL, receives the document with that array replaced by [], to be parsed for paging marks.
 * False (ERROR_TRANSIENT): the document is cut off or no JSON at that level, or the path leads to something else than
 * an array. Names are compared as they are written, a byte-order mark before the document is passed over.
 */
bool json_split(struct arena *arena, struct slice document, const char *const *path, struct slice **ret_items,
		size_t *ret_count, struct slice *rest, struct error *err) MUST_CHECK;

/*
 * Whole small documents: token answers, errors, our own control messages. The caller owns *ret (json_decref). Numbers
 * stay JSON numbers: take them with json_integer_value(). False: ERROR_TRANSIENT; the text never quotes the document.
 */
bool json_read(struct slice document, json_t **ret, struct error *err) MUST_CHECK;
/*
 * One item of a page: as json_read, but numbers are JSON strings of their own text, with the leniency above, and false
 * means ERROR_RECORD.
 */
bool json_item(struct arena *arena, struct slice item, json_t **ret, struct error *err) MUST_CHECK;

/*
 * Member `name` of an object as text: string as it is (so a number that json_item() read), true/false as such, null:
 * the empty slice; missing, not a scalar, or a number that json_read() read (its text is lost): the null slice. The
 * text is borrowed from the tree.
 */
struct slice json_text(const json_t *object, const char *name);
const json_t *json_path(const json_t *value, const char *path);		/* "paging.next.after"; NULL if missing */
struct slice json_scalar(const json_t *value);				/* as json_text() of the value itself */
struct slice json_without_mark(struct slice document);			/* byte-order mark off the front */

DEFINE_CLEANUP(json_t *, json_decref)
