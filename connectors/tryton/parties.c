/* SPDX-License-Identifier: Apache-2.0 */
#include "party.h"

#include <assert.h>

#include "names.h"
#include "rpc.h"

/* -- Values -- */

static struct slice mechanism_value(const struct party *party, int type, struct slice value)
{
	if (!party->shows_mechanisms)
		return SLICE_NULL;
	return slice_is_null(party->mechanisms[type].id) ? SLICE("") : value;
}

static struct slice title_value(const struct tryton_config *config, const struct party *party)
{
	if (config->title_in != TITLE_COMMENT)
		return SLICE_NULL;
	return mechanism_value(party, MECHANISM_EMAIL, party->mechanisms[MECHANISM_EMAIL].comment);
}

static struct slice address_value(const struct party *party, int part)
{
	if (!party->shows_addresses)
		return SLICE_NULL;
	return slice_is_null(party->address.id) ? SLICE("") : party->address.parts[part];
}

static struct slice name_value(struct arena *arena, const struct party *party, enum party_part part,
                               bool is_account)
{
	struct person_name name;

	if (part == PART_NAME)
		return party->name;
	if (is_account)
		return SLICE_NULL;
	name = name_split(arena, party->name);
	return part == PART_FIRST_NAME ? name.first : name.last;
}

static struct slice party_value(struct pull *pull, const struct party *party, const struct party_field *field,
                                bool is_account)
{
	switch (field->part) {
	case PART_NAME:
	case PART_FIRST_NAME:
	case PART_LAST_NAME:
		return name_value(pull->batch->arena, party, field->part, is_account);
	case PART_TITLE:
		return title_value(pull->config, party);
	case PART_MECHANISM:
		return mechanism_value(party, field->index, party->mechanisms[field->index].value);
	case PART_ADDRESS:
		return address_value(party, field->index);
	}
	return SLICE_NULL;
}

static bool read_values(struct pull *pull, const json_t *row, const struct party *party, bool is_account,
                        struct slice *values, struct error *err)
{
	for (size_t i = 0; i < pull->n_fields; i++) {
		const struct party_field *field = party_field(pull->fields[i]);

		if (field)
			values[i] = party_value(pull, party, field, is_account);
		else if (!rpc_text(pull->batch->arena, rpc_member(row, pull->fields[i]), &values[i], err))
			return fail_in(err, "field %s", pull->fields[i]);
	}
	return true;
}

static bool party_row(struct pull *pull, const json_t *row, struct slice id, struct error *err)
{
	struct slice *values = arena_array(pull->batch->arena, pull->n_fields, sizeof(*values));
	struct party party;
	struct record *record;
	struct row_times times;
	bool is_account;

	if (!party_read(row, &party, err) || !row_times(row, &times, err))
		return false;
	is_account = party_is_account(pull->config, &party);
	if (!read_values(pull, row, &party, is_account, values, err))
		return false;
	record = walk_add(pull, "party", is_account ? ENTITY_ACCOUNT : ENTITY_PERSON, id, &times, values);
	if (party.touched_us >
	    record->modified_us) /* a change of a mechanism leaves the party's own stamp alone */
		record->modified_us = party.touched_us;
	record->is_deleted = !party.is_active || !slice_is_empty(party.replaced_by);
	if (!slice_is_empty(party.replaced_by))
		batch_ref(pull->batch, record, REF_SAME_AS, "party", party.replaced_by);
	return true;
}

/* -- The stream -- */

static bool is_ours(const char *field)
{
	return party_field(field) != NULL;
}

/*
 * A mechanism or address that is not younger than its party was read with it: both were written by one
 * transaction, or the party was written later and is read again while the other transaction may still be
 * running.
 */
static bool is_younger_than_party(const json_t *row, int64_t stamp_us)
{
	int64_t written_us, created_us;

	if (!rpc_time(rpc_member(row, "party.write_date"), &written_us) ||
	    !rpc_time(rpc_member(row, "party.create_date"), &created_us))
		return true;
	return stamp_us > (written_us ? written_us : created_us);
}

#define CHILD_FIELDS ",\"party\",\"party.write_date\",\"party.create_date\""
#define CHILD_SCAN(title, of, written)                                                                       \
	{                                                                                                    \
		.name = title, .model = of, .is_written = written, .via = "party", .match = "id",            \
		.fields = CHILD_FIELDS, .is_needed = is_younger_than_party,                                  \
	}

static const struct scan party_scans[] = {
	{ .name = "created", .model = "party.party" },
	{ .name = "written", .model = "party.party", .is_written = true },
	CHILD_SCAN("mechanism.created", "party.contact_mechanism", false),
	CHILD_SCAN("mechanism.written", "party.contact_mechanism", true),
	CHILD_SCAN("address.created", "party.address", false),
	CHILD_SCAN("address.written", "party.address", true),
};
static_assert(ARRAY_SIZE(party_scans) <= WALK_SCANS_MAX, "a walk has room for its marks");

static const char *const row_fields[] = {
	"name",
	"active",
	"replaced_by",
	"write_date",
	"create_date",
	"identifiers.type",
	"contact_mechanisms.type",
	"contact_mechanisms.value",
	"contact_mechanisms.comment",
	"contact_mechanisms.active",
	"contact_mechanisms._timestamp",
	"addresses._timestamp",
	"addresses.street",
	"addresses.postal_code",
	"addresses.city",
	"addresses.subdivision.name",
	"addresses.country.code",
	"addresses.active",
	NULL,
};

static const struct source parties = {
	.object = "party",
	.model = "party.party",
	.fields = row_fields,
	.is_derived = is_ours,
	.scans = party_scans,
	.n_scans = ARRAY_SIZE(party_scans),
	.row = party_row,
};

static enum next party_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	return walk_ask(walk_of(pull, &parties), pull, request, err);
}

static bool party_pull_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	return walk_read(pull->state, pull, response, err);
}

static const struct derived_field derived[] = {
	{ "name", "char", true },        { "first_name", "char", true },
	{ "last_name", "char", true },   { "title", "char", true },
	{ "email", "char", true },       { "phone", "char", true },
	{ "mobile", "char", true },      { "website", "char", true },
	{ "street", "text", true },      { "city", "char", true },
	{ "postal_code", "char", true }, { "state", "char", false },
	{ "country", "char", false },    { 0 },
};

static enum next party_describe_ask(struct describe *describe, struct http_request *request,
                                    struct error *err)
{
	return describe_model_ask(describe, "party.party", request, err);
}

static bool party_describe_read(struct describe *describe, const struct http_response *response,
                                struct error *err)
{
	return describe_model_read(describe, derived, response, err);
}

/* Persons and companies share the stream: what an entity has no field for is not used for it. */
static const struct field_map party_map[] = {
	{ "first_name", "first_name", MAP_BOTH },
	{ "last_name", "last_name", MAP_BOTH },
	{ "name", "name", MAP_BOTH },
	{ "email", "email", MAP_BOTH },
	{ "phone", "phone", MAP_BOTH },
	{ "mobile", "mobile", MAP_BOTH },
	{ "title", "title", MAP_BOTH },
	{ "website", "website", MAP_BOTH },
	{ "street", "street", MAP_BOTH },
	{ "city", "city", MAP_BOTH },
	{ "postal_code", "postal_code", MAP_BOTH },
	{ "state", "state", MAP_PULL },
	{ "country", "country", MAP_PULL },
	{ NULL, NULL, MAP_BOTH },
};

const struct stream_ops tryton_party = {
	.name = "party",
	.entity = ENTITY_PERSON,
	.help = "parties, read as persons or accounts (setting party), with contact mechanisms and first "
	        "address",
	.fields = party_map,
	.ids_max = TRYTON_IDS_MAX,
	.ask = party_ask,
	.read = party_pull_read,
	.describe_ask = party_describe_ask,
	.describe_read = party_describe_read,
	.push_max = TRYTON_PUSH_MAX,
	.can_create = true,
	.push_ask = party_push_ask,
	.push_read = party_push_read,
};
