/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "tap.h"

static void test_memory_is_zeroed_and_aligned_also_after_reset(void)
{
	struct arena *arena = arena_new(512);

	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size++) {
			unsigned char *p = arena_alloc(arena, size);
			size_t dirty = 0;

			CHECK((uintptr_t)p % alignof(max_align_t) == 0);
			for (size_t i = 0; i < size; i++)
				dirty += p[i] != 0;
			CHECK_INT((int64_t)dirty, 0);
			memset(p, 0xff, size);
		}
		arena_reset(arena);
		CHECK_INT((int64_t)arena_used(arena), 0);
	}
	arena_free(arena);
}

static void test_pieces_do_not_overlap(void)
{
	struct arena *arena = arena_new(0);
	unsigned char *pieces[1000];
	size_t wrong = 0;

	for (size_t i = 0; i < 1000; i++) {
		pieces[i] = arena_alloc(arena, i);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < 1000; i++)
		for (size_t k = 0; k < i; k++)
			wrong += pieces[i][k] != (i & 0xff);
	CHECK_INT((int64_t)wrong, 0);
	CHECK(arena_used(arena) >= 999 * 1000 / 2);
	arena_free(arena);
}

static void test_a_piece_larger_than_any_block_fits(void)
{
	struct arena *arena = arena_new(256);
	char *large = arena_alloc(arena, (size_t)5 << 20);

	memset(large, 'x', (size_t)5 << 20);
	char *small = arena_strdup(arena, "behind it");
	CHECK_TEXT(small, "behind it");
	CHECK(large[((size_t)5 << 20) - 1] == 'x');
	arena_free(arena);
}

static void test_grow_keeps_what_was_there_and_clears_the_rest(void)
{
	struct arena *arena = arena_new(256);
	int *list = arena_array(arena, 3, sizeof(int));

	for (int i = 0; i < 3; i++)
		list[i] = i + 1;
	int *more = arena_grow(arena, list, 3, 100, sizeof(int));
	CHECK_INT(more[2], 3);
	CHECK_INT(more[3], 0);
	CHECK_INT(more[99], 0);
	CHECK_INT(list[2], 3);
	CHECK(arena_grow(arena, NULL, 0, 4, sizeof(int)) != NULL);
	arena_free(arena);
}

static void test_texts_are_copied_with_their_end(void)
{
	struct arena *arena = arena_new(256);
	char text[] = "Jo\0e";

	CHECK_TEXT(arena_strdup(arena, text), "Jo");
	CHECK(!arena_strdup(arena, NULL));
	char *part = arena_strndup(arena, text, 1);
	CHECK_TEXT(part, "J");
	struct slice whole = arena_slice(arena, (struct slice){ text, 4 });
	CHECK_INT((int64_t)whole.len, 4);
	CHECK(memcmp(whole.data, "Jo\0e", 5) == 0);
	CHECK(slice_is_null(arena_slice(arena, SLICE_NULL)));
	struct slice empty = arena_slice(arena, SLICE(""));
	CHECK(!slice_is_null(empty) && empty.data[0] == '\0');
	CHECK_TEXT(arena_printf(arena, "%s-%d", "run", 41), "run-41");
	char long_text[3000];
	memset(long_text, 'y', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	CHECK_TEXT(arena_printf(arena, "%s", long_text), long_text);
	arena_free(arena);
}

static void test_reset_reuses_the_first_block(void)
{
	struct arena *arena = arena_new(4096);
	void *first = arena_alloc(arena, 10);

	for (int i = 0; i < 100; i++)
		(void)arena_alloc(arena, 1000);
	arena_reset(arena);
	CHECK(arena_alloc(arena, 10) == first);
	arena_free(arena);
	arena_free(NULL);
}

int main(void)
{
	RUN(test_memory_is_zeroed_and_aligned_also_after_reset);
	RUN(test_pieces_do_not_overlap);
	RUN(test_a_piece_larger_than_any_block_fits);
	RUN(test_grow_keeps_what_was_there_and_clears_the_rest);
	RUN(test_texts_are_copied_with_their_end);
	RUN(test_reset_reuses_the_first_block);
	return tap_done();
}
