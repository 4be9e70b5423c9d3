/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tap.h"

static struct arena *arena;

#define REPEAT_SLICE(byte, count)                                                                            \
	({                                                                                                   \
		char *repeated_ = arena_alloc(arena, (count) + 1);                                           \
		memset(repeated_, (byte), (count));                                                          \
		(struct slice){ repeated_, (count) };                                                        \
	})

static void check_sha256(const struct slice *parts, size_t n, const char *want)
{
	struct digest digest = sha256(parts, n);

	CHECK_SLICE(digest_hex(arena, &digest), want);
}

static void test_sha256_gives_fips_180_examples(void)
{
	struct slice million = REPEAT_SLICE('a', 1000000);

	check_sha256(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_sha256(&SLICE("abc"), 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_sha256((const struct slice[]){ SLICE("a"), SLICE_NULL, SLICE(""), SLICE("bc") }, 4,
	             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_sha256(&SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), 1,
	             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check_sha256(&million, 1, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void check_hmac(struct slice key, struct slice data, const char *want)
{
	struct slice halves[] = { slice_sub(data, 0, data.len / 2), slice_sub(data, data.len / 2, data.len) };
	struct digest whole = hmac_sha256(key, &data, 1), joined = hmac_sha256(key, halves, 2);

	CHECK_SLICE(digest_hex(arena, &whole), want);
	CHECK(memcmp(&whole, &joined, sizeof(whole)) == 0);
}

static void test_hmac_gives_rfc_4231_vectors(void)
{
	char counting[25];

	for (size_t i = 0; i < sizeof(counting); i++)
		counting[i] = (char)(i + 1);
	check_hmac(REPEAT_SLICE(0x0b, 20), SLICE("Hi There"),
	           "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_hmac(SLICE("Jefe"), SLICE("what do ya want for nothing?"),
	           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	check_hmac(REPEAT_SLICE(0xaa, 20), REPEAT_SLICE(0xdd, 50),
	           "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	check_hmac((struct slice){ counting, sizeof(counting) }, REPEAT_SLICE(0xcd, 50),
	           "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
	check_hmac(REPEAT_SLICE(0xaa, 131), SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
	           "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	check_hmac(REPEAT_SLICE(0xaa, 131),
	           SLICE("This is a test using a larger than block-size key and a larger than block-size "
	                 "data. The key "
	                 "needs to be hashed before being used by the HMAC algorithm."),
	           "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static void test_hmac_takes_an_empty_secret_and_no_data(void)
{
	struct digest digest = hmac_sha256(SLICE_NULL, NULL, 0);

	CHECK_SLICE(digest_hex(arena, &digest),
	            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

#define HOOK_SECRET "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
#define HOOK_URL    "https://www.example.com/webhook_uri"
#define HOOK_BODY                                                                                            \
	"[{\"eventId\":1,\"subscriptionId\":12345,\"portalId\":62515,\"occurredAt\":1564113600000,"          \
	"\"subscriptionType\":"                                                                              \
	"\"contact.creation\",\"attemptNumber\":0,\"objectId\":123,\"changeSource\":\"CRM\",\"changeFlag\":" \
	"\"NEW\","                                                                                           \
	"\"appId\":54321}]"

static void test_hook_signatures_of_all_three_versions(void)
{
	const struct slice v3[] = { SLICE("POST"), SLICE(HOOK_URL), SLICE(HOOK_BODY),
		                    SLICE("1564113600000") };
	struct digest digest = hmac_sha256(SLICE(HOOK_SECRET), v3, ARRAY_SIZE(v3));

	CHECK_SLICE(digest_base64(arena, &digest), "DxmVAjFNa2xfF3YgQjdZP6TNcok9k1oaH7UXombPtvw=");
	check_sha256((const struct slice[]){ SLICE(HOOK_SECRET), SLICE("GET"), SLICE(HOOK_URL) }, 3,
	             "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e");
	check_sha256((const struct slice[]){ SLICE(HOOK_SECRET), SLICE(HOOK_BODY) }, 2,
	             "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de");
}

static void test_constant_time_compare_wants_the_same_length_and_bytes(void)
{
	CHECK(equal_in_constant_time(SLICE("abc"), SLICE("abc")));
	CHECK(equal_in_constant_time(SLICE(""), SLICE("")));
	CHECK(!equal_in_constant_time(SLICE("abc"), SLICE("abd")));
	CHECK(!equal_in_constant_time(SLICE("abc"), SLICE("ab")));
	CHECK(!equal_in_constant_time(SLICE("abc"), SLICE("")));
	CHECK(!equal_in_constant_time(SLICE(""), SLICE_NULL));
	CHECK(!equal_in_constant_time(SLICE_NULL, SLICE_NULL));
}

static void test_base64_gives_rfc_4648_vectors_both_ways(void)
{
	static const char *const vectors[][2] = { { "", "" },
		                                  { "f", "Zg==" },
		                                  { "fo", "Zm8=" },
		                                  { "foo", "Zm9v" },
		                                  { "foob", "Zm9vYg==" },
		                                  { "fooba", "Zm9vYmE=" },
		                                  { "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct slice back = SLICE_NULL;

		CHECK_SLICE(base64_encode(arena, slice_of(vectors[i][0])), vectors[i][1]);
		CHECK(base64_decode(arena, slice_of(vectors[i][1]), &back));
		CHECK_SLICE(back, vectors[i][0]);
	}
	CHECK_SLICE(base64_encode(arena, SLICE("\xfb\xff\xfe")), "+//+");
	CHECK_SLICE(base64url_encode(arena, SLICE("\xfb\xff\xfe")), "-__-");
	CHECK_SLICE(base64url_encode(arena, SLICE("f")), "Zg");
	CHECK_SLICE(base64url_encode(arena, SLICE("fo")), "Zm8");
	CHECK_SLICE(base64_encode(arena, SLICE_NULL), "");
}

static void test_base64_of_all_bytes_survives(void)
{
	char all[256];
	struct slice back;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	for (size_t len = 0; len <= sizeof(all); len++) {
		struct slice data = { all, len };

		CHECK(base64_decode(arena, base64_encode(arena, data), &back));
		CHECK(slice_equal(back, data));
	}
}

static void test_base64_has_one_form_only(void)
{
	static const char *const wrong[] = { "Z",    "Zg",    "Zg=",      "Zh==",       "Zm9=", "Zg==Zg==",
		                             "====", "=",     "Zg=a",     "Z===",       "Zm 9", "Zm9v\n",
		                             "-__-", "Zm9v=", "Zm9vY===", "\xc3\xbcxx", "=AAA", "A=AA" };
	struct slice back = SLICE("untouched");

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!base64_decode(arena, slice_of(wrong[i]), &back));
	CHECK(!base64_decode(arena, (struct slice){ "Zm\0v", 4 }, &back));
	CHECK(!base64_decode(arena, SLICE_NULL, &back));
	CHECK_SLICE(back, "untouched");
}

static struct slice pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char password[] = "secret";
	char *data;

	CHECK(PEM_write_bio_PrivateKey(bio, key, cipher, cipher ? password : NULL, cipher ? 6 : 0, NULL,
	                               NULL) == 1);
	long len = BIO_get_mem_data(bio, &data);
	struct slice pem = { arena_strndup(arena, data, (size_t)len), (size_t)len };
	BIO_free(bio);
	return pem;
}

static void test_rs256_signature_verifies(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct slice signature = SLICE_NULL, again = SLICE_NULL;
	struct error err = { 0 };

	CHECK(rs256_sign(arena, pem_of(key, NULL), SLICE("header.claims"), &signature, &err));
	CHECK_INT((int64_t)signature.len, 256);
	CHECK_INT(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
	CHECK_INT(EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.len,
	                           (const unsigned char *)"header.claims", 13),
	          1);
	EVP_MD_CTX_reset(context);
	CHECK_INT(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
	CHECK(EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.len,
	                       (const unsigned char *)"header.claimz", 13) != 1);
	CHECK(rs256_sign(arena, pem_of(key, NULL), SLICE("header.claims"), &again, &err));
	CHECK(slice_equal(signature, again)); /* PKCS1 v1.5, not PSS */
	CHECK(rs256_sign(arena, pem_of(key, NULL), SLICE_NULL, &again, &err));
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
}

static void check_refused(struct slice pem, const char *words)
{
	struct slice signature = SLICE("untouched");
	struct error err = { 0 };

	CHECK(!rs256_sign(arena, pem, SLICE("x"), &signature, &err));
	CHECK_TEXT(err.text, words);
	CHECK_INT(err.kind, ERROR_REFUSED);
	CHECK_SLICE(signature, "untouched");
}

static void test_rs256_says_what_is_wrong_with_a_key(void)
{
	EVP_PKEY *small = EVP_RSA_gen(1024), *rsa = EVP_RSA_gen(2048), *curve = EVP_EC_gen("P-256");
	struct slice pem = pem_of(rsa, NULL);

	check_refused(pem_of(small, NULL), "private key has 1024 bits, at least 2048 are needed");
	check_refused(pem_of(curve, NULL), "private key is not an RSA key");
	check_refused(pem_of(rsa, EVP_aes_128_cbc()),
	              "private key is encrypted: give it without a passphrase");
	check_refused(SLICE_NULL, "private key is not a private key in PEM form");
	check_refused(SLICE("-----BEGIN PRIVATE KEY-----\n"), "private key is not a private key in PEM form");
	check_refused(slice_sub(pem, 0, pem.len / 2), "private key is not a private key in PEM form");
	EVP_PKEY_free(small);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(curve);
}

static void test_random_numbers_differ(void)
{
	uint64_t numbers[100], all_or = 0, all_and = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		numbers[i] = random_uint64();
		all_or |= numbers[i];
		all_and &= numbers[i];
		for (size_t k = 0; k < i; k++)
			CHECK(numbers[k] != numbers[i]);
	}
	CHECK(all_or == UINT64_MAX && all_and == 0);
	random_bytes(numbers, 0);
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_sha256_gives_fips_180_examples);
	RUN(test_hmac_gives_rfc_4231_vectors);
	RUN(test_hmac_takes_an_empty_secret_and_no_data);
	RUN(test_hook_signatures_of_all_three_versions);
	RUN(test_constant_time_compare_wants_the_same_length_and_bytes);
	RUN(test_base64_gives_rfc_4648_vectors_both_ways);
	RUN(test_base64_of_all_bytes_survives);
	RUN(test_base64_has_one_form_only);
	RUN(test_rs256_signature_verifies);
	RUN(test_rs256_says_what_is_wrong_with_a_key);
	RUN(test_random_numbers_differ);
	arena_free(arena);
	return tap_done();
}
