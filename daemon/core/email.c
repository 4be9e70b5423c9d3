/* SPDX-License-Identifier: Apache-2.0 */
#include "email.h"

#include "domain.h"
#include "fold.h"
#include "similar.h"
#include "wordlist.h"

#define LOCAL_MAX 128

static bool is_short_suffix(struct slice suffix)
{
	return suffix.len > 0 && suffix.len <= 4;
}

/* "info", "info2", "info-de", "sales.emea" is a person's name only by the wildest chance; "it.smith" may be
 * one. */
bool email_is_role(struct slice local)
{
	struct slice word = local, rest;

	while (word.len && word.data[word.len - 1] >= '0' && word.data[word.len - 1] <= '9')
		word.len--;
	if (word.len == 0 || local.len - word.len > 3)
		return false;
	if (wordlist_has(&words_role, word))
		return true;
	for (size_t i = 1; i < word.len; i++) {
		if (!strchr("-._", word.data[i]))
			continue;
		rest = slice_sub(word, i + 1, word.len);
		return i >= 4 && wordlist_has(&words_role, slice_sub(word, 0, i)) &&
		       (is_short_suffix(rest) || wordlist_has(&words_role, rest));
	}
	return false;
}

/* -- finding the address -- */

static bool is_local_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80 ||
	       (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool is_domain_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80 ||
	       c == '-' || c == '.';
}

struct found {
	struct slice local, domain;
	bool is_broken; /* "a@@b.com" */
};

static bool cut_at(struct slice text, size_t at, struct found *ret)
{
	size_t from = at, begin = at + 1, end;

	while (begin < text.len && text.data[begin] == '@')
		begin++;
	while (from > 0 && is_local_char((unsigned char)text.data[from - 1]))
		from--;
	while (from < at && strchr(".'`", text.data[from]))
		from++;
	for (end = begin; end < text.len && is_domain_char((unsigned char)text.data[end]);)
		end++;
	while (end > begin && strchr(".-", text.data[end - 1]))
		end--;
	*ret = (struct found){ slice_sub(text, from, at - from), slice_sub(text, begin, end - begin),
		               begin > at + 1 };
	return ret->local.len && ret->local.len <= LOCAL_MAX &&
	       memchr(ret->domain.data, '.', ret->domain.len);
}

static bool find_address(struct slice text, struct found *ret)
{
	for (size_t at = 0; at < text.len; at++)
		if (text.data[at] == '@' && cut_at(text, at, ret))
			return true;
	return false;
}

/* -- canonical form -- */

static bool ignores_dots(struct slice domain)
{
	return slice_equal(domain, SLICE("gmail.com"));
}

static struct slice canonical_local(struct arena *arena, struct slice local, bool without_dots)
{
	char *text = arena_alloc(arena, local.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < local.len; i++) {
		char c = local.data[i];

		if (c == '+' && len > 0)
			break;
		if (c == '.' && without_dots)
			continue;
		text[len++] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
	}
	return (struct slice){ text, len };
}

/* Where people mistype: the large providers, and the end of the domain. */
static const char *const providers[] = {
	"gmail.com",      "googlemail.com", "yahoo.com",   "hotmail.com",   "outlook.com",    "icloud.com",
	"protonmail.com", "comcast.net",    "yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "verizon.net",
	"orange.fr",      "wanadoo.fr",     "web.de",      "t-online.de",   "gmx.de",         "gmx.net",
	"libero.it",      "yandex.ru",      "mail.ru",
};

static const struct {
	const char *typed, *meant;
} endings[] = {
	{ ".con", ".com" }, { ".cmo", ".com" }, { ".ocm", ".com" }, { ".comm", ".com" }, { ".vom", ".com" },
	{ ".xom", ".com" }, { ".cpm", ".com" }, { ".c0m", ".com" }, { ".coom", ".com" }, { ".cim", ".com" },
	{ ".nte", ".net" }, { ".ent", ".net" }, { ".ogr", ".org" }, { ".orgg", ".org" },
};

/* Real ones a letter away from another. */
static bool is_neighbour(struct slice domain)
{
	static const char *const real[] = { "mail.com",  "email.com", "ymail.com",
		                            "cloud.com", "orange.fr", "mail.ru" };

	for (size_t i = 0; i < ARRAY_SIZE(real); i++)
		if (slice_equal_text(domain, real[i]))
			return true;
	return false;
}

static struct slice guess(struct arena *arena, struct slice domain)
{
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t len = strlen(endings[i].typed);

		if (slice_ends(domain, endings[i].typed))
			return slice_of(arena_printf(arena, "%.*s%s", (int)(domain.len - len), domain.data,
			                             endings[i].meant));
	}
	if (domain.len > 16 || domain.len < 8 || is_neighbour(domain))
		return SLICE_NULL;
	for (size_t i = 0; i < ARRAY_SIZE(providers); i++)
		if (slice_equal_text(domain, providers[i]))
			return SLICE_NULL;
	for (size_t i = 0; i < ARRAY_SIZE(providers); i++)
		if (strlen(providers[i]) >= 9 && similar_distance(domain, slice_of(providers[i]), 1) == 1)
			return slice_of(providers[i]);
	return SLICE_NULL;
}

/* A sign of another script or an invisible one may hide in the value: NFKC, and out with what cannot be seen.
 */
static struct slice visible(struct arena *arena, struct slice text)
{
	return fold_is_ascii(text) ? text : fold_visible(arena, text, FOLD_RUNES_MAX);
}

bool email_read(struct arena *arena, struct slice raw, struct email *ret)
{
	struct found found;
	struct email email = { .is_role = false };

	if (!find_address(visible(arena, fold_cut(raw, EMAIL_TEXT_MAX)), &found))
		return false;
	if (!domain_host(arena, found.domain, &email.domain))
		return false;
	if (slice_equal(email.domain, SLICE("googlemail.com")))
		email.domain = SLICE("gmail.com");
	email.local = canonical_local(arena, found.local, ignores_dots(email.domain));
	if (email.local.len == 0)
		return false;
	email.meant = guess(arena, email.domain);
	email.is_mistyped = found.is_broken || email.meant.len;
	email.is_role = email_is_role(email.local);
	email.text =
	        slice_of(arena_printf(arena, "%.*s@%.*s", SLICE_ARGS(email.local), SLICE_ARGS(email.domain)));
	*ret = email;
	return true;
}
