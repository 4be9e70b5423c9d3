/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contact roles: who takes part in an opportunity. They come inside the opportunity's row, in pages of their own
 * when there are many. Adding or removing one need not move the opportunity's stamp, so a pass over opportunities is
 * followed by one over the roles that changed; the opportunities of those are read again.
 */
#include "salesforce.h"

#include "json.h"

void scan_want(struct scan *scan, struct arena *arena, const struct record_id *id)
{
	for (size_t i = 0; i < scan->n_ids; i++)
		if (strcmp(scan->ids[i].text, id->text) == 0)
			return;
	if (scan->n_ids == scan->size_ids) {
		size_t size = scan->size_ids ? 2 * scan->size_ids : 64;

		scan->ids = arena_grow(arena, scan->ids, scan->n_ids, size, sizeof(*scan->ids));
		scan->size_ids = size;
	}
	scan->ids[scan->n_ids++] = *id;
}

void roles_select(struct buf *soql)
{
	(void)buf_add_text(soql, "SELECT Id, SystemModstamp, OpportunityId FROM OpportunityContactRole");
}

static bool has_person(const struct record *record, const struct record_id *id)
{
	for (size_t i = 0; i < record->n_refs; i++)
		if (record->refs[i].kind == REF_PERSON && slice_equal_text(record->refs[i].id, id->text))
			return true;
	return false;
}

static void add_role(struct batch *batch, struct record *record, const json_t *role)
{
	struct record_id id;

	if (row_is(role, "IsDeleted"))
		return;
	if (!record_id_parse(row_value(role, "ContactId"), &id))
		record->is_partial = true;
	else if (!has_person(record, &id))
		batch_ref(batch, record, REF_PERSON, "contact", record_id_slice(&id));
}

static void add_child(struct pull *pull, struct scan *scan, const struct record_id *parent, const char *url)
{
	struct child *child = arena_alloc(pull->run_arena, sizeof(*child));

	*child = (struct child){ .next = scan->children, .parent = *parent,
				 .url = arena_strdup(pull->run_arena, url) };
	scan->children = child;
}

bool roles_of_row(struct row *row, struct scan *scan, struct error *err)
{
	const json_t *roles = json_object_get(row->json, ROLES_PATH), *list = json_object_get(roles, "records");
	const char *url = NULL;

	if (json_is_null(roles))
		return true;
	if (!json_is_array(list)) {
		row->record->is_partial = true;
		return true;
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		add_role(row->pull->batch, row->record, json_array_get(list, i));
	if (!query_next_url(row->pull->batch->arena, roles, &url, err)) {
		row->record->is_partial = true;
		return fail_in(err, ROLES_PATH);
	}
	if (url)
		add_child(row->pull, scan, &row->id, url);
	return true;
}

bool roles_child_read(struct pull *pull, struct scan *scan, struct slice body, struct error *err)
{
	struct child *child = scan->children;
	struct record *record = batch_find(pull->batch, pull->stream->name, record_id_slice(&child->parent));
	struct query_page page;

	if (!query_read(pull->batch->arena, body, &page, err))
		return false;
	if (page.next_url && strcmp(page.next_url, child->url) == 0)
		return fail(err, ERROR_TRANSIENT, "nextRecordsUrl \"%s\" leads to itself", page.next_url);
	for (size_t i = 0; record && i < page.n_rows; i++) {
		CLEANUP(json_decref_p) json_t *role = NULL;
		struct error ignored = { 0 };

		if (json_item(pull->batch->arena, page.rows[i], &role, &ignored))
			add_role(pull->batch, record, role);
		else
			record->is_partial = true;
	}
	scan->children = child->next;
	if (page.next_url)
		add_child(pull, scan, &child->parent, page.next_url);
	return true;
}
