/* SPDX-License-Identifier: Apache-2.0 */
#include "party.h"

#include "clock.h"
#include "names.h"
#include "number.h"
#include "rpc.h"

const char *const mechanism_names[MECHANISM_COUNT] = {
	[MECHANISM_EMAIL] = "email",
	[MECHANISM_PHONE] = "phone",
	[MECHANISM_MOBILE] = "mobile",
	[MECHANISM_WEBSITE] = "website",
};

const char *const address_names[ADDRESS_COUNT] = {
	[ADDRESS_STREET] = "street",          [ADDRESS_POSTAL_CODE] = "postal_code", [ADDRESS_CITY] = "city",
	[ADDRESS_STATE] = "subdivision.name", [ADDRESS_COUNTRY] = "country.code",
};

static const struct party_field party_fields[] = {
	{ "name", PART_NAME, 0 },
	{ "first_name", PART_FIRST_NAME, 0 },
	{ "last_name", PART_LAST_NAME, 0 },
	{ "title", PART_TITLE, 0 },
	{ "email", PART_MECHANISM, MECHANISM_EMAIL },
	{ "phone", PART_MECHANISM, MECHANISM_PHONE },
	{ "mobile", PART_MECHANISM, MECHANISM_MOBILE },
	{ "website", PART_MECHANISM, MECHANISM_WEBSITE },
	{ "street", PART_ADDRESS, ADDRESS_STREET },
	{ "city", PART_ADDRESS, ADDRESS_CITY },
	{ "postal_code", PART_ADDRESS, ADDRESS_POSTAL_CODE },
	{ "state", PART_ADDRESS, ADDRESS_STATE },
	{ "country", PART_ADDRESS, ADDRESS_COUNTRY },
};

const struct party_field *party_field(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(party_fields); i++)
		if (strcmp(party_fields[i].name, name) == 0)
			return &party_fields[i];
	return NULL;
}

/* -- Reading one -- */

/* Null stays unknown only where the member is missing; a blank is the empty slice. */
static struct slice member_text(const json_t *row, const char *path)
{
	const json_t *value = rpc_member(row, path);

	return value ? json_scalar(value) : SLICE_NULL;
}

/* Ids go back into requests as they are, so they must be numbers; anything else is no id. */
static struct slice member_id(const json_t *row, const char *path)
{
	int64_t id;

	return rpc_id(row, path, &id) ? member_text(row, path) : SLICE_NULL;
}

static bool is_inactive(const json_t *row)
{
	return json_is_false(json_object_get(row, "active"));
}

/* "1795305978.392354", seconds since 1970; 0 if it is none of that. */
static int64_t stamp_us(struct slice stamp)
{
	struct slice whole = stamp, part = SLICE_NULL;
	int64_t seconds, micro = 0;

	slice_split(stamp, '.', &whole, &part);
	if (!parse_int64(whole, 0, INT64_MAX / US_PER_S - 1, &seconds))
		return 0;
	for (size_t i = 0; i < 6; i++)
		micro = micro * 10 +
		        (i < part.len && part.data[i] >= '0' && part.data[i] <= '9' ? part.data[i] - '0' : 0);
	return seconds * US_PER_S + micro;
}

static void read_mechanism(struct party *party, const json_t *row)
{
	struct slice type = member_text(row, "type");

	for (int i = 0; i < MECHANISM_COUNT; i++) {
		struct mechanism *mechanism = &party->mechanisms[i];

		if (!slice_equal_text(type, mechanism_names[i]) || !slice_is_null(mechanism->id))
			continue;
		*mechanism = (struct mechanism){
			.id = member_id(row, "id"),
			.value = member_text(row, "value"),
			.comment = member_text(row, "comment"),
			.stamp = member_text(row, "_timestamp"),
		};
	}
}

/* A place without a country, say, has "country": null and no "country.": blank, not unknown. */
static struct slice address_text(const json_t *row, const char *path)
{
	struct slice text = member_text(row, path);

	return slice_is_null(text) && strchr(path, '.') ? SLICE("") : text;
}

static void read_address(struct party *party, const json_t *row)
{
	if (!slice_is_null(party->address.id))
		return;
	party->address.id = member_id(row, "id");
	party->address.stamp = member_text(row, "_timestamp");
	for (int i = 0; i < ADDRESS_COUNT; i++)
		party->address.parts[i] = address_text(row, address_names[i]);
}

/* An identifier without a type may be anything; with one it is a tax or a company's number. */
static void read_identifier(struct party *party, const json_t *row)
{
	if (!slice_is_empty(member_text(row, "type")))
		party->has_tax_identifier = true;
}

static void read_children(struct party *party, const json_t *list,
                          void (*read)(struct party *, const json_t *))
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		int64_t touched_us = stamp_us(member_text(row, "_timestamp"));

		if (touched_us > party->touched_us)
			party->touched_us = touched_us;
		if (!is_inactive(row))
			read(party, row);
	}
}

bool party_read(const json_t *row, struct party *ret, struct error *err)
{
	const json_t *mechanisms = json_object_get(row, "contact_mechanisms.");
	const json_t *addresses = json_object_get(row, "addresses.");

	*ret = (struct party){
		.id = member_id(row, "id"),
		.name = member_text(row, "name"),
		.stamp = member_text(row, "_timestamp"),
		.replaced_by = member_id(row, "replaced_by"),
		.is_active = !is_inactive(row),
		.shows_mechanisms = json_is_array(mechanisms),
		.shows_addresses = json_is_array(addresses),
	};
	if (slice_is_empty(ret->id))
		return fail(err, ERROR_RECORD, "the party has no id");
	read_children(ret, mechanisms, read_mechanism);
	read_children(ret, addresses, read_address);
	read_children(ret, json_object_get(row, "identifiers."), read_identifier);
	return true;
}

bool party_is_account(const struct tryton_config *config, const struct party *party)
{
	if (config->party != PARTY_AUTO)
		return config->party == PARTY_ACCOUNT;
	return name_is_company(party->name, party->has_tax_identifier,
	                       party->mechanisms[MECHANISM_EMAIL].value);
}
