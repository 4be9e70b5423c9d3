/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Storable: what PostgreSQL can hold of what came from outside. It takes well-formed UTF-8 without NUL, times up to some
 * year, and index rows of a limited size; one value beyond that would refuse a whole batch.
 */
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "slice.h"

#define STORABLE_ID_MAX 255			/* bytes; no remote system has longer ids */

/* The text itself if it can be stored, else a copy with ? for NUL and every byte beyond ASCII. */
struct slice storable(struct arena *arena, struct slice text);
/* Of an id that names no record of ours (parked, or told by a hook): at most STORABLE_ID_MAX bytes of that. */
struct slice storable_id(struct arena *arena, struct slice id);
bool is_storable_time(int64_t us);		/* years 1 to 9999 */
