/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Clock: the only place time comes from, so that tests can replace it.
 *
 * Wall time is microseconds since 1970 UTC (`_us`), used for records, calendars and display. Waiting uses the
 * monotonic clock. A test sets a fake clock and moves it by hand; the loop then jumps to its next timer.
 */
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "cleanup.h"
#include "slice.h"

#define US_PER_S INT64_C(1000000)

int64_t clock_wall_us(void);
int64_t clock_mono_us(void);
void clock_fake_set(int64_t wall_us);		/* from now on both clocks stand still at this time; tests only */
void clock_fake_move(int64_t by_us);
void clock_fake_end(void);
bool clock_is_fake(void);

/*
 * ISO 8601 in its common forms: "2026-01-31", "2026-01-31T10:15:30Z", with fraction, with +00:00, +0000 or +00,
 * space instead of T. A time without a zone is UTC. Refuses year 0, day 30 February, hour 24, second 60.
 */
bool time_parse(struct slice text, int64_t *ret_us) MUST_CHECK;
/* "2026-01-31T10:15:30Z" or, with microseconds that are not 0, "2026-01-31T10:15:30.123456Z". */
const char *time_print(struct arena *arena, int64_t us);

struct time_parts {
	int year, month, day, hour, minute, second, microsecond;	/* month and day from 1 */
};
struct time_parts time_split(int64_t us);				/* UTC */
bool time_join(struct time_parts parts, int64_t *ret_us) MUST_CHECK;	/* false: no such time */
