/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Crypto: signatures, encodings and random bytes, on libcrypto. Pure but for the random bytes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "cleanup.h"
#include "error.h"
#include "slice.h"

struct digest {
	unsigned char bytes[32];
};

struct digest sha256(const struct slice *parts, size_t n_parts);	/* of the parts joined */
struct digest hmac_sha256(struct slice secret, const struct slice *parts, size_t n_parts);
struct slice digest_hex(struct arena *arena, const struct digest *digest);	/* lower case */
struct slice digest_base64(struct arena *arena, const struct digest *digest);
bool equal_in_constant_time(struct slice a, struct slice b);

struct slice base64_encode(struct arena *arena, struct slice data);
struct slice base64url_encode(struct arena *arena, struct slice data);	/* no padding, as JWT wants it */
bool base64_decode(struct arena *arena, struct slice text, struct slice *ret) MUST_CHECK;

/* RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3) over data, with an RSA private key in PEM. */
bool rs256_sign(struct arena *arena, struct slice pem, struct slice data, struct slice *ret_signature,
		struct error *err) MUST_CHECK;

void random_bytes(void *data, size_t len);				/* ends the process when there are none */
uint64_t random_uint64(void);
