/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Phone metadata: numbering plans, a row a region, in the order of the region's code. Patterns are regular expressions over
 * digits with [], (), |, ?, {n} and {n,m} only; phone_pattern.h runs them. NULL: the plan has no such rule.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phone_region {
	const char *region;			/* ISO 3166 alpha-2 */
	const char *code;			/* country calling code, "49" */
	uint32_t lengths;			/* bit n: national numbers of n digits exist */
	bool is_main;				/* of the regions that share the code */
	const char *international;		/* prefix dialled before a foreign number */
	const char *pattern;			/* a national number as a whole */
	const char *prefix;			/* national (trunk) prefix */
	const char *leading;			/* how this region's numbers begin among those of the same code */
	const char *local;			/* numbers written without their area code … */
	const char *area;			/* … and that area code */
	const char *carrier;			/* carrier code that may follow the national prefix */
	const char *marked;			/* area codes before the mobile mark "15" (Argentina), which becomes a 9 in front */
};

extern const struct phone_region phone_regions[];
extern const size_t n_phone_regions;

/* Calling codes by number, each with its main region. */
struct phone_code {
	uint16_t code;
	uint16_t region;			/* index into phone_regions */
};

extern const struct phone_code phone_codes[];
extern const size_t n_phone_codes;
