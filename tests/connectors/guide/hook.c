/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhooks: Acme-Signature is "TIME HEX", the HMAC-SHA256 of TIME, a dot and the body; TIME in seconds. The
 * body:
 * {"events":[{"id":"e1","type":"person.changed","person":"17","at":"2026-01-31T10:00:00Z"}]}.
 */
#include "acme.h"

#include "clock.h"
#include "crypto.h"
#include "json.h"
#include "number.h"

static const struct {
	const char *type;
	enum hook_verb verb;
} verbs[] = { { "person.changed", HOOK_CHANGED },
	      { "person.deleted", HOOK_DELETED },
	      { "person.merged", HOOK_MERGED } };

bool acme_hook_verify(const struct hook *hook, struct error *err)
{
	const struct acme_config *config = hook->config;
	struct slice time, signature;
	int64_t time_s, age_us;

	if (slice_is_empty(config->hook_secret))
		return fail(err, ERROR_REFUSED, "webhook.secret is not set");
	if (!slice_split(slice_of(hook_header(hook, "Acme-Signature")), ' ', &time, &signature) ||
	    !parse_int64(time, 0, INT32_MAX, &time_s))
		return fail(err, ERROR_REFUSED, "Acme-Signature is missing or has another form");
	const struct slice parts[] = { time, SLICE("."), hook->body };
	struct digest digest = hmac_sha256(config->hook_secret, parts, ARRAY_SIZE(parts));
	if (!equal_in_constant_time(digest_hex(hook->arena, &digest), signature))
		return fail(err, ERROR_REFUSED, "Acme-Signature does not fit the body");
	age_us = hook->now_us - time_s * US_PER_S;
	if (age_us > config->hook_max_age_ms * 1000 || age_us < -config->hook_max_age_ms * 1000)
		return fail(err, ERROR_REFUSED,
		            "the time in Acme-Signature is further off than webhook.max_age");
	return true;
}

/* A type we do not know is no error: the sender may learn new ones. */
static bool event_read(const struct hook *hook, const json_t *from, struct hook_event *ret)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(verbs) && !slice_equal_text(json_text(from, "type"), verbs[i].type))
		i++;
	if (i == ARRAY_SIZE(verbs) || slice_is_empty(json_text(from, "id")) ||
	    slice_is_empty(json_text(from, "person")))
		return false;
	*ret = (struct hook_event){
		.key = arena_slice(hook->arena, json_text(from, "id")).data,
		.verb = verbs[i].verb,
		.object = "person",
		.id = arena_slice(hook->arena, json_text(from, "person")),
		.into_id = arena_slice(hook->arena, json_text(from, "into")),
	};
	if (!time_parse(json_text(from, "at"), &ret->occurred_us))
		ret->occurred_us = hook->now_us;
	return true;
}

bool acme_hook_parse(const struct hook *hook, struct hook_events *events, struct error *err)
{
	CLEANUP(json_decref_p) json_t *body = NULL;
	const json_t *list;

	if (!json_item(hook->arena, hook->body, &body, err))
		return false;
	list = json_object_get(body, "events");
	events->events = arena_array(hook->arena, json_array_size(list) + 1, sizeof(*events->events));
	for (size_t i = 0; i < json_array_size(list); i++)
		events->n_events +=
		        event_read(hook, json_array_get(list, i), &events->events[events->n_events]);
	return true;
}
