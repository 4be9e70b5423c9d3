/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "crypto.h"
#include "number.h"

/* Escapes that HubSpot undoes in the address before it signs it. */
static const struct {
	const char escape[4];
	char c;
} decoded[] = {
	{ "%3A", ':' }, { "%2F", '/' }, { "%3F", '?' }, { "%40", '@' }, { "%21", '!' },	 { "%24", '$' },
		{ "%27", '\'' },
	{ "%28", '(' }, { "%29", ')' }, { "%2A", '*' }, { "%2C", ',' }, { "%3B", ';' },
};

static bool decoded_find(struct slice text, char *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(decoded); i++) {
		if (slice_equal_nocase(slice_sub(text, 0, 3), slice_of(decoded[i].escape))) {
			*ret = decoded[i].c;
			return true;
		}
	}
	return false;
}

static struct slice address_decode(struct arena *arena, struct slice address)
{
	char *text = arena_alloc(arena, address.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < address.len; i++) {
		char c = address.data[i];

		if (c == '%' && decoded_find(slice_sub(address, i, 3), &c))
			i += 2;
		text[n++] = c;
	}
	return (struct slice){ text, n };
}

struct signing {
	const struct hook *hook;
	struct slice signature;
	struct slice timestamp;
	struct slice address;
	struct slice secret;
};

static bool v3_matches(const struct signing *s)
{
	struct slice parts[] = { slice_of(s->hook->method), s->address, s->hook->body, s->timestamp };
	struct digest digest = hmac_sha256(s->secret, parts, ARRAY_SIZE(parts));

	return equal_in_constant_time(digest_base64(s->hook->arena, &digest), s->signature);
}

static bool v2_matches(const struct signing *s)
{
	struct slice parts[] = { s->secret, slice_of(s->hook->method), s->address, s->hook->body };
	struct digest digest = sha256(parts, ARRAY_SIZE(parts));

	return equal_in_constant_time(digest_hex(s->hook->arena, &digest), s->signature);
}

static bool v1_matches(const struct signing *s)
{
	struct slice parts[] = { s->secret, s->hook->body };
	struct digest digest = sha256(parts, ARRAY_SIZE(parts));

	return equal_in_constant_time(digest_hex(s->hook->arena, &digest), s->signature);
}

/* The address as the sender called it: public_url and the query; without the setting, as the Host header has it. */
static struct slice hook_address(const struct hook *hook, const char *scheme)
{
	const char *host = hook_header(hook, "Host"), *query = strchr(hook->path, '?');

	if (!*hook->public_url)
		return slice_of(arena_printf(hook->arena, "%s%s%s", scheme, host ? host : "", hook->path));
	if (!query || strchr(hook->public_url, '?'))
		return slice_of(hook->public_url);
	return slice_of(arena_printf(hook->arena, "%s%s", hook->public_url, query));
}

/*
 * Any of: both secrets while one replaces the other, address decoded or as it came (the vendor's list of decoded
 * escapes is not certain), https or http when public_url is not set. Each is as hard to forge as the others.
 */
static bool any_matches(struct signing *s, bool (*matches)(const struct signing *s))
{
	static const char *const schemes[] = { "https://", "http://" };
	const struct hubspot_config *config = s->hook->config;
	const struct slice secrets[] = { config->webhook_secret, config->webhook_secret_previous };
	bool is_good = false;

	for (size_t i = 0; i < ARRAY_SIZE(secrets) * ARRAY_SIZE(schemes) * 2; i++) {
		struct slice address = hook_address(s->hook, schemes[i & 1]);

		s->secret = secrets[i >> 2];
		s->address = i & 2 ? address : address_decode(s->hook->arena, address);
		is_good |= !slice_is_empty(s->secret) && matches(s);
	}
	return is_good;
}

static bool timestamp_check(const struct hook *hook, struct slice text, struct error *err)
{
	const struct hubspot_config *config = hook->config;
	int64_t ms, now_ms = hook->now_us / 1000;

	if (!parse_int64(text, 0, INT64_MAX / 2, &ms))
		return fail(err, ERROR_REFUSED, "X-HubSpot-Request-Timestamp is missing or not a number");
	if (now_ms - ms > config->webhook_max_age_ms)
		return fail(err, ERROR_REFUSED, "the request is %lld s old", (long long)((now_ms - ms) / 1000));
	if (ms - now_ms > config->webhook_max_age_ms)
		return fail(err, ERROR_REFUSED, "the request is from %lld s in the future",
			    (long long)((ms - now_ms) / 1000));
	return true;
}

static bool old_verify(struct signing *s, struct error *err)
{
	const struct hubspot_config *config = s->hook->config;
	const char *version = hook_header(s->hook, "X-HubSpot-Signature-Version");
	bool is_v2 = version && slice_equal_nocase(slice_of(version), SLICE("v2"));

	if (!config->allow_old_signatures)
		return fail(err, ERROR_REFUSED, "X-HubSpot-Signature-v3 is missing");
	s->signature = slice_of(hook_header(s->hook, "X-HubSpot-Signature"));
	if (slice_is_empty(s->signature))
		return fail(err, ERROR_REFUSED, "the request is not signed");
	return any_matches(s, is_v2 ? v2_matches : v1_matches) ||
		fail(err, ERROR_REFUSED, "the signature is wrong");
}

bool hubspot_hook_verify(const struct hook *hook, struct error *err)
{
	const struct hubspot_config *config = hook->config;
	struct signing s = { .hook = hook };

	if (slice_is_empty(config->webhook_secret))
		return fail(err, ERROR_REFUSED, "webhook.secret is not set");
	s.signature = slice_of(hook_header(hook, "X-HubSpot-Signature-v3"));
	if (slice_is_null(s.signature))
		return old_verify(&s, err);
	s.timestamp = slice_of(hook_header(hook, "X-HubSpot-Request-Timestamp"));
	if (!timestamp_check(hook, s.timestamp, err))
		return false;
	return any_matches(&s, v3_matches) || fail(err, ERROR_REFUSED, "the signature is wrong");
}
