/* SPDX-License-Identifier: Apache-2.0 */
#include "slice.h"

#include <strings.h>

bool slice_equal(struct slice a, struct slice b)
{
	if (!a.data || !b.data)
		return a.data == b.data;
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_equal_text(struct slice a, const char *text)
{
	return slice_equal(a, slice_of(text));
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
	if (!a.data || !b.data)
		return a.data == b.data;
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		unsigned char x = (unsigned char)a.data[i], y = (unsigned char)b.data[i];

		x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
		y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
		if (x != y)
			return false;
	}
	return true;
}

int slice_compare(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.data, b.data, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool slice_starts(struct slice s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && (len == 0 || memcmp(s.data, prefix, len) == 0);
}

bool slice_ends(struct slice s, const char *suffix)
{
	size_t len = strlen(suffix);

	return s.len >= len && (len == 0 || memcmp(s.data + s.len - len, suffix, len) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
	while (s.len && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

struct slice slice_sub(struct slice s, size_t from, size_t len)
{
	if (!s.data)
		return s;
	from = from < s.len ? from : s.len;
	return (struct slice){ s.data + from, len < s.len - from ? len : s.len - from };
}

bool slice_split(struct slice s, char c, struct slice *head, struct slice *tail)
{
	const char *at = s.len ? memchr(s.data, c, s.len) : NULL;

	if (!at) {
		*head = s;
		*tail = SLICE_NULL;
		return false;
	}
	*head = (struct slice){ s.data, (size_t)(at - s.data) };
	*tail = (struct slice){ at + 1, s.len - head->len - 1 };
	return true;
}

/* Length of the well-formed UTF-8 character at s, 0 if there is none (RFC 3629, table 3-7 of Unicode). */
static size_t character_len(const unsigned char *s, size_t len)
{
	unsigned char c = s[0];
	size_t need = c < 0x80                 ? 1
	              : c >= 0xc2 && c <= 0xdf ? 2
	              : (c & 0xf0) == 0xe0     ? 3
	              : c >= 0xf0 && c <= 0xf4 ? 4
	                                       : 0;

	if (!need || need > len || c == 0)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) || (c == 0xf0 && s[1] < 0x90) ||
	    (c == 0xf4 && s[1] > 0x8f))
		return 0;
	return need;
}

bool slice_is_utf8(struct slice s)
{
	const unsigned char *at = (const unsigned char *)s.data, *end = s.len ? at + s.len : at;

	while (at < end) {
		size_t len = character_len(at, (size_t)(end - at));

		if (!len)
			return false;
		at += len;
	}
	return true;
}
