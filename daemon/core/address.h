/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Address: the address fields of a record, folded so that two spellings of one place are equal.
 *
 * "123 North Main Street, Suite 400" is street "n main st", number "123", unit "400"; "Goethestraße 5 a" is
 * "goethest", "5a". Postal codes keep letters and digits; a US ZIP its first five.
 */
#include "arena.h"
#include "slice.h"

#define ADDRESS_RUNES 160

struct address {
	struct slice street; /* name of the street; all may be empty, none is null */
	struct slice number; /* house number with its letter */
	struct slice unit;   /* flat, suite, floor */
	struct slice postal;
	struct slice city;
	struct slice state;
	struct slice country; /* ISO 3166 alpha-2; empty: unknown */
};

struct address_fields {
	struct slice street, city, state, postal_code, country; /* as the record has them */
};

void address_read(struct arena *arena, const struct address_fields *fields, struct address *ret);
