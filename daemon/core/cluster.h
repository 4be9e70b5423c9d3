/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Cluster: which entity each record of a batch belongs to, from the keys they share with one another and with the store.
 *
 * A pure function of its arguments; for exact keys the final clusters do not depend on the order of the records (a property
 * test holds it to that). Every link names the key that made it.
 */
#include <stdint.h>

#include "arena.h"
#include "id.h"
#include "key.h"

struct cluster_record {
	const struct key *keys;
	const int64_t *key_entity;		/* entity the store has under that key, 0: none; same length as keys */
	size_t n_keys;
	int64_t entity_id;			/* where the store has this record; 0: new */
	/* out */
	int64_t to_entity;
	int rule;				/* index into keys of the key that links it to others; -1: nothing did (new, or as before) */
	bool is_new_entity;			/* to_entity was made here */
};

struct cluster_merge {
	int64_t from_entity, to_entity;		/* both known to the store; to is the older (smaller) id */
	size_t record;				/* whose keys brought them together */
	int rule;				/* the weaker of the two keys that met */
};

void cluster(struct arena *arena, struct id_maker *ids, int64_t now_us, struct cluster_record *records, size_t n_records,
	     struct cluster_merge **ret_merges, size_t *ret_n_merges);
