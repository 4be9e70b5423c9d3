/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Alloc: malloc that ends the process when there is no memory: input is bounded before it gets here. */
#include <stddef.h>

#include "cleanup.h"

void *alloc_zeroed(size_t count, size_t size);		/* never NULL, product checked */
void *alloc_resize(void *old, size_t count, size_t size);
char *alloc_text(const char *text);			/* copy; NULL gives NULL */
char *alloc_printf(const char *fmt, ...) PRINTF(1, 2);
void free_pointer(void *p);				/* for CLEANUP: frees *(void **)p */
