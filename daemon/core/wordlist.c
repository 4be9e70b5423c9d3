/* SPDX-License-Identifier: Apache-2.0 */
#include "wordlist.h"

static size_t line_start(const struct wordlist *list, size_t at)
{
	while (at > 0 && list->text[at - 1] != '\n')
		at--;
	return at;
}

struct slice wordlist_find(const struct wordlist *list, struct slice key)
{
	size_t low = 0, high = list->len;

	while (low < high) {
		size_t from = line_start(list, low + (high - low) / 2);
		const char *line = list->text + from;
		size_t len = (size_t)((const char *)memchr(line, '\n', list->len - from) - line);
		const char *tab = memchr(line, '\t', len);
		int order = slice_compare(key, (struct slice){ line, tab ? (size_t)(tab - line) : len });

		if (order == 0)
			return tab ? (struct slice){ tab + 1, len - (size_t)(tab + 1 - line) }
			           : (struct slice){ line + len, 0 };
		if (order < 0)
			high = from;
		else
			low = from + len + 1;
	}
	return SLICE_NULL;
}

bool wordlist_has(const struct wordlist *list, struct slice key)
{
	return !slice_is_null(wordlist_find(list, key));
}
