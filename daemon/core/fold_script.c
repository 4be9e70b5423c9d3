/* SPDX-License-Identifier: Apache-2.0 */
#include "fold_script.h"

#include <stddef.h>
#include <unictype.h>

#include "cleanup.h"

/* U+0430 … U+045F, passport style (as most people spell their own names) */
static const char *const cyrillic[] = {
	"a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
	"r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
	"e", "e", "dj", "g", "ye", "dz", "i", "yi", "j", "lj", "nj", "c", "k", "i", "u", "dz",
};

/* U+03B1 … U+03C9 */
static const char *const greek[] = {
	"a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p",
	"r", "s", "s", "t", "y", "f", "ch", "ps", "o",
};

struct spelling {
	uint32_t rune;
	const char *text;
};

static const struct spelling rare[] = {
	{ 0x0491, "g" }, { 0x0493, "g" }, { 0x049b, "k" }, { 0x04a3, "n" }, { 0x04af, "u" }, { 0x04b1, "u" },
	{ 0x04bb, "h" }, { 0x04d9, "a" }, { 0x04e9, "o" },
};

static const struct spelling latin[] = {
	{ 0xdf, "ss" }, { 0xe6, "ae" }, { 0xf0, "d" }, { 0xf8, "o" }, { 0xfe, "th" }, { 0x111, "d" }, { 0x127, "h" },
	{ 0x131, "i" }, { 0x138, "k" }, { 0x142, "l" }, { 0x14b, "n" }, { 0x153, "oe" }, { 0x167, "t" }, { 0x180, "b" },
	{ 0x192, "f" }, { 0x19a, "l" }, { 0x1dd, "e" }, { 0x253, "b" }, { 0x257, "d" }, { 0x259, "e" }, { 0x268, "i" },
	{ 0x1e9e, "ss" },
};

static const struct spelling latin_other[] = {
	{ 0xe4, "ae" }, { 0xe5, "aa" }, { 0xe6, "ae" }, { 0xf6, "oe" }, { 0xf8, "oe" }, { 0xfc, "ue" },
};

static const struct {
	uint32_t rune;
	char as;
} look_alikes[] = {
	/* Greek capitals and the few small letters that pass */
	{ 0x391, 'A' }, { 0x392, 'B' }, { 0x395, 'E' }, { 0x396, 'Z' }, { 0x397, 'H' }, { 0x399, 'I' }, { 0x39a, 'K' },
	{ 0x39c, 'M' }, { 0x39d, 'N' }, { 0x39f, 'O' }, { 0x3a1, 'P' }, { 0x3a4, 'T' }, { 0x3a5, 'Y' }, { 0x3a7, 'X' },
	{ 0x3b1, 'a' }, { 0x3b9, 'i' }, { 0x3ba, 'k' }, { 0x3bd, 'v' }, { 0x3bf, 'o' }, { 0x3c1, 'p' }, { 0x3c4, 't' },
	{ 0x3c5, 'u' }, { 0x3c7, 'x' }, { 0x3f2, 'c' }, { 0x3f9, 'C' },
	/* Cyrillic */
	{ 0x405, 'S' }, { 0x406, 'I' }, { 0x408, 'J' }, { 0x410, 'A' }, { 0x412, 'B' }, { 0x415, 'E' }, { 0x417, '3' },
	{ 0x41a, 'K' }, { 0x41c, 'M' }, { 0x41d, 'H' }, { 0x41e, 'O' }, { 0x420, 'P' }, { 0x421, 'C' }, { 0x422, 'T' },
	{ 0x423, 'Y' }, { 0x425, 'X' }, { 0x430, 'a' }, { 0x435, 'e' }, { 0x43a, 'k' }, { 0x43c, 'm' }, { 0x43e, 'o' },
	{ 0x440, 'p' }, { 0x441, 'c' }, { 0x442, 't' }, { 0x443, 'y' }, { 0x445, 'x' }, { 0x455, 's' }, { 0x456, 'i' },
	{ 0x458, 'j' }, { 0x4ae, 'Y' }, { 0x4af, 'y' }, { 0x4bb, 'h' }, { 0x4c0, 'I' }, { 0x4cf, 'l' }, { 0x501, 'd' },
	{ 0x51b, 'q' }, { 0x51d, 'w' },
};

static const char *find(const struct spelling *table, size_t n, uint32_t rune)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].rune == rune)
			return table[i].text;
	return NULL;
}

enum script script_of(uint32_t rune)
{
	if (rune < 0x80)
		return (rune | 32) >= 'a' && (rune | 32) <= 'z' ? SCRIPT_LATIN : SCRIPT_NONE;
	if (!uc_is_property_alphabetic(rune))
		return SCRIPT_NONE;
	if (rune < 0x250 || (rune >= 0x1e00 && rune <= 0x1eff))
		return SCRIPT_LATIN;
	if ((rune >= 0x370 && rune <= 0x3ff) || (rune >= 0x1f00 && rune <= 0x1fff))
		return SCRIPT_GREEK;
	return rune >= 0x400 && rune <= 0x52f ? SCRIPT_CYRILLIC : SCRIPT_OTHER;
}

const char *script_transliterate(uint32_t lower)
{
	if (lower >= 0x430 && lower < 0x430 + ARRAY_SIZE(cyrillic))
		return cyrillic[lower - 0x430];
	if (lower >= 0x3b1 && lower < 0x3b1 + ARRAY_SIZE(greek))
		return greek[lower - 0x3b1];
	return find(rare, ARRAY_SIZE(rare), lower);
}

uint32_t script_look_alike(uint32_t rune)
{
	for (size_t i = 0; i < ARRAY_SIZE(look_alikes); i++)
		if (look_alikes[i].rune == rune)
			return (uint32_t)look_alikes[i].as;
	return rune;
}

const char *script_latin(uint32_t lower)
{
	return find(latin, ARRAY_SIZE(latin), lower);
}

const char *script_latin_other(uint32_t lower)
{
	return find(latin_other, ARRAY_SIZE(latin_other), lower);
}
