/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hash: the two hashes of the store.
 *
 * A key hash is XXH3-128 with the installation's secret as seed, over kind and parts, each part with its length
 * before it (so that no two lists of parts run together). `low` is the distribution key, `high` guards against
 * collisions: it is compared on every hit. Never change this: the store is full of its results.
 * A content hash says "the same as last time" and needs no secrecy: XXH3-64.
 */
#include <stdint.h>

#include "slice.h"

struct hash128 {
	int64_t low, high;			/* signed, as PostgreSQL's bigint */
};

struct hash128 hash_key(uint64_t secret, uint32_t kind, const struct slice *parts, unsigned n_parts);

struct content_hash {
	void *state;				/* owned */
};
void content_hash_init(struct content_hash *hash);
void content_hash_reset(struct content_hash *hash);
void content_hash_add(struct content_hash *hash, struct slice text);	/* null, empty and text all differ */
int64_t content_hash_end(const struct content_hash *hash);
void content_hash_done(struct content_hash *hash);
