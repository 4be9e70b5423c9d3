/* SPDX-License-Identifier: Apache-2.0 */
#include "wordlist.h"

/* FNV-1a of 32 bits, as data/embed.py has it. */
static uint32_t hash_of(struct slice key)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.data[i]) * 16777619u;
	return hash;
}

/* A line that begins with the key, and then its value or its end. */
static bool is_line_of(const struct wordlist *list, size_t at, struct slice key)
{
	if (list->len - at <= key.len || memcmp(list->text + at, key.data, key.len) != 0)
		return false;
	if (memchr(key.data, '\t', key.len) || memchr(key.data, '\n', key.len))
		return false;
	return list->text[at + key.len] == '\t' || list->text[at + key.len] == '\n';
}

static struct slice value_at(const struct wordlist *list, size_t at, struct slice key)
{
	const char *value = list->text + at + key.len, *end;

	value += *value == '\t';
	end = memchr(value, '\n', list->len - (size_t)(value - list->text));
	return (struct slice){ value, (size_t)(end - value) };
}

/* A list made by hand has no slots. */
static struct slice find_by_line(const struct wordlist *list, struct slice key)
{
	for (size_t at = 0; at < list->len;) {
		const char *end = memchr(list->text + at, '\n', list->len - at);

		if (is_line_of(list, at, key))
			return value_at(list, at, key);
		at = (size_t)(end + 1 - list->text);
	}
	return SLICE_NULL;
}

struct slice wordlist_find(const struct wordlist *list, struct slice key)
{
	if (key.len == 0)
		return SLICE_NULL;
	if (!list->slots)
		return find_by_line(list, key);
	for (uint32_t slot = hash_of(key) & list->mask; list->slots[slot]; slot = (slot + 1) & list->mask) {
		size_t at = list->slots[slot] - 1;

		if (is_line_of(list, at, key))
			return value_at(list, at, key);
	}
	return SLICE_NULL;
}

bool wordlist_has(const struct wordlist *list, struct slice key)
{
	return !slice_is_null(wordlist_find(list, key));
}
