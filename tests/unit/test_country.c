/* SPDX-License-Identifier: Apache-2.0 */
#include "country.h"
#include "tap.h"

static void test_names_and_codes_are_known(void)
{
	static const struct {
		const char *text, *code;
	} cases[] = {
		{ "DE", "DE" },
		{ "de", "DE" },
		{ "Germany", "DE" },
		{ " DEUTSCHLAND ", "DE" },
		{ "Allemagne", "DE" },
		{ "ドイツ", "DE" },
		{ "U.S.A.", "US" },
		{ "USA", "US" },
		{ "United States", "US" },
		{ "Vereinigte Staaten", "US" },
		{ "UK", "GB" },
		{ "England", "GB" },
		{ "Great Britain", "GB" },
		{ "The Netherlands", "NL" },
		{ "Nederland", "NL" },
		{ "Россия", "RU" },
		{ "Russian Federation", "RU" },
		{ "日本", "JP" },
		{ "Türkiye", "TR" },
		{ "Turkey", "TR" },
		{ "Österreich", "AT" },
		{ "España", "ES" },
		{ "Côte d’Ivoire", "CI" },
		{ "South Korea", "KR" },
		{ "Czech Republic", "CZ" },
		{ "Brasil", "BR" },
		{ "Narnia", NULL },
		{ "", NULL },
		{ "  ", NULL },
		{ "XX", NULL },
		{ "\xff", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_SLICE(country_code(slice_of(cases[i].text)), cases[i].code);
}

static void test_long_text_is_no_country(void)
{
	char text[2000];

	memset(text, 'a', sizeof(text));
	CHECK(slice_is_null(country_code((struct slice){ text, sizeof(text) })));
	CHECK(slice_is_null(country_code((struct slice){ text, 64 })));
	CHECK(slice_is_null(country_code((struct slice){ text, 63 })));
}

int main(void)
{
	RUN(test_names_and_codes_are_known);
	RUN(test_long_text_is_no_country);
	return tap_done();
}
