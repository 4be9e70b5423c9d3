/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "phone.h"
#include "phone_metadata.h"
#include "phone_pattern.h"
#include "tap.h"

static const struct {
	const char *raw, *region, *e164, *extension; /* e164 NULL: unknown country or impossible */
	bool valid;
} cases[] = {
	/* North America */
	{ "(415) 555-2671", "US", "+14155552671", NULL, true },
	{ "1-415-555-2671", "US", "+14155552671", NULL, true },
	{ "+1 415 555 2671", NULL, "+14155552671", NULL, true },
	{ "415.555.2671 ext. 12", "US", "+14155552671", "12", true },
	{ "415 555 2671 x9", "US", "+14155552671", "9", true },
	{ "415 555 2671#77", "US", "+14155552671", "77", true },
	{ "tel:+1-415-555-2671", "DE", "+14155552671", NULL, true },
	{ "011 49 30 901820", "US", "+4930901820", NULL, true },
	{ "555-2671", "US", NULL, NULL, false },
	{ "(115) 555-2671", "US", NULL, NULL, false },
	{ "211 111 2671", "US", "+12111112671", NULL, true },
	{ "364 1234", "BS", "+12423641234", NULL, true },
	{ "+1 242 364 1234", NULL, "+12423641234", NULL, true },
	{ "(613) 555-0142", "CA", "+16135550142", NULL, true },
	/* Europe */
	{ "020 7946 0958", "GB", "+442079460958", NULL, true },
	{ "+44 (0)20 7946 0958", NULL, "+442079460958", NULL, true },
	{ "07400 123456", "GB", "+447400123456", NULL, true },
	{ "030 901820", "DE", "+4930901820", NULL, true },
	{ "+49 (0)30 901820", "US", "+4930901820", NULL, true },
	{ "0049 30 901820", "DE", "+4930901820", NULL, true },
	{ "0049 30 901820", "US", "+4930901820", NULL, true },
	{ "(49) 30 90182000", "DE", "+493090182000", NULL, true },
	{ "0151/23456789", "DE", "+4915123456789", NULL, true },
	{ "030/901820-55", "DE", "+493090182055", NULL, true },
	{ "01 42 68 53 00", "FR", "+33142685300", NULL, true },
	{ "06 12 34 56 78", "FR", "+33612345678", NULL, true },
	{ "+33 (0)1 42 68 53 00", NULL, "+33142685300", NULL, true },
	{ "06 698 12345", "IT", "+390669812345", NULL, true },
	{ "312 345 6789", "IT", "+393123456789", NULL, true },
	{ "91 123 45 67", "ES", "+34911234567", NULL, true },
	{ "020 624 1111", "NL", "+31206241111", NULL, true },
	{ "06 12345678", "NL", "+31612345678", NULL, true },
	{ "22 123 45 67", "PL", "+48221234567", NULL, true },
	{ "08-12 34 56", "SE", "+468123456", NULL, true },
	{ "044 668 18 00", "CH", "+41446681800", NULL, true },
	{ "01 234567890", "AT", "+431234567890", NULL, true },
	{ "02 512 34 56", "BE", "+3225123456", NULL, true },
	{ "32 12 34 56", "DK", "+4532123456", NULL, true },
	{ "8 (495) 123-45-67", "RU", "+74951234567", NULL, true },
	{ "+7 912 345-67-89", NULL, "+79123456789", NULL, true },
	{ "0212 345 67 89", "TR", "+902123456789", NULL, true },
	{ "0532 123 45 67", "TR", "+905321234567", NULL, true },
	/* elsewhere */
	{ "03-1234-5678", "JP", "+81312345678", NULL, true },
	{ "090-1234-5678", "JP", "+819012345678", NULL, true },
	{ "098765 43210", "IN", "+919876543210", NULL, true },
	{ "022 2345 6789", "IN", "+912223456789", NULL, true },
	{ "(02) 9374 4000", "AU", "+61293744000", NULL, true },
	{ "0412 345 678", "AU", "+61412345678", NULL, true },
	{ "(11) 96123-4567", "BR", "+5511961234567", NULL, true },
	{ "0 15 11 96123-4567", "BR", "+5511961234567", NULL, true },
	{ "011 15 2345-6789", "AR", "+5491123456789", NULL, true },
	{ "55 1234 5678", "MX", "+525512345678", NULL, true },
	{ "010-8000-1234", "KR", "+821080001234", NULL, true },
	{ "010 1234 5678", "CN", "+861012345678", NULL, true },
	{ "6123 4567", "SG", "+6561234567", NULL, true },
	{ "03 345 6789", "NZ", "+6433456789", NULL, true },
	{ "021 123 4567", "ZA", "+27211234567", NULL, true },
	{ "050-123-4567", "IL", "+972501234567", NULL, true },
	{ "050 123 4567", "AE", "+971501234567", NULL, true },
	/* scripts and signs */
	{ "＋４９ ３０ ９０１８２０", NULL, "+4930901820", NULL, true },
	{ "٠١٠٠ ١٢٣ ٤٥٦٧", "EG", "+201001234567", NULL, true },
	{ "+49\xe2\x80\x91"
	  "30\xc2\xa0"
	  "901820",
	  NULL, "+4930901820", NULL, true },
	{ "030 901820 / 0171 1234567", "DE", "+4930901820", NULL, true },
	{ "030 901820, 0171 1234567", "DE", "+4930901820", NULL, true },
	/* no country */
	{ "030 901820", NULL, NULL, NULL, false },
	{ "+999 12345", NULL, NULL, NULL, false },
	{ "123", "US", NULL, NULL, false },
};

static void test_numbers_become_e164_by_their_plans(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct phone phone;
		bool ok = phone_read(arena, slice_of(cases[i].raw), slice_of(cases[i].region), &phone);

		if (!ok || !slice_equal(phone.e164, slice_of(cases[i].e164)) ||
		    phone.is_valid != cases[i].valid)
			printf("# %s (%s)\n", cases[i].raw, cases[i].region ? cases[i].region : "no region");
		CHECK(ok);
		CHECK_SLICE(phone.e164, cases[i].e164);
		CHECK_SLICE(phone.extension, cases[i].extension);
		CHECK(phone.is_valid == cases[i].valid);
		CHECK(!phone.is_valid || phone.is_possible);
	}
}

static void test_what_is_no_number_is_refused(void)
{
	static const char *const texts[] = {
		"",        "n/a", "-",  "12",          "1-800-FLOWERS", "call me",     "joe@acme.com",
		"ext. 12", "+",   "١٢", "030 90a1820", "日本",          "\xff\xff\xff"
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct phone phone;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		CHECK(!phone_read(arena, slice_of(texts[i]), SLICE("US"), &phone));
}

static void test_digits_stay_where_the_country_is_unknown(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct phone phone;

	CHECK(phone_read(arena, SLICE("030 901 820"), SLICE_NULL, &phone));
	CHECK_SLICE(phone.national, "030901820");
	CHECK(phone_read(arena, SLICE("+49 30 901820"), SLICE_NULL, &phone));
	CHECK_SLICE(phone.national, "30901820");
	CHECK_SLICE(phone.region, "DE");
	CHECK_SLICE(phone.code, "49");
}

static void test_reading_e164_again_gives_itself(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct phone phone;

		if (!cases[i].e164)
			continue;
		CHECK(phone_read(arena, slice_of(cases[i].e164), SLICE("FR"), &phone));
		CHECK_SLICE(phone.e164, cases[i].e164);
	}
}

static void test_long_text_is_cut(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	char *digits = arena_alloc(arena, 240000);
	struct phone phone;

	memset(digits, '4', 240000);
	CHECK(phone_read(arena, (struct slice){ digits, 240000 }, SLICE("US"), &phone));
	CHECK(slice_is_null(phone.e164));
	CHECK(phone.national.len <= PHONE_TEXT_MAX);
}

static void test_patterns_follow_all_ways(void)
{
	CHECK(phone_pattern_matches("[2-9]\\d{2}", SLICE("212")));
	CHECK(!phone_pattern_matches("[2-9]\\d{2}", SLICE("112")));
	CHECK(phone_pattern_matches("(?:1|12)3", SLICE("123")));
	CHECK(phone_pattern_matches("1(?:2|3)?4{1,3}", SLICE("1444")));
	CHECK(!phone_pattern_matches("1(?:2|3)?4{1,3}", SLICE("14444")));
	CHECK(phone_pattern_matches("12|3(4|5)6", SLICE("356")));
	CHECK_INT(phone_pattern_ends("1{0,3}", SLICE("1112")), 0xf);
	CHECK_INT(phone_pattern_ends("\\d{2,5}", SLICE("123")), 0xc);
}

/* Every plan can be run, and knows the lengths it matches. */
static void test_every_plan_is_well_formed(void)
{
	const char *before = "";

	for (size_t i = 0; i < n_phone_regions; i++) {
		const struct phone_region *plan = &phone_regions[i];

		CHECK(strcmp(before, plan->region) < 0);
		before = plan->region;
		CHECK(plan->lengths != 0);
		CHECK(phone_pattern_ends(plan->pattern, SLICE("")) == 0);
		for (char digit = '0'; digit <= '9'; digit++) {
			char digits[PHONE_DIGITS_MAX];

			memset(digits, digit, sizeof(digits));
			CHECK(!phone_pattern_matches(plan->pattern, (struct slice){ digits, 1 }));
			CHECK(!phone_pattern_matches(plan->pattern, (struct slice){ digits, 20 }));
		}
	}
	for (size_t i = 0; i < n_phone_codes; i++) {
		CHECK_INT(phone_codes[i].code, strtol(phone_regions[phone_codes[i].region].code, NULL, 10));
		CHECK(phone_regions[phone_codes[i].region].is_main);
	}
}

static void test_a_number_takes_a_few_microseconds(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	int64_t begin = clock_mono_us();
	struct phone phone;

	for (int i = 0; i < 100000; i++) {
		CHECK(phone_read(arena, SLICE("(415) 555-2671"), SLICE("US"), &phone));
		arena_reset(arena);
	}
	printf("# %.3f us a number\n", (double)(clock_mono_us() - begin) / 100000);
	CHECK(clock_mono_us() - begin < 100000 * 30);
}

int main(void)
{
	RUN(test_numbers_become_e164_by_their_plans);
	RUN(test_what_is_no_number_is_refused);
	RUN(test_digits_stay_where_the_country_is_unknown);
	RUN(test_reading_e164_again_gives_itself);
	RUN(test_long_text_is_cut);
	RUN(test_patterns_follow_all_ways);
	RUN(test_every_plan_is_well_formed);
	RUN(test_a_number_takes_a_few_microseconds);
	return tap_done();
}
