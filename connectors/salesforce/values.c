/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON type of what is written. Values are text everywhere in this program; a checkbox wants true and a number
 * field a number. What the default mapping and the standard objects have is known; of other fields the object is asked.
 */
#include "salesforce.h"

static const struct {
	const char *field;
	enum value_type type;
} known[] = {
	{ "AccountId", VALUE_TEXT },	   { "Amount", VALUE_NUMBER },
	{ "AnnualRevenue", VALUE_NUMBER }, { "BillingCity", VALUE_TEXT },
	{ "BillingCountry", VALUE_TEXT },  { "BillingPostalCode", VALUE_TEXT },
	{ "BillingState", VALUE_TEXT },	   { "BillingStreet", VALUE_TEXT },
	{ "CampaignId", VALUE_TEXT },	   { "City", VALUE_TEXT },
	{ "CloseDate", VALUE_TEXT },	   { "Company", VALUE_TEXT },
	{ "Country", VALUE_TEXT },	   { "Description", VALUE_TEXT },
	{ "DoNotCall", VALUE_BOOLEAN },	   { "Email", VALUE_TEXT },
	{ "FirstName", VALUE_TEXT },	   { "HasOptedOutOfEmail", VALUE_BOOLEAN },
	{ "Industry", VALUE_TEXT },	   { "LastName", VALUE_TEXT },
	{ "MailingCity", VALUE_TEXT },	   { "MailingCountry", VALUE_TEXT },
	{ "MailingPostalCode", VALUE_TEXT }, { "MailingState", VALUE_TEXT },
	{ "MailingStreet", VALUE_TEXT },   { "MobilePhone", VALUE_TEXT },
	{ "Name", VALUE_TEXT },		   { "NumberOfEmployees", VALUE_NUMBER },
	{ "OwnerId", VALUE_TEXT },	   { "ParentId", VALUE_TEXT },
	{ "Phone", VALUE_TEXT },	   { "PostalCode", VALUE_TEXT },
	{ "Probability", VALUE_NUMBER },   { "StageName", VALUE_TEXT },
	{ "State", VALUE_TEXT },	   { "Status", VALUE_TEXT },
	{ "Street", VALUE_TEXT },	   { "Title", VALUE_TEXT },
	{ "Website", VALUE_TEXT },
};

/* Describe's words for what is no text in JSON. */
static const struct {
	const char *word;
	enum value_type type;
} words[] = {
	{ "boolean", VALUE_BOOLEAN }, { "int", VALUE_NUMBER },	    { "long", VALUE_NUMBER },
	{ "double", VALUE_NUMBER },   { "currency", VALUE_NUMBER }, { "percent", VALUE_NUMBER },
};

enum value_type value_type_of(const char *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (slice_equal_nocase(slice_of(known[i].field), slice_of(field)))
			return known[i].type;
	return VALUE_UNKNOWN;
}

enum value_type value_type_named(struct slice remote_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (slice_equal_text(remote_type, words[i].word))
			return words[i].type;
	return VALUE_TEXT;
}

static bool is_boolean(struct slice value)
{
	return slice_equal_text(value, "true") || slice_equal_text(value, "false");
}

static size_t digits(struct slice text, size_t from)
{
	size_t n = 0;

	while (from + n < text.len && text.data[from + n] >= '0' && text.data[from + n] <= '9')
		n++;
	return n;
}

/* A number as JSON writes it, so that its own text can be sent and no digit changes. */
static bool is_number(struct slice value)
{
	size_t at = slice_starts(value, "-") ? 1 : 0;
	size_t whole = digits(value, at), fraction;

	if (!whole || (whole > 1 && value.data[at] == '0'))
		return false;
	at += whole;
	if (at == value.len)
		return true;
	fraction = value.data[at] == '.' ? digits(value, at + 1) : 0;
	return fraction && at + 1 + fraction == value.len;
}

bool value_is_ambiguous(struct slice value)
{
	return is_boolean(value) || is_number(value);
}

void value_add(struct buf *body, enum value_type type, struct slice value)
{
	if (slice_is_empty(value))
		(void)buf_add_text(body, "null");
	else if ((type == VALUE_BOOLEAN && is_boolean(value)) || (type == VALUE_NUMBER && is_number(value)))
		(void)buf_add_slice(body, value);
	else
		(void)buf_add_json_string(body, value);
}
