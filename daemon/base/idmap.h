/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Idmap: from a 64-bit id to a small number, in an arena. Open addressing; ids are not 0 (hashes and row ids never are). */
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct idmap {
	struct arena *arena;
	int64_t *ids;
	uint32_t *numbers;
	size_t size, used;
};

#define IDMAP_NONE UINT32_MAX

void idmap_init(struct idmap *map, struct arena *arena, size_t expected);
uint32_t idmap_get(const struct idmap *map, int64_t id);		/* IDMAP_NONE if it is not there */
/* The number under id; `number` is stored first if there was none. */
uint32_t idmap_put(struct idmap *map, int64_t id, uint32_t number);
