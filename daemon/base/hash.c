/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <assert.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"

#define STACK_SIZE 1024

struct hash128 hash_key(uint64_t secret, uint32_t kind, const struct slice *parts, unsigned n_parts)
{
	char stack[STACK_SIZE], *data = stack;
	size_t size = sizeof(kind), at = 0;

	for (unsigned i = 0; i < n_parts; i++)
		size += sizeof(uint32_t) + parts[i].len;
	if (size > sizeof(stack))
		data = alloc_zeroed(size, 1);
	memcpy(data, &kind, sizeof(kind));
	at = sizeof(kind);
	for (unsigned i = 0; i < n_parts; i++) {
		uint32_t len = (uint32_t)parts[i].len;

		memcpy(data + at, &len, sizeof(len));
		at += sizeof(len);
		if (len)
			memcpy(data + at, parts[i].data, len);
		at += len;
	}
	XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, secret);
	if (data != stack)
		free(data);
	struct hash128 key = { (int64_t)hash.low64, (int64_t)hash.high64 };
	if (!key.low) /* 0 means "none" everywhere */
		key.low = 1;
	return key;
}

void content_hash_init(struct content_hash *hash)
{
	hash->state = XXH3_createState();
	assert(hash->state);
	content_hash_reset(hash);
}

void content_hash_reset(struct content_hash *hash)
{
	(void)XXH3_64bits_reset(hash->state);
}

void content_hash_add(struct content_hash *hash, struct slice text)
{
	uint32_t len = text.data ? (uint32_t)text.len : UINT32_MAX;

	(void)XXH3_64bits_update(hash->state, &len, sizeof(len));
	if (text.len)
		(void)XXH3_64bits_update(hash->state, text.data, text.len);
}

int64_t content_hash_end(const struct content_hash *hash)
{
	return (int64_t)XXH3_64bits_digest(hash->state);
}

void content_hash_done(struct content_hash *hash)
{
	(void)XXH3_freeState(hash->state);
	hash->state = NULL;
}
