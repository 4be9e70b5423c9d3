/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Facts: how persons of a register (records with birth date or identity number) agree, and what the store itself
 * tells about its mistakes.
 *
 * Two records are compared fact by fact; facts_add counts the pairs by what agrees and what differs. Where every
 * other fact agrees and one differs, it is that one that is wrong: the share of such pairs is its rate of mistakes,
 * found without labels. Two facts wrong at once are rarer by the product of the rates. Where they are not, the
 * pairs are twins, fathers and sons or neighbours, and two contradictions keep records apart.
 */
#include <stdbool.h>
#include <stdint.h>

enum fact { FACT_FIRST, FACT_LAST, FACT_BIRTH, FACT_NUMBER, FACT_PLACE, FACT_EMAIL, FACT_COUNT };
enum fact_level { FACT_MISSING, FACT_AGREES, FACT_DIFFERS };

#define FACT_PATTERNS 729	/* 3 to the FACT_COUNT */

struct facts {
	uint8_t level[FACT_COUNT];	/* enum fact_level */
};

struct fact_counts {
	uint32_t pairs[FACT_PATTERNS];
};

/* What the counts say. */
struct mistakes {
	float rate[FACT_COUNT];		/* of pairs that are one person, the share where the fact differs */
	bool allow_twins;		/* given name and number may both be wrong: it happens no more than by chance */
	bool allow_namesakes;		/* birth date and number (father and son) */
	bool allow_strangers;		/* two or more of given name, birth date and number at one place */
};

unsigned facts_pattern(const struct facts *facts);
void facts_add(struct fact_counts *counts, const struct facts *facts);
void facts_estimate(const struct fact_counts *counts, struct mistakes *ret);
void facts_default(struct mistakes *ret);		/* what is assumed of a store that says too little */
unsigned facts_differing(const struct facts *facts);
