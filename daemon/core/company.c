/* SPDX-License-Identifier: Apache-2.0 */
#include "company.h"

#include "fold.h"
#include "nobody.h"
#include "wordlist.h"

#define WORDS_MAX  20 /* of a name; more are not looked at */
#define FORM_WORDS 6  /* of a legal form */

struct words {
	struct slice list[WORDS_MAX];
	size_t n;
};

/* Remarks people put behind a name for one another. */
static const char *const remarks[] = {
	"do not use", "do not contact", "donotuse",      "duplicate",       "dupe",
	"old",        "inactive",       "closed",        "out of business", "merged",
	"delete",     "to delete",      "to be deleted", "use other",       "dnu",
};

/* Forms that stand in front: "OOO Romashka", "PT Astra", "UAB Baltic". */
static const char *const front_forms[] = {
	"ooo", "oao", "zao", "pao", "ao", "pt", "uab", "sia", "stichting", "tov", "too", "ip", "株式会社",
};

static bool is_letter(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Room for a word and the blank before it. */
struct text {
	char *data;
	size_t len;
};

static void add(struct text *text, const char *data, size_t len)
{
	memcpy(text->data + text->len, data, len);
	text->len += len;
}

static size_t skip_brackets(struct slice name, size_t at)
{
	char end = name.data[at] == '(' ? ')' : ']';
	const char *found = memchr(name.data + at, end, name.len - at);

	return found ? (size_t)(found - name.data) : at;
}

static bool is_single_letter(struct slice name, size_t at)
{
	bool starts = at == 0 || !is_letter(name.data[at - 1]) || (name.data[at - 1] == '.');

	return starts && (at + 1 >= name.len || !is_letter(name.data[at + 1]));
}

/*
 * Letters and single blanks alone. A dot or slash between single letters joins them ("l.l.c.", "s/a"),
 * elsewhere it separates; an apostrophe vanishes ("nat'l").
 */
static struct slice spell(struct arena *arena, struct slice name)
{
	struct text text = { arena_alloc(arena, 5 * name.len + 8), 0 };

	for (size_t at = 0; at < name.len; at++) {
		char c = name.data[at];
		bool joins = (c == '.' || c == '/') && at > 0 && is_letter(name.data[at - 1]) &&
		             is_single_letter(name, at - 1) && at + 1 < name.len &&
		             is_letter(name.data[at + 1]) && is_single_letter(name, at + 1);

		if (slice_starts(slice_sub(name, at, 5), "&amp;"))
			at += 4;
		if (c == '(' || c == '[') {
			at = at ? skip_brackets(name, at) : at;
			add(&text, " ", 1);
		} else if (c == '&' || c == '+') {
			add(&text, " and ", 5);
		} else if (is_letter(c)) {
			add(&text, &c, 1);
		} else if (!joins && c != '\'') {
			add(&text, " ", 1);
		}
	}
	return (struct slice){ text.data, text.len };
}

/* " - do not use" at the end, or the whole of it in front with a star. */
static struct slice without_remark(struct slice folded)
{
	for (size_t i = 0; i < ARRAY_SIZE(remarks); i++) {
		size_t len = strlen(remarks[i]);
		size_t at = folded.len - len;

		if (folded.len > len + 2 && slice_ends(folded, remarks[i]) &&
		    strchr("-:*", folded.data[at - 2]) && folded.data[at - 1] == ' ')
			return slice_sub(folded, 0, at - 2);
	}
	return folded;
}

/* "xxxxxxxx": a key held down. */
static bool is_noise(struct slice word)
{
	for (size_t i = 1; i < word.len; i++)
		if (word.data[i] != word.data[0])
			return false;
	return word.len >= 6;
}

static void split(struct slice spelled, struct words *words)
{
	struct slice word;

	words->n = 0;
	while (words->n < WORDS_MAX && fold_word(&spelled, &word))
		if (!is_noise(word))
			words->list[words->n++] = word;
}

static struct slice join(struct arena *arena, const struct slice *words, size_t n, const char *between)
{
	size_t room = 1, gap = strlen(between);
	struct text text;

	for (size_t i = 0; i < n; i++)
		room += words[i].len + gap;
	text = (struct text){ arena_alloc(arena, room), 0 };
	for (size_t i = 0; i < n; i++) {
		if (i)
			add(&text, between, gap);
		add(&text, words[i].data, words[i].len);
	}
	return (struct slice){ text.data, text.len };
}

/* -- legal form -- */

static bool note_form(struct slice row, struct company *company)
{
	struct slice country, form;

	if (slice_is_null(row))
		return false;
	(void)slice_split(row, ';', &country, &form);
	/* the last form said comes off first and is the company's own: "GmbH & Co. KG" is one, "Sp. z o.o.
	 * Sp. k." two */
	if (slice_is_null(company->form))
		company->form = form;
	if (slice_is_null(company->form_country) && !slice_equal(country, SLICE("-")))
		company->form_country = country;
	return true;
}

/* Words of the longest form at the end; 0: none, or nothing would be left. */
static size_t form_words(struct arena *arena, const struct words *words, struct company *company)
{
	size_t most = words->n - 1 < FORM_WORDS ? words->n - 1 : FORM_WORDS;

	for (size_t n = most; n > 0; n--)
		if (note_form(
		            wordlist_find(&words_legal_form, join(arena, words->list + words->n - n, n, " ")),
		            company))
			return n;
	return 0;
}

static void strip_forms(struct arena *arena, struct words *words, struct company *company)
{
	size_t n;

	while (words->n > 1 && (n = form_words(arena, words, company)) > 0)
		words->n -= n;
	for (size_t i = 0; i < ARRAY_SIZE(front_forms) && words->n > 1; i++) {
		if (!slice_equal_text(words->list[0], front_forms[i]))
			continue;
		(void)note_form(wordlist_find(&words_legal_form, words->list[0]), company);
		memmove(words->list, words->list + 1, --words->n * sizeof(*words->list));
	}
}

static bool is_and(struct slice word)
{
	return slice_equal(word, SLICE("and"));
}

static void spell_out(struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct slice word = wordlist_find(&words_company_word, words->list[i]);

		if (!slice_is_null(word))
			words->list[i] = word;
	}
	while (words->n > 1 && is_and(words->list[words->n - 1]))
		words->n--;
}

static struct slice compact(struct arena *arena, const struct words *words)
{
	struct slice kept[WORDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < words->n; i++)
		if (!is_and(words->list[i]) || words->n == 1)
			kept[n++] = words->list[i];
	return join(arena, kept, n, "");
}

static void read_folded(struct arena *arena, struct slice folded, struct company *company, struct slice *name,
                        struct slice *ret_compact)
{
	struct words words;

	split(spell(arena, without_remark(folded)), &words);
	if (words.n > 1 && slice_equal(words.list[0], SLICE("the")))
		memmove(words.list, words.list + 1, --words.n * sizeof(*words.list));
	if (words.n > 1 && slice_equal(words.list[words.n - 1], SLICE("the")))
		words.n--;
	if (words.n > 1)
		strip_forms(arena, &words, company);
	spell_out(&words);
	*name = join(arena, words.list, words.n, " ");
	*ret_compact = compact(arena, &words);
}

void company_read(struct arena *arena, struct slice raw, struct company *ret)
{
	struct company other = { .is_nobody = false };
	struct folded folded;

	*ret = other;
	fold(arena, raw, COMPANY_RUNES, &folded);
	read_folded(arena, folded.text, ret, &ret->name, &ret->compact);
	ret->is_nobody = folded.text.len && (nobody_company(folded.text) || nobody_company(ret->name));
	if (slice_is_null(folded.other))
		return;
	read_folded(arena, folded.other, &other, &ret->other, &ret->other_compact);
	if (slice_equal(ret->other_compact, ret->compact))
		ret->other = ret->other_compact = SLICE_NULL;
}

bool company_is_acronym(struct slice short_name, struct slice name)
{
	struct slice word;
	size_t at = 0;

	if (short_name.len < 3 || short_name.len > 8)
		return false;
	while (fold_word(&name, &word)) {
		if (is_and(word))
			continue;
		if (at == short_name.len || short_name.data[at++] != word.data[0])
			return false;
	}
	return at == short_name.len;
}
