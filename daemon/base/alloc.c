/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void) __attribute__((noreturn));
static void out_of_memory(void)
{
	fputs("level=error msg=\"out of memory\"\n", stderr);
	abort();
}

void *alloc_zeroed(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *alloc_resize(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *alloc_text(const char *text)
{
	if (!text)
		return NULL;
	size_t size = strlen(text) + 1;
	return memcpy(alloc_zeroed(size, 1), text, size);
}

char *alloc_printf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	return text;
}

void free_pointer(void *p)
{
	free(*(void **)p);
}
