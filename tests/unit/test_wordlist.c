/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "tap.h"
#include "wordlist.h"

static const char text[] = "a\nab\tx;y\nabc\nb c\td\n\xc3\xa9\tE\n";
static const struct wordlist list = { text, sizeof(text) - 1 };

static void test_keys_are_found_with_their_values(void)
{
	CHECK_SLICE(wordlist_find(&list, SLICE("a")), "");
	CHECK_SLICE(wordlist_find(&list, SLICE("ab")), "x;y");
	CHECK_SLICE(wordlist_find(&list, SLICE("abc")), "");
	CHECK_SLICE(wordlist_find(&list, SLICE("b c")), "d");
	CHECK_SLICE(wordlist_find(&list, SLICE("é")), "E");
}

static void test_what_is_not_there_is_null(void)
{
	static const char *const absent[] = { "", "A", "aa", "abcd", "b", "x", "ab\tx;y", "\xff" };

	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		CHECK(slice_is_null(wordlist_find(&list, slice_of(absent[i]))));
	CHECK(!wordlist_has(&(struct wordlist){ "", 0 }, SLICE("a")));
}

/* Every line of a real list finds itself: the build sorted it as the search expects. */
static void test_every_line_of_the_embedded_lists_is_found(void)
{
	const struct wordlist *const lists[] = {
		&words_company_word, &words_country,     &words_freemail,       &words_given_name,
		&words_legal_form,   &words_nickname,    &words_nobody_company, &words_nobody_domain,
		&words_nobody_local, &words_nobody_name, &words_platform,       &words_role,
		&words_street_word,  &words_throwaway,
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct slice rest = { lists[i]->text, lists[i]->len }, line, key, value;

		while (rest.len && slice_split(rest, '\n', &line, &rest)) {
			(void)slice_split(line, '\t', &key, &value);
			CHECK(wordlist_has(lists[i], key));
			n++;
		}
	}
	CHECK(n > 100000);
}

int main(void)
{
	RUN(test_keys_are_found_with_their_values);
	RUN(test_what_is_not_there_is_null);
	RUN(test_every_line_of_the_embedded_lists_is_found);
	return tap_done();
}
