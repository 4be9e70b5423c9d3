/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Buf: bytes that grow up to a ceiling given at birth.
 *
 * Past the ceiling nothing is added and the buffer is `full`: writers may append many pieces and look once at
 * the end. The content always has a NUL behind it. Ending memory ends the process (see arena.h).
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "slice.h"

struct buf {
	char *data;
	size_t len;
	size_t size;				/* allocated */
	size_t ceiling;				/* most bytes it may hold */
	bool full;				/* something did not fit and was left out */
};

void buf_init(struct buf *buf, size_t ceiling);
void buf_done(struct buf *buf);						/* a zeroed buf is fine */
void buf_reset(struct buf *buf);					/* empty again, memory kept */

bool buf_add(struct buf *buf, const void *data, size_t len);		/* false: did not fit, nothing added */
bool buf_add_text(struct buf *buf, const char *text);
bool buf_add_slice(struct buf *buf, struct slice text);
bool buf_add_char(struct buf *buf, char c);
bool buf_printf(struct buf *buf, const char *fmt, ...) PRINTF(2, 3);
bool buf_vprintf(struct buf *buf, const char *fmt, va_list args) PRINTF(2, 0);
/* A JSON string with its quotes. Control characters are escaped; the text must be UTF-8. Null slice: null. */
bool buf_add_json_string(struct buf *buf, struct slice text);
void buf_consume(struct buf *buf, size_t len);				/* drops len bytes from the front */
char *buf_reserve(struct buf *buf, size_t len);				/* room for len bytes behind len, NULL if none; then buf->len += n */
struct slice buf_slice(const struct buf *buf);

