/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Similar: how much two short texts resemble one another. Bytes are compared: fold first. Longer texts than
 * SIMILAR_MAX are cut, so the cost has a bound.
 */
#include "slice.h"

#define SIMILAR_MAX 64

/* Letters to drop, add, change or swap with their neighbour to make one of the other; max + 1 when it is more
 * than max. */
unsigned similar_distance(struct slice a, struct slice b, unsigned max);
/* Jaro-Winkler, 0 … 1, prefix weight 0.1 over at most 4 letters. */
double similar_jaro_winkler(struct slice a, struct slice b);
/*
 * How it sounds, over languages: doubled letters once, vowels but the first dropped, letters that spell the
 * same sound made one (c/k/q, s/z, f/ph/v/w, i/y/j, ks/x, sh/sch/ch …). Both spellings of a name
 * transliterated by different rules mostly meet. Returns the number of bytes written (at most size).
 */
size_t similar_sound(struct slice folded, char *sound, size_t size);
