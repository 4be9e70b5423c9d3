/* SPDX-License-Identifier: Apache-2.0 */
#include "nobody.h"

#include "wordlist.h"

#define RUN_MIN   7 /* equal digits in a row */
#define COUNT_MIN 8 /* digits that count up or down in a row */

static bool is_one_sign(struct slice text)
{
	for (size_t i = 1; i < text.len; i++)
		if (text.data[i] != text.data[0])
			return false;
	return true;
}

/* -- e-mail -- */

static bool is_placeholder_domain(struct slice domain)
{
	return wordlist_has(&words_nobody_domain, domain) || slice_ends(domain, ".invalid") ||
	       slice_ends(domain, ".test") || slice_ends(domain, ".localhost") ||
	       slice_ends(domain, ".local");
}

/* "a@a.com", "email@email.com": the same word twice, where the word is no name. */
static bool is_doubled(const struct email *email)
{
	static const char *const words[] = { "email",  "mail",    "user", "name", "company",
		                             "domain", "address", "abc",  "123" };
	struct slice head, tail;

	if (!slice_split(email->domain, '.', &head, &tail) || !slice_equal(head, email->local))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (slice_equal_text(email->local, words[i]))
			return true;
	return email->local.len <= 2;
}

static bool is_named(const struct policy *policy, const struct email *email)
{
	for (const char *const *named = policy ? policy->nobody_emails : NULL; named && *named; named++) {
		struct slice text = slice_of(*named);

		if (slice_ends(text, "@"))
			text.len--;
		if (slice_equal_nocase(text, memchr(text.data, '@', text.len) ? email->text : email->local))
			return true;
	}
	return false;
}

bool nobody_email(const struct policy *policy, const struct email *email)
{
	return wordlist_has(&words_nobody_local, email->local) || is_placeholder_domain(email->domain) ||
	       is_doubled(email) || is_one_sign(email->local) || is_named(policy, email);
}

/* -- phone -- */

static size_t longest_run(struct slice digits, int step)
{
	size_t longest = 1, run = 1;

	for (size_t i = 1; i < digits.len; i++) {
		int next = (digits.data[i - 1] - '0' + step + 10) % 10;

		run = digits.data[i] - '0' == next ? run + 1 : 1;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static bool is_sequence(struct slice digits)
{
	size_t up = longest_run(digits, 1), down = longest_run(digits, -1);
	size_t longest = up > down ? up : down;

	return longest >= COUNT_MIN || (longest >= 5 && longest == digits.len);
}

/* 555-01xx is kept for films (NANP), 555-1212 is directory assistance, 555-5555 what people type. */
static bool is_fiction(const struct phone *phone)
{
	struct slice line = slice_sub(phone->national, 3, 7);

	if (phone->national.len != 10 || !slice_equal(phone->code, SLICE("1")))
		return false;
	return slice_starts(line, "55501") || slice_starts(line, "5551212") || slice_starts(line, "5555555");
}

static bool two_digits_alone(struct slice digits)
{
	unsigned seen = 0;

	for (size_t i = 0; i < digits.len; i++)
		seen |= 1u << (digits.data[i] - '0');
	return digits.len >= 8 && __builtin_popcount(seen) <= 2;
}

static bool same_digits(struct slice digits, const char *typed)
{
	size_t at = digits.len;

	for (size_t i = strlen(typed); i-- > 0;) {
		if (typed[i] < '0' || typed[i] > '9')
			continue;
		if (at == 0)
			return true;
		if (digits.data[--at] != typed[i])
			return false;
	}
	return at == 0;
}

static bool is_named_phone(const struct policy *policy, const struct phone *phone)
{
	for (const char *const *named = policy ? policy->nobody_phones : NULL; named && *named; named++)
		if (same_digits(phone->national, *named))
			return true;
	return false;
}

bool nobody_phone(const struct policy *policy, const struct phone *phone)
{
	struct slice digits = phone->national;

	return digits.len < 5 || longest_run(digits, 0) >= RUN_MIN || is_one_sign(digits) ||
	       is_sequence(digits) || two_digits_alone(digits) || is_fiction(phone) ||
	       is_named_phone(policy, phone);
}

/* -- names -- */

static bool has_letter(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0x80 || (c >= 'a' && c <= 'z'))
			return true;
	}
	return false;
}

bool nobody_name_part(struct slice folded)
{
	return !has_letter(folded) || slice_equal(wordlist_find(&words_nobody_name, folded), SLICE("never"));
}

static bool may_be_nobody(struct slice folded)
{
	return !has_letter(folded) || wordlist_has(&words_nobody_name, folded);
}

bool nobody_name(struct slice folded_first, struct slice folded_last)
{
	static const char *const samples[] = { "max", "erika", "martina", "otto" };

	if (may_be_nobody(folded_first) && may_be_nobody(folded_last))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		if (slice_equal_text(folded_first, samples[i]) &&
		    slice_equal(folded_last, SLICE("mustermann")))
			return true;
	return false;
}

bool nobody_company(struct slice folded)
{
	return nobody_name_part(folded) || wordlist_has(&words_nobody_company, folded);
}
