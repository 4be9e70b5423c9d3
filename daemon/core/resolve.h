/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Resolve: from linked pairs to clusters, without chaining strangers together.
 *
 * Links are taken by falling weight (ties by what the records hold, so the outcome does not depend on their order). A
 * link joins two clusters only if no pair across them is vetoed, their weights agree in the mean, and the
 * result stays below a cap; what is refused becomes a question. Weak links (nothing strong in common) come
 * second and join only a cluster without identifiers of its own to the one cluster it fits.
 */
#include <stddef.h>
#include <stdint.h>

#include "match.h"

#define RESOLVE_CLUSTER_MAX 25

struct pair {
	uint32_t a, b; /* a < b */
	struct match match;
	uint64_t tie; /* resolve's own: of the values of both, to settle ties whatever the order of arrival */
};

struct resolution {
	uint32_t *cluster;      /* of each record: the smallest record in it */
	struct pair *questions; /* best pair between any two clusters that may be one */
	size_t n_questions;
};

void resolve(struct arena *arena, const struct match_rules *rules, const struct profile *profiles, size_t n,
             struct pair *pairs, size_t n_pairs, struct resolution *ret);
