/* SPDX-License-Identifier: Apache-2.0 */
#include "decimal.h"
#include "tap.h"

static const struct {
	const char *text, *form; /* form NULL: refused */
} cases[] = {
	{ "0", "0" },
	{ "-0", "0" },
	{ "0.000", "0" },
	{ "00012", "12" },
	{ "+7", "7" },
	{ "12.50", "12.5" },
	{ ".5", "0.5" },
	{ "5.", "5" },
	{ "-0.05", "-0.05" },
	{ "1e3", "1000" },
	{ "1.25E7", "12500000" },
	{ "1.5e-3", "0.0015" },
	{ "100", "100" },
	{ "123456789012345678901234567890.12", "123456789012345678901234567890.12" },
	{ "0e64", "0" },
	{ "", NULL },
	{ "-", NULL },
	{ ".", NULL },
	{ "1.2.3", NULL },
	{ "1e", NULL },
	{ "1e99", NULL },
	{ "e5", NULL },
	{ "1e+5", "100000" },
	{ "1,5", NULL },
	{ " 1", NULL },
	{ "0x1", NULL },
	{ "nan", NULL },
	{ "1e5e5", NULL },
};

static void test_one_form_for_equal_numbers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char form[DECIMAL_SIZE];
		size_t len;
		bool ok = decimal_form(slice_of(cases[i].text), form, &len);

		if (ok)
			CHECK_INT((int64_t)strlen(form), (int64_t)len);
		CHECK_TEXT(ok ? form : NULL, cases[i].form);
	}
}

static void test_longest_number_fits_and_longer_is_refused(void)
{
	char text[80], form[DECIMAL_SIZE];
	size_t len;

	memset(text, '9', sizeof(text));
	CHECK(decimal_form((struct slice){ text, 64 }, form, &len));
	CHECK(!decimal_form((struct slice){ text, 65 }, form, &len));
	memcpy(text + 64, "e-64", 5);
	CHECK(decimal_form(slice_of(text), form, &len));
	CHECK(len < DECIMAL_SIZE);
}

int main(void)
{
	RUN(test_one_form_for_equal_numbers);
	RUN(test_longest_number_fits_and_longer_is_refused);
	return tap_done();
}
