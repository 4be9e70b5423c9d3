/* SPDX-License-Identifier: Apache-2.0 */
#include "idmap.h"

static size_t idmap_slot(const struct idmap *map, int64_t id)
{
	uint64_t h = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (size_t)(h >> 32) & (map->size - 1);

	while (map->ids[slot] && map->ids[slot] != id)
		slot = (slot + 1) & (map->size - 1);
	return slot;
}

static void idmap_resize(struct idmap *map, size_t size)
{
	struct idmap old = *map;

	map->size = size;
	map->ids = arena_array(map->arena, size, sizeof(*map->ids));
	map->numbers = arena_array(map->arena, size, sizeof(*map->numbers));
	for (size_t i = 0; i < old.size; i++) {
		if (!old.ids[i])
			continue;
		size_t slot = idmap_slot(map, old.ids[i]);
		map->ids[slot] = old.ids[i];
		map->numbers[slot] = old.numbers[i];
	}
}

void idmap_init(struct idmap *map, struct arena *arena, size_t expected)
{
	size_t size = 16;

	while (size < expected * 2)
		size *= 2;
	*map = (struct idmap){ .arena = arena };
	idmap_resize(map, size);
}

uint32_t idmap_get(const struct idmap *map, int64_t id)
{
	size_t slot = idmap_slot(map, id);

	return map->ids[slot] ? map->numbers[slot] : IDMAP_NONE;
}

uint32_t idmap_put(struct idmap *map, int64_t id, uint32_t number)
{
	if (map->used * 2 >= map->size)
		idmap_resize(map, map->size * 2);
	size_t slot = idmap_slot(map, id);

	if (!map->ids[slot]) {
		map->ids[slot] = id;
		map->numbers[slot] = number;
		map->used++;
	}
	return map->numbers[slot];
}
