/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "number.h"
#include "party.h"
#include "rpc.h"
#include "tryton.h"
#include "writes.h"

/* -- Reading -- */

/* "converted" has become a sale that is not confirmed yet; it becomes won with it. */
static const struct {
	const char *state;
	const char *is_closed, *is_won;
} states[] = {
	{ "lead", "false", "false" }, { "opportunity", "false", "false" }, { "converted", "false", "false" },
	{ "won", "true", "true" },    { "lost", "true", "false" },         { "cancelled", "true", "false" },
};

static struct slice state_value(const json_t *row, const char *field)
{
	struct slice state = json_text(row, "state");

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (slice_equal_text(state, states[i].state))
			return slice_of(strcmp(field, "is_won") == 0 ? states[i].is_won
			                                             : states[i].is_closed);
	return SLICE_NULL;
}

static bool is_derived(const char *field)
{
	return strcmp(field, "is_closed") == 0 || strcmp(field, "is_won") == 0;
}

static bool read_values(struct pull *pull, const json_t *row, struct slice *values, struct error *err)
{
	for (size_t i = 0; i < pull->n_fields; i++) {
		const char *field = pull->fields[i];

		if (is_derived(field))
			values[i] = state_value(row, field);
		else if (!rpc_text(pull->batch->arena, rpc_member(row, field), &values[i], err))
			return fail_in(err, "field %s", field);
	}
	return true;
}

static bool opportunity_row(struct pull *pull, const json_t *row, struct slice id, struct error *err)
{
	struct slice *values = arena_array(pull->batch->arena, pull->n_fields, sizeof(*values));
	struct slice owner = json_text(row, "employee");
	const json_t *nested = json_object_get(row, "party.");
	struct party party = { 0 };
	struct row_times times;
	struct record *record;

	if (!row_times(row, &times, err) || !read_values(pull, row, values, err))
		return false;
	if (json_is_object(nested) && !party_read(nested, &party, err))
		return fail_in(err, "party");
	record = walk_add(pull, "opportunity", ENTITY_OPPORTUNITY, id, &times, values);
	batch_ref(pull->batch, record, REF_OWNER, "employee", slice_is_null(owner) ? SLICE("") : owner);
	if (!slice_is_empty(party.id)) /* classified as the party's own record is, so both are of one kind */
		batch_ref(pull->batch, record,
		          party_is_account(pull->config, &party) ? REF_ACCOUNT : REF_PERSON, "party",
		          party.id);
	return true;
}

/*
 * When a party is merged into another, its opportunities move to the survivor with their old stamps. So
 * merged parties are watched too, and the opportunities of their survivors read again.
 */
static const struct scan opportunity_scans[] = {
	{ .name = "created", .model = "sale.opportunity" },
	{ .name = "written", .model = "sale.opportunity", .is_written = true },
	{
	        .name = "replaced",
	        .model = "party.party",
	        .is_written = true,
	        .where = ",[\"replaced_by\",\"!=\",null]",
	        .via = "replaced_by",
	        .match = "party",
	        .fields = ",\"replaced_by\"",
	},
};
static_assert(ARRAY_SIZE(opportunity_scans) <= WALK_SCANS_MAX, "a walk has room for its marks");

static const char *const row_fields[] = {
	"state",
	"employee",
	"party",
	"party.name",
	"party.identifiers.type",
	"party.contact_mechanisms.type",
	"party.contact_mechanisms.value",
	"party.contact_mechanisms.active",
	"write_date",
	"create_date",
	NULL,
};

static const struct source opportunities = {
	.object = "opportunity",
	.model = "sale.opportunity",
	.fields = row_fields,
	.is_derived = is_derived,
	.scans = opportunity_scans,
	.n_scans = ARRAY_SIZE(opportunity_scans),
	.row = opportunity_row,
};

static enum next opportunity_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	return walk_ask(walk_of(pull, &opportunities), pull, request, err);
}

static bool opportunity_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	return walk_read(pull->state, pull, response, err);
}

/* -- Writing -- */

static void add_amount(struct buf *values, struct slice amount)
{
	if (slice_is_empty(amount))
		buf_add_text(values, "null");
	else
		rpc_add_decimal(values, amount);
}

static void add_text(struct buf *values, struct slice text)
{
	buf_add_json_string(values, slice_is_empty(text) ? SLICE_NULL : text);
}

static const struct {
	const char *field;
	bool is_amount;
	void (*add)(struct buf *values, struct slice value);
} writable[] = {
	{ "description", false, add_text },
	{ "amount", true, add_amount },
};

static bool draft_change(const struct change *change, struct buf *values, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++) {
		if (strcmp(change->field, writable[i].field) != 0)
			continue;
		if (writable[i].is_amount && change->value.len && !is_decimal(change->value))
			return fail(err, ERROR_RECORD, "amount \"%.*s\" is not a decimal number",
			            SLICE_ARGS(slice_sub(change->value, 0, 60)));
		buf_printf(values, "%s\"%s\":", values->len ? "," : "", change->field);
		writable[i].add(values, change->value);
		return true;
	}
	return fail(err, ERROR_RECORD, "field %s of an opportunity is not written: its workflow decides",
	            change->field);
}

static bool draft_opportunity(struct push *push, struct push_item *item, const json_t *row,
                              struct draft *draft, struct error *err)
{
	(void)push;
	draft_stamp(draft, "sale.opportunity", item->remote_id, json_text(row, "_timestamp"));
	for (size_t i = 0; i < item->n_changes; i++) {
		if (!draft_change(&item->changes[i], &draft->values, err)) {
			item->err_field = item->changes[i].field;
			return false;
		}
	}
	return true;
}

static const struct write_ops opportunity_writes = {
	.model = "sale.opportunity",
	.fields = "[\"id\",\"_timestamp\"]",
	.draft = draft_opportunity,
};

static enum next opportunity_push_ask(struct push *push, struct http_request *request, struct error *err)
{
	if (push->verb != PUSH_UPDATE)
		return NEXT_DONE;
	return writes_ask(&opportunity_writes, push, request, err);
}

static bool opportunity_push_read(struct push *push, const struct http_response *response, struct error *err)
{
	return writes_read(&opportunity_writes, push, response, err);
}

/* -- The stream -- */

static const struct derived_field derived[] = {
	{ "description", "char", true },
	{ "amount", "numeric", true },
	{ "is_closed", "boolean", false },
	{ "is_won", "boolean", false },
	{ 0 },
};

static enum next opportunity_describe_ask(struct describe *describe, struct http_request *request,
                                          struct error *err)
{
	return describe_model_ask(describe, "sale.opportunity", request, err);
}

static bool opportunity_describe_read(struct describe *describe, const struct http_response *response,
                                      struct error *err)
{
	return describe_model_read(describe, derived, response, err);
}

static const struct field_map opportunity_map[] = {
	{ "name", "description", MAP_BOTH },
	{ "stage", "state", MAP_PULL },
	{ "amount", "amount", MAP_BOTH },
	{ "close_date", "end_date", MAP_PULL },
	{ "is_closed", "is_closed", MAP_PULL },
	{ "is_won", "is_won", MAP_PULL },
	{ NULL, NULL, MAP_BOTH },
};

const struct stream_ops tryton_opportunity = {
	.name = "opportunity",
	.entity = ENTITY_OPPORTUNITY,
	.help = "sale opportunities and leads; the employee is the owner",
	.fields = opportunity_map,
	.after = (const char *const[]){ "employee", "party", NULL },
	.ids_max = TRYTON_IDS_MAX,
	.ask = opportunity_ask,
	.read = opportunity_read,
	.describe_ask = opportunity_describe_ask,
	.describe_read = opportunity_describe_read,
	.push_max = TRYTON_PUSH_MAX,
	.push_ask = opportunity_push_ask,
	.push_read = opportunity_push_read,
};
