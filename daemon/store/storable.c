/* SPDX-License-Identifier: Apache-2.0 */
#include "storable.h"

#include "clock.h"

struct slice storable(struct arena *arena, struct slice text)
{
	if (!text.data || slice_is_utf8(text))
		return text;
	char *copy = arena_strndup(arena, text.data, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (!copy[i] || (unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	return (struct slice){ copy, text.len };
}

struct slice storable_id(struct arena *arena, struct slice id)
{
	size_t len = STORABLE_ID_MAX;

	id = storable(arena, id);
	if (id.len <= len)
		return id;
	while (len && ((unsigned char)id.data[len] & 0xc0) == 0x80) /* no half character */
		len--;
	return slice_sub(id, 0, len);
}

bool is_storable_time(int64_t us)
{
	return us >= -INT64_C(62135596800) * US_PER_S && us < INT64_C(253402300800) * US_PER_S;
}
