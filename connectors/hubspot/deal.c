/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "json.h"

static const struct field_map fields[] = {
	{ "name", "dealname", MAP_BOTH },
	{ "stage", "dealstage", MAP_BOTH },
	{ "amount", "amount", MAP_BOTH },
	{ "close_date", "closedate", MAP_BOTH },
	{ "is_closed", "hs_is_closed", MAP_PULL },
	{ "is_won", "hs_is_closed_won", MAP_PULL },
	{ 0 }
};

static const char *const properties[] = { "dealstage", "hubspot_owner_id", NULL };

static const struct hubspot_link links[] = {
	{ "contacts", "contact", REF_PERSON, 0, NULL },
	{ "companies", "company", REF_ACCOUNT, 5, "deal_to_company" },
	{ 0 }
};

static const struct deal_stage *stage_find(const struct object_pull *state, struct slice id)
{
	for (size_t i = 0; i < state->n_stages; i++)
		if (slice_equal(state->stages[i].id, id))
			return &state->stages[i];
	return NULL;
}

static struct slice truth(bool is)
{
	return is ? SLICE("true") : SLICE("false");
}

/* What a deal does not show of itself its stage tells; and what is won is closed. */
static void deal_more(struct pull *pull, const struct object_pull *state, const json_t *item,
		      struct record *deal)
{
	const json_t *values = json_object_get(item, "properties");
	const struct deal_stage *stage = stage_find(state, hubspot_text(values, "dealstage"));
	bool is_won = slice_equal_text(hubspot_text(values, "hs_is_closed_won"), "true");

	for (size_t i = 0; i < pull->n_fields && (stage || is_won); i++) {
		if (!slice_is_empty(deal->values[i]))
			continue;
		if (strcmp(pull->fields[i], "hs_is_closed") == 0)
			batch_set(pull->batch, deal, i, truth(is_won || stage->is_closed));
		else if (strcmp(pull->fields[i], "hs_is_closed_won") == 0)
			batch_set(pull->batch, deal, i, truth(is_won || stage->is_won));
	}
}

static const char *const after[] = { "owner", "company", "contact", NULL };

const struct hubspot_object hubspot_deal = {
	.stream = {
		.name = "deal",
		.entity = ENTITY_OPPORTUNITY,
		.help = "deals with their contacts, company and owner",
		.fields = fields,
		.after = after,
		.ids_max = 100,
		.ask = hubspot_object_ask,
		.read = hubspot_object_read,
		.describe_ask = hubspot_describe_ask,
		.describe_read = hubspot_describe_read,
		.push_max = 100,
		.can_create = true,
		.push_ask = hubspot_push_ask,
		.push_read = hubspot_push_read,
	},
	.path = "deals",
	.type_id = "0-3",
	.stamp = "hs_lastmodifieddate",
	.merged = MERGED_IDS,
	.properties = properties,
	.links = links,
	.has_pipelines = true,
	.more = deal_more,
};
