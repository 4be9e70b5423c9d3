/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Throws mutated values at every normaliser: nothing may crash, nothing may be longer than its bound, and
 * what comes out must be UTF-8. The seeds are what people and attackers type; arguments: number of rounds and
 * a seed, for longer runs.
 */
#include "address.h"
#include "company.h"
#include "country.h"
#include "domain.h"
#include "email.h"
#include "field.h"
#include "fold.h"
#include "key.h"
#include "nobody.h"
#include "number.h"
#include "person_name.h"
#include "phone.h"
#include "similar.h"
#include "tap.h"

#define VALUE_MAX  4096
#define OUTPUT_MAX 4096 /* bytes a normaliser may make of a value */

static const char *const seeds[] = {
	"Joe.Smith+news@acme.com",
	"\"Smith, Joe\" <joe@acme.com>",
	"joe@@acme..com",
	"a@b.c",
	"@",
	"@.@.@",
	"mailto:",
	"+1 (415) 555-2671 ext. 12",
	"0049 (0)30 / 90 18 20",
	"011 15 2345-6789",
	"1-800-FLOWERS",
	"++++",
	"٠١٠٠ ١٢٣ ٤٥٦٧",
	"Dr. Smith, Joe A., Jr.",
	"Prof. Dr. h.c. mult.",
	"J.R.",
	",,,,",
	"()[]\"\"",
	"Müller-Lüdenscheidt",
	"van der",
	"ACME Mfg. & Tool Co., Ltd. (DUPLICATE)",
	"S.A.R.L.",
	"& & &",
	"GmbH & Co. KG",
	"The",
	"Sp. z o.o. Sp. k.",
	"https://user:pw@www.acme.co.uk:8080/x?y#z",
	"//",
	"....",
	"xn--",
	"xn--mnchen-3ya.de",
	"123 N. Main St. #400",
	"12/3/4 a b",
	"Иван Петров",
	"Παπαδόπουλος",
	"佐藤 浩",
	"ﷺﷺﷺﷺ",
	"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
	("\xe2\x80\xae"
	 "evil"),
	"\xcc\x88\xcc\x88\xcc\x88",
	"=HYPERLINK(\"x\")",
	"'; DROP TABLE persons;--",
	"${jndi:ldap://x}",
	"1e400",
	"-1.5E-7",
	"2026-02-30",
	"\xff\xfe\xfd",
	"\xed\xa0\x80",
	"\xc0\x80",
	"N/A",
	"test",
};

static uint64_t state;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t put_seed(char *value, size_t len)
{
	const char *seed = seeds[next_random() % ARRAY_SIZE(seeds)];
	size_t n = strlen(seed);

	if (len + n > VALUE_MAX)
		return len;
	memcpy(value + len, seed, n);
	return len + n;
}

static size_t mutate(char *value, size_t len)
{
	size_t at = len ? next_random() % len : 0;

	switch (next_random() % 6) {
	case 0:
		return put_seed(value, len);
	case 1:
		if (len)
			value[at] = (char)next_random();
		return len;
	case 2:
		if (len)
			memmove(value + at, value + at + 1, len - at - 1);
		return len ? len - 1 : 0;
	case 3:
		if (len && len < VALUE_MAX)
			value[len++] = value[at];
		return len;
	case 4:
		return at;
	default:
		if (2 * len > VALUE_MAX)
			return len;
		memcpy(value + len, value, len);
		return 2 * len;
	}
}

/* A heap copy of exactly the value's size, so that a sanitizer sees any read behind it. */
static struct slice next_value(struct arena *arena)
{
	char value[VALUE_MAX];
	size_t len = put_seed(value, 0);
	char *copy;

	for (uint64_t n = next_random() % 8; n > 0; n--)
		len = mutate(value, len);
	copy = arena_alloc(arena, len ? len : 1);
	memcpy(copy, value, len);
	return (struct slice){ copy, len };
}

static bool is_good(struct slice out)
{
	return out.len <= OUTPUT_MAX && (out.len == 0 || slice_is_utf8(out));
}

static void feed_names(struct arena *arena, struct slice a, struct slice b, struct slice c)
{
	struct person_name name;
	struct company company;
	struct address address;
	char sound[16];

	person_name_read(arena, a, b, c, &name);
	CHECK(is_good(name.first) && is_good(name.middle) && is_good(name.last));
	CHECK(is_good(name.other_first) && is_good(name.other_last));
	CHECK(name.generation <= 4);
	(void)person_name_is_nickname(name.first, name.last);
	(void)similar_distance(name.first, name.last, 3);
	(void)similar_jaro_winkler(name.first, name.last);
	CHECK(similar_sound(name.last, sound, sizeof(sound)) <= sizeof(sound));
	company_read(arena, a, &company);
	CHECK(is_good(company.name) && is_good(company.compact) && is_good(company.other) &&
	      is_good(company.form));
	address_read(arena, &(struct address_fields){ a, b, c, b, c }, &address);
	CHECK(is_good(address.street) && is_good(address.number) && is_good(address.postal) &&
	      is_good(address.city));
}

static void feed_addresses(struct arena *arena, struct slice value)
{
	struct folded folded;
	struct email email;
	struct domain domain;
	struct phone phone;

	fold(arena, value, FOLD_RUNES_MAX, &folded);
	CHECK(is_good(folded.text) && is_good(folded.other));
	if (email_read(arena, value, &email)) {
		struct email again;

		CHECK(is_good(email.text));
		CHECK(email_read(arena, email.text, &again) && slice_equal(email.text, again.text));
		(void)nobody_email(NULL, &email);
	}
	if (domain_read(arena, NULL, value, &domain))
		CHECK(is_good(domain.host) && is_good(domain.name));
	if (phone_read(arena, value, SLICE("DE"), &phone)) {
		CHECK(is_good(phone.e164) && is_good(phone.national));
		(void)nobody_phone(NULL, &phone);
	}
	(void)country_code(value);
}

static void feed_fields(struct arena *arena, struct slice a, struct slice b)
{
	static const struct policy policy = { .region = "US", .match_phone_name = true };
	struct slice values[VALUES_MAX];
	struct key keys[KEYS_MAX];

	for (int type = FIELD_TEXT; type <= FIELD_COUNTRY; type++) {
		struct error err = { 0 };
		struct slice out = SLICE_NULL;

		if (field_read(arena, (enum field_type)type, a, &out, &err))
			CHECK(slice_is_utf8(out) || out.len == 0);
		else
			CHECK(slice_is_utf8(slice_of(err.text)));
		CHECK(field_equal((enum field_type)type, a, b) == field_equal((enum field_type)type, b, a));
		CHECK(field_equal((enum field_type)type, a, a));
	}
	for (size_t i = 0; i < VALUES_MAX; i++)
		values[i] = i % 2 ? a : b;
	CHECK(keys_of(arena, &policy, 1, ENTITY_PERSON, values, keys) <= KEYS_MAX);
	CHECK(keys_of(arena, &policy, 1, ENTITY_ACCOUNT, values, keys) <= KEYS_MAX);
}

static uint64_t rounds = 4000;

static void test_nothing_breaks_on_any_value(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);

	for (uint64_t i = 0; i < rounds; i++) {
		struct slice a = next_value(arena), b = next_value(arena), c = next_value(arena);

		feed_names(arena, a, b, c);
		feed_addresses(arena, a);
		feed_fields(arena, a, b);
		arena_reset(arena);
	}
}

int main(int argc, char **argv)
{
	int64_t number;

	state = 88172645463325252u;
	if (argc > 1 && parse_int64(slice_of(argv[1]), 1, INT64_MAX, &number))
		rounds = (uint64_t)number;
	if (argc > 2 && parse_int64(slice_of(argv[2]), 1, INT64_MAX, &number))
		state = (uint64_t)number;
	RUN(test_nothing_breaks_on_any_value);
	return tap_done();
}
