/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Decimal: exact decimal numbers as text, in one form: "-12.5", "0", "100". No binary fraction ever comes in between.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "slice.h"

#define DECIMAL_SIZE 160			/* room for the longest form, NUL included */

/*
 * Brings "+012.50", ".5" or "1.25E7" (as Java prints large numbers) into the one form. False: no decimal number, or
 * one of more than 64 digits or with an exponent beyond ±64.
 */
bool decimal_form(struct slice text, char form[DECIMAL_SIZE], size_t *ret_len) MUST_CHECK;
