/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "json.h"

void hubspot_object_links_due(struct object_pull *state, struct page_entry *entry)
{
	unsigned bit = 1;

	for (const struct hubspot_link *link = state->object->links; link && link->path; link++, bit <<= 1)
		entry->links_due |= bit;
}

bool hubspot_object_links_are_due(const struct object_pull *state)
{
	for (size_t i = 0; i < state->n_entries; i++)
		if (state->entries[i].links_due)
			return true;
	return false;
}

static void link_take(struct pull *pull, struct page_entry *entry, const struct hubspot_link *link,
		      struct slice to,
		      bool is_primary)
{
	if (slice_is_empty(to))
		return;
	if (link->primary_type == 0)
		batch_ref(pull->batch, entry->record, link->kind, link->object, to);
	else if (is_primary && slice_is_null(entry->primary))
		entry->primary = arena_slice(pull->batch->arena, to);
	else if (slice_is_null(entry->first))
		entry->first = arena_slice(pull->batch->arena, to);
}

void hubspot_object_links_end(struct pull *pull, struct object_pull *state)
{
	for (size_t i = 0; i < state->n_entries; i++) {
		struct page_entry *entry = &state->entries[i];
		const struct hubspot_link *link = state->object->links;

		for (; link && link->path && entry->record && !entry->record->is_deleted; link++) {
			struct slice to = slice_is_null(entry->primary) ? entry->first : entry->primary;

			if (link->primary_type != 0 && !entry->is_unlinked)
				batch_ref(pull->batch, entry->record, link->kind, link->object,
					  slice_is_null(to) ? SLICE("") : to);
		}
	}
}

/* -- In the list: "associations":{"companies":{"results":[{"id":"9","type":"contact_to_company"}]}} -- */

static struct slice linked_id(const json_t *to)
{
	static const char *const names[] = { "toObjectId", "id", "objectId" };
	struct slice id = json_scalar(to);

	for (size_t i = 0; i < ARRAY_SIZE(names) && slice_is_empty(id); i++)
		id = json_text(to, names[i]);
	return slice_is_empty(id) ? json_scalar(json_path(to, "to.id")) : id;
}

static void inline_take(struct pull *pull, struct page_entry *entry, const struct hubspot_link *link,
			const json_t *list)
{
	const json_t *to;
	size_t i;

	json_array_foreach(list, i, to)
		link_take(pull, entry, link, linked_id(to),
			  link->primary_name && slice_equal_text(hubspot_text(to, "type"), link->primary_name));
}

void hubspot_object_links_inline(struct pull *pull, struct object_pull *state, struct page_entry *entry,
				 const json_t *item)
{
	const json_t *associations = json_object_get(item, "associations");
	unsigned bit = 1;

	for (const struct hubspot_link *link = state->object->links; link && link->path; link++, bit <<= 1) {
		const json_t *member = json_object_get(associations, link->path);
		const json_t *list = json_is_array(member) ? member : json_object_get(member, "results");

		if (!json_is_array(list))
			continue;
		state->has_inline_links = true;
		if (json_path(member, "paging.next.after")) {
			entry->links_long |= bit;
			continue;
		}
		entry->links_due &= ~bit;
		inline_take(pull, entry, link, list);
	}
}

/* -- As the batch read answers them -- */

/* The first link that any record still waits for; its bit in *ret_bit. */
static const struct hubspot_link *link_due(const struct object_pull *state, unsigned *ret_bit)
{
	unsigned due = 0, bit = 1;
	const struct hubspot_link *link = state->object->links;

	for (size_t i = 0; i < state->n_entries; i++)
		due |= state->entries[i].links_due;
	for (; !(due & bit); link++)
		bit <<= 1;
	*ret_bit = bit;
	return link;
}

bool hubspot_object_links_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			      struct error *err)
{
	unsigned bit;
	const struct hubspot_link *link = link_due(state, &bit);
	bool is_first = true;
	struct buf body;

	buf_init(&body, HUBSPOT_BODY_MAX);
	buf_add_text(&body, "{\"inputs\":[");
	for (size_t i = 0; i < state->n_entries; i++) {
		const struct page_entry *entry = &state->entries[i];

		if (!(entry->links_due & bit))
			continue;
		buf_add_text(&body, is_first ? "{" : ",{");
		hubspot_add_member(&body, "id", entry->id);
		if (!slice_is_empty(entry->after)) {
			buf_add_char(&body, ',');
			hubspot_add_member(&body, "after", entry->after);
		}
		buf_add_char(&body, '}');
		is_first = false;
	}
	buf_add_text(&body, "]}");
	hubspot_begin(request, pull->batch->arena, pull->session, "POST", PLACE_ASSOCIATIONS,
		      SEGMENTS(state->object->path, link->path, "batch/read"));
	return hubspot_body(request, &body, err);
}

static bool is_primary(const json_t *to, const struct hubspot_link *link)
{
	const json_t *types = json_object_get(to, "associationTypes"), *type;
	const char *number = (const char[]){ (char)('0' + link->primary_type), 0 };
	size_t i;

	json_array_foreach(types, i, type) {
		if (slice_equal_text(hubspot_text(type, "label"), "Primary") ||
		    slice_equal_text(hubspot_text(type, "typeId"), number) ||
		    slice_equal_text(hubspot_text(type, "associationTypeId"), number))
			return true;
	}
	return false;
}

static struct page_entry *entry_find(struct object_pull *state, struct slice id)
{
	for (size_t i = 0; i < state->n_entries; i++)
		if (slice_equal(state->entries[i].id, id))
			return &state->entries[i];
	return NULL;
}

static struct slice linked_from(const json_t *item)
{
	struct slice id = json_scalar(json_path(item, "from.id"));

	if (slice_is_empty(id))
		id = json_text(item, "from");
	return slice_is_empty(id) ? json_text(item, "fromObjectId") : id;
}

/* False: the rest of a list starts where the part just read did. */
static bool item_links(struct pull *pull, struct object_pull *state, const struct hubspot_link *link,
		       unsigned bit,
		       const json_t *item)
{
	struct page_entry *entry = entry_find(state, linked_from(item));
	const json_t *list = json_object_get(item, "to"), *to;
	struct slice after = json_scalar(json_path(item, "paging.next.after"));
	size_t i;

	if (!entry || !(entry->links_due & bit))
		return true;
	if (!slice_is_empty(after) && slice_equal(after, entry->after))
		return false;
	if (json_is_object(list))
		link_take(pull, entry, link, linked_id(list), is_primary(list, link));
	json_array_foreach(list, i, to)
		link_take(pull, entry, link, linked_id(to), is_primary(to, link));
	entry->after = slice_is_empty(after) ? SLICE("") : arena_slice(pull->batch->arena, after);
	entry->is_continued = !slice_is_empty(after);
	return true;
}

/* The associations of these are not known, which is not the same as having none. */
static void links_unknown(struct object_pull *state, const struct hubspot_link *link, unsigned bit)
{
	for (size_t i = 0; i < state->n_entries; i++) {
		if (!(state->entries[i].links_due & bit))
			continue;
		state->entries[i].links_due &= ~bit;
		state->entries[i].record->is_partial = true;
		if (link->primary_type != 0)
			state->entries[i].is_unlinked = true;
	}
}

static bool items_links(struct pull *pull, struct object_pull *state, const struct hubspot_page *page,
			struct error *err)
{
	unsigned bit;
	const struct hubspot_link *link = link_due(state, &bit);

	for (size_t i = 0; i < page->n_items; i++) {
		struct error bad = { 0 };
		json_t *item = NULL;
		bool is_good = true;

		if (json_item(pull->batch->arena, page->items[i], &item, &bad))
			is_good = item_links(pull, state, link, bit, item);
		else
			hubspot_park(pull->batch, state->object->stream.name, NULL, page->items[i], &bad);
		json_decref(item);
		if (!is_good)
			return fail(err, ERROR_TRANSIENT, "a list of associated %s does not move on",
				    link->path);
	}
	for (size_t i = 0; i < state->n_entries; i++) {
		if (!state->entries[i].is_continued)
			state->entries[i].links_due &= ~bit;
		state->entries[i].is_continued = false;
	}
	return true;
}

bool hubspot_object_links_read(struct pull *pull, struct object_pull *state,
			       const struct http_response *response, struct error *err)
{
	struct hubspot_page page;
	unsigned bit;
	const struct hubspot_link *link = link_due(state, &bit);

	if (response->status == 403 || (response->status == 404 && hubspot_is_error(response))) {
		links_unknown(state, link, bit);
		return true;
	}
	return hubspot_page_read(pull->batch->arena, response, &page, err) &&
		items_links(pull, state, &page, err);
}
