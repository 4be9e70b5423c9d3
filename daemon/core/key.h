/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Key: normalised values that point at an entity. Two records that share an exact key are one entity.
 *
 * The order of the kinds is their strength: when keys of one record point at different entities, the strongest decides
 * where the record belongs, and the entities become one (the older id stays). Values that identify nobody (nobody.h) give
 * no key. A key travels as its hash; its text is kept only as the explanation of a link.
 */
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "hash.h"
#include "policy.h"
#include "mapping.h"

enum key_kind {					/* numbers are stored: never renumber */
	KEY_TANDEM_ID = 1,			/* our own id, found in the remote's external-id field */
	KEY_SAME_AS = 2,			/* remote id of a record the remote says is the same: merge, conversion */
	KEY_EXTERNAL_ID = 3,			/* a custom field marked `key: true` */
	KEY_EMAIL = 4,
	KEY_PHONE_NAME = 5,			/* phone or mobile with first and last name */
	KEY_DOMAIN_NAME = 6,			/* accounts: domain with company name */
	KEY_NAME_PLACE = 7,			/* accounts: company name with postal code or city, and country */
	KEY_DOMAIN = 8,				/* accounts: pointer for a person's address, links nothing */
	KEY_KIND_END,
};
const char *key_kind_name(enum key_kind kind);
bool key_links(enum key_kind kind);					/* false for pointers */

struct key {
	enum key_kind kind;
	struct slice text;			/* normalised value, readable */
	struct hash128 hash;
};

#define KEYS_MAX 16				/* most keys of one record */

/* Keys from canonical values of an entity (person or account; none for others), strongest first; at most KEYS_MAX. */
size_t keys_of(struct arena *arena, const struct policy *policy, uint64_t secret, enum entity entity,
	       const struct slice values[VALUES_MAX], struct key keys[KEYS_MAX]);
/* The business domain a person's e-mail address points to, or an account's own (its domain, web or e-mail address):
 * registrable, never a free-mail, throw-away or platform domain. Null: none. */
struct slice domain_of(struct arena *arena, const struct policy *policy, enum entity entity,
		       const struct slice values[VALUES_MAX]);
/* Keys made elsewhere than from values. An address as it came is normalised by email_read(). */
struct key key_same_as(struct arena *arena, uint64_t secret, const char *connector, const char *object, struct slice id);
struct key key_email(struct arena *arena, uint64_t secret, struct slice normalised);
struct key key_domain(struct arena *arena, uint64_t secret, struct slice domain);
/* src_key and its check of a source record: hash over (connector, object, external id). Stable for ever. */
struct hash128 source_key(uint64_t secret, const char *connector, const char *object, struct slice id);
