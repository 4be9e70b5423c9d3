/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates.h"

#include <stdlib.h>

#include "alloc.h"
#include "block.h"

struct finder {
	struct arena *arena;
	const struct profile *profiles;
	size_t n;
	uint64_t *found; /* both records of each pair, in one */
	size_t n_found, size_found;
};

struct posting {
	int64_t hash;
	uint32_t record;
};

static int by_hash(const void *x, const void *y)
{
	const struct posting *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->record > b->record) - (a->record < b->record);
}

static int by_value(const void *x, const void *y)
{
	return (*(const uint64_t *)x > *(const uint64_t *)y) - (*(const uint64_t *)x < *(const uint64_t *)y);
}

static void add_pair(struct finder *finder, uint32_t a, uint32_t b)
{
	if (finder->n_found == finder->size_found) {
		size_t size = 2 * finder->size_found + 1024;

		finder->found = arena_grow(finder->arena, finder->found, finder->n_found, size,
		                               sizeof(*finder->found));
		finder->size_found = size;
	}
	finder->found[finder->n_found++] = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
}

static void pair_block(struct finder *finder, const struct posting *postings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			add_pair(finder, postings[i].record, postings[j].record);
}

static void pair_blocks(struct finder *finder, struct posting *postings, size_t n, bool refine)
{
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && postings[to].hash == postings[from].hash; to++)
			;
		if (to - from <= BLOCK_LIMIT) {
			pair_block(finder, postings + from, to - from);
		} else if (refine) {
			for (size_t i = from; i < to; i++)
				postings[i].hash = block_refine((struct block_key){ postings[i].hash },
				                                &finder->profiles[postings[i].record])
				                           .hash;
			qsort(postings + from, to - from, sizeof(*postings), by_hash);
			pair_blocks(finder, postings + from, to - from, false);
		}
	}
}

/* Blocks as a hash table: a chain of postings a key. */
struct blocks {
	struct posting *postings;
	uint32_t *next; /* posting of the same slot, plus one; 0: the last */
	uint32_t *first;
	size_t n, mask;
};

static void add_posting(struct blocks *blocks, int64_t hash, uint32_t record)
{
	size_t slot = (size_t)(uint64_t)hash & blocks->mask;

	blocks->postings[blocks->n] = (struct posting){ hash, record };
	blocks->next[blocks->n] = blocks->first[slot];
	blocks->first[slot] = (uint32_t)++blocks->n;
}

static void pair_slot(struct finder *finder, const struct blocks *blocks, size_t slot, struct posting *room)
{
	size_t n = 0;

	for (uint32_t at = blocks->first[slot]; at; at = blocks->next[at - 1])
		room[n++] = blocks->postings[at - 1];
	if (n < 2)
		return;
	qsort(room, n, sizeof(*room), by_hash);
	pair_blocks(finder, room, n, true);
}

size_t find_candidates(struct arena *arena, const struct profile *profiles, size_t n, struct pair **ret)
{
	struct finder all = { .arena = arena, .profiles = profiles, .n = n }, *finder = &all;
	size_t n_pairs = 0;
	size_t most = finder->n * BLOCK_KEYS_MAX;
	struct blocks blocks = { .mask = 1023 };
	struct posting *room;

	while (blocks.mask < 16 * finder->n)
		blocks.mask = 2 * blocks.mask + 1;
	blocks.postings = alloc_zeroed(most + 1, sizeof(*blocks.postings));
	blocks.next = alloc_zeroed(most + 1, sizeof(*blocks.next));
	blocks.first = alloc_zeroed(blocks.mask + 1, sizeof(*blocks.first));
	room = alloc_zeroed(most + 1, sizeof(*room));
	for (size_t i = 0; i < finder->n; i++) {
		struct block_key keys[BLOCK_KEYS_MAX];
		size_t n_keys = block_keys(&finder->profiles[i], keys);

		for (size_t k = 0; k < n_keys; k++)
			add_posting(&blocks, keys[k].hash, (uint32_t)i);
	}
	for (size_t slot = 0; slot <= blocks.mask; slot++)
		if (blocks.first[slot])
			pair_slot(finder, &blocks, slot, room);
	free(blocks.postings);
	free(blocks.next);
	free(blocks.first);
	free(room);
	qsort(finder->found, finder->n_found, sizeof(*finder->found), by_value);
	*ret = arena_array(finder->arena, finder->n_found + 1, sizeof(**ret));
	for (size_t i = 0; i < finder->n_found; i++) {
		uint64_t both = finder->found[i];

		if (i == 0 || both != finder->found[i - 1])
			(*ret)[n_pairs++] = (struct pair){ .a = (uint32_t)(both >> 32), .b = (uint32_t)both };
	}
	return n_pairs;
}
