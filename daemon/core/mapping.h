/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Mapping: a record's remote values ↔ an entity's canonical values.
 *
 * The values of a record are aligned with the rows of its stream's map (the pull asked for exactly those fields), so
 * nothing is looked up by name. Canonical values are an array of FIELD_COUNT_MAX + FIELD_CUSTOM_MAX slices in the order of
 * the field tables; null: the system does not show or have the field, empty: blank.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "error.h"
#include "field.h"

#define VALUES_MAX (FIELD_COUNT_MAX + FIELD_CUSTOM_MAX)

/* One row of an instance's mapping: a remote field and the canonical field it is. */
struct map_row {
	const struct field *field;		/* canonical */
	const char *remote;
	bool can_pull, can_push;
};

/*
 * Reads remote values into canonical ones. A value that is not of its field's type becomes null (unknown) and is told in
 * *ret_error (the first one; kind ERROR_NONE if all were fine): one bad field never loses the rest of its record.
 * Rows that may not be pulled are left null. entity picks the rows when a stream yields several entities.
 */
void mapping_read(struct arena *arena, const struct map_row *map, size_t n_map, enum entity entity,
		  const struct slice *remote_values, struct slice canonical[VALUES_MAX], struct error *ret_error);
