/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Fold script: letters of other scripts as Latin ones; tables for fold.c. */
#include <stdbool.h>
#include <stdint.h>

enum script { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_CYRILLIC, SCRIPT_GREEK, SCRIPT_OTHER };

enum script script_of(uint32_t rune);					/* of a letter; SCRIPT_NONE for all else */
const char *script_transliterate(uint32_t lower);			/* lower-case Cyrillic or Greek letter; NULL: none */
uint32_t script_look_alike(uint32_t rune);				/* Latin letter it looks like, or the rune itself */
const char *script_latin(uint32_t lower);				/* Latin letters that do not decompose: ß ł ø …; NULL */
const char *script_latin_other(uint32_t lower);				/* ä ae, ö oe, ü ue, å aa, ø oe; NULL */
