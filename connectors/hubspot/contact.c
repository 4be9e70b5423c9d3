/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "clock.h"
#include "json.h"

static const struct field_map fields[] = {
	{ "email", "email", MAP_BOTH },
	{ "first_name", "firstname", MAP_BOTH },
	{ "last_name", "lastname", MAP_BOTH },
	{ "title", "jobtitle", MAP_BOTH },
	{ "phone", "phone", MAP_BOTH },
	{ "mobile", "mobilephone", MAP_BOTH },
	{ "company", "company", MAP_BOTH },
	{ "street", "address", MAP_BOTH },
	{ "city", "city", MAP_BOTH },
	{ "state", "state", MAP_BOTH },
	{ "postal_code", "zip", MAP_BOTH },
	{ "country", "country", MAP_BOTH },
	{ "website", "website", MAP_BOTH },
	{ "lifecycle", "lifecyclestage", MAP_PULL },
	{ "lead_status", "hs_lead_status", MAP_PULL },	/* each system has a list of its own */
	{ "email_opt_out", "hs_email_optout", MAP_PULL },
	{ 0 }
};

static const char *const properties[] = { "email", "hubspot_owner_id", MERGED_IDS, NULL };

static const struct hubspot_link links[] = {
	{ "companies", "company", REF_ACCOUNT, 1, "contact_to_company" },
	{ 0 }
};

static void conversion_add(struct pull *pull, const json_t *values, struct slice title,
			   const struct record *contact)
{
	struct slice email = hubspot_text(values, "email");
	int64_t sent_us = hubspot_time_or(values, CONVERSION_DATE, 0);

	if (sent_us == 0)
		return;				/* a form without its time cannot be told from the one before */
	hubspot_activity_add(pull->batch, &(struct hubspot_activity){
		.object = "form",
		.kind = "form",
		.id = hubspot_submission_id(pull->batch->arena, email, contact->id, sent_us),
		.occurred_us = sent_us,
		.title = title,
		.email = email,
		/* The list of submissions knows the address only: both tell of one person in one way. */
		.contact_id = slice_is_empty(email) ? contact->id : SLICE(""),
	});
}

/* When the property got its value, by its history or by a value that is itself a time; 0: unknown. */
static int64_t property_time(const json_t *item, const char *property, struct slice value)
{
	const json_t *versions = json_object_get(json_object_get(item, "propertiesWithHistory"), property);
	int64_t us = hubspot_time_or(json_array_get(versions, 0), "timestamp", 0);

	return us != 0 || time_parse(value, &us) ? us : 0;
}

static void property_add(struct pull *pull, const json_t *item, const char *property,
			 const struct record *contact)
{
	const json_t *values = json_object_get(item, "properties");
	struct slice value = hubspot_text(values, property);
	int64_t changed_us = property_time(item, property, value);
	struct slice stamp = slice_of(arena_printf(pull->batch->arena, "%lld", (long long)changed_us));
	struct slice parts[] = { SLICE("property\n"), contact->id, SLICE("\n"), slice_of(property),
		SLICE("\n"), value,
				 SLICE("\n"), stamp };

	hubspot_activity_add(pull->batch, &(struct hubspot_activity){
		.object = "event",
		.kind = "property",
		.id = hubspot_hash_id(pull->batch->arena, parts, ARRAY_SIZE(parts)),
		.occurred_us = changed_us != 0 ? changed_us : contact->modified_us,
		.title = slice_of(arena_printf(pull->batch->arena, "%s: %.*s", property, SLICE_ARGS(value))),
		.email = hubspot_text(values, "email"),
		.contact_id = contact->id,
	});
}

static void contact_more(struct pull *pull, const struct object_pull *state, const json_t *item,
			 struct record *contact)
{
	const json_t *values = json_object_get(item, "properties");
	const struct hubspot_config *config = pull->config;

	(void)state;
	for (const char *const *property = config->activity_properties; *property; property++) {
		struct slice value = hubspot_text(values, *property);

		if (slice_is_empty(value) || strcmp(*property, CONVERSION_DATE) == 0)
			continue;
		if (strcmp(*property, CONVERSION_NAME) == 0)
			conversion_add(pull, values, value, contact);
		else
			property_add(pull, item, *property, contact);
	}
}

static const char *const after[] = { "owner", "company", NULL };

const struct hubspot_object hubspot_contact = {
	.stream = {
		.name = "contact",
		.entity = ENTITY_PERSON,
		.help = "contacts with their company and owner",
		.fields = fields,
		.after = after,
		.ids_max = 50,				/* most rows of a read with histories */
		.ask = hubspot_object_ask,
		.read = hubspot_object_read,
		.describe_ask = hubspot_describe_ask,
		.describe_read = hubspot_describe_read,
		.push_max = 100,
		.can_create = true,
		.push_ask = hubspot_push_ask,
		.push_read = hubspot_push_read,
	},
	.path = "contacts",
	.type_id = "0-1",
	.stamp = "lastmodifieddate",
	.merged = "hs_calculated_merged_vids",
	.properties = properties,
	.links = links,
	.has_activities = true,
	.more = contact_more,
};
