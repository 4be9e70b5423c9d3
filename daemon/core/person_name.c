/* SPDX-License-Identifier: Apache-2.0 */
#include "person_name.h"

#include "fold.h"
#include "nobody.h"
#include "wordlist.h"

#define WORDS_MAX 12 /* of a name; more are not looked at */

/* What a word other than a name is. */
enum part { PART_NAME, PART_TITLE, PART_CREDENTIAL, PART_WEAK_CREDENTIAL, PART_GENERATION, PART_PARTICLE };

static const struct {
	const char *words; /* with blanks around each */
	enum part part;
} parts[] = {
	{ " mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend hon herr frau fraulein mme "
	  "mlle monsieur madame"
	  " senor senora srta sra don dona ing dipl-ing dipl mag dott dottssa dottore avv sig sigra signor "
	  "signora dhr mevr mw drs"
	  " pan pani bay bayan shri smt sri-mati kapt capt captain col colonel gen general lt sgt maj major "
	  "doc doctor med mgr inz"
	  " fru fr eng arch messrs ",
	  PART_TITLE },
	{ " mba phd cpa md dds dmd jd esq esquire pmp cfa bsc msc beng meng dphil llb llm mbe obe cbe frcs "
	  "frcp cissp shrm csm rph pharmd"
	  " edd dba psyd dvm emba mph mpa cfp cma cisa cism acca fca aca fcca rnc msn bsn faia aia leed phr "
	  "sphr ",
	  PART_CREDENTIAL },
	{ " pe ma ba bs ms do ca rn ra od dc la pa jp qc kc mp ", PART_WEAK_CREDENTIAL },
	{ " jr junior jun sr senior sen snr jnr ii iii iv 2nd 3rd 4th filho neto ", PART_GENERATION },
	{ " van von vom zu zum zur der den de di da do dos das del della dello degli delle dei la le du des "
	  "al el bin ibn bint ter ten te"
	  " af av st mac mc o op in 't lo los las y e ",
	  PART_PARTICLE },
};

static const struct {
	const char *word;
	unsigned generation;
} generations[] = {
	{ "sr", 1 },  { "senior", 1 }, { "sen", 1 }, { "snr", 1 }, { "jr", 2 },    { "junior", 2 },
	{ "jun", 2 }, { "jnr", 2 },    { "ii", 2 },  { "2nd", 2 }, { "filho", 2 }, { "iii", 3 },
	{ "3rd", 3 }, { "neto", 3 },   { "iv", 4 },  { "4th", 4 },
};

struct word {
	struct slice text; /* without dots and apostrophes */
	bool had_dot;
	bool after_comma;  /* a comma stands somewhere before it */
	bool before_comma; /* a comma follows directly */
};

struct words {
	struct word list[WORDS_MAX];
	size_t n;
};

/* -- words -- */

static bool is_letter(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "xxxxxxxx": a key held down. */
static bool is_noise(struct slice text)
{
	for (size_t i = 1; i < text.len; i++)
		if (text.data[i] != text.data[0])
			return false;
	return text.len >= 5;
}

/* "line1", "4ever": no name has a digit but an ordinal ("2nd"), which is a generation. */
static bool has_digit(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] >= '0' && text.data[i] <= '9')
			return text.len != 3;
	return false;
}

static void add_word(struct words *words, struct word *word, bool *comma)
{
	if (word->text.len && !is_noise(word->text) && !has_digit(word->text) && words->n < WORDS_MAX) {
		word->after_comma = *comma;
		words->list[words->n++] = *word;
	}
	*word = (struct word){ .text = { NULL, 0 } };
}

/* "(bob)", "[old]" and the like say something about the name and are none. */
static size_t skip_brackets(struct slice text, size_t at)
{
	char end = text.data[at] == '(' ? ')' : text.data[at] == '[' ? ']' : '"';
	const char *found = at + 1 < text.len ? memchr(text.data + at + 1, end, text.len - at - 1) : NULL;

	return found ? (size_t)(found - text.data) : at;
}

/* A dot after one letter separates ("j.r."); else it only marks a short form ("ph.d", "st."). */
static bool dot_separates(struct slice text, size_t at, const struct word *word)
{
	return word->text.len == 1 && at + 1 < text.len && is_letter(text.data[at + 1]) &&
	       (at + 2 >= text.len || !is_letter(text.data[at + 2]));
}

/* Copies the letters of a folded value into words. room has text.len + 1 bytes. */
static void split(struct slice text, char *room, struct words *words)
{
	struct word word = { .text = { NULL, 0 } };
	bool comma = false;

	for (size_t at = 0; at < text.len; at++) {
		char c = text.data[at];

		if (c == '(' || c == '[' || c == '"') {
			at = skip_brackets(text, at);
			c = ' ';
		}
		if (is_letter(c) || (c == '-' && word.text.len)) {
			if (!word.text.len)
				word.text.data = room;
			*room++ = c;
			word.text.len++;
		} else if (c == '.' && !dot_separates(text, at, &word)) {
			word.had_dot = true;
		} else if (c == ',') {
			if (word.text.len)
				word.before_comma = true;
			else if (words->n)
				words->list[words->n - 1].before_comma = true;
			add_word(words, &word, &comma);
			comma = true;
		} else if (c != '\'') {
			word.had_dot |= c == '.';
			add_word(words, &word, &comma);
		}
	}
	add_word(words, &word, &comma);
}

/* "PhD" was "ph.d" and is one word; "p.e." two letters: found together. */
static enum part part_of(const struct word *word)
{
	char padded[20];
	size_t len = word->text.len;

	if (len == 0 || len + 3 > sizeof(padded))
		return PART_NAME;
	padded[0] = ' ';
	memcpy(padded + 1, word->text.data, len);
	memcpy(padded + 1 + len, " ", 2);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strstr(parts[i].words, padded))
			return parts[i].part;
	return PART_NAME;
}

static void remove_words(struct words *words, size_t at, size_t n)
{
	memmove(&words->list[at], &words->list[at + n], (words->n - at - n) * sizeof(*words->list));
	words->n -= n;
}

static void strip_titles(struct words *words)
{
	while (words->n > 1 && part_of(&words->list[0]) == PART_TITLE)
		remove_words(words, 0, 1);
}

/* Titles stand behind a comma too: "Smith, Dr. Joe". */
static void strip_inner_titles(struct words *words)
{
	for (size_t i = 1; i < words->n && words->n > 1; i++)
		if (words->list[i - 1].before_comma && part_of(&words->list[i]) == PART_TITLE &&
		    i + 1 < words->n)
			remove_words(words, i, 1);
}

static unsigned generation_of(struct slice word)
{
	for (size_t i = 0; i < ARRAY_SIZE(generations); i++)
		if (slice_equal_text(word, generations[i].word))
			return generations[i].generation;
	return 0;
}

static bool is_credential(const struct words *words, size_t at)
{
	enum part part = part_of(&words->list[at]);

	if (part == PART_CREDENTIAL)
		return at > 0;
	return part == PART_WEAK_CREDENTIAL && at > 0 &&
	       (words->list[at].had_dot || words->list[at - 1].before_comma);
}

/* "p.e." is split into its letters, as initials are. */
static bool is_credential_pair(const struct words *words)
{
	char pair[2];
	struct word word = { .text = { pair, 2 } };
	const struct word *last = words->list + words->n - 1;

	if (words->n < 3 || last->text.len != 1 || last[-1].text.len != 1 || !last[-2].before_comma)
		return false;
	pair[0] = last[-1].text.data[0];
	pair[1] = last->text.data[0];
	return part_of(&word) == PART_CREDENTIAL || part_of(&word) == PART_WEAK_CREDENTIAL;
}

/* From the end, where credentials and generations stand. */
static void strip_tail(struct words *words, unsigned *generation)
{
	while (words->n > 0) {
		size_t last = words->n - 1;
		bool is_generation = last > 0 && part_of(&words->list[last]) == PART_GENERATION;
		bool is_pair = is_credential_pair(words);

		if (is_generation)
			*generation = generation_of(words->list[last].text);
		else if (!is_credential(words, last) && !is_pair)
			return;
		words->n -= is_pair && !is_generation ? 2 : 1;
		if (words->n)
			words->list[words->n - 1].before_comma = false;
	}
}

/* "Smith Jr, Joe": the generation stands before the comma. */
static void strip_inner_generation(struct words *words, unsigned *generation)
{
	for (size_t i = 1; i + 1 < words->n; i++) {
		if (!words->list[i].before_comma || part_of(&words->list[i]) != PART_GENERATION)
			continue;
		*generation = generation_of(words->list[i].text);
		words->list[i - 1].before_comma = true;
		remove_words(words, i, 1);
		return;
	}
}

/* -- parts -- */

static struct slice join(struct arena *arena, const struct word *words, size_t n, bool split_hyphens)
{
	size_t room = 1, len = 0;
	char *text;

	for (size_t i = 0; i < n; i++)
		room += words[i].text.len + 1;
	text = arena_alloc(arena, room);
	for (size_t i = 0; i < n; i++) {
		if (i)
			text[len++] = ' ';
		for (size_t j = 0; j < words[i].text.len; j++)
			text[len++] =
			        split_hyphens && words[i].text.data[j] == '-' ? ' ' : words[i].text.data[j];
	}
	while (len && text[len - 1] == ' ')
		len--;
	return (struct slice){ text, len };
}

static void set_given(struct arena *arena, const struct word *words, size_t n, struct person_name *ret)
{
	ret->first = n ? join(arena, words, 1, false) : SLICE("");
	ret->middle = n > 1 ? join(arena, words + 1, n - 1, true) : SLICE("");
}

/* Where the last name begins in "jan van der berg": its first particle, else its last word. */
static size_t last_name_start(const struct words *words)
{
	for (size_t i = 1; i + 1 < words->n; i++)
		if (part_of(&words->list[i]) == PART_PARTICLE && words->list[i].text.len > 1)
			return i;
	return words->n - 1;
}

static size_t comma_at(const struct words *words)
{
	for (size_t i = 0; i + 1 < words->n; i++)
		if (words->list[i].before_comma)
			return i + 1;
	return 0;
}

static void set_whole(struct arena *arena, struct words *words, struct person_name *ret)
{
	size_t comma, start;

	strip_titles(words);
	strip_tail(words, &ret->generation);
	strip_inner_generation(words, &ret->generation);
	strip_inner_titles(words);
	comma = comma_at(words);
	ret->is_split = words->n > 1;
	if (comma) {
		ret->last = join(arena, words->list, comma, true);
		set_given(arena, words->list + comma, words->n - comma, ret);
		return;
	}
	start = words->n > 1 ? last_name_start(words) : words->n;
	set_given(arena, words->list, start, ret);
	ret->last = join(arena, words->list + start, words->n - start, true);
}

static void read_words(struct arena *arena, struct slice raw, struct slice folded, struct words *words)
{
	words->n = 0;
	split(folded, arena_alloc(arena, folded.len + 1), words);
	/* cut: not a name, whose first word may be one */
	if (raw.len > FOLD_BYTES_PER_RUNE / 4 * PERSON_NAME_RUNES && words->n > 1)
		words->n = 1;
}

struct values {
	struct slice raw[3]; /* first, last, full */
	struct slice folded[3];
};

/* A part that is a placeholder is blank; so is one that repeats nothing but signs. */
static void read_two(struct arena *arena, const struct values *values, struct person_name *ret)
{
	struct words first, last;

	read_words(arena, values->raw[0], values->folded[0], &first);
	read_words(arena, values->raw[1], values->folded[1], &last);
	strip_titles(&first);
	strip_tail(&first, &ret->generation);
	strip_titles(&last);
	strip_tail(&last, &ret->generation);
	/* a credential or suffix alone in the last-name field: the name is in the other */
	if (last.n == 1 && first.n > 1 && part_of(&last.list[0]) == PART_GENERATION) {
		ret->generation = generation_of(last.list[0].text);
		set_whole(arena, &first, ret);
		return;
	}
	set_given(arena, first.list, first.n, ret);
	ret->last = join(arena, last.list, last.n, true);
}

static void read_one(struct arena *arena, const struct values *values, size_t which, struct person_name *ret)
{
	struct words words;

	read_words(arena, values->raw[which], values->folded[which], &words);
	if (which == 1 && !comma_at(&words) && words.n == 1) {
		ret->first = ret->middle = SLICE("");
		strip_tail(&words, &ret->generation);
		ret->last = join(arena, words.list, words.n, true);
		return;
	}
	set_whole(arena, &words, ret);
}

static void read_values(struct arena *arena, const struct values *values, struct person_name *ret)
{
	bool has_first = values->folded[0].len, has_last = values->folded[1].len;

	if (has_first && has_last)
		read_two(arena, values, ret);
	else if (values->folded[2].len)
		read_one(arena, values, 2, ret);
	else
		read_one(arena, values, has_last ? 1 : 0, ret);
}

/* Markup, formulas and statements of a programming language are nobody's name. */
static bool is_code(struct slice folded)
{
	for (size_t i = 0; i < folded.len; i++)
		if (strchr("<>{}=;$|\\@", folded.data[i]))
			return true;
	return false;
}

static void blank_if_nobody(struct slice *folded)
{
	if (nobody_name_part(*folded) || is_code(*folded))
		*folded = SLICE("");
}

static bool use_other(const struct folded *folded, struct values *values)
{
	bool any = false;

	for (size_t i = 0; i < 3; i++) {
		if (slice_is_null(folded[i].other) || values->folded[i].len == 0)
			continue;
		values->folded[i] = folded[i].other;
		any = true;
	}
	return any;
}

void person_name_read(struct arena *arena, struct slice first, struct slice last, struct slice full,
                      struct person_name *ret)
{
	struct values values = { .raw = { first, last, full } };
	struct folded folded[3];
	bool any = false;

	*ret = (struct person_name){ .first = SLICE(""), .middle = SLICE(""), .last = SLICE("") };
	for (size_t i = 0; i < 3; i++) {
		fold(arena, values.raw[i], PERSON_NAME_RUNES, &folded[i]);
		values.folded[i] = folded[i].text;
		any |= folded[i].text.len > 0;
		blank_if_nobody(&values.folded[i]);
	}
	read_values(arena, &values, ret);
	ret->first_is_initial = ret->first.len == 1;
	ret->is_nobody = any && nobody_name(ret->first, ret->last);
	if (use_other(folded, &values)) {
		struct person_name other = *ret;

		read_values(arena, &values, &other);
		ret->other_first = slice_equal(other.first, ret->first) ? SLICE_NULL : other.first;
		ret->other_last = slice_equal(other.last, ret->last) ? SLICE_NULL : other.last;
	}
}

/* -- nicknames -- */

size_t person_name_roots(struct slice first, struct slice *roots, size_t max)
{
	struct slice rest = wordlist_find(&words_nickname, first), head, tail;
	size_t n = 0;

	if (max == 0)
		return 0;
	roots[n++] = first;
	while (rest.len && n < max) {
		(void)slice_split(rest, ';', &head, &tail);
		roots[n++] = head;
		rest = tail;
	}
	return n;
}

bool person_name_is_nickname(struct slice a, struct slice b)
{
	struct slice roots_a[8], roots_b[8];
	size_t n_a = person_name_roots(a, roots_a, ARRAY_SIZE(roots_a));
	size_t n_b = person_name_roots(b, roots_b, ARRAY_SIZE(roots_b));

	for (size_t i = 0; i < n_a; i++)
		for (size_t j = 0; j < n_b; j++)
			if (slice_equal(roots_a[i], roots_b[j]))
				return true;
	return false;
}

bool person_name_is_given(struct slice first)
{
	return wordlist_has(&words_given_name, first);
}
