/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"

#include <assert.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN 2048 /* RFC 7518, 3.3 */

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_CLEANUP(EVP_MAC *, EVP_MAC_free)
DEFINE_CLEANUP(EVP_MAC_CTX *, EVP_MAC_CTX_free)
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(BIO *, BIO_free)

/* libcrypto fails at these only without memory or without its own modules: nothing to go on with. */
static void must(bool is, const char *what)
{
	if (is)
		return;
	fprintf(stderr, "level=error msg=\"libcrypto failed\" at=%s\n", what);
	abort();
}

struct digest sha256(const struct slice *parts, size_t n_parts)
{
	CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct digest digest;

	must(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL), "sha256");
	for (size_t i = 0; i < n_parts; i++)
		must(EVP_DigestUpdate(context, parts[i].data, parts[i].len), "sha256");
	must(EVP_DigestFinal_ex(context, digest.bytes, NULL), "sha256");
	return digest;
}

struct digest hmac_sha256(struct slice secret, const struct slice *parts, size_t n_parts)
{
	CLEANUP(EVP_MAC_free_p) EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	CLEANUP(EVP_MAC_CTX_free_p) EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
	char name[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		                      OSSL_PARAM_construct_end() };
	const unsigned char *key = (const unsigned char *)(secret.len ? secret.data : "");
	struct digest digest;
	size_t len;

	must(context && EVP_MAC_init(context, key, secret.len, params), "hmac");
	for (size_t i = 0; i < n_parts; i++)
		must(EVP_MAC_update(context, (const unsigned char *)parts[i].data, parts[i].len), "hmac");
	must(EVP_MAC_final(context, digest.bytes, &len, sizeof(digest.bytes)) && len == sizeof(digest.bytes),
	     "hmac");
	return digest;
}

struct slice digest_hex(struct arena *arena, const struct digest *digest)
{
	static const char hex[] = "0123456789abcdef";
	char *text = arena_alloc(arena, sizeof(digest->bytes) * 2 + 1);

	for (size_t i = 0; i < sizeof(digest->bytes); i++) {
		text[2 * i] = hex[digest->bytes[i] >> 4];
		text[2 * i + 1] = hex[digest->bytes[i] & 15];
	}
	return (struct slice){ text, sizeof(digest->bytes) * 2 };
}

struct slice digest_base64(struct arena *arena, const struct digest *digest)
{
	return base64_encode(arena, (struct slice){ (const char *)digest->bytes, sizeof(digest->bytes) });
}

bool equal_in_constant_time(struct slice a, struct slice b)
{
	if (!a.data || !b.data || a.len != b.len)
		return false;
	return CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

/* -- Base 64 (RFC 4648) -- */

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Three bytes, or the one or two at the end, as four digits. */
static uint32_t three_bytes(struct slice data, size_t at)
{
	uint32_t bits = 0;

	for (size_t i = at; i < at + 3; i++)
		bits = bits << 8 | (i < data.len ? (unsigned char)data.data[i] : 0u);
	return bits;
}

static struct slice encode(struct arena *arena, struct slice data, const char *alphabet, bool pad)
{
	char *text = arena_alloc(arena, (data.len + 2) / 3 * 4 + 1);
	size_t len = 0;

	for (size_t at = 0; at < data.len; at += 3) {
		uint32_t bits = three_bytes(data, at);
		size_t left = data.len - at, digits = left < 3 ? left + 1 : 4;

		for (size_t i = 0; i < digits; i++)
			text[len++] = alphabet[bits >> (18 - 6 * i) & 63];
		for (size_t i = digits; pad && i < 4; i++)
			text[len++] = '=';
	}
	return (struct slice){ text, len };
}

struct slice base64_encode(struct arena *arena, struct slice data)
{
	return encode(arena, data, base64_alphabet, true);
}

struct slice base64url_encode(struct arena *arena, struct slice data)
{
	return encode(arena, data, base64url_alphabet, false);
}

static bool decode_digits(const char *digits, size_t count, uint32_t *ret_bits)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < count; i++) {
		const char *at = digits[i] ? strchr(base64_alphabet, digits[i]) : NULL;

		if (!at)
			return false;
		bits = bits << 6 | (uint32_t)(at - base64_alphabet);
	}
	*ret_bits = bits << 6 * (4 - count);
	return true;
}

/* One form only for each content: padded, no blanks, unused bits 0. */
bool base64_decode(struct arena *arena, struct slice text, struct slice *ret)
{
	size_t padding = 0, len = 0;

	if (!text.data || text.len % 4)
		return false;
	while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
		padding++;
	char *data = arena_alloc(arena, text.len / 4 * 3 + 1);
	for (size_t at = 0; at < text.len; at += 4) {
		size_t digits = at + 4 == text.len ? 4 - padding : 4;
		uint32_t bits;

		if (!decode_digits(text.data + at, digits, &bits) || bits & ((1u << 8 * (4 - digits)) - 1))
			return false;
		for (size_t i = 0; i < digits - 1; i++)
			data[len++] = (char)(bits >> (16 - 8 * i));
	}
	*ret = (struct slice){ data, len };
	return true;
}

/* -- Signing -- */

/* libcrypto would ask at the terminal. */
static int refuse_password(char *text, int size, int is_writing, void *is_encrypted)
{
	(void)text, (void)size, (void)is_writing;
	*(bool *)is_encrypted = true;
	return -1;
}

static EVP_PKEY *read_rsa_key(struct slice pem, struct error *err)
{
	CLEANUP(BIO_free_p)
	BIO *bio = pem.len && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
	bool is_encrypted = false;
	CLEANUP(EVP_PKEY_free_p)
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_password, &is_encrypted) : NULL;

	ERR_clear_error();
	if (is_encrypted)
		(void)fail(err, ERROR_REFUSED, "private key is encrypted: give it without a passphrase");
	else if (!key)
		(void)fail(err, ERROR_REFUSED, "private key is not a private key in PEM form");
	else if (!EVP_PKEY_is_a(key, "RSA"))
		(void)fail(err, ERROR_REFUSED, "private key is not an RSA key");
	else if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		(void)fail(err, ERROR_REFUSED, "private key has %d bits, at least %d are needed",
		           EVP_PKEY_get_bits(key), RSA_BITS_MIN);
	else
		return TAKE(key);
	return NULL;
}

bool rs256_sign(struct arena *arena, struct slice pem, struct slice data, struct slice *ret_signature,
                struct error *err)
{
	CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = read_rsa_key(pem, err);
	CLEANUP(EVP_MD_CTX_free_p) EVP_MD_CTX *context = EVP_MD_CTX_new();
	const unsigned char *bytes = (const unsigned char *)(data.len ? data.data : "");
	size_t len;

	if (!key)
		return false;
	len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *signature = arena_alloc(arena, len);
	if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(context, signature, &len, bytes, data.len) != 1) {
		ERR_clear_error();
		return fail(err, ERROR_REFUSED, "cannot sign with the private key");
	}
	*ret_signature = (struct slice){ (const char *)signature, len };
	return true;
}

/* -- Random -- */

void random_bytes(void *data, size_t len)
{
	assert(len <= INT_MAX);
	must(RAND_bytes(data, (int)len) == 1, "random");
}

uint64_t random_uint64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}
