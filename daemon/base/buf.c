/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void buf_init(struct buf *buf, size_t ceiling)
{
	*buf = (struct buf){ .ceiling = ceiling };
}

void buf_done(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ 0 };
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->full = false;
	if (buf->data)
		buf->data[0] = '\0';
}

static bool buf_fit(struct buf *buf, size_t more)
{
	if (more > buf->ceiling - buf->len) {
		buf->full = true;
		return false;
	}
	if (buf->len + more < buf->size)
		return true;
	size_t size = buf->size ? buf->size * 2 : 256;
	while (size <= buf->len + more)
		size *= 2;
	if (size > buf->ceiling + 1)
		size = buf->ceiling + 1;
	buf->data = alloc_resize(buf->data, size, 1);
	buf->size = size;
	return true;
}

bool buf_add(struct buf *buf, const void *data, size_t len)
{
	if (!buf_fit(buf, len))
		return false;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool buf_add_text(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

bool buf_add_slice(struct buf *buf, struct slice text)
{
	return buf_add(buf, text.data, text.len);
}

bool buf_add_char(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

bool buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(len >= 0);
	if (!buf_fit(buf, (size_t)len))
		return false;
	(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
	buf->len += (size_t)len;
	return true;
}

bool buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bool fits = buf_vprintf(buf, fmt, args);
	va_end(args);
	return fits;
}

static bool json_escape(struct buf *buf, unsigned char c)
{
	static const char shorts[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
		                       ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

	if (c < sizeof(shorts) && shorts[c])
		return buf_add(buf, (char[]){ '\\', shorts[c] }, 2);
	return buf_printf(buf, "\\u%04x", c);
}

bool buf_add_json_string(struct buf *buf, struct slice text)
{
	size_t before = buf->len, from = 0;
	bool fits = true;

	if (!text.data)
		return buf_add_text(buf, "null");
	fits = buf_add_char(buf, '"');
	for (size_t i = 0; i < text.len && fits; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		fits = buf_add(buf, text.data + from, i - from) && json_escape(buf, c);
		from = i + 1;
	}
	fits = fits && buf_add(buf, text.data + from, text.len - from) && buf_add_char(buf, '"');
	if (!fits) {
		buf->len = before;
		if (buf->data)
			buf->data[before] = '\0';
	}
	return fits;
}

void buf_consume(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (!len)
		return;
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len);
	buf->data[buf->len] = '\0';
}

char *buf_reserve(struct buf *buf, size_t len)
{
	return buf_fit(buf, len) ? buf->data + buf->len : NULL;
}

struct slice buf_slice(const struct buf *buf)
{
	return (struct slice){ buf->data ? buf->data : "", buf->len };
}
