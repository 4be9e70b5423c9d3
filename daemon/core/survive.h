/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Survive: the golden record, a function of all source records linked to an entity (design section 7). Nothing of it is
 * edited in place, so taking a link away and computing again restores what was before.
 *
 * Deleted sources and null values do not speak, but for a "true" under any_true: an opt-out outlives its record. A blank speaks only where blank_wins. Ties (equal times) go to the master's
 * side if the field has one, else to the smaller src_key, so that the result never depends on order.
 */
#include <stdint.h>

#include "mapping.h"
#include "policy.h"

struct contribution {
	int64_t src_key;
	const char *connector;			/* instance name and role, for `master` */
	const char *role;			/* "ma" or "sfa" */
	int64_t modified_us, created_us;
	const int64_t *field_us;		/* when each value came to be, VALUES_MAX; NULL: all with modified_us */
	bool is_deleted;
	const struct slice *values;		/* canonical, VALUES_MAX */
};

struct golden {
	struct slice values[VALUES_MAX];	/* null: nobody said anything */
	int64_t origin[VALUES_MAX];		/* src_key of each; 0 none */
	size_t n_sources;			/* contributions that are not deleted */
};

void survive(const struct policy *policy, enum entity entity, const struct contribution *contributions, size_t n,
	     struct golden *ret);
