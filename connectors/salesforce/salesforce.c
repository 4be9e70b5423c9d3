/* SPDX-License-Identifier: Apache-2.0 */
#include "salesforce.h"

#include "number.h"

#define C struct salesforce_config

static const char *const flows[] = { "client_credentials", "jwt", "refresh_token", NULL };
static const char *const duplicate_rules[] = { "allow", "obey", NULL };

#define KEY_SETTING(member, key, object)                                                                         \
	TEXT_SETTING(C, member, key, .fallback = "Tandem_Id__c", .help = "external-id field of " object)

static const struct setting settings[] = {
	CHOICE_SETTING(C, flow, "auth.flow", .choices = flows, .fallback = "client_credentials",
		       .help = "how to log in"),
	TEXT_SETTING(C, client_id, "auth.client_id", .required = true,
		     .help = "consumer key of the external client app"),
	SECRET_SETTING(C, client_secret, "auth.client_secret",
		       .help = "consumer secret; needed by client_credentials"),
	TEXT_SETTING(C, username, "auth.username", .help = "jwt: the user all calls run as"),
	SECRET_SETTING(C, private_key, "auth.private_key",
		       .help = "jwt: RSA private key in PEM, of the app's certificate"),
	TEXT_SETTING(C, audience, "auth.audience", .fallback = "https://login.salesforce.com",
		     .help = "jwt: audience; https://test.salesforce.com for a sandbox"),
	URL_SETTING(C, login_url, "auth.login_url", .help = "host of the token endpoint; base_url when not set"),
	SECRET_SETTING(C, refresh_token, "auth.refresh_token",
		       .help = "refresh_token: the first one; later ones are kept"),
	TEXT_SETTING(C, api_version, "api_version", .fallback = "60.0", .help = "REST API version, 46.0 to 99.0"),
	INT_SETTING(C, page_size, "page_size", .fallback = "2000", .min = 200, .max = 2000,
		    .help = "records of one query"),
	BOOL_SETTING(C, auto_assign, "auto_assign", .fallback = "false",
		     .help = "let the org's assignment rules give records we write another owner"),
	CHOICE_SETTING(C, duplicate_rule, "duplicate_rule", .choices = duplicate_rules, .fallback = "obey",
		       .help = "what the org's duplicate rules may do with records we write"),
	TEXT_SETTING(C, client_name, "client_name", .fallback = "tandem",
		     .help = "name by which the org sees our calls"),
	KEY_SETTING(key_lead, "key_field.lead", "Lead"),
	KEY_SETTING(key_contact, "key_field.contact", "Contact"),
	KEY_SETTING(key_account, "key_field.account", "Account"),
	KEY_SETTING(key_opportunity, "key_field.opportunity", "Opportunity"),
	TEXT_SETTING(C, task_status, "task.status", .fallback = "Not Started", .help = "status of an alert's new Task"),
	TEXT_SETTING(C, task_closed_status, "task.closed_status", .fallback = "Completed",
		     .help = "status of a closed Task"),
	TEXT_SETTING(C, task_priority, "task.priority", .fallback = "Normal", .help = "priority of an alert's Task"),
	TEXT_SETTING(C, task_subject_prefix, "task.subject_prefix",
		     .help = "put before the subject of an alert's Task"),
	{ .type = SETTING_END },
};

/* What each flow cannot do without. */
static const struct {
	enum auth_flow flow;
	const char *name;
	size_t offset;
	bool is_secret;
} needs[] = {
	{ FLOW_CLIENT_CREDENTIALS, "auth.client_secret", offsetof(C, client_secret), true },
	{ FLOW_JWT, "auth.username", offsetof(C, username), false },
	{ FLOW_JWT, "auth.private_key", offsetof(C, private_key), true },
	{ FLOW_REFRESH_TOKEN, "auth.refresh_token", offsetof(C, refresh_token), true },
};

static const struct {
	const char *name;
	size_t offset;
} key_fields[] = {
	{ "key_field.lead", offsetof(C, key_lead) },
	{ "key_field.contact", offsetof(C, key_contact) },
	{ "key_field.account", offsetof(C, key_account) },
	{ "key_field.opportunity", offsetof(C, key_opportunity) },
};

static struct slice text_at(const C *config, size_t offset, bool is_secret)
{
	const char *at = (const char *)config + offset;

	return is_secret ? *(const struct slice *)at : slice_of(*(const char *const *)at);
}

static bool check_flow(const C *config, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if ((int)needs[i].flow == config->flow &&
		    slice_is_empty(text_at(config, needs[i].offset, needs[i].is_secret)))
			return fail(err, ERROR_CONFIG, "\"%s\" is needed with auth.flow \"%s\"", needs[i].name,
				    flows[config->flow]);
	if (config->flow == FLOW_JWT && !slice_starts(slice_trim(config->private_key), "-----BEGIN "))
		return fail(err, ERROR_CONFIG, "\"auth.private_key\" is no PEM text: it has to begin with -----BEGIN");
	return true;
}

static bool check_version(const C *config, struct error *err)
{
	struct slice major, minor;
	int64_t number;

	if (slice_split(slice_of(config->api_version), '.', &major, &minor) && slice_equal_text(minor, "0") &&
	    major.len == 2 && parse_int64(major, 46, 99, &number))
		return true;
	return fail(err, ERROR_CONFIG, "\"api_version\" is \"%s\", allowed are 46.0 to 99.0", config->api_version);
}

/* It becomes part of a header's value. */
static bool check_client_name(const C *config, struct error *err)
{
	struct slice name = slice_of(config->client_name);
	bool is_good = name.len > 0 && name.len <= 64;

	for (size_t i = 0; i < name.len; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", name.data[i]))
			is_good = false;
	return is_good || fail(err, ERROR_CONFIG, "\"client_name\" is \"%s\", allowed are up to 64 letters, digits, "
			       "dots, dashes and underscores", config->client_name);
}

static bool check_key_fields(const C *config, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_fields); i++) {
		struct slice name = text_at(config, key_fields[i].offset, false);

		if (!soql_is_name(name) || memchr(name.data, '.', name.len))
			return fail(err, ERROR_CONFIG, "\"%s\" is \"%s\", which cannot be the API name of a field",
				    key_fields[i].name, name.data ? name.data : "");
	}
	return true;
}

static bool settings_check(const void *config, struct error *err)
{
	return check_flow(config, err) && check_version(config, err) && check_client_name(config, err) &&
	       check_key_fields(config, err);
}

static void authorize(const struct session *session, struct http_request *request)
{
	http_request_secret(request, "Authorization", arena_printf(request->arena, "Bearer %s", session->token));
}

/* Owners first, then what others refer to. */
static const struct stream_ops *const streams[] = {
	&salesforce_user.ops,	     &salesforce_account.ops,  &salesforce_contact.ops,		&salesforce_lead.ops,
	&salesforce_opportunity.ops, &salesforce_campaign.ops, &salesforce_campaign_member.ops, &salesforce_task.ops,
	NULL,
};

extern const struct connector_ops salesforce_connector;
const struct connector_ops salesforce_connector = {
	.name = "salesforce",
	.help = "Salesforce Sales Cloud, REST API",
	.default_role = "sfa",
	.settings = settings,
	.config_size = sizeof(C),
	.settings_check = settings_check,
	.streams = streams,
	.calls_per_second = 25,
	.calls_per_day = 40000,
	.login_ask = salesforce_login_ask,
	.login_read = salesforce_login_read,
	.authorize = authorize,
	.check = salesforce_check,
	.notice_ask = salesforce_notice_ask,
	.notice_read = salesforce_notice_read,
};
