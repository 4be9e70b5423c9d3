/* SPDX-License-Identifier: Apache-2.0 */
#include "block.h"

#include "similar.h"

enum kind {
	KIND_EMAIL,
	KIND_LOCAL_STEM,
	KIND_NAME,
	KIND_SOUND,
	KIND_PHONE,
	KIND_ORG_LAST,
	KIND_ORG_TAIL,
	KIND_ORG_FIRST,
	KIND_LOCAL_LAST,
	KIND_NATIONAL_ID,
	KIND_BIRTH,
	KIND_REGISTRATION,
	KIND_PLACE,
	KIND_COMPANY,
	KIND_COMPANY_HEAD,
	KIND_COMPANY_TAIL,
	KIND_DOMAIN,
	KIND_STEM,
	KIND_STREET,
	KIND_REFINED,
	KIND_LAST_TOWN,
	KIND_FIRST_TOWN,
	KIND_EMAIL_HEAD,
	KIND_EMAIL_TAIL,
	KIND_DOOR,
};

struct maker {
	struct block_key *keys;
	size_t n;
};

static void add(struct maker *maker, enum kind kind, struct slice a, struct slice b)
{
	int64_t hash = hash_key(0, kind, (struct slice[]){ a, b }, 2).low;

	for (size_t i = 0; i < maker->n; i++)
		if (maker->keys[i].hash == hash)
			return;
	if (maker->n < BLOCK_KEYS_MAX)
		maker->keys[maker->n++].hash = hash;
}

static struct slice head(struct slice text, size_t n)
{
	return slice_sub(text, 0, n);
}

static struct slice tail(struct slice text, size_t n)
{
	return text.len > n ? slice_sub(text, text.len - n, n) : text;
}

static struct slice last_word(struct slice words)
{
	const char *blank = words.len ? memrchr(words.data, ' ', words.len) : NULL;

	return blank ? slice_sub(words, (size_t)(blank + 1 - words.data), words.len) : words;
}

static struct slice first_word(struct slice words)
{
	const char *blank = words.len ? memchr(words.data, ' ', words.len) : NULL;

	return blank ? slice_sub(words, 0, (size_t)(blank - words.data)) : words;
}

/* In the order of the bytes, so that swapped fields meet. */
static void add_sorted(struct maker *maker, enum kind kind, struct slice a, struct slice b)
{
	if (slice_compare(a, b) <= 0)
		add(maker, kind, a, b);
	else
		add(maker, kind, b, a);
}

static void add_names(struct maker *maker, const struct profile *profile)
{
	struct slice last = profile->name.last;
	char sound_first[12], sound_last[12];

	if (profile->name.first.len == 0 || last.len == 0)
		return;
	for (size_t i = 0; i < profile->n_roots; i++) {
		add_sorted(maker, KIND_NAME, profile->roots[i], first_word(last));
		add_sorted(maker, KIND_NAME, profile->roots[i], last_word(last));
	}
	add_sorted(maker, KIND_NAME, profile->name.first,
	           first_word(profile->name.other_last.len ? profile->name.other_last : last));
	add_sorted(maker, KIND_SOUND,
	           (struct slice){ sound_first,
	                           similar_sound(profile->name.first, sound_first, sizeof(sound_first)) },
	           (struct slice){ sound_last, similar_sound(last, sound_last, sizeof(sound_last)) });
}

static void add_email(struct maker *maker, const struct profile *profile)
{
	const struct email *email = &profile->email;

	if (!profile->has_email)
		return;
	add(maker, KIND_EMAIL, email->text, SLICE(""));
	if (email->is_role)
		return;
	if (profile->org_stem.len)
		add(maker, KIND_LOCAL_STEM, email->local, profile->org_stem);
	if (email->local.len > 5 && profile->name.last.len)
		add(maker, KIND_LOCAL_LAST, email->local, head(profile->name.last, 2));
}

/* For addresses mistyped in one half: the beginning and the end of both halves. */
static void add_mistyped(struct maker *maker, const struct email *email)
{
	add(maker, KIND_EMAIL_HEAD, head(email->local, 4), head(email->domain, 4));
	add(maker, KIND_EMAIL_TAIL, tail(email->local, 4), head(email->domain, 3));
}

/* Persons of registers, with number or birth date: anything may be mistyped, so every two fields make a key.
 */
static void add_register(struct maker *maker, const struct profile *profile)
{
	const struct address *address = &profile->address;
	struct slice town = address->postal.len ? address->postal : head(address->city, 4);

	if (profile->identifiers[IDENTIFIER_BIRTH_DATE].len == 0 &&
	    profile->identifiers[IDENTIFIER_NATIONAL_ID].len == 0)
		return;
	if (profile->has_email)
		add_mistyped(maker, &profile->email);
	if (profile->name.last.len && town.len)
		add(maker, KIND_LAST_TOWN, head(profile->name.last, 3), town);
	if (profile->name.first.len && town.len)
		add(maker, KIND_FIRST_TOWN, head(profile->name.first, 3), town);
	if (address->number.len && address->street.len)
		add(maker, KIND_DOOR, head(address->street, 5), address->number);
	if (profile->identifiers[IDENTIFIER_NATIONAL_ID].len)
		add(maker, KIND_NATIONAL_ID, head(profile->identifiers[IDENTIFIER_NATIONAL_ID], 4),
		    head(profile->name.first, 1));
}

static void add_phones(struct maker *maker, const struct profile *profile)
{
	for (size_t i = 0; i < PROFILE_PHONES; i++)
		if (profile->phones[i].national.len >= 6)
			add(maker, KIND_PHONE, tail(profile->phones[i].national, 8), SLICE(""));
}

static void add_org(struct maker *maker, const struct profile *profile, struct slice org)
{
	if (org.len == 0)
		return;
	if (profile->name.last.len) {
		add(maker, KIND_ORG_LAST, org, head(profile->name.last, 4));
		add(maker, KIND_ORG_TAIL, org, tail(profile->name.last, 4));
	}
	if (profile->name.first.len > 1)
		add(maker, KIND_ORG_FIRST, org, head(profile->name.first, 3));
}

static void add_identifiers(struct maker *maker, const struct profile *profile)
{
	static const enum kind kinds[IDENTIFIER_COUNT] = { KIND_NATIONAL_ID, KIND_BIRTH, KIND_REGISTRATION };

	for (size_t i = 0; i < IDENTIFIER_COUNT; i++)
		if (profile->identifiers[i].len)
			add(maker, kinds[i], profile->identifiers[i], SLICE(""));
}

static size_t account_keys(const struct profile *profile, struct maker *maker)
{
	struct slice name = profile->company.compact;
	char sound[12];

	if (name.len && !profile->company.is_nobody) {
		add(maker, KIND_COMPANY, name, SLICE(""));
		add(maker, KIND_COMPANY_HEAD, head(name, 9), SLICE(""));
		if (name.len >= 12)
			add(maker, KIND_COMPANY_TAIL, tail(name, 11), SLICE(""));
		add(maker, KIND_SOUND,
		    (struct slice){ sound, similar_sound(profile->company.name, sound, sizeof(sound)) },
		    SLICE(""));
		if (profile->company.other_compact.len)
			add(maker, KIND_COMPANY, profile->company.other_compact, SLICE(""));
	}
	if (profile->org.len) {
		add(maker, KIND_DOMAIN, profile->org, SLICE(""));
		add(maker, KIND_STEM, profile->org_stem, SLICE(""));
	}
	add_phones(maker, profile);
	add_identifiers(maker, profile);
	if (profile->address.postal.len && profile->address.street.len)
		add(maker, KIND_STREET, profile->address.postal, head(profile->address.street, 5));
	return maker->n;
}

size_t block_keys(const struct profile *profile, struct block_key keys[BLOCK_KEYS_MAX])
{
	struct maker maker = { keys, 0 };

	if (profile->is_nobody)
		return 0;
	if (profile->entity == ENTITY_ACCOUNT)
		return account_keys(profile, &maker);
	add_email(&maker, profile);
	add_names(&maker, profile);
	add_phones(&maker, profile);
	add_org(&maker, profile, profile->org);
	add_org(&maker, profile, profile->web_org);
	if (!profile->company.is_nobody)
		add_org(&maker, profile, profile->company.compact);
	add_identifiers(&maker, profile);
	add_register(&maker, profile);
	if (profile->place.len)
		add(&maker, KIND_PLACE, profile->place, head(profile->name.first, 2));
	return maker.n;
}

struct block_key block_refine(struct block_key key, const struct profile *profile)
{
	struct slice part = { (const char *)&key.hash, sizeof(key.hash) };
	bool is_account = profile->entity == ENTITY_ACCOUNT;
	struct slice by = is_account ? head(profile->company.compact, 4) : head(profile->name.first, 2);
	struct slice and = is_account         ? profile->address.city
	                   : profile->org.len ? profile->org
	                                      : profile->company.compact;

	return (struct block_key){ hash_key(0, KIND_REFINED, (struct slice[]){ part, by, and}, 3).low };
}
