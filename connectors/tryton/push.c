/* SPDX-License-Identifier: Apache-2.0 */
/* Parties: what the fields of an item mean for the rows of a party. */
#include <inttypes.h>

#include "find.h"
#include "names.h"
#include "party.h"
#include "writes.h"

/* All that an item wants of one party; a null slice: leave it. */
struct wish {
	struct slice name;
	struct slice first_name, last_name;
	struct slice title;
	struct slice mechanisms[MECHANISM_COUNT];
	struct slice address[ADDRESS_WRITABLE];
};

static bool take_change(struct wish *wish, const struct change *change, struct error *err)
{
	const struct party_field *field = party_field(change->field);
	struct slice *place[] = {
		[PART_NAME] = &wish->name,
		[PART_FIRST_NAME] = &wish->first_name,
		[PART_LAST_NAME] = &wish->last_name,
		[PART_TITLE] = &wish->title,
	};

	if (!field || (field->part == PART_ADDRESS && field->index >= ADDRESS_WRITABLE))
		return fail(err, ERROR_RECORD, "field %s of a party cannot be written", change->field);
	if (field->part == PART_MECHANISM)
		wish->mechanisms[field->index] = change->value;
	else if (field->part == PART_ADDRESS)
		wish->address[field->index] = change->value;
	else
		*place[field->part] = change->value;
	return true;
}

static void add_comma(struct buf *out)
{
	if (out->len && !strchr("[{", out->data[out->len - 1]))
		buf_add_char(out, ',');
}

static void add_member(struct buf *out, const char *name, struct slice value)
{
	add_comma(out);
	buf_printf(out, "\"%s\":", name);
	buf_add_json_string(out, slice_is_empty(value) ? SLICE_NULL : value);
}

/* -- Name -- */

static struct slice wished_name(struct push *push, const struct wish *wish, struct slice now)
{
	struct person_name name;

	if (!slice_is_null(wish->name))
		return wish->name;
	if (slice_is_null(wish->first_name) && slice_is_null(wish->last_name))
		return SLICE_NULL;
	name = slice_is_null(now) ? (struct person_name){ SLICE(""), SLICE("") }
	                          : name_split(push->arena, now);
	if (!slice_is_null(wish->first_name))
		name.first = wish->first_name;
	if (!slice_is_null(wish->last_name))
		name.last = wish->last_name;
	return name_join(push->arena, name, now);
}

static void draft_name(struct push *push, const struct wish *wish, const struct party *party,
                       struct draft *draft)
{
	struct slice name = wished_name(push, wish, party->name);

	if (!slice_is_null(name) && !slice_equal(name, party->name))
		add_member(&draft->values, "name", name);
}

/* -- Mechanisms -- */

/* The title lives in the comment of the e-mail mechanism. */
static struct slice wished_comment(const struct wish *wish, int type)
{
	return type == MECHANISM_EMAIL ? wish->title : SLICE_NULL;
}

/* A blank switches the row off instead of deleting it: it can be had back. */
static void write_mechanism(const struct mechanism *now, struct slice value, struct slice comment,
                            struct draft *draft)
{
	bool has_value = !slice_is_null(value) && !slice_equal(value, now->value);
	bool has_comment = !slice_is_null(comment) && !slice_equal(comment, now->comment);

	if (!has_value && !has_comment)
		return;
	add_comma(&draft->values);
	buf_printf(&draft->values, "[\"write\",[%.*s],{", SLICE_ARGS(now->id));
	if (has_value && slice_is_empty(value))
		buf_add_text(&draft->values, "\"active\":false");
	else if (has_value)
		add_member(&draft->values, "value", value);
	if (has_comment)
		add_member(&draft->values, "comment", comment);
	buf_add_text(&draft->values, "}]");
	draft_stamp(draft, "party.contact_mechanism", now->id, now->stamp);
}

static void create_mechanism(int type, struct slice value, struct slice comment, struct draft *draft)
{
	if (slice_is_empty(value))
		return;
	add_comma(&draft->values);
	buf_printf(&draft->values, "[\"create\",[{\"type\":\"%s\"", mechanism_names[type]);
	add_member(&draft->values, "value", value);
	if (!slice_is_empty(comment))
		add_member(&draft->values, "comment", comment);
	buf_add_text(&draft->values, "}]]");
}

/* Takes a list back when nothing was put into it. */
static void end_list(struct buf *out, size_t start, size_t head)
{
	if (out->len > head)
		buf_add_char(out, ']');
	else
		out->len = start;
}

static void draft_mechanisms(const struct wish *wish, const struct party *party, struct draft *draft)
{
	size_t start = draft->values.len, head;

	add_comma(&draft->values);
	buf_add_text(&draft->values, "\"contact_mechanisms\":[");
	head = draft->values.len;
	for (int i = 0; i < MECHANISM_COUNT; i++) {
		if (slice_is_null(party->mechanisms[i].id))
			create_mechanism(i, wish->mechanisms[i], wished_comment(wish, i), draft);
		else
			write_mechanism(&party->mechanisms[i], wish->mechanisms[i], wished_comment(wish, i),
			                draft);
	}
	end_list(&draft->values, start, head);
}

static bool check_title(struct push *push, struct push_item *item, const struct wish *wish,
                        const struct party *party, struct error *err)
{
	const struct tryton_config *config = push->config;
	struct slice email = wish->mechanisms[MECHANISM_EMAIL];
	bool has_email =
	        slice_is_null(email) ? !slice_is_null(party->mechanisms[MECHANISM_EMAIL].id) : email.len > 0;

	if (slice_is_null(wish->title))
		return true;
	item->err_field = "title";
	if (config->title_in == TITLE_NONE)
		return fail(err, ERROR_RECORD, "title cannot be written: title_in is none");
	if (!slice_is_empty(wish->title) && !has_email)
		return fail(err, ERROR_RECORD,
		            "title cannot be written: the party has no e-mail mechanism to keep it");
	item->err_field = NULL;
	return true;
}

/* -- Address -- */

static bool address_differs(const struct wish *wish, const struct address *now, int part)
{
	struct slice value = wish->address[part];

	if (slice_is_null(value))
		return false;
	return slice_is_null(now->id) ? value.len > 0 : !slice_equal(value, now->parts[part]);
}

static void draft_address(const struct wish *wish, const struct party *party, struct draft *draft)
{
	const struct address *now = &party->address;
	bool is_new = slice_is_null(now->id), differs = false;

	for (int i = 0; i < ADDRESS_WRITABLE; i++)
		differs |= address_differs(wish, now, i);
	if (!differs)
		return;
	add_comma(&draft->values);
	if (is_new)
		buf_add_text(&draft->values, "\"addresses\":[[\"create\",[{");
	else
		buf_printf(&draft->values, "\"addresses\":[[\"write\",[%.*s],{", SLICE_ARGS(now->id));
	for (int i = 0; i < ADDRESS_WRITABLE; i++)
		if (address_differs(wish, now, i))
			add_member(&draft->values, address_names[i], wish->address[i]);
	buf_add_text(&draft->values, is_new ? "}]]]" : "}]]");
	draft_stamp(draft, "party.address", now->id, now->stamp);
}

/* -- Items -- */

static bool draft_party(struct push *push, struct push_item *item, const json_t *row, struct draft *draft,
                        struct error *err)
{
	struct party party = { 0 };
	struct wish wish = { 0 };

	if (row && !party_read(row, &party, err))
		return false;
	if (row && (!party.is_active || !slice_is_empty(party.replaced_by))) {
		item->outcome = OUTCOME_GONE;
		return true;
	}
	for (size_t i = 0; i < item->n_changes; i++) {
		item->err_field = item->changes[i].field;
		if (!take_change(&wish, &item->changes[i], err))
			return false;
	}
	item->err_field = NULL;
	if (!check_title(push, item, &wish, &party, err))
		return false;
	draft_name(push, &wish, &party, draft);
	draft_mechanisms(&wish, &party, draft);
	draft_address(&wish, &party, draft);
	if (draft->values.len)
		draft_stamp(draft, "party.party", party.id, party.stamp);
	return true;
}

static const struct write_ops party_writes = {
	.model = "party.party",
	.fields = "[\"id\",\"name\",\"active\",\"replaced_by\",\"_timestamp\",\"contact_mechanisms.type\","
	          "\"contact_mechanisms.value\",\"contact_mechanisms.comment\",\"contact_mechanisms.active\","
	          "\"contact_mechanisms._timestamp\",\"addresses.street\",\"addresses.postal_code\","
	          "\"addresses.city\","
	          "\"addresses.active\",\"addresses._timestamp\"]",
	.where = ",[\"active\",\"in\",[true,false]]",
	.draft = draft_party,
};

enum next party_push_ask(struct push *push, struct http_request *request, struct error *err)
{
	if (push->verb == PUSH_FIND)
		return party_find_ask(push, request, err);
	return writes_ask(&party_writes, push, request, err);
}

bool party_push_read(struct push *push, const struct http_response *response, struct error *err)
{
	if (push->verb == PUSH_FIND)
		return party_find_read(push, response, err);
	return writes_read(&party_writes, push, response, err);
}
