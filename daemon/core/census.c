/* SPDX-License-Identifier: Apache-2.0 */
#include "census.h"

#include "alloc.h"
#include "hash.h"
#include "match.h"

#define NAMES_MAX 4 /* incompatible names kept a value: enough to know it is shared */

enum kind {
	KIND_FIRST,
	KIND_LAST,
	KIND_COMPANY,
	KIND_ORG,
	KIND_PLACE,
	KIND_EMAIL,
	KIND_PHONE,
	KIND_SWITCHBOARD,
	KIND_CITY,
};

struct entry {
	struct hash128 hash; /* of kind and value; both 0: free */
	uint32_t count;
	uint8_t n_names;
	const struct profile *names[NAMES_MAX]; /* of addresses and numbers: one a set of compatible names */
};

struct census {
	struct entry *entries;
	size_t mask, n;
	double n_records;
};

struct census *census_new(void)
{
	struct census *census = alloc_zeroed(1, sizeof(*census));

	census->mask = 1023;
	census->entries = alloc_zeroed(census->mask + 1, sizeof(*census->entries));
	return census;
}

void census_free(struct census *census)
{
	if (!census)
		return;
	free(census->entries);
	free(census);
}

static struct entry *find(const struct census *census, struct hash128 hash)
{
	size_t at = (size_t)(uint64_t)hash.low & census->mask;

	while (census->entries[at].count &&
	       (census->entries[at].hash.low != hash.low || census->entries[at].hash.high != hash.high))
		at = (at + 1) & census->mask;
	return &census->entries[at];
}

static void grow(struct census *census)
{
	struct census old = *census;

	census->mask = 2 * old.mask + 1;
	census->entries = alloc_zeroed(census->mask + 1, sizeof(*census->entries));
	for (size_t i = 0; i <= old.mask; i++)
		if (old.entries[i].count)
			*find(census, old.entries[i].hash) = old.entries[i];
	free(old.entries);
}

static struct entry *add(struct census *census, enum kind kind, struct slice value)
{
	struct hash128 hash = hash_key(0, kind, &value, 1);
	struct entry *entry;

	if (2 * census->n >= census->mask)
		grow(census);
	entry = find(census, hash);
	census->n += entry->count == 0;
	entry->hash = hash;
	entry->count++;
	return entry;
}

static void add_value(struct census *census, enum kind kind, struct slice value)
{
	if (value.len)
		(void)add(census, kind, value);
}

static bool is_named(const struct profile *profile)
{
	return profile->name.first.len || profile->name.last.len;
}

/* Counts names, not records: a name compatible with one that is there adds nothing. */
static void add_holder(struct census *census, enum kind kind, struct slice value,
                       const struct profile *profile)
{
	struct entry *entry;

	if (value.len == 0)
		return;
	entry = add(census, kind, value);
	if (!is_named(profile) || profile->is_mailbox || entry->n_names == NAMES_MAX)
		return;
	for (size_t i = 0; i < entry->n_names; i++) {
		struct name_match names;

		match_names(profile, entry->names[i], &names);
		/* another family name under the same given name may be a marriage */
		if (names_are_compatible(&names) || (names.first == NAME_SAME && !names.generations_differ))
			return;
	}
	entry->names[entry->n_names++] = profile;
}

static struct slice phone_value(const struct phone *phone)
{
	return phone->e164.len ? phone->e164 : phone->national;
}

void census_add(struct census *census, const struct profile *profile)
{
	census->n_records++;
	add_value(census, KIND_FIRST, profile->name.first);
	add_value(census, KIND_LAST, profile->name.last);
	add_value(census, KIND_COMPANY, profile->company.compact);
	add_value(census, KIND_ORG, profile->org);
	add_value(census, KIND_PLACE, profile->place);
	add_value(census, KIND_CITY, profile->address.city);
	if (profile->has_email)
		add_holder(census, KIND_EMAIL, profile->email.text, profile);
	for (size_t i = 0; i < PROFILE_PHONES; i++)
		add_holder(census, KIND_PHONE, phone_value(&profile->phones[i]), profile);
}

void census_add_switchboard(struct census *census, struct slice e164)
{
	add_value(census, KIND_SWITCHBOARD, e164);
}

static const struct entry *look(const struct census *census, enum kind kind, struct slice value)
{
	return find(census, hash_key(0, kind, &value, 1));
}

void census_count(const struct census *census, struct profile *profile)
{
	struct profile_counts *counts = &profile->counts;

	counts->first = look(census, KIND_FIRST, profile->name.first)->count;
	counts->last = look(census, KIND_LAST, profile->name.last)->count;
	counts->company = look(census, KIND_COMPANY, profile->company.compact)->count;
	counts->org = look(census, KIND_ORG, profile->org)->count;
	counts->place = look(census, KIND_PLACE, profile->place)->count;
	counts->city = look(census, KIND_CITY, profile->address.city)->count;
	if (profile->has_email)
		counts->email_names = look(census, KIND_EMAIL, profile->email.text)->n_names;
	for (size_t i = 0; i < PROFILE_PHONES; i++) {
		struct slice phone = phone_value(&profile->phones[i]);

		if (phone.len == 0)
			continue;
		counts->phone_names[i] = look(census, KIND_PHONE, phone)->n_names;
		counts->phone_is_switchboard[i] = look(census, KIND_SWITCHBOARD, phone)->count > 0;
	}
}

double census_records(const struct census *census)
{
	return census->n_records;
}
