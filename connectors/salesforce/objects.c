/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams of records: what they are called there, which fields are ours by default, and which columns say how
 * records hang together.
 */
#include "salesforce.h"

#define OPS(stream, kind, about, map, ...)                                                                       \
	{                                                                                                        \
		.name = stream, .entity = kind, .help = about, .fields = map, .ids_max = 200,                    \
		.ask = salesforce_pull_ask, .read = salesforce_pull_read,                                        \
		.describe_ask = salesforce_describe_ask, .describe_read = salesforce_describe_read, __VA_ARGS__  \
	}
#define WRITABLE                                                                                                 \
	.push_max = 200, .can_create = true, .key_field = "Tandem_Id__c", .push_ask = salesforce_push_ask,       \
	.push_read = salesforce_push_read
#define REF(column, to, stream) { .name = column, .is_ref = true, .kind = to, .object = stream }

/* -- User -- */

static const struct field_map user_fields[] = {
	{ "email", "Email", MAP_PULL },
	{ "first_name", "FirstName", MAP_PULL },
	{ "last_name", "LastName", MAP_PULL },
	{ "is_active", "IsActive", MAP_PULL },
	{ 0 },
};

static const struct column user_columns[] = { { 0 } };	/* a user is never deleted, only made inactive */

const struct sobject salesforce_user = {
	.ops = OPS("user", ENTITY_USER, "owners of records", user_fields),
	.name = "User",
	.columns = user_columns,
};

/* -- Account -- */

static const struct field_map account_fields[] = {
	{ "name", "Name", MAP_BOTH },
	{ "website", "Website", MAP_BOTH },
	{ "phone", "Phone", MAP_BOTH },
	{ "street", "BillingStreet", MAP_BOTH },
	{ "city", "BillingCity", MAP_BOTH },
	{ "state", "BillingState", MAP_BOTH },
	{ "postal_code", "BillingPostalCode", MAP_BOTH },
	{ "country", "BillingCountry", MAP_BOTH },
	{ "industry", "Industry", MAP_BOTH },
	{ "employees", "NumberOfEmployees", MAP_BOTH },
	{ 0 },
};

static const struct column account_columns[] = {
	{ .name = "IsDeleted" },
	REF("MasterRecordId", REF_SAME_AS, "account"),
	REF("OwnerId", REF_OWNER, "user"),
	REF("ParentId", REF_PARENT, "account"),
	{ 0 },
};

const struct sobject salesforce_account = {
	.ops = OPS("account", ENTITY_ACCOUNT, "companies", account_fields,
		   .after = (const char *const[]){ "user", NULL }, WRITABLE),
	.name = "Account",
	.columns = account_columns,
	.required = (const char *const[]){ "Name", NULL },
	.key_offset = offsetof(struct salesforce_config, key_account),
};

/* -- Contact -- */

static const struct field_map contact_fields[] = {
	{ "email", "Email", MAP_BOTH },
	{ "first_name", "FirstName", MAP_BOTH },
	{ "last_name", "LastName", MAP_BOTH },
	{ "title", "Title", MAP_BOTH },
	{ "phone", "Phone", MAP_BOTH },
	{ "mobile", "MobilePhone", MAP_BOTH },
	{ "street", "MailingStreet", MAP_BOTH },
	{ "city", "MailingCity", MAP_BOTH },
	{ "state", "MailingState", MAP_BOTH },
	{ "postal_code", "MailingPostalCode", MAP_BOTH },
	{ "country", "MailingCountry", MAP_BOTH },
	{ "email_opt_out", "HasOptedOutOfEmail", MAP_BOTH },
	{ 0 },
};

static const struct column contact_columns[] = {
	{ .name = "IsDeleted" },
	REF("MasterRecordId", REF_SAME_AS, "contact"),
	REF("OwnerId", REF_OWNER, "user"),
	REF("AccountId", REF_ACCOUNT, "account"),
	{ 0 },
};

const struct sobject salesforce_contact = {
	.ops = OPS("contact", ENTITY_PERSON, "people of an account", contact_fields,
		   .after = (const char *const[]){ "user", "account", NULL }, WRITABLE),
	.name = "Contact",
	.columns = contact_columns,
	.required = (const char *const[]){ "LastName", NULL },
	.has_email = true,
	.has_account = true,
	.key_offset = offsetof(struct salesforce_config, key_contact),
};

/* -- Lead -- */

static const struct field_map lead_fields[] = {
	{ "email", "Email", MAP_BOTH },
	{ "first_name", "FirstName", MAP_BOTH },
	{ "last_name", "LastName", MAP_BOTH },
	{ "title", "Title", MAP_BOTH },
	{ "phone", "Phone", MAP_BOTH },
	{ "mobile", "MobilePhone", MAP_BOTH },
	{ "company", "Company", MAP_BOTH },
	{ "website", "Website", MAP_BOTH },
	{ "street", "Street", MAP_BOTH },
	{ "city", "City", MAP_BOTH },
	{ "state", "State", MAP_BOTH },
	{ "postal_code", "PostalCode", MAP_BOTH },
	{ "country", "Country", MAP_BOTH },
	{ "email_opt_out", "HasOptedOutOfEmail", MAP_BOTH },
	{ "lead_status", "Status", MAP_PULL },
	{ 0 },
};

static const struct column lead_columns[] = {
	{ .name = "IsDeleted" },
	REF("MasterRecordId", REF_SAME_AS, "lead"),
	REF("OwnerId", REF_OWNER, "user"),
	{ .name = "IsConverted" },
	{ .name = "ConvertedContactId" },
	{ 0 },
};

/* A converted lead lives on as its contact. */
static void lead_finish(struct row *row)
{
	if (!row_is(row->json, "IsConverted"))
		return;
	row->record->is_read_only = true;
	row_ref(row, REF_SAME_AS, "contact", row_value(row->json, "ConvertedContactId"));
}

const struct sobject salesforce_lead = {
	.ops = OPS("lead", ENTITY_PERSON, "people not yet of an account", lead_fields,
		   .after = (const char *const[]){ "user", "contact", NULL }, WRITABLE),
	.name = "Lead",
	.columns = lead_columns,
	.finish = lead_finish,
	.required = (const char *const[]){ "LastName", "Company", NULL },
	.has_email = true,
	.has_converted = true,
	.key_offset = offsetof(struct salesforce_config, key_lead),
};

/* -- Opportunity -- */

static const struct field_map opportunity_fields[] = {
	{ "name", "Name", MAP_BOTH },
	{ "stage", "StageName", MAP_BOTH },
	{ "amount", "Amount", MAP_BOTH },
	{ "close_date", "CloseDate", MAP_BOTH },
	{ "is_closed", "IsClosed", MAP_PULL },
	{ "is_won", "IsWon", MAP_PULL },
	{ 0 },
};

#define ROLES_SELECT(columns) "(SELECT " columns " FROM " ROLES_PATH ")"

static const struct column opportunity_columns[] = {
	/* queryAll may show removed roles too, so they are asked whether they are */
	{ .name = ROLES_PATH, .text = ROLES_SELECT("ContactId, Role, IsPrimary, IsDeleted"),
	  .fallback = ROLES_SELECT("ContactId, Role, IsPrimary"), .doubtful = "IsDeleted",
	  .entity = "OpportunityContactRole" },
	{ .name = "IsDeleted" },
	REF("OwnerId", REF_OWNER, "user"),
	REF("AccountId", REF_ACCOUNT, "account"),
	REF("CampaignId", REF_CAMPAIGN, "campaign"),
	{ 0 },
};

const struct sobject salesforce_opportunity = {
	.ops = OPS("opportunity", ENTITY_OPPORTUNITY, "deals, with the people who take part", opportunity_fields,
		   .after = (const char *const[]){ "user", "account", "contact", NULL }, WRITABLE),
	.name = "Opportunity",
	.columns = opportunity_columns,
	.has_roles = true,
	.required = (const char *const[]){ "Name", "StageName", "CloseDate", NULL },
	.has_account = true,
	.key_offset = offsetof(struct salesforce_config, key_opportunity),
};

/* -- Campaign -- */

static const struct field_map campaign_fields[] = {
	{ "name", "Name", MAP_PULL },
	{ "type", "Type", MAP_PULL },
	{ "status", "Status", MAP_PULL },
	{ "start_date", "StartDate", MAP_PULL },
	{ "end_date", "EndDate", MAP_PULL },
	{ "is_active", "IsActive", MAP_PULL },
	{ 0 },
};

static const struct column campaign_columns[] = { { .name = "IsDeleted" }, { 0 } };

const struct sobject salesforce_campaign = {
	.ops = OPS("campaign", ENTITY_CAMPAIGN, "campaigns", campaign_fields),
	.name = "Campaign",
	.columns = campaign_columns,
};
