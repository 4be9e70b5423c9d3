/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include "buf.h"

/* The next word, cut at white space; false at the end. */
static bool next_word(struct slice *text, struct slice *ret)
{
	size_t len = 0;

	*text = slice_trim(*text);
	while (len < text->len && !strchr(" \t\n\r\v\f", text->data[len]))
		len++;
	*ret = slice_sub(*text, 0, len);
	*text = slice_sub(*text, len, text->len);
	return len > 0;
}

static size_t count_words(struct slice text)
{
	struct slice word;
	size_t n = 0;

	while (next_word(&text, &word))
		n++;
	return n;
}

static bool in_list(struct slice word, const char *const *list)
{
	for (; *list; list++)
		if (slice_equal_nocase(word, slice_of(*list)))
			return true;
	return false;
}

/* -- Split and join -- */

static const char *const particles[] = {
	"af", "al", "av", "bin", "da", "dal", "de",  "del", "della", "den", "der", "di", "do",  "dos", "du",
	"el", "la", "le", "lo",  "of", "ten", "ter", "van", "vom",   "von", "y",   "zu", "zum", "zur", NULL,
};

/* Words joined by single blanks. */
static struct slice squeeze(struct arena *arena, struct slice text)
{
	CLEANUP(buf_done) struct buf out;
	struct slice word;

	buf_init(&out, text.len + 1);
	while (next_word(&text, &word)) {
		if (out.len)
			buf_add_char(&out, ' ');
		buf_add_slice(&out, word);
	}
	return arena_slice(arena, out.len ? buf_slice(&out) : SLICE(""));
}

/* Where the last name starts in "First van der Last": at its first particle, else at the last word. */
static size_t last_name_at(struct slice name)
{
	struct slice rest = name, word;
	size_t at = 0, particle = 0;
	bool has_particle = false;

	while (next_word(&rest, &word)) {
		at = (size_t)(word.data - name.data);
		if (at && rest.len && !has_particle && in_list(word, particles)) {
			has_particle = true;
			particle = at;
		}
	}
	return has_particle ? particle : at;
}

struct person_name name_split(struct arena *arena, struct slice name)
{
	struct slice head, tail, whole;
	size_t at;

	if (slice_is_null(name))
		return (struct person_name){ SLICE_NULL, SLICE_NULL };
	if (slice_split(name, ',', &head, &tail))
		return (struct person_name){ .first = squeeze(arena, tail), .last = squeeze(arena, head) };
	whole = squeeze(arena, name);
	at = last_name_at(whole);
	return (struct person_name){
		.first = arena_slice(arena, slice_trim(slice_sub(whole, 0, at))),
		.last = arena_slice(arena, slice_sub(whole, at, whole.len)),
	};
}

static struct slice in_order(struct arena *arena, struct person_name name)
{
	const char *blank = name.first.len && name.last.len ? " " : "";

	return slice_of(
	        arena_printf(arena, "%.*s%s%.*s", SLICE_ARGS(name.first), blank, SLICE_ARGS(name.last)));
}

static struct slice in_reverse(struct arena *arena, struct person_name name)
{
	return slice_of(arena_printf(arena, "%.*s, %.*s", SLICE_ARGS(name.last), SLICE_ARGS(name.first)));
}

static bool reads_back(struct arena *arena, struct slice text, struct person_name name)
{
	struct person_name back = name_split(arena, text);

	return slice_equal(back.first, name.first) && slice_equal(back.last, name.last);
}

struct slice name_join(struct arena *arena, struct person_name name, struct slice like)
{
	struct person_name clean = { squeeze(arena, name.first), squeeze(arena, name.last) };
	struct slice plain = in_order(arena, clean);
	bool has_both = clean.first.len && clean.last.len;

	if (has_both && memchr(like.data ? like.data : "", ',', like.len))
		return in_reverse(arena, clean);
	if (has_both && !reads_back(arena, plain, clean))
		return in_reverse(arena, clean);
	return plain;
}

/* -- Person or company -- */

/* Compared without dots and in any case: "S.L." is "sl". */
static const char *const firm_words[] = {
	"ab",
	"ag",
	"aktiengesellschaft",
	"aps",
	"as",
	"asa",
	"association",
	"bv",
	"bvba",
	"co",
	"coop",
	"corp",
	"corporation",
	"consulting",
	"doo",
	"ev",
	"eg",
	"eurl",
	"foods",
	"foundation",
	"gbr",
	"genossenschaft",
	"gesellschaft",
	"ges",
	"gmbh",
	"group",
	"gruppe",
	"hospital",
	"holding",
	"holdings",
	"inc",
	"incorporated",
	"industries",
	"institut",
	"institute",
	"international",
	"kft",
	"kg",
	"kgaa",
	"kk",
	"laboratories",
	"labs",
	"limited",
	"llc",
	"llp",
	"logistics",
	"logistik",
	"ltd",
	"ltda",
	"maschinenbau",
	"mbh",
	"nv",
	"ohg",
	"oy",
	"oyj",
	"plc",
	"pte",
	"pty",
	"pvt",
	"sa",
	"sarl",
	"sas",
	"sasu",
	"se",
	"sl",
	"slu",
	"software",
	"solutions",
	"spa",
	"spzoo",
	"srl",
	"srls",
	"sro",
	"stiftung",
	"systems",
	"technologies",
	"trading",
	"ug",
	"university",
	"universität",
	"verein",
	"werke",
	NULL,
};

/* Legal forms that are also syllables of names ("Sa", "As", "Co", "Se") count at the end only, or behind "&".
 */
static const char *const weak_words[] = { "ab", "ag", "as", "co", "eg",  "ev", "ges",
	                                  "kk", "sa", "se", "sl", "spa", NULL };

static const char *const role_mailboxes[] = {
	"accounting", "accounts",    "admin",     "administration", "billing", "buchhaltung", "bureau",
	"contact",    "contacto",    "einkauf",   "hello",          "help",    "hr",          "info",
	"kontakt",    "mail",        "marketing", "office",         "orders",  "purchasing",  "sales",
	"secretary",  "sekretariat", "service",   "support",        "team",    "verkauf",     "vertrieb",
	"ventas",     "webmaster",   NULL,
};

/* The word without dots, commas and brackets, in buf; too long for a legal form: as it is. */
static struct slice bare_word(struct slice word, char *out, size_t size)
{
	size_t len = 0;

	if (word.len > size)
		return word;
	for (size_t i = 0; i < word.len; i++)
		if (!strchr(".,()\"'", word.data[i]) || !word.data[i])
			out[len++] = word.data[i];
	return (struct slice){ out, len };
}

static bool is_firm_word(struct slice word, bool is_first, bool is_last, bool behind_and)
{
	char text[32];
	struct slice bare = bare_word(word, text, sizeof(text));

	if (is_first || !in_list(bare, firm_words))
		return false;
	return is_last || behind_and || !in_list(bare, weak_words);
}

/* "sp. z o.o." and "s. r. o." are several words: look at the end of the name without its blanks and dots. */
static bool ends_with_spaced_form(struct slice name)
{
	static const char *const forms[] = { " sp. z o.o.", " sp. z o. o.", " sp z oo",
		                             " s. r. o.",   " d. o. o.",    " s. a.",
		                             " s. l.",      " e. V.",       NULL };

	for (const char *const *form = forms; *form; form++) {
		size_t len = strlen(*form);

		if (name.len > len &&
		    slice_equal_nocase(slice_sub(name, name.len - len, len), slice_of(*form)))
			return true;
	}
	return false;
}

static bool has_firm_word(struct slice name)
{
	struct slice rest = slice_trim(name), word;
	bool is_first = true, behind_and = false;

	if (ends_with_spaced_form(rest))
		return true;
	while (next_word(&rest, &word)) {
		bool is_last = slice_is_empty(slice_trim(rest));

		if (is_firm_word(word, is_first, is_last, behind_and))
			return true;
		behind_and = slice_equal_text(word, "&") || slice_equal_text(word, "+");
		is_first = false;
	}
	return false;
}

static bool is_capitals(struct slice word)
{
	size_t letters = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] >= 'a' && word.data[i] <= 'z')
			return false;
		letters += (word.data[i] >= 'A' && word.data[i] <= 'Z') || (word.data[i] & 0x80);
	}
	return letters >= 2;
}

static bool is_no_persons(struct slice name)
{
	size_t words = count_words(name);

	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] && strchr("0123456789&@/+#!|", name.data[i]))
			return true;
	return words > 5 || (words == 1 && is_capitals(slice_trim(name)));
}

static bool is_role_mailbox(struct slice email)
{
	struct slice local, domain;

	return slice_split(email, '@', &local, &domain) && in_list(local, role_mailboxes);
}

bool name_is_company(struct slice name, bool has_tax_identifier, struct slice email)
{
	struct slice head, tail;

	if (has_firm_word(name))
		return true;
	if (slice_split(name, ',', &head, &tail) && !is_no_persons(name))
		return false;
	if (has_tax_identifier || is_no_persons(name))
		return true;
	return count_words(name) < 2 && is_role_mailbox(email);
}
