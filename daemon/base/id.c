/* SPDX-License-Identifier: Apache-2.0 */
#include "id.h"

#include <assert.h>

#define EPOCH_MS     INT64_C(1735689600000) /* 2025-01-01 00:00:00 UTC */
#define SLOT_BITS    10
#define COUNTER_BITS 12
#define ID_DIGITS    13

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i, l, o, u */

int64_t id_next(struct id_maker *maker, int64_t wall_us)
{
	int64_t ms = wall_us / 1000 - EPOCH_MS;

	assert(maker->slot < 1u << SLOT_BITS);
	if (ms > maker->last_ms) {
		maker->last_ms = ms;
		maker->counter = 0;
	} else if (++maker->counter == 1u << COUNTER_BITS) {
		maker->last_ms++;
		maker->counter = 0;
	}
	return (maker->last_ms << (SLOT_BITS + COUNTER_BITS)) | ((int64_t)maker->slot << COUNTER_BITS) |
	       maker->counter;
}

int64_t id_time_us(int64_t id)
{
	return ((id >> (SLOT_BITS + COUNTER_BITS)) + EPOCH_MS) * 1000;
}

const char *id_print(struct arena *arena, char letter, int64_t id)
{
	char *text = arena_alloc(arena, ID_DIGITS + 3);

	text[0] = letter;
	text[1] = '-';
	for (int i = ID_DIGITS - 1; i >= 0; i--, id = (int64_t)((uint64_t)id >> 5))
		text[2 + i] = digits[id & 31];
	return text;
}

bool id_parse(struct slice text, char *ret_letter, int64_t *ret_id)
{
	uint64_t id = 0;

	if (text.len != ID_DIGITS + 2 || text.data[1] != '-' || text.data[0] < 'a' || text.data[0] > 'z')
		return false;
	for (size_t i = 2; i < text.len; i++) {
		const char *at = text.data[i] ? memchr(digits, text.data[i], 32) : NULL;

		if (!at || (i == 2 && at - digits > 7))
			return false;
		id = id << 5 | (uint64_t)(at - digits);
	}
	if (!id || id >> 63)
		return false;
	*ret_letter = text.data[0];
	*ret_id = (int64_t)id;
	return true;
}
