/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Schema: fills structs from a mapping by the tables that describe them (connectors/setting.h).
 *
 * One mapping may be described by two tables (the common settings of an instance and its module's own); "auth.flow" of
 * a table is key flow of the mapping auth; a name that both tables have fills both structs. Every setting is first
 * given its fallback, so a struct is whole even where the file is wrong; everything wrong goes to problems, with its
 * place. A mapping's other keys, which somebody else reads, are named in `others`.
 */
#include <stdbool.h>

#include "node.h"
#include "secret.h"
#include "setting.h"

struct schema_part {
	const struct setting *table;		/* NULL: none */
	void *target;				/* zeroed by the caller */
	bool *is_set;				/* a row: the file sets it; made by schema_read() */
};

struct schema {
	struct arena *arena;			/* what the structs point to */
	struct arena *scratch;			/* what only this reading needs */
	struct problems *problems;
	struct secrets *secrets;		/* NULL: the tables have none */
	const char *file;
	const char *prefix;			/* of names in messages: "alerts[1]."; "" at the top */
	struct schema_part parts[2];
	const char *const *others;		/* keys at the top that somebody else reads; NULL-terminated or NULL */
	bool takes_any;				/* unknown keys pass (the table that knows them could not be found) */
};

/* root NULL counts as an empty mapping. */
void schema_read(struct schema *schema, const struct node *root);
bool schema_is_set(const struct schema *schema, const char *name);	/* by the file, rightly or wrongly */

/* The node of a dotted name, or the deepest one on its way; for messages about what is missing. */
const struct node *schema_locate(const struct node *root, const char *name);
/* "prefix + name: text" at the node's place. */
void schema_complain(const struct schema *schema, const struct node *node, const char *name, const char *fmt, ...)
	PRINTF(4, 5);
