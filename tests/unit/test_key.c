/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "key.h"
#include "tap.h"

#define SECRET 42

static const struct policy policy = { .region = "US", .match_phone_name = true };

struct got {
	struct key keys[KEYS_MAX];
	size_t n;
};

static struct got person(struct arena *arena, const char *email, const char *first, const char *last,
                         const char *phone)
{
	struct slice values[VALUES_MAX] = { [PERSON_EMAIL] = slice_of(email),
		                            [PERSON_FIRST_NAME] = slice_of(first),
		                            [PERSON_LAST_NAME] = slice_of(last),
		                            [PERSON_PHONE] = slice_of(phone) };
	struct got got;

	got.n = keys_of(arena, &policy, SECRET, ENTITY_PERSON, values, got.keys);
	return got;
}

static const struct key *find(const struct got *got, enum key_kind kind)
{
	for (size_t i = 0; i < got->n; i++)
		if (got->keys[i].kind == kind)
			return &got->keys[i];
	return NULL;
}

static bool share_a_key(const struct got *a, const struct got *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			if (a->keys[i].kind == b->keys[j].kind &&
			    a->keys[i].hash.low == b->keys[j].hash.low &&
			    a->keys[i].hash.high == b->keys[j].hash.high && key_links(a->keys[i].kind))
				return true;
	return false;
}

static void test_joe_has_his_keys(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct got joe = person(arena, "Joe.Smith+news@acme.com", "Joe", "Smith", "(415) 389-2671");

	CHECK_INT((int64_t)joe.n, 2);
	CHECK_INT(joe.keys[0].kind, KEY_EMAIL);
	CHECK_SLICE(joe.keys[0].text, "joe.smith@acme.com");
	CHECK_SLICE(joe.keys[1].text, "+14153892671 joe smith");
}

static void test_one_person_in_two_spellings_shares_a_key(void)
{
	static const char *const same[][2][4] = {
		{ { "Joe.Smith+news@ACME.com", "", "", "" }, { "joe.smith@acme.com", "J", "S", "" } },
		{ { "", "Joe", "Smith", "415.389.2671" },
		  { "x@y.com", "JOE", "Smith ", "+1 (415) 389-2671 x5" } },
		{ { "", "Jürgen", "Müller", "+49 30 901820" },
		  { "", "Juergen", "Mueller", "0049 30 901820" } },
		{ { "", "Jürgen", "Müller", "+49 30 901820" },
		  { "", "Jurgen", "Muller", "+49 (0)30 901820" } },
		{ { "", "Иван", "Петров", "+7 495 123-45-67" }, { "", "Ivan", "Petrov", "+74951234567" } },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct got a = person(arena, same[i][0][0], same[i][0][1], same[i][0][2], same[i][0][3]);
		struct got b = person(arena, same[i][1][0], same[i][1][1], same[i][1][2], same[i][1][3]);

		CHECK(share_a_key(&a, &b));
	}
}

static void test_two_persons_share_no_key(void)
{
	static const char *const apart[][2][4] = {
		{ { "info@acme.com", "Joe", "Smith", "" }, { "info@acme.com", "Ann", "Jones", "" } },
		{ { "test@test.com", "Joe", "Smith", "" }, { "test@test.com", "Joe", "Smith", "" } },
		{ { "", "Joe", "Smith", "415 389 2671" }, { "", "Ann", "Smith", "415 389 2671" } },
		{ { "", "Joe", "Smith", "000 000 0000" }, { "", "Joe", "Smith", "000 000 0000" } },
		{ { "", "J.", "Smith", "415 389 2671" }, { "", "J.", "Smith", "415 389 2671" } },
		{ { "", "Joe", "", "415 389 2671" }, { "", "Joe", "", "415 389 2671" } },
		{ { "", "Joe", "Smith Sr.", "415 389 2671" }, { "", "Joe", "Smith Jr.", "415 389 2671" } },
		{ { "", "Unknown", "Unknown", "415 389 2671" },
		  { "", "Unknown", "Unknown", "415 389 2671" } },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(apart); i++) {
		struct got a = person(arena, apart[i][0][0], apart[i][0][1], apart[i][0][2], apart[i][0][3]);
		struct got b = person(arena, apart[i][1][0], apart[i][1][1], apart[i][1][2], apart[i][1][3]);

		CHECK(!share_a_key(&a, &b));
	}
}

static void test_country_of_the_record_reads_its_numbers(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct slice values[VALUES_MAX] = { [PERSON_FIRST_NAME] = SLICE("Anna"),
		                            [PERSON_LAST_NAME] = SLICE("Schmidt"),
		                            [PERSON_MOBILE] = SLICE("0151 29384756"),
		                            [PERSON_COUNTRY] = SLICE("Deutschland") };
	struct key keys[KEYS_MAX];

	CHECK_INT((int64_t)keys_of(arena, &policy, SECRET, ENTITY_PERSON, values, keys), 1);
	CHECK_SLICE(keys[0].text, "+4915129384756 anna schmidt");
}

static void test_phone_with_name_is_a_key_only_where_the_policy_says_so(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct policy without = { .region = "US" };
	struct slice values[VALUES_MAX] = { [PERSON_FIRST_NAME] = SLICE("Joe"),
		                            [PERSON_LAST_NAME] = SLICE("Smith"),
		                            [PERSON_PHONE] = SLICE("415 389 2671") };
	struct key keys[KEYS_MAX];

	CHECK_INT((int64_t)keys_of(arena, &without, SECRET, ENTITY_PERSON, values, keys), 0);
	CHECK_INT((int64_t)keys_of(arena, &policy, SECRET, ENTITY_PERSON, values, keys), 1);
}

static void test_one_number_twice_is_one_key(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct slice values[VALUES_MAX] = { [PERSON_FIRST_NAME] = SLICE("Joe"),
		                            [PERSON_LAST_NAME] = SLICE("Smith"),
		                            [PERSON_PHONE] = SLICE("415 389 2671"),
		                            [PERSON_MOBILE] = SLICE("+14153892671") };
	struct key keys[KEYS_MAX];

	CHECK_INT((int64_t)keys_of(arena, &policy, SECRET, ENTITY_PERSON, values, keys), 1);
}

static void test_custom_id_is_the_strongest_key_of_values(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct field custom[] = {
		{ .name = "customer_no",
		  .entity = ENTITY_PERSON,
		  .index = PERSON_FIELD_COUNT,
		  .is_key = true,
		  .is_custom = true },
		{ .name = "score",
		  .entity = ENTITY_PERSON,
		  .index = PERSON_FIELD_COUNT + 1,
		  .is_custom = true },
	};
	struct policy with = { .region = "US", .custom = custom, .n_custom = 2 };
	struct slice values[VALUES_MAX] = { [PERSON_EMAIL] = SLICE("joe@acme.com"),
		                            [PERSON_FIELD_COUNT] = SLICE(" K-17 "),
		                            [PERSON_FIELD_COUNT + 1] = SLICE("99") };
	struct key keys[KEYS_MAX];

	CHECK_INT((int64_t)keys_of(arena, &with, SECRET, ENTITY_PERSON, values, keys), 2);
	CHECK_INT(keys[0].kind, KEY_EXTERNAL_ID);
	CHECK_SLICE(keys[0].text, "customer_no K-17");
	CHECK_INT((int64_t)keys_of(arena, &with, SECRET, ENTITY_ACCOUNT, values, keys), 0);
}

static struct got account(struct arena *arena, const char *name, const char *website, const char *city,
                          const char *country)
{
	struct slice values[VALUES_MAX] = { [ACCOUNT_NAME] = slice_of(name),
		                            [ACCOUNT_WEBSITE] = slice_of(website),
		                            [ACCOUNT_CITY] = slice_of(city),
		                            [ACCOUNT_COUNTRY] = slice_of(country) };
	struct got got;

	got.n = keys_of(arena, &policy, SECRET, ENTITY_ACCOUNT, values, got.keys);
	return got;
}

static void test_accounts_link_by_domain_and_name_or_name_and_place(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct got a = account(arena, "ACME, Inc.", "https://www.acme.com/", "", "");
	struct got b = account(arena, "Acme", "acme.com", "Boston", "USA");
	struct got c = account(arena, "The Acme Corporation", "", "Boston", "US");
	struct got subsidiary = account(arena, "Acme Logistics", "acme.com", "Bonn", "DE");
	struct got elsewhere = account(arena, "Acme", "", "Boston", "GB");

	CHECK(share_a_key(&a, &b));
	CHECK(share_a_key(&b, &c));
	CHECK(!share_a_key(&a, &subsidiary));
	CHECK(!share_a_key(&c, &elsewhere));
	CHECK(find(&subsidiary, KEY_DOMAIN) && find(&a, KEY_DOMAIN));
	CHECK_INT(find(&subsidiary, KEY_DOMAIN)->hash.low, find(&a, KEY_DOMAIN)->hash.low);
	CHECK_INT(find(&a, KEY_DOMAIN)->hash.low, key_domain(arena, SECRET, SLICE("acme.com")).hash.low);
}

static void test_shared_domains_and_placeholder_names_make_no_account(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct got free_mail = account(arena, "Joe's Garage", "gmail.com", "", "");
	struct got platform = account(arena, "Joe's Garage", "facebook.com/joesgarage", "", "");
	struct got placeholder = account(arena, "N/A", "", "Boston", "US");

	CHECK_INT((int64_t)free_mail.n, 0);
	CHECK_INT((int64_t)platform.n, 0);
	CHECK_INT((int64_t)placeholder.n, 0);
}

static void test_domain_of_a_person_points_to_the_account(void)
{
	static const struct {
		const char *email, *domain;
	} cases[] = { { "joe@mail.acme.co.uk", "acme.co.uk" },
		      { "joe@gmail.com", NULL },
		      { "test@test.com", NULL },
		      { "", NULL },
		      { "info@acme.com", "acme.com" },
		      { "joe@gmial.con", NULL } };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice values[VALUES_MAX] = { [PERSON_EMAIL] = slice_of(cases[i].email) };

		CHECK_SLICE(domain_of(arena, &policy, ENTITY_PERSON, values), cases[i].domain);
	}
}

static void test_kinds_and_secrets_make_different_keys(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct hash128 email = key_email(arena, 1, SLICE("acme.com")).hash,
	               domain = key_domain(arena, 1, SLICE("acme.com")).hash;
	struct hash128 other = key_email(arena, 2, SLICE("acme.com")).hash;

	CHECK(email.low != domain.low);
	CHECK(email.low != other.low);
	CHECK(source_key(1, "a", "bc", SLICE("d")).low != source_key(1, "ab", "c", SLICE("d")).low);
	CHECK(key_same_as(arena, 1, "sfa", "contact", SLICE("003")).hash.low !=
	      source_key(1, "sfa", "contact", SLICE("003")).low);
	CHECK_SLICE(key_same_as(arena, 1, "sfa", "contact", SLICE("003")).text, "sfa contact 003");
}

static void test_kinds_have_names_and_pointers_link_nothing(void)
{
	for (int kind = KEY_TANDEM_ID; kind < KEY_KIND_END; kind++) {
		CHECK(strcmp(key_kind_name((enum key_kind)kind), "unknown") != 0);
		CHECK(key_links((enum key_kind)kind) == (kind != KEY_DOMAIN));
	}
}

static void test_other_entities_have_no_keys(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct slice values[VALUES_MAX] = { SLICE("x") };
	struct key keys[KEYS_MAX];

	CHECK_INT((int64_t)keys_of(arena, &policy, SECRET, ENTITY_OPPORTUNITY, values, keys), 0);
	CHECK_INT((int64_t)keys_of(arena, &policy, SECRET, ENTITY_USER, values, keys), 0);
}

static void test_plain_person_takes_a_few_microseconds(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	int64_t begin = clock_mono_us();

	for (int i = 0; i < 100000; i++) {
		(void)person(arena, "Joe.Smith+news@acme.com", "Joe", "Smith", "(415) 389-2671");
		arena_reset(arena);
	}
	printf("# %.3f us a person\n", (double)(clock_mono_us() - begin) / 100000);
	CHECK(clock_mono_us() - begin < 100000 * 40);
}

int main(void)
{
	RUN(test_joe_has_his_keys);
	RUN(test_one_person_in_two_spellings_shares_a_key);
	RUN(test_two_persons_share_no_key);
	RUN(test_country_of_the_record_reads_its_numbers);
	RUN(test_phone_with_name_is_a_key_only_where_the_policy_says_so);
	RUN(test_one_number_twice_is_one_key);
	RUN(test_custom_id_is_the_strongest_key_of_values);
	RUN(test_accounts_link_by_domain_and_name_or_name_and_place);
	RUN(test_shared_domains_and_placeholder_names_make_no_account);
	RUN(test_domain_of_a_person_points_to_the_account);
	RUN(test_kinds_and_secrets_make_different_keys);
	RUN(test_kinds_have_names_and_pointers_link_nothing);
	RUN(test_other_entities_have_no_keys);
	RUN(test_plain_person_takes_a_few_microseconds);
	return tap_done();
}
