/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

static const char *const apis[] = { "classic", "2026-03", NULL };

static const struct setting settings[] = {
	SECRET_SETTING(struct hubspot_config, token, "auth.token",
		       .help = "access token of a private app or service"),
	TEXT_SETTING(struct hubspot_config, client_id, "auth.client_id", .help = "OAuth app: client id"),
	SECRET_SETTING(struct hubspot_config, client_secret, "auth.client_secret",
		       .help = "OAuth app: client secret"),
	SECRET_SETTING(struct hubspot_config, refresh_token, "auth.refresh_token",
		       .help = "OAuth app: first refresh token"),
	SECRET_SETTING(struct hubspot_config, webhook_secret, "webhook.secret",
		       .help = "client secret of the app that sends webhooks; not set: they are refused"),
	SECRET_SETTING(struct hubspot_config, webhook_secret_previous, "webhook.secret_previous",
		       .help = "the secret before, valid too while it is being replaced"),
	DURATION_SETTING(struct hubspot_config, webhook_max_age_ms, "webhook.max_age", .fallback = "300s",
			 .min = 1000,
			 .max = 86400000, .help = "oldest webhook that is taken, by its signed time"),
	BOOL_SETTING(struct hubspot_config, allow_old_signatures, "webhook.allow_old_signatures",
		     .fallback = "false",
		     .help = "take signatures v1 and v2, which a listener can replay for ever"),
	TEXT_SETTING(struct hubspot_config, key_field_contact, "key_field.contact",
		     .help = "unique custom property of contacts that holds our id"),
	TEXT_SETTING(struct hubspot_config, key_field_company, "key_field.company",
		     .help = "unique custom property of companies that holds our id"),
	TEXT_SETTING(struct hubspot_config, key_field_deal, "key_field.deal",
		     .help = "unique custom property of deals that holds our id"),
	LIST_SETTING(struct hubspot_config, activity_properties, "activity_properties",
		     .fallback = CONVERSION_NAME,
		     .help = "contact properties whose change is an activity"),
	LIST_SETTING(struct hubspot_config, event_types, "event_types",
		     .help = "event types to read as activities; empty: all of the account"),
	DURATION_SETTING(struct hubspot_config, search_lag_ms, "search_lag", .fallback = "10s", .min = 0,
			 .max = 3600000,
			 .help = "how long a change may take until the search shows it"),
	DURATION_SETTING(struct hubspot_config, archived_poll_ms, "archived_poll", .fallback = "10m", .min = 0,
			 .max = 604800000, .help = "how often deletions are looked up in the recycle bin; 0s: never"),
	CHOICE_SETTING(struct hubspot_config, api, "api", .fallback = "classic", .choices = apis,
		       .help = "family of paths: classic or 2026-03"),
	{ 0 }
};

static bool is_set(const char *text)
{
	return text && *text;
}

static bool name_check(const char *setting, const char *name, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	if (!name || name[strspn(name, letters)] == '\0')
		return true;
	return fail(err, ERROR_CONFIG, "%s: \"%s\" is not the name of a property (letters, digits and _)",
		    setting, name);
}

static bool names_check(const struct hubspot_config *config, struct error *err)
{
	for (const char *const *name = config->activity_properties; *name; name++)
		if (!name_check("activity_properties", *name, err))
			return false;
	return name_check("key_field.contact", config->key_field_contact, err) &&
	       name_check("key_field.company", config->key_field_company, err) &&
	       name_check("key_field.deal", config->key_field_deal, err);
}

static bool oauth_check(const struct hubspot_config *config, struct error *err)
{
	const struct {
		const char *name;
		bool is_set;
	} needed[] = {
		{ "auth.client_id", is_set(config->client_id) },
		{ "auth.client_secret", !slice_is_empty(config->client_secret) },
		{ "auth.refresh_token", !slice_is_empty(config->refresh_token) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!needed[i].is_set)
			return fail(err, ERROR_CONFIG, "%s is missing: set auth.token, or auth.client_id, "
				    "auth.client_secret and auth.refresh_token", needed[i].name);
	return true;
}

static bool settings_check(const void *data, struct error *err)
{
	const struct hubspot_config *config = data;
	bool has_oauth = is_set(config->client_id) || !slice_is_empty(config->client_secret) ||
			 !slice_is_empty(config->refresh_token);

	if (!names_check(config, err))
		return false;
	if (slice_is_empty(config->token))
		return oauth_check(config, err);
	return !has_oauth || fail(err, ERROR_CONFIG, "auth.token and auth.client_id, auth.client_secret, "
				  "auth.refresh_token exclude each other");
}

const char *hubspot_key_field(const struct hubspot_config *config, const struct hubspot_object *object)
{
	const char *name = config->key_field_contact;

	if (object == &hubspot_company)
		name = config->key_field_company;
	else if (object == &hubspot_deal)
		name = config->key_field_deal;
	return is_set(name) ? name : NULL;
}

static const struct stream_ops *const streams[] = {
	&hubspot_owner, &hubspot_company.stream, &hubspot_contact.stream, &hubspot_deal.stream, &hubspot_form,
		&hubspot_event,
	NULL,
};

extern const struct connector_ops hubspot_connector;

const struct connector_ops hubspot_connector = {
	.name = "hubspot",
	.help = "HubSpot: contacts, companies, deals, owners, forms and events",
	.default_role = "ma",
	.default_base_url = "https://api.hubapi.com",
	.settings = settings,
	.config_size = sizeof(struct hubspot_config),
	.settings_check = settings_check,
	.streams = streams,
	.calls_per_second = 9,			/* 100 in 10 seconds, and not all of them */
	.calls_per_day = 250000,
	.login_ask = hubspot_login_ask,
	.login_read = hubspot_login_read,
	.authorize = hubspot_authorize,
	.check = hubspot_check,
	.notice_ask = hubspot_notice_ask,
	.notice_read = hubspot_notice_read,
	.hook_verify = hubspot_hook_verify,
	.hook_parse = hubspot_hook_parse,
};
