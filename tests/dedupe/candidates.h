/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Candidates: the pairs of records that share a block, each once, by record number. */
#include "resolve.h"

/* The pairs lie in the arena; returns their number. */
size_t find_candidates(struct arena *arena, const struct profile *profiles, size_t n, struct pair **ret);
