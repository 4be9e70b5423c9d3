/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Fold: what the spellings of a text have in common: lower case, no accents, Latin letters. The base of all normalisers.
 *
 * NFKC first; format and control characters (zero width, direction marks, soft hyphens) drop out; white space becomes
 * single blanks, typographic quotes and dashes their ASCII forms; other punctuation stays. A word written in Cyrillic or Greek
 * is transliterated; in a word that mixes scripts the look-alike letters become the Latin ones they pose as. Scripts without
 * a table here stay as they are. The raw value is kept by the caller.
 *
 * German and Nordic letters have two spellings in ASCII: Müller is "muller" and "mueller". The second is in `other`.
 *
 * Input is cut at max_runes characters; bytes that are no UTF-8 drop out. Time is linear in what is looked at, at most
 * FOLD_BYTES_PER_RUNE * max_runes bytes, whatever the length of the value.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "slice.h"

#define FOLD_RUNES_MAX	    256
#define FOLD_BYTES_PER_RUNE 16

struct folded {
	struct slice text;			/* never null */
	struct slice other;			/* second spelling; null when there is none */
};

/* max_runes: at most FOLD_RUNES_MAX. The results lie in the arena, NUL-terminated. */
void fold(struct arena *arena, struct slice raw, unsigned max_runes, struct folded *ret);
struct slice fold_text(struct arena *arena, struct slice raw, unsigned max_runes);	/* the first spelling alone */
/* Case and accents kept: NFKC, white space and invisible characters as above, UTF-8 made whole. */
struct slice fold_visible(struct arena *arena, struct slice raw, unsigned max_runes);
/* Letters and digits alone, of the first FOLD_RUNES_MAX characters: to see whether two values look alike. */
struct slice fold_letters(struct arena *arena, struct slice raw);
struct slice fold_cut(struct slice text, size_t max_bytes);		/* cuts between characters */
bool fold_is_ascii(struct slice text);

/* Walks over the words of a folded text (separated by blanks); false at the end. */
bool fold_word(struct slice *rest, struct slice *ret_word);
