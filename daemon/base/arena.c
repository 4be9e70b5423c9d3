/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size)   ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

#define BLOCK_MAX ((size_t)1 << 20)

struct block {
	struct block *next; /* older */
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *current, *first;
	size_t used;
};

static struct block *block_new(size_t size, struct block *next)
{
	struct block *block = malloc(sizeof(*block) + size);

	if (!block)
		block = alloc_resize(NULL, 1, sizeof(*block) + size);
	*block = (struct block){ .next = next, .size = size };
	ASAN_POISON_MEMORY_REGION(block->data, size);
	return block;
}

static void block_free(struct block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
	free(block);
}

struct arena *arena_new(size_t first_block)
{
	struct arena *arena = alloc_zeroed(1, sizeof(*arena));

	arena->first = arena->current = block_new(first_block < 256 ? 256 : first_block, NULL);
	return arena;
}

void arena_reset(struct arena *arena)
{
	while (arena->current != arena->first) {
		struct block *block = arena->current;

		arena->current = block->next;
		block_free(block);
	}
	arena->first->used = 0;
	arena->used = 0;
	ASAN_POISON_MEMORY_REGION(arena->first->data, arena->first->size);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	block_free(arena->first);
	free(arena);
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

static void *arena_take(struct arena *arena, size_t size)
{
	size_t step = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *block = arena->current;

	assert(step >= size);
	if (block->size - block->used < step) {
		size_t next = block->size * 2 < BLOCK_MAX ? block->size * 2 : BLOCK_MAX;
		block = arena->current = block_new(step > next ? step : next, block);
	}
	void *p = block->data + block->used;
	block->used += step;
	arena->used += step;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return arena_alloc(arena, bytes);
}

void *arena_grow(struct arena *arena, const void *old, size_t old_count, size_t new_count, size_t size)
{
	assert(new_count >= old_count);
	void *p = arena_array(arena, new_count, size);

	if (old_count)
		memcpy(p, old, old_count * size);
	return p;
}

char *arena_strndup(struct arena *arena, const char *data, size_t len)
{
	char *copy = arena_take(arena, len + 1);

	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

struct slice arena_slice(struct arena *arena, struct slice text)
{
	return text.data ? (struct slice){ arena_strndup(arena, text.data, text.len), text.len } : SLICE_NULL;
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(len >= 0);
	char *text = arena_take(arena, (size_t)len + 1);
	(void)vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = arena_vprintf(arena, fmt, args);
	va_end(args);
	return text;
}
