/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <xxhash.h>

#include "cleanup.h"
#include "tap.h"

static bool same(struct hash128 a, struct hash128 b)
{
	return a.low == b.low && a.high == b.high;
}

static void test_key_hash_is_xxh3_over_kind_and_counted_parts(void)
{
	const struct slice parts[] = { SLICE("+491701234567"), SLICE("m\xc3\xbcller") };
	static const char laid_out[] = "\x03\0\0\0"
	                               "\x0d\0\0\0"
	                               "+491701234567"
	                               "\x07\0\0\0"
	                               "m\xc3\xbcller";
	XXH128_hash_t want = XXH3_128bits_withSeed(laid_out, sizeof(laid_out) - 1, 42);
	struct hash128 got = hash_key(42, 3, parts, 2);

	CHECK_INT(got.low, (int64_t)want.low64);
	CHECK_INT(got.high, (int64_t)want.high64);
}

static void test_key_hashes_differ_in_everything_that_matters(void)
{
	const struct hash128 all[] = {
		hash_key(1, 1, (const struct slice[]){ SLICE("ab"), SLICE("c") }, 2),
		hash_key(1, 1, (const struct slice[]){ SLICE("a"), SLICE("bc") }, 2),
		hash_key(1, 1, (const struct slice[]){ SLICE("abc") }, 1),
		hash_key(1, 1, (const struct slice[]){ SLICE("abc"), SLICE("") }, 2),
		hash_key(1, 2, (const struct slice[]){ SLICE("abc") }, 1),
		hash_key(2, 1, (const struct slice[]){ SLICE("abc") }, 1),
		hash_key(1, 1, NULL, 0),
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t k = 0; k < i; k++)
			CHECK(all[i].low != all[k].low && all[i].high != all[k].high);
	CHECK(same(hash_key(1, 1, (const struct slice[]){ SLICE("abc") }, 1), all[2]));
}

static void test_long_keys_hash_as_short_ones_do(void)
{
	static char data[5000], laid_out[5008];
	uint32_t head[] = { 9, sizeof(data) };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	memcpy(laid_out, head, sizeof(head));
	memcpy(laid_out + sizeof(head), data, sizeof(data));
	XXH128_hash_t want = XXH3_128bits_withSeed(laid_out, sizeof(laid_out), 5);
	struct hash128 got = hash_key(5, 9, &(struct slice){ data, sizeof(data) }, 1);
	CHECK(same(got, (struct hash128){ (int64_t)want.low64, (int64_t)want.high64 }));
}

static int64_t content(const struct slice *texts, size_t n)
{
	struct content_hash hash;

	content_hash_init(&hash);
	for (size_t i = 0; i < n; i++)
		content_hash_add(&hash, texts[i]);
	int64_t end = content_hash_end(&hash);
	CHECK_INT(content_hash_end(&hash), end); /* looking changes nothing */
	content_hash_reset(&hash);
	for (size_t i = 0; i < n; i++)
		content_hash_add(&hash, texts[i]);
	CHECK_INT(content_hash_end(&hash), end);
	content_hash_done(&hash);
	return end;
}

static void test_content_hash_tells_null_blank_and_borders_apart(void)
{
	const int64_t all[] = {
		content(NULL, 0),
		content(&SLICE_NULL, 1),
		content(&SLICE(""), 1),
		content((const struct slice[]){ SLICE(""), SLICE_NULL }, 2),
		content((const struct slice[]){ SLICE_NULL, SLICE("") }, 2),
		content((const struct slice[]){ SLICE("ab"), SLICE("c") }, 2),
		content((const struct slice[]){ SLICE("a"), SLICE("bc") }, 2),
		content(&SLICE("abc"), 1),
		content(&SLICE("\xff\xff\xff\xff"), 1),
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t k = 0; k < i; k++)
			CHECK(all[i] != all[k]);
}

int main(void)
{
	RUN(test_key_hash_is_xxh3_over_kind_and_counted_parts);
	RUN(test_key_hashes_differ_in_everything_that_matters);
	RUN(test_long_keys_hash_as_short_ones_do);
	RUN(test_content_hash_tells_null_blank_and_borders_apart);
	return tap_done();
}
