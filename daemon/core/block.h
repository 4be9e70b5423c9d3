/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Block: where to look for the other records of a person or account. Two records that share a block key are candidates;
 * a key costs one look-up. Keys are coarse on purpose: match.h decides.
 *
 * A block of more than BLOCK_LIMIT records says too little. It is not scanned: its records are looked for under the key
 * refined by a second field (block_refine).
 */
#include "hash.h"
#include "profile.h"

#define BLOCK_KEYS_MAX 40
#define BLOCK_LIMIT    40

struct block_key {
	int64_t hash;
};

size_t block_keys(const struct profile *profile, struct block_key keys[BLOCK_KEYS_MAX]);
struct block_key block_refine(struct block_key key, const struct profile *profile);
