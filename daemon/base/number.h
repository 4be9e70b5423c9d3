/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Number: text to numbers, whole text or nothing (no blanks, no "12abc"); the only way numbers are read. */
#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "slice.h"

bool parse_int64(struct slice text, int64_t min, int64_t max, int64_t *ret) MUST_CHECK;
bool parse_real(struct slice text, double *ret) MUST_CHECK;		/* decimal, finite */
bool parse_bool(struct slice text, bool *ret) MUST_CHECK;		/* "true" or "false" */
/* "90s", "5m", "2h", "1d", "250ms" → milliseconds. A number without unit is refused. */
bool parse_duration(struct slice text, int64_t *ret_ms) MUST_CHECK;
bool parse_percent(struct slice text, double *ret) MUST_CHECK;		/* "20%" → 0.20 */
/* A plain decimal ("-12.50", no exponent) is an exact amount; amounts stay text, this only checks one. */
bool is_decimal(struct slice text);
