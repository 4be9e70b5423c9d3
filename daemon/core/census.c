/* SPDX-License-Identifier: Apache-2.0 */
#include "census.h"

#include <math.h>

#include "alloc.h"
#include "hash.h"
#include "match.h"

#define NAMES_MAX   8	 /* names kept a value: enough to know it is shared */
#define HELD_MAX    25	 /* records with one value beyond which it is nobody's */
#define HOLDERS_MIN 200	 /* records with such a value from which they speak for the store */
#define FOUND_SHARE 0.6	 /* of the true pairs that share one such value */
#define PAIRS_MIN   0.02 /* true pairs a record, at least and at most */
#define PAIRS_MAX   3.0
#define PAIRS_ASSUMED 0.7 /* of a store that says too little */

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
	KIND_NUMBER,
};

struct entry {
	struct hash128 hash; /* of kind and value; both 0: free */
	uint32_t count;
	uint8_t n_names, kind;
	const struct profile *names[NAMES_MAX]; /* of addresses and numbers: the names that use it */
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
	entry->kind = (uint8_t)kind;
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

static int compare_names(const struct profile *a, const struct profile *b)
{
	int order = slice_compare(a->name.last, b->name.last);

	if (order == 0)
		order = slice_compare(a->name.first, b->name.first);
	return order ? order : (a->name.generation > b->name.generation) - (a->name.generation < b->name.generation);
}

/* The first NAMES_MAX names of those that hold a value, in the order of their letters: not that of arrival. */
static void keep_name(struct entry *entry, const struct profile *profile)
{
	size_t at = 0;

	while (at < entry->n_names && compare_names(entry->names[at], profile) < 0)
		at++;
	if (at == NAMES_MAX || (at < entry->n_names && compare_names(entry->names[at], profile) == 0))
		return;
	if (entry->n_names < NAMES_MAX)
		entry->n_names++;
	memmove(&entry->names[at + 1], &entry->names[at], (entry->n_names - at - 1u) * sizeof(*entry->names));
	entry->names[at] = profile;
}

static void add_holder(struct census *census, enum kind kind, struct slice value,
                       const struct profile *profile)
{
	struct entry *entry;

	if (value.len == 0)
		return;
	entry = add(census, kind, value);
	if (is_named(profile) && !profile->is_mailbox)
		keep_name(entry, profile);
}

/* Of one person, as far as names tell: another family name under the same given name may be a marriage. */
static bool may_be_one(const struct profile *a, const struct profile *b)
{
	struct name_match names;

	match_names(a, b, &names);
	return names_are_compatible(&names) || (names.first == NAME_SAME && !names.generations_differ);
}

/* Counts names, not records: a name compatible with one that is counted adds nothing. */
static uint32_t count_names(const struct entry *entry)
{
	const struct profile *counted[NAMES_MAX];
	uint32_t n = 0;

	for (size_t i = 0; i < entry->n_names; i++) {
		bool is_new = true;

		for (size_t j = 0; is_new && j < n; j++)
			is_new = !may_be_one(entry->names[i], counted[j]);
		if (is_new)
			counted[n++] = entry->names[i];
	}
	return n;
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
	add_value(census, KIND_NUMBER, profile->identifiers[IDENTIFIER_NATIONAL_ID]);
	add_value(census, KIND_NUMBER, profile->identifiers[IDENTIFIER_REGISTRATION]);
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
}

void census_count_names(const struct census *census, struct profile *profile)
{
	struct profile_counts *counts = &profile->counts;

	if (profile->has_email)
		counts->email_names = count_names(look(census, KIND_EMAIL, profile->email.text));
	for (size_t i = 0; i < PROFILE_PHONES; i++) {
		struct slice phone = phone_value(&profile->phones[i]);

		if (phone.len == 0)
			continue;
		counts->phone_names[i] = count_names(look(census, KIND_PHONE, phone));
		counts->phone_is_switchboard[i] = look(census, KIND_SWITCHBOARD, phone)->count > 0;
	}
}

/* Of each kind: the records that hold a value of one name, and the pairs of them that hold the same. */
static double pairs_a_record(const struct census *census, enum kind kind)
{
	double holders = 0, pairs = 0;

	for (size_t i = 0; i <= census->mask; i++) {
		const struct entry *entry = &census->entries[i];

		if (entry->count == 0 || entry->kind != kind || entry->count > HELD_MAX || count_names(entry) > 1)
			continue;
		holders += entry->count;
		pairs += entry->count * (entry->count - 1.0) / 2;
	}
	return holders < HOLDERS_MIN ? -1 : pairs / holders / FOUND_SHARE;
}

float census_prior(const struct census *census)
{
	double pairs = pairs_a_record(census, KIND_NUMBER);

	if (pairs < 0)
		pairs = pairs_a_record(census, KIND_EMAIL);
	if (pairs < 0)
		pairs = pairs_a_record(census, KIND_PHONE);
	if (pairs < 0)
		pairs = PAIRS_ASSUMED;
	pairs = pairs < PAIRS_MIN ? PAIRS_MIN : pairs > PAIRS_MAX ? PAIRS_MAX : pairs;
	return (float)log2(2 * pairs / (census->n_records + 2));
}

double census_records(const struct census *census)
{
	return census->n_records;
}
