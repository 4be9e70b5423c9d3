/* SPDX-License-Identifier: Apache-2.0 */
#include "nobody.h"
#include "tap.h"

static bool email_is_nobody(const struct policy *policy, const char *text)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct email email;

	if (!email_read(arena, slice_of(text), &email)) {
		printf("# no address: %s\n", text);
		return false;
	}
	return nobody_email(policy, &email);
}

static bool phone_is_nobody(const struct policy *policy, const char *text, const char *region)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct phone phone;

	if (!phone_read(arena, slice_of(text), slice_of(region), &phone)) {
		printf("# no number: %s\n", text);
		return false;
	}
	return nobody_phone(policy, &phone);
}

static void test_placeholder_addresses_identify_nobody(void)
{
	static const char *const nobodies[] = {
		"test@test.com",   "none@none.com",       "NoEmail@noemail.com", "a@a.com",
		"xxx@xxx.com",     "unknown@unknown.com", "noreply@example.com", "email@email.com",
		"na@na.com",       "asdf@acme.com",       "aaaa@acme.com",       "test123@acme.com",
		"nomail@mail.com", "noemail@company.com", "abc@abc.com"
	};
	static const char *const people[] = { "joe@acme.com", "joe.test@acme.com", "smith@smith.com",
		                              "an@acme.com", "noe@acme.com" };

	for (size_t i = 0; i < ARRAY_SIZE(nobodies); i++) {
		bool is = email_is_nobody(NULL, nobodies[i]);

		if (!is)
			printf("# %s\n", nobodies[i]);
		CHECK(is);
	}
	for (size_t i = 0; i < ARRAY_SIZE(people); i++)
		CHECK(!email_is_nobody(NULL, people[i]));
}

static void test_policy_names_more_addresses(void)
{
	static const char *const named[] = { "Webinar@", "import@acme.com", NULL };
	struct policy policy = { .nobody_emails = named };

	CHECK(email_is_nobody(&policy, "webinar@anywhere.de"));
	CHECK(email_is_nobody(&policy, "import@acme.com"));
	CHECK(!email_is_nobody(&policy, "import@anywhere.de"));
}

static void test_placeholder_numbers_identify_nobody(void)
{
	static const char *const nobodies[] = { "000-000-0000", "1111111111",      "555-555-5555",
		                                "1234567890",   "+1 999 999 9999", "12345",
		                                "0123456789",   "(415) 555-0123",  "415-555-1212",
		                                "987654321",    "1212121212",      "+1 800 0000000" };
	static const char *const people[] = { "(415) 389-2671", "+49 30 901820", "212-345-9781",
		                              "020 7946 0958" };

	for (size_t i = 0; i < ARRAY_SIZE(nobodies); i++) {
		bool is = phone_is_nobody(NULL, nobodies[i], "US");

		if (!is)
			printf("# %s\n", nobodies[i]);
		CHECK(is);
	}
	for (size_t i = 0; i < ARRAY_SIZE(people); i++)
		CHECK(!phone_is_nobody(NULL, people[i], "US"));
}

static void test_policy_names_more_numbers(void)
{
	static const char *const named[] = { "+49 30 901820", NULL };
	struct policy policy = { .nobody_phones = named };

	CHECK(phone_is_nobody(&policy, "030/901820", "DE"));
	CHECK(!phone_is_nobody(&policy, "030/901821", "DE"));
}

static void test_placeholder_names_name_nobody(void)
{
	CHECK(nobody_name(SLICE("test"), SLICE("test")));
	CHECK(nobody_name(SLICE("test"), SLICE("user")));
	CHECK(nobody_name(SLICE("n/a"), SLICE("")));
	CHECK(nobody_name(SLICE("first"), SLICE("last")));
	CHECK(nobody_name(SLICE("max"), SLICE("mustermann")));
	CHECK(nobody_name(SLICE("-"), SLICE("-")));
	CHECK(!nobody_name(SLICE("james"), SLICE("last")));
	CHECK(!nobody_name(SLICE("jennifer"), SLICE("null")));
	CHECK(!nobody_name(SLICE("jonathan"), SLICE("test")));
	CHECK(!nobody_name(SLICE("max"), SLICE("muster")));
	CHECK(nobody_name_part(SLICE("[not provided]")));
	CHECK(!nobody_name_part(SLICE("test")));
	CHECK(!nobody_name_part(SLICE("佐藤")));
}

static void test_placeholder_companies_name_none(void)
{
	CHECK(nobody_company(SLICE("n/a")));
	CHECK(nobody_company(SLICE("self-employed")));
	CHECK(nobody_company(SLICE("retired")));
	CHECK(nobody_company(SLICE("test company")));
	CHECK(!nobody_company(SLICE("private equity partners")));
	CHECK(!nobody_company(SLICE("acme")));
}

int main(void)
{
	RUN(test_placeholder_addresses_identify_nobody);
	RUN(test_policy_names_more_addresses);
	RUN(test_placeholder_numbers_identify_nobody);
	RUN(test_policy_names_more_numbers);
	RUN(test_placeholder_names_name_nobody);
	RUN(test_placeholder_companies_name_none);
	return tap_done();
}
