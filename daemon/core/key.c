/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include "address.h"
#include "company.h"
#include "country.h"
#include "domain.h"
#include "email.h"
#include "nobody.h"
#include "person_name.h"
#include "phone.h"

#define SOURCE_KEY_KIND 0   /* of hash_key(); the kinds of keys begin at 1 */
#define EXTERNAL_ID_MAX 256 /* bytes; a longer value is no id */

static const struct {
	const char *name;
	bool links;
} kinds[KEY_KIND_END] = {
	[KEY_TANDEM_ID] = { "tandem id", true },       [KEY_SAME_AS] = { "same as", true },
	[KEY_EXTERNAL_ID] = { "external id", true },   [KEY_EMAIL] = { "e-mail", true },
	[KEY_PHONE_NAME] = { "phone and name", true }, [KEY_DOMAIN_NAME] = { "domain and name", true },
	[KEY_NAME_PLACE] = { "name and place", true }, [KEY_DOMAIN] = { "domain", false },
};

struct maker {
	struct arena *arena;
	const struct policy *policy;
	uint64_t secret;
	const struct slice *values;
	struct key *keys;
	size_t n;
};

const char *key_kind_name(enum key_kind kind)
{
	return kind > 0 && kind < KEY_KIND_END ? kinds[kind].name : "unknown";
}

bool key_links(enum key_kind kind)
{
	return kind > 0 && kind < KEY_KIND_END && kinds[kind].links;
}

/* The parts with blanks between, as the explanation of a link shows them. */
static struct slice readable(struct arena *arena, const struct slice *parts, unsigned n_parts)
{
	size_t room = 1, len = 0;
	char *text;

	if (n_parts == 1)
		return parts[0];
	for (unsigned i = 0; i < n_parts; i++)
		room += parts[i].len + 1;
	text = arena_alloc(arena, room);
	for (unsigned i = 0; i < n_parts; i++) {
		if (i && parts[i].len)
			text[len++] = ' ';
		if (parts[i].len)
			memcpy(text + len, parts[i].data, parts[i].len);
		len += parts[i].len;
	}
	return (struct slice){ text, len };
}

static struct key make(struct arena *arena, uint64_t secret, enum key_kind kind, const struct slice *parts,
                       unsigned n_parts)
{
	return (struct key){ kind, readable(arena, parts, n_parts), hash_key(secret, kind, parts, n_parts) };
}

static void add(struct maker *maker, enum key_kind kind, const struct slice *parts, unsigned n_parts)
{
	struct key key;

	if (maker->n == KEYS_MAX)
		return;
	key = make(maker->arena, maker->secret, kind, parts, n_parts);
	for (size_t i = 0; i < maker->n; i++)
		if (maker->keys[i].kind == kind && maker->keys[i].hash.low == key.hash.low &&
		    maker->keys[i].hash.high == key.hash.high)
			return;
	maker->keys[maker->n++] = key;
}

static void add_external_ids(struct maker *maker, enum entity entity)
{
	for (size_t i = 0; i < maker->policy->n_custom; i++) {
		const struct field *field = &maker->policy->custom[i];
		struct slice value = maker->values[field->index];

		if (!field->is_key || field->entity != entity || value.len == 0 ||
		    value.len > EXTERNAL_ID_MAX)
			continue;
		add(maker, KEY_EXTERNAL_ID, (struct slice[]){ slice_of(field->name), slice_trim(value) }, 2);
	}
}

/* -- persons -- */

static void add_email(struct maker *maker, struct slice raw)
{
	struct email email;

	if (raw.len == 0 || !email_read(maker->arena, raw, &email))
		return;
	if (!email.is_role && !nobody_email(maker->policy, &email))
		add(maker, KEY_EMAIL, &email.text, 1);
}

/* Generation is part of the name: father and son may share a line. */
static void add_phone_spelling(struct maker *maker, struct slice phone, const struct person_name *name,
                               bool other)
{
	static const char *const generations[] = { "", "sr", "jr", "iii", "iv" };
	struct slice first = other && name->other_first.len ? name->other_first : name->first;
	struct slice last = other && name->other_last.len ? name->other_last : name->last;

	add(maker, KEY_PHONE_NAME,
	    (struct slice[]){ phone, first, last, slice_of(generations[name->generation]) },
	    name->generation ? 4 : 3);
}

static void add_phone_name(struct maker *maker, struct slice raw, struct slice region,
                           const struct person_name *name)
{
	struct phone phone;

	if (raw.len == 0 || !phone_read(maker->arena, raw, region, &phone) || slice_is_null(phone.e164))
		return;
	if (nobody_phone(maker->policy, &phone))
		return;
	add_phone_spelling(maker, phone.e164, name, false);
	if (name->other_first.len || name->other_last.len)
		add_phone_spelling(maker, phone.e164, name, true);
}

static struct slice region_of(const struct maker *maker, struct slice country)
{
	struct slice region = country.len ? country_code(country) : SLICE_NULL;

	return slice_is_null(region) ? slice_of(maker->policy->region) : region;
}

static void add_person(struct maker *maker)
{
	const struct slice *values = maker->values;
	struct person_name name;
	struct slice region;

	add_email(maker, values[PERSON_EMAIL]);
	if (!maker->policy->match_phone_name ||
	    (values[PERSON_PHONE].len == 0 && values[PERSON_MOBILE].len == 0))
		return;
	person_name_read(maker->arena, values[PERSON_FIRST_NAME], values[PERSON_LAST_NAME], SLICE_NULL,
	                 &name);
	if (name.is_nobody || name.first_is_initial || name.first.len == 0 || name.last.len == 0)
		return;
	region = region_of(maker, values[PERSON_COUNTRY]);
	add_phone_name(maker, values[PERSON_PHONE], region, &name);
	add_phone_name(maker, values[PERSON_MOBILE], region, &name);
}

/* -- accounts -- */

static bool business_domain(struct arena *arena, const struct policy *policy, struct slice raw,
                            struct slice *ret)
{
	struct domain domain;

	if (raw.len == 0 || !domain_read(arena, policy, raw, &domain) || domain.name.len == 0 ||
	    domain_is_shared(&domain))
		return false;
	*ret = domain.name;
	return true;
}

static bool domain_of_email(struct arena *arena, const struct policy *policy, struct slice raw,
                            struct slice *ret)
{
	struct email email;

	if (raw.len == 0 || !email_read(arena, raw, &email) || email.meant.len ||
	    nobody_email(policy, &email))
		return false;
	return business_domain(arena, policy, email.domain, ret);
}

struct slice domain_of(struct arena *arena, const struct policy *policy, enum entity entity,
                       const struct slice values[VALUES_MAX])
{
	struct slice ret = SLICE_NULL;

	if (entity == ENTITY_PERSON)
		(void)domain_of_email(arena, policy, values[PERSON_EMAIL], &ret);
	else if (entity == ENTITY_ACCOUNT)
		(void)(business_domain(arena, policy, values[ACCOUNT_DOMAIN], &ret) ||
		       business_domain(arena, policy, values[ACCOUNT_WEBSITE], &ret) ||
		       domain_of_email(arena, policy, values[ACCOUNT_EMAIL], &ret));
	return ret;
}

static void add_spelling(struct maker *maker, struct slice compact, struct slice domain,
                         const struct address *address)
{
	if (domain.len)
		add(maker, KEY_DOMAIN_NAME, (struct slice[]){ domain, compact }, 2);
	if (address->country.len == 0)
		return;
	if (address->postal.len >= 3)
		add(maker, KEY_NAME_PLACE,
		    (struct slice[]){ compact, SLICE("postal"), address->postal, address->country }, 4);
	if (address->city.len)
		add(maker, KEY_NAME_PLACE,
		    (struct slice[]){ compact, SLICE("city"), address->city, address->country }, 4);
}

static void add_account(struct maker *maker)
{
	const struct slice *values = maker->values;
	struct slice domain = domain_of(maker->arena, maker->policy, ENTITY_ACCOUNT, values);
	struct address address;
	struct company company;

	company_read(maker->arena, values[ACCOUNT_NAME], &company);
	if (company.compact.len && !company.is_nobody) {
		address_read(maker->arena,
		             &(struct address_fields){ .city = values[ACCOUNT_CITY],
		                                       .postal_code = values[ACCOUNT_POSTAL_CODE],
		                                       .country = values[ACCOUNT_COUNTRY] },
		             &address);
		add_spelling(maker, company.compact, domain, &address);
		if (company.other_compact.len)
			add_spelling(maker, company.other_compact, domain, &address);
	}
	if (domain.len)
		add(maker, KEY_DOMAIN, &domain, 1);
}

static int by_strength(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return slice_compare(x->text, y->text);
}

size_t keys_of(struct arena *arena, const struct policy *policy, uint64_t secret, enum entity entity,
               const struct slice values[VALUES_MAX], struct key keys[KEYS_MAX])
{
	struct maker maker = { arena, policy, secret, values, keys, 0 };

	if (entity != ENTITY_PERSON && entity != ENTITY_ACCOUNT)
		return 0;
	add_external_ids(&maker, entity);
	if (entity == ENTITY_PERSON)
		add_person(&maker);
	else
		add_account(&maker);
	if (maker.n > 1)
		qsort(keys, maker.n, sizeof(*keys), by_strength);
	return maker.n;
}

struct key key_same_as(struct arena *arena, uint64_t secret, const char *connector, const char *object,
                       struct slice id)
{
	return make(arena, secret, KEY_SAME_AS, (struct slice[]){ slice_of(connector), slice_of(object), id },
	            3);
}

struct key key_email(struct arena *arena, uint64_t secret, struct slice normalised)
{
	return make(arena, secret, KEY_EMAIL, &normalised, 1);
}

struct key key_domain(struct arena *arena, uint64_t secret, struct slice domain)
{
	return make(arena, secret, KEY_DOMAIN, &domain, 1);
}

struct hash128 source_key(uint64_t secret, const char *connector, const char *object, struct slice id)
{
	return hash_key(secret, SOURCE_KEY_KIND,
	                (struct slice[]){ slice_of(connector), slice_of(object), id }, 3);
}
