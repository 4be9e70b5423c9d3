/* SPDX-License-Identifier: Apache-2.0 */
#include "country.h"

#include "fold.h"
#include "wordlist.h"

#define NAME_MAX_RUNES 64

/* Punctuation as blanks, as the table has it: "U.S.A." is "u s a", "Côte d’Ivoire" "cote d ivoire". */
static struct slice words_alone(char *room, struct slice folded)
{
	size_t len = 0;

	for (size_t i = 0; i < folded.len; i++) {
		unsigned char c = (unsigned char)folded.data[i];
		bool is_letter = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (is_letter)
			room[len++] = (char)c;
		else if (len && room[len - 1] != ' ')
			room[len++] = ' ';
	}
	while (len && room[len - 1] == ' ')
		len--;
	return (struct slice){ room, len };
}

static struct slice find_ascii(struct slice text)
{
	char lower[NAME_MAX_RUNES], room[NAME_MAX_RUNES];

	for (size_t i = 0; i < text.len; i++)
		lower[i] = (char)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] | 32 : text.data[i]);
	return wordlist_find(&words_country, words_alone(room, (struct slice){ lower, text.len }));
}

struct slice country_code(struct slice text)
{
	text = slice_trim(text);
	if (text.len == 0 || text.len > 4 * NAME_MAX_RUNES)
		return SLICE_NULL;
	if (text.len < NAME_MAX_RUNES && fold_is_ascii(text))
		return find_ascii(text);

	CLEANUP(arena_free_p) struct arena *arena = arena_new(2048);
	struct slice folded = fold_text(arena, text, NAME_MAX_RUNES);
	char *room = arena_alloc(arena, folded.len + 1);

	return wordlist_find(&words_country, words_alone(room, folded));
}
