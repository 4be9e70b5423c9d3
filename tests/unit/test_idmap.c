/* SPDX-License-Identifier: Apache-2.0 */
#include "idmap.h"

#include "tap.h"

static struct arena *arena;

/* Spread by a step that does not repeat in 2^64. */
static int64_t nth(uint64_t i, uint64_t step)
{
	return (int64_t)((i + 1) * step);
}

static void check_many(uint64_t step)
{
	struct idmap map;
	size_t wrong = 0;

	idmap_init(&map, arena, 0);
	for (uint32_t i = 0; i < 20000; i++)
		wrong += idmap_put(&map, nth(i, step), i) != i;
	for (uint32_t i = 0; i < 20000; i++) {
		wrong += idmap_get(&map, nth(i, step)) != i;
		wrong += idmap_put(&map, nth(i, step), 7) != i;
	}
	for (uint32_t i = 20000; i < 40000; i++)
		wrong += idmap_get(&map, nth(i, step)) != IDMAP_NONE;
	CHECK_INT((int64_t)wrong, 0);
	CHECK_INT((int64_t)map.used, 20000);
}

static void test_each_id_keeps_its_first_number(void)
{
	check_many(1);
	check_many(UINT64_C(1) << 22); /* as row ids of one slot and counter */
	check_many(UINT64_C(0x9e3779b97f4a7c15));
	check_many((uint64_t)-1); /* negative ones, as hashes may be */
}

static void test_an_empty_map_has_none(void)
{
	struct idmap map;

	idmap_init(&map, arena, 1000);
	CHECK(idmap_get(&map, 1) == IDMAP_NONE);
	CHECK(idmap_get(&map, INT64_MIN) == IDMAP_NONE);
	CHECK_INT(idmap_put(&map, INT64_MIN, 3), 3);
	CHECK_INT(idmap_get(&map, INT64_MIN), 3);
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_each_id_keeps_its_first_number);
	RUN(test_an_empty_map_has_none);
	arena_free(arena);
	return tap_done();
}
