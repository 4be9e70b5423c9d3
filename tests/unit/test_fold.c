/* SPDX-License-Identifier: Apache-2.0 */
#include "fold.h"
#include "tap.h"

static const struct {
	const char *raw, *text, *other;		/* other NULL: none */
} cases[] = {
	{ "Joe Smith", "joe smith", NULL },
	{ "  JOE \t\n Smith ", "joe smith", NULL },
	{ "", "", NULL },
	{ "O'Neill", "o'neill", NULL },
	{ "José Muñoz", "jose munoz", NULL },
	{ "Müller", "muller", "mueller" },
	{ "Jörg Weiß", "jorg weiss", "joerg weiss" },
	{ "Weiß", "weiss", NULL },
	{ "Åsa Øberg", "asa oberg", "aasa oeberg" },
	{ "Łukasz Żak", "lukasz zak", NULL },
	{ "İbrahim Yıldız", "ibrahim yildiz", NULL },
	{ "Đorđe", "dorde", NULL },
	{ "Æther œuvre", "aether oeuvre", NULL },
	{ "Þórr", "thorr", NULL },
	{ "Nguyễn Văn", "nguyen van", NULL },
	{ "Mu\xcc\x88ller", "muller", "mueller" },		/* decomposed */
	{ "Ｊｏｅ　Ｓｍｉｔｈ", "joe smith", NULL },			/* full width */
	{ "ﬁrst", "first", NULL },				/* ligature */
	{ "Sm\xe2\x80\x8bith\xef\xbb\xbf", "smith", NULL },		/* zero width space, byte-order mark */
	{ "Smi\xc2\xadth", "smith", NULL },			/* soft hyphen */
	{ "Joe\xc2\xa0Smith", "joe smith", NULL },		/* no-break space */
	{ "O\xe2\x80\x99Neill \xe2\x80\x93 x", "o'neill - x", NULL },
	{ "Иван Петров", "ivan petrov", NULL },
	{ "Чайковский", "chaykovskiy", NULL },
	{ "Щукин Юрий", "shchukin yuriy", NULL },
	{ "Київ", "kiyiv", NULL },
	{ "Παπαδόπουλος", "papadopoulos", NULL },
	{ "Γιώργος", "giorgos", NULL },
	{ "Ευάγγελος", "evaggelos", NULL },
	{ "Sm\xd1\x96th", "smith", NULL },			/* Cyrillic i in a Latin word */
	{ "J\xd0\xbehn", "john", NULL },				/* Cyrillic o */
	{ "\xce\x91nna", "anna", NULL },				/* Greek Alpha */
	{ "\xd0\x92""ernard", "bernard", NULL },			/* Cyrillic Ve for B */
	{ "Ив\xd0\xb0н\x6fв", "ivanov", NULL },			/* Latin o in a Cyrillic word */
	{ "佐藤 浩", "佐藤 浩", NULL },
	{ "が", "が", NULL },
	{ "a\x01""b\x7f", "ab", NULL },
	{ "\xff\xfe""ab\x80", "ab", NULL },
	{ "\xe2\x82", "", NULL },
	{ "🙂 ok", "🙂 ok", NULL },
};

static void test_spellings_become_one(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct folded folded;

		fold(arena, slice_of(cases[i].raw), FOLD_RUNES_MAX, &folded);
		CHECK_SLICE(folded.text, cases[i].text);
		CHECK_SLICE(folded.other, cases[i].other);
	}
}

static void test_folding_twice_changes_nothing(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice once = fold_text(arena, slice_of(cases[i].raw), FOLD_RUNES_MAX);

		CHECK(slice_equal(fold_text(arena, once, FOLD_RUNES_MAX), once));
	}
}

static void test_long_values_are_cut_by_characters(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	char *text = arena_alloc(arena, 240001);

	for (size_t i = 0; i < 240000; i += 2)
		memcpy(text + i, "é", 2);
	CHECK_INT((int64_t)fold_text(arena, (struct slice){ text, 240000 }, 64).len, 64);
	memset(text, 'x', 240000);
	CHECK_INT((int64_t)fold_text(arena, (struct slice){ text, 240000 }, 64).len, 64);
	for (size_t i = 0; i + 3 <= 240000; i += 3)
		memcpy(text + i, "\xe2\x80\x8b", 3);
	CHECK_INT((int64_t)fold_text(arena, (struct slice){ text, 240000 }, 64).len, 0);
}

static void test_cut_falls_between_characters(void)
{
	CHECK_SLICE(fold_cut(SLICE("aé"), 2), "a");
	CHECK_SLICE(fold_cut(SLICE("aé"), 3), "aé");
	CHECK_SLICE(fold_cut(SLICE("€"), 2), "");
	CHECK_SLICE(fold_cut(SLICE("abc"), 9), "abc");
}

static void test_words_are_walked(void)
{
	struct slice rest = SLICE(" a  bc d "), word;

	CHECK(fold_word(&rest, &word));
	CHECK_SLICE(word, "a");
	CHECK(fold_word(&rest, &word));
	CHECK_SLICE(word, "bc");
	CHECK(fold_word(&rest, &word));
	CHECK_SLICE(word, "d");
	CHECK(!fold_word(&rest, &word));
}

static void test_letters_alone(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	CHECK_SLICE(fold_letters(arena, SLICE(" (030) Straße-5!")), "030strasse5");
	CHECK_SLICE(fold_letters(arena, SLICE("--")), "");
}

static void test_what_is_seen_keeps_case_and_accents(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	CHECK_SLICE(fold_visible(arena, SLICE("J\xe2\x80\x8b""oé＠Acme.com"), 64), "Joé@Acme.com");
}

int main(void)
{
	RUN(test_spellings_become_one);
	RUN(test_folding_twice_changes_nothing);
	RUN(test_long_values_are_cut_by_characters);
	RUN(test_cut_falls_between_characters);
	RUN(test_words_are_walked);
	RUN(test_letters_alone);
	RUN(test_what_is_seen_keeps_case_and_accents);
	return tap_done();
}
