/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Arena: memory that dies all at once.
 *
 * A batch owns one. Everything read from a page lives in it, so nothing in core/ frees anything.
 * Never fails: a request that cannot be met ends the process; input is limited before it gets here (buf.h).
 * Under AddressSanitizer memory given back by arena_reset() is poisoned.
 */
#include <stdarg.h>
#include <stddef.h>

#include "cleanup.h"
#include "slice.h"

struct arena;

struct arena *arena_new(size_t first_block);
void arena_free(struct arena *arena);					/* NULL is fine */
void arena_reset(struct arena *arena);					/* keeps the first block */
size_t arena_used(const struct arena *arena);				/* bytes handed out since the last reset */

void *arena_alloc(struct arena *arena, size_t size);			/* zeroed, aligned for any type */
void *arena_array(struct arena *arena, size_t count, size_t size);	/* the same, product checked */
/* A larger copy of an array of old_count elements; the old one stays until the arena dies. */
void *arena_grow(struct arena *arena, const void *old, size_t old_count, size_t new_count, size_t size);

char *arena_strdup(struct arena *arena, const char *text);		/* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *data, size_t len);	/* adds the final NUL */
struct slice arena_slice(struct arena *arena, struct slice text);	/* copy, NUL-terminated; a null slice stays null */
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args) PRINTF(2, 0);

DEFINE_CLEANUP(struct arena *, arena_free)
