/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "json.h"


struct parsing {
	const struct hook *hook;
	struct hook_events out;
	size_t size;
	const json_t *item;
	const char *object;			/* stream of the item's object; NULL: none of ours */
	const char *key;
	int64_t occurred_us;
	bool has_form_hint;
};

static const struct {
	const char *word;			/* of the subscription type, and of an association type in capitals */
	const char *type_id;
	const char *object;
} objects[] = { { "contact", "0-1", "contact" }, { "company", "0-2", "company" }, { "deal", "0-3", "deal" } };

static const char *object_of(struct slice word, struct slice type_id)
{
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		if (slice_equal_nocase(word, slice_of(objects[i].word)) ||
		    slice_equal_text(type_id, objects[i].type_id))
			return objects[i].object;
	return NULL;
}

static struct hook_event *event_add(struct parsing *p, enum hook_verb verb, const char *object, struct slice id,
				    const char *suffix)
{
	struct arena *arena = p->hook->arena;
	struct hook_event *event;

	if (p->out.n_events == p->size) {
		p->out.events = arena_grow(arena, p->out.events, p->size, p->size * 2 + 16,
					   sizeof(*p->out.events));
		p->size = p->size * 2 + 16;
	}
	event = &p->out.events[p->out.n_events++];
	*event = (struct hook_event){
		.key = arena_printf(arena, "%s%s", p->key, suffix),
		.verb = verb,
		.object = object,
		.id = arena_slice(arena, id),
		.occurred_us = p->occurred_us,
	};
	return event;
}

/* What a contact does shows in the activity streams, which send no hooks of their own. */
static void hints_add(struct parsing *p, struct slice contact_id)
{
	for (size_t i = 0; i < p->out.n_events; i++)
		if (p->out.events[i].verb == HOOK_ACTIVITY && slice_equal(p->out.events[i].id, contact_id))
			return;
	event_add(p, HOOK_ACTIVITY, "event", contact_id, "/event");
	if (!p->has_form_hint)
		event_add(p, HOOK_ACTIVITY, "form", SLICE(""), "/form");
	p->has_form_hint = true;
}

static void changed(struct parsing *p)
{
	struct slice id = hubspot_text(p->item, "objectId");

	if (!p->object || slice_is_empty(id))
		return;
	event_add(p, HOOK_CHANGED, p->object, id, "");
	if (strcmp(p->object, "contact") == 0)
		hints_add(p, id);
}

static void deleted(struct parsing *p)
{
	struct slice id = hubspot_text(p->item, "objectId");

	if (p->object && !slice_is_empty(id))
		event_add(p, HOOK_DELETED, p->object, id, "");
}

static void merged_add(struct parsing *p, struct slice id, struct slice into)
{
	const char *suffix = arena_printf(p->hook->arena, "/%.*s", SLICE_ARGS(id));

	if (!slice_is_empty(id) && !slice_equal(id, into))
		event_add(p, HOOK_MERGED, p->object, id, suffix)->into_id = arena_slice(p->hook->arena, into);
}

/* The result has a new id, to which the old ones of both lead; in accounts with the beta it keeps the primary's. */
static void merged(struct parsing *p)
{
	struct slice primary = hubspot_text(p->item, "primaryObjectId"),
		into = hubspot_text(p->item, "newObjectId");
	const json_t *list = json_object_get(p->item, "mergedObjectIds"), *one;
	size_t i;

	if (slice_is_empty(into))
		into = primary;
	if (!p->object || slice_is_empty(into))
		return;
	json_array_foreach(list, i, one)
		merged_add(p, slice_is_null(json_scalar(one)) ? SLICE("") : json_scalar(one), into);
	merged_add(p, primary, into);
	event_add(p, HOOK_CHANGED, p->object, into, "/survivor");
}

/* "CONTACT_TO_COMPANY": both ends are read again. */
static void associated(struct parsing *p)
{
	struct slice type = hubspot_text(p->item, "associationType"), to = SLICE(""), from = type;
	const char *at = type.len > 0 ? memmem(type.data, type.len, "_TO_", 4) : NULL;
	const char *from_object = p->object, *to_object;

	if (at) {
		from = slice_sub(type, 0, (size_t)(at - type.data));
		to = slice_sub(type, (size_t)(at - type.data) + 4, type.len);
		from_object = object_of(from, SLICE_NULL);
	}
	to_object = object_of(to, SLICE_NULL);
	if (from_object && !slice_is_empty(hubspot_text(p->item, "fromObjectId")))
		event_add(p, HOOK_CHANGED, from_object, hubspot_text(p->item, "fromObjectId"), "/from");
	if (to_object && !slice_is_empty(hubspot_text(p->item, "toObjectId")))
		event_add(p, HOOK_CHANGED, to_object, hubspot_text(p->item, "toObjectId"), "/to");
}

static const struct {
	const char *what;
	void (*take)(struct parsing *p);
} kinds[] = {
	{ "creation", changed },	  { "propertyChange", changed }, { "restore", changed },
	{ "deletion", deleted },	  { "privacyDeletion", deleted }, { "merge", merged },
	{ "associationChange", associated },
};

/* eventId is not unique, so the key is made of all that tells one event from another. */
static const char *item_key(struct parsing *p)
{
	static const char *const names[] = { "subscriptionId", "objectId", "propertyName", "occurredAt",
		"eventId" };
	static const char *const instead[] = { "fromObjectId", "primaryObjectId" };
	CLEANUP(buf_done) struct buf key = { 0 };

	buf_init(&key, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct slice text = hubspot_text(p->item, names[i]);

		for (size_t n = 0; i == 1 && n < ARRAY_SIZE(instead) && slice_is_empty(text); n++)
			text = hubspot_text(p->item, instead[n]);
		buf_printf(&key, "%s%.*s", i > 0 ? "/" : "", SLICE_ARGS(text));
	}
	return arena_strndup(p->hook->arena, key.data, key.len);
}

static void item_take(struct parsing *p)
{
	struct slice type = hubspot_text(p->item, "subscriptionType"), word, what;

	if (slice_is_empty(type))
		type = hubspot_text(p->item, "eventType");
	if (!slice_split(type, '.', &word, &what))
		return;				/* of no object: nothing to read again */
	p->object = object_of(word, hubspot_text(p->item, "objectTypeId"));
	p->occurred_us = hubspot_time_or(p->item, "occurredAt", p->hook->now_us);
	p->key = item_key(p);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (slice_equal_text(what, kinds[i].what))
			kinds[i].take(p);
}

/* By time, stable: the sender promises no order. */
static void events_sort(struct hook_events *out)
{
	for (size_t i = 1; i < out->n_events; i++) {
		struct hook_event event = out->events[i];
		size_t at = i;

		for (; at > 0 && out->events[at - 1].occurred_us > event.occurred_us; at--)
			out->events[at] = out->events[at - 1];
		out->events[at] = event;
	}
}

bool hubspot_hook_parse(const struct hook *hook, struct hook_events *events, struct error *err)
{
	static const char *const path[] = { NULL };
	struct parsing p = { .hook = hook };
	struct error detail = { 0 };
	struct slice *items;
	size_t n, n_good = 0;

	if (!json_split(hook->arena, hook->body, path, &items, &n, NULL, &detail))
		return fail(err, ERROR_RECORD, "the body is not a list of events: %s", detail.text);
	for (size_t i = 0; i < n; i++) {
		json_t *item = NULL;

		/* A bad one among good ones is left to polling: refusing all would lose the others with it. */
		if (json_item(hook->arena, items[i], &item, &detail) && json_is_object(item)) {
			p.item = item;
			item_take(&p);
			n_good++;
		}
		json_decref(item);
	}
	if (n > 0 && n_good == 0)
		return fail(err, ERROR_RECORD, "none of the %zu events can be read: %s", n, detail.text);
	events_sort(&p.out);
	*events = p.out;
	return true;
}
