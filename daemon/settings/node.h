/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Node: a YAML file as a tree that remembers where everything stands.
 *
 * A strict part of YAML: one document, keys that are plain text and stand once, no anchors, aliases or tags, UTF-8,
 * at most NODE_FILE_MAX bytes and NODE_DEPTH_MAX levels (counted while reading, so that 100,000 brackets cost nothing).
 * Scalars stay the text they are written as: what `010` or `yes` means is decided by the setting that takes it.
 *
 * The tree lives in the arena given, and its texts too. Lines and columns count from 1, columns in characters.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "config.h"
#include "slice.h"

#define NODE_FILE_MAX  ((size_t)1 << 20)
#define NODE_DEPTH_MAX 64

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	int line, column;
	bool is_plain;				/* scalar without quotes */
	bool is_bad;				/* a problem is reported about it already: no second one */
	struct slice text;			/* scalar */
	struct node **items;			/* list */
	struct pair *pairs;			/* map, in the file's order; keys differ */
	size_t n;				/* items or pairs */
};

struct pair {
	struct node *key;			/* always a scalar */
	struct node *value;
};

/* The tree of a file; a file with nothing in it is an empty map. NULL when the rest could not be read; problems then
 * has the reason. A tree may come with problems too (a key that stands twice): the reading went on behind them. */
struct node *node_read(struct arena *arena, struct slice document, const char *file,
		       struct problems *problems) MUST_CHECK;

bool node_is_absent(const struct node *node);				/* "key:" without a value, ~ or null */
const struct node *node_member(const struct node *map, struct slice key);	/* value, NULL if none or no map */
/* For messages: as text_print(), or "a list", "a mapping". */
const char *node_print(struct arena *arena, const struct node *node);
