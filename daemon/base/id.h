/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Id: row ids made by the daemon, 63 bits: 41 bits of milliseconds since 2025-01-01 UTC, 10 bits of daemon slot
 * (given with the lease), 12 bits of counter. Growing within one maker. When the clock steps back or a
 * millisecond is used up it goes on from the last millisecond used, so it neither waits nor repeats.
 *
 * People see ids in a short form: a letter and 13 base-32 digits (Crockford, lower case), e.g. p-01j9z3k7m2qxa.
 */
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "cleanup.h"
#include "slice.h"

struct id_maker {
	int64_t last_ms;
	uint32_t slot;				/* 0 … 1023 */
	uint32_t counter;
};

int64_t id_next(struct id_maker *maker, int64_t wall_us);
int64_t id_time_us(int64_t id);						/* when it was made */
const char *id_print(struct arena *arena, char letter, int64_t id);
bool id_parse(struct slice text, char *ret_letter, int64_t *ret_id) MUST_CHECK;
