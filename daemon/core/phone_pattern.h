/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Phone pattern: the small regular expressions of phone_metadata.h over a row of digits. All positions that may be
 * reached are followed at once, so the time is the pattern's length times its repetitions, never exponential.
 */
#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define PHONE_DIGITS_MAX 24			/* longest row looked at; a longer one never matches */

/* Bit n of the result: the pattern can eat exactly the first n digits. */
uint32_t phone_pattern_ends(const char *pattern, struct slice digits);
bool phone_pattern_matches(const char *pattern, struct slice digits);	/* all of them */
