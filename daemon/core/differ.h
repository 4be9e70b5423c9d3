/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Differ: what must be written to a remote record so that it says what the golden record says. The only way a push comes
 * to be (promise 3).
 *
 * The base is the shadow: the remote's last word, in remote values. A field not shown to us (null) is never written; a
 * blank golden value clears nothing unless the policy's blank_wins says so; what is equal in the sense of its type is not
 * written. What we wrote and how the remote gave it back is remembered (struct written): if it re-formatted our value, that
 * form counts as ours; a field that we wrote the same value to three times over is frozen and only reported.
 */
#include "mapping.h"
#include "policy.h"
#include "survive.h"

/* Memory of one field of one remote record that we wrote. Kept as JSON in source_record.written. */
struct written {
	const char *field;			/* remote name */
	struct slice wrote;			/* our value */
	struct slice reads;			/* how the remote gave it back; null: not read since */
	bool is_turned_back;			/* the last read showed something else: a person's or another program's word */
	int rounds;				/* times we had to write the same value again after it was turned back */
};

#define WRITTEN_FREEZE 3

struct difference {
	const struct map_row *row;
	struct slice from;			/* the shadow's canonical value */
	struct slice to;			/* golden; empty: clear */
	bool is_frozen;				/* differs, but is not written any more */
};

/* The remote values with learned forms put back to what we wrote: shadow in, effective shadow out. */
void written_apply(const struct written *written, size_t n_written, const struct map_row *map, size_t n_map,
		   struct slice *values);
/*
 * After a read. The first read since a write may show the remote's own form of it (looks alike: case, blanks, punctuation,
 * a phone's digits, cut at the end), which is learned; anything else is noted as turned back. Reading the same again
 * changes nothing. The slices taken over are borrowed from values.
 */
void written_learn(struct written *written, size_t n_written, const struct map_row *map, size_t n_map,
		   const struct slice *values);
/*
 * After a successful write: notes the values by remote name. A value written again after it was turned back is one round
 * more, another value starts from none. Returns the new list in the arena (n_written + n at most); value and field are
 * borrowed.
 */
struct written *written_note(struct arena *arena, const struct written *written, size_t n_written,
			     const struct difference *differences, size_t n, size_t *ret_n);
struct slice written_print(struct arena *arena, const struct written *written, size_t n_written);	/* JSON; null slice if none */
bool written_parse(struct arena *arena, struct slice json, struct written **ret, size_t *ret_n) MUST_CHECK;

/*
 * shadow: effective canonical values of the remote record, NULL for a record that is to be created (all non-blank golden
 * values are differences then). A row that is only pushed has no shadow: its base is what we wrote last. An opt-out (a field
 * under any_true) is never written back to no. A field stays frozen until golden says something else.
 * Returns the number of differences written to ret (room for n_map).
 */
size_t differ(const struct policy *policy, const struct map_row *map, size_t n_map, enum entity entity,
	      const struct golden *golden, const struct slice *shadow, const struct written *written, size_t n_written,
	      struct difference *ret);
