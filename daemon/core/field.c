/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"

#define FIELD(prefix, which, text, kind, wins)                                                               \
	[prefix##_##which] = { .name = text,                                                                 \
		               .entity = ENTITY_##prefix,                                                    \
		               .index = prefix##_##which,                                                    \
		               .type = FIELD_##kind,                                                         \
		               .win = WIN_##wins }

static const struct field person_fields[] = {
	FIELD(PERSON, EMAIL, "email", EMAIL, LATEST),
	FIELD(PERSON, FIRST_NAME, "first_name", PERSON_NAME, LATEST),
	FIELD(PERSON, LAST_NAME, "last_name", PERSON_NAME, LATEST),
	FIELD(PERSON, TITLE, "title", TEXT, LATEST),
	FIELD(PERSON, PHONE, "phone", PHONE, LATEST),
	FIELD(PERSON, MOBILE, "mobile", PHONE, LATEST),
	FIELD(PERSON, COMPANY, "company", COMPANY_NAME, LATEST),
	FIELD(PERSON, WEBSITE, "website", DOMAIN, LATEST),
	FIELD(PERSON, STREET, "street", TEXT, LATEST),
	FIELD(PERSON, CITY, "city", TEXT, LATEST),
	FIELD(PERSON, STATE, "state", TEXT, LATEST),
	FIELD(PERSON, POSTAL_CODE, "postal_code", TEXT, LATEST),
	FIELD(PERSON, COUNTRY, "country", COUNTRY, LATEST),
	FIELD(PERSON, LIFECYCLE, "lifecycle", TEXT, LATEST),
	FIELD(PERSON, LEAD_STATUS, "lead_status", TEXT, LATEST),
	FIELD(PERSON, EMAIL_OPT_OUT, "email_opt_out", BOOL, ANY_TRUE),
};

static const struct field account_fields[] = {
	FIELD(ACCOUNT, NAME, "name", COMPANY_NAME, LATEST),
	FIELD(ACCOUNT, DOMAIN, "domain", DOMAIN, LATEST),
	FIELD(ACCOUNT, WEBSITE, "website", DOMAIN, LATEST),
	FIELD(ACCOUNT, PHONE, "phone", PHONE, LATEST),
	FIELD(ACCOUNT, STREET, "street", TEXT, LATEST),
	FIELD(ACCOUNT, CITY, "city", TEXT, LATEST),
	FIELD(ACCOUNT, STATE, "state", TEXT, LATEST),
	FIELD(ACCOUNT, POSTAL_CODE, "postal_code", TEXT, LATEST),
	FIELD(ACCOUNT, COUNTRY, "country", COUNTRY, LATEST),
	FIELD(ACCOUNT, INDUSTRY, "industry", TEXT, LATEST),
	FIELD(ACCOUNT, EMPLOYEES, "employees", NUMBER, LATEST),
	FIELD(ACCOUNT, EMAIL, "email", EMAIL, LATEST),
};

static const struct field opportunity_fields[] = {
	FIELD(OPPORTUNITY, NAME, "name", TEXT, LATEST),
	FIELD(OPPORTUNITY, STAGE, "stage", TEXT, LATEST),
	FIELD(OPPORTUNITY, AMOUNT, "amount", AMOUNT, LATEST),
	FIELD(OPPORTUNITY, CLOSE_DATE, "close_date", DATE, LATEST),
	FIELD(OPPORTUNITY, IS_CLOSED, "is_closed", BOOL, LATEST),
	FIELD(OPPORTUNITY, IS_WON, "is_won", BOOL, LATEST),
};

static const struct field user_fields[] = {
	FIELD(USER, EMAIL, "email", EMAIL, LATEST),
	FIELD(USER, FIRST_NAME, "first_name", PERSON_NAME, LATEST),
	FIELD(USER, LAST_NAME, "last_name", PERSON_NAME, LATEST),
	FIELD(USER, IS_ACTIVE, "is_active", BOOL, LATEST),
};

static const struct field campaign_fields[] = {
	FIELD(CAMPAIGN, NAME, "name", TEXT, LATEST),
	FIELD(CAMPAIGN, TYPE, "type", TEXT, LATEST),
	FIELD(CAMPAIGN, STATUS, "status", TEXT, LATEST),
	FIELD(CAMPAIGN, START_DATE, "start_date", DATE, LATEST),
	FIELD(CAMPAIGN, END_DATE, "end_date", DATE, LATEST),
	FIELD(CAMPAIGN, IS_ACTIVE, "is_active", BOOL, LATEST),
};

_Static_assert(ARRAY_SIZE(person_fields) == PERSON_FIELD_COUNT, "a row a person field");
_Static_assert(ARRAY_SIZE(account_fields) == ACCOUNT_FIELD_COUNT, "a row an account field");
_Static_assert(ARRAY_SIZE(opportunity_fields) == OPPORTUNITY_FIELD_COUNT, "a row an opportunity field");
_Static_assert(ARRAY_SIZE(user_fields) == USER_FIELD_COUNT, "a row a user field");
_Static_assert(ARRAY_SIZE(campaign_fields) == CAMPAIGN_FIELD_COUNT, "a row a campaign field");
_Static_assert(PERSON_FIELD_COUNT <= FIELD_COUNT_MAX, "golden values have room");

static const struct {
	const struct field *fields;
	size_t count;
} tables[ENTITY_COUNT] = {
	[ENTITY_PERSON] = { person_fields, ARRAY_SIZE(person_fields) },
	[ENTITY_ACCOUNT] = { account_fields, ARRAY_SIZE(account_fields) },
	[ENTITY_OPPORTUNITY] = { opportunity_fields, ARRAY_SIZE(opportunity_fields) },
	[ENTITY_USER] = { user_fields, ARRAY_SIZE(user_fields) },
	[ENTITY_CAMPAIGN] = { campaign_fields, ARRAY_SIZE(campaign_fields) },
};

static const char *const type_names[] = {
	[FIELD_TEXT] = "text",
	[FIELD_EMAIL] = "e-mail address",
	[FIELD_PHONE] = "phone number",
	[FIELD_PERSON_NAME] = "name",
	[FIELD_COMPANY_NAME] = "company name",
	[FIELD_DOMAIN] = "web address",
	[FIELD_AMOUNT] = "amount",
	[FIELD_NUMBER] = "number",
	[FIELD_BOOL] = "yes or no",
	[FIELD_DATE] = "date",
	[FIELD_TIME] = "time",
	[FIELD_COUNTRY] = "country",
};

static const char *const win_names[] = {
	[WIN_LATEST] = "latest",     [WIN_MASTER] = "master",   [WIN_FIRST] = "first",
	[WIN_ANY_TRUE] = "any_true", [WIN_LONGEST] = "longest",
};

const struct field *field_table(enum entity entity, size_t *ret_count)
{
	*ret_count = tables[entity].count;
	return tables[entity].fields;
}

const struct field *field_find(enum entity entity, const char *name)
{
	for (size_t i = 0; i < tables[entity].count; i++)
		if (strcmp(tables[entity].fields[i].name, name) == 0)
			return &tables[entity].fields[i];
	return NULL;
}

const char *field_type_name(enum field_type type)
{
	return type_names[type];
}

const char *win_name(enum win win)
{
	return win_names[win];
}

bool win_parse(struct slice text, enum win *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(win_names); i++) {
		if (!slice_equal_text(text, win_names[i]))
			continue;
		*ret = (enum win)i;
		return true;
	}
	return false;
}
