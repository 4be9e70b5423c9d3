/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "json.h"

static const struct field_map fields[] = {
	{ "name", "name", MAP_BOTH },
	{ "domain", "domain", MAP_BOTH },
	{ "website", "website", MAP_BOTH },
	{ "phone", "phone", MAP_BOTH },
	{ "street", "address", MAP_BOTH },
	{ "city", "city", MAP_BOTH },
	{ "state", "state", MAP_BOTH },
	{ "postal_code", "zip", MAP_BOTH },
	{ "country", "country", MAP_BOTH },
	{ "industry", "industry", MAP_BOTH },
	{ "employees", "numberofemployees", MAP_BOTH },
	{ 0 }
};

static const char *const properties[] = { "hubspot_owner_id", "hs_parent_company_id", NULL };

static void company_more(struct pull *pull, const struct object_pull *state, const json_t *item,
			 struct record *company)
{
	struct slice parent = json_text(json_object_get(item, "properties"), "hs_parent_company_id");

	(void)state;
	if (slice_is_null(parent))
		company->is_partial = true;
	else
		batch_ref(pull->batch, company, REF_PARENT, "company", parent);
}

static const char *const after[] = { "owner", NULL };

const struct hubspot_object hubspot_company = {
	.stream = {
		.name = "company",
		.entity = ENTITY_ACCOUNT,
		.help = "companies with their parent and owner",
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
	.path = "companies",
	.type_id = "0-2",
	.stamp = "hs_lastmodifieddate",
	.merged = MERGED_IDS,
	.properties = properties,
	.more = company_more,
};
