/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Phone: what people type as phone numbers → E.164, with the numbering plans of phone_metadata.h.
 *
 * "(415) 555-0132 ext. 12" in the US is +14155550132 with extension 12; "+49 (0)30 123456" is +4930123456. A number
 * without country is read in the region given; where that is unknown or the number does not fit its plan, the digits are
 * still there as `national`. Vanity letters (1-800-FLOWERS) are refused: what a letter stands for differs by country.
 * Only the first of several numbers is read. Nothing beyond PHONE_TEXT_MAX bytes is looked at.
 */
#include <stdbool.h>

#include "arena.h"
#include "slice.h"

#define PHONE_TEXT_MAX 96

struct phone {
	struct slice e164;			/* "+4930123456"; null: the country is not known or the length is impossible */
	struct slice national;			/* "30123456": national number, or the digits as they came */
	struct slice code;			/* "49"; null with e164 */
	struct slice region;			/* "DE", main region where several share a code; null with e164 */
	struct slice extension;			/* null: none */
	bool is_valid;				/* fits the plan's pattern */
	bool is_possible;			/* has a length the plan knows */
};

/* region: ISO 3166 alpha-2 of numbers without country, or null. False: no phone number (fewer than 3 digits, letters). */
bool phone_read(struct arena *arena, struct slice raw, struct slice region, struct phone *ret) MUST_CHECK;

/* Whether a reader would dial the same: equal digits, or one is the other's form with country code; equal extension. */
bool phone_equal(struct slice a, struct slice b);
