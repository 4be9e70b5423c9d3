/* SPDX-License-Identifier: Apache-2.0 */
#include "find.h"

#include "names.h"
#include "party.h"
#include "rpc.h"

enum find_phase { FIND_BY_EMAIL, FIND_BY_NAME, FIND_END };

struct find {
	enum find_phase phase;
};

#define PHONE_DIGITS 7 /* the same last ones make the same phone, beside the same name */

/* -- What is looked for -- */

static struct slice change_value(const struct push_item *item, const char *field)
{
	for (size_t i = 0; i < item->n_changes; i++)
		if (strcmp(item->changes[i].field, field) == 0)
			return item->changes[i].value;
	return SLICE_NULL;
}

static bool has_email(const struct push_item *item)
{
	return item->outcome == OUTCOME_PENDING && !slice_is_empty(item->email);
}

static struct person_name wanted_name(const struct push_item *item)
{
	return (struct person_name){ change_value(item, "first_name"), change_value(item, "last_name") };
}

static bool has_name(const struct push_item *item)
{
	struct person_name name = wanted_name(item);

	if (item->outcome != OUTCOME_PENDING || !slice_is_empty(item->email))
		return false;
	return !slice_is_empty(change_value(item, "name")) || !slice_is_empty(name.first) ||
	       !slice_is_empty(name.last);
}

static bool any_item(const struct push *push, bool (*is_wanted)(const struct push_item *))
{
	for (size_t i = 0; i < push->n_items; i++)
		if (is_wanted(&push->items[i]))
			return true;
	return false;
}

/* -- Asking -- */

/* ilike knows %, _ and \ ; it may find more than is meant (accents), so what it finds is compared again. */
static void add_pattern(struct push *push, struct buf *body, const char *column, struct slice text)
{
	char *escaped = arena_alloc(push->arena, text.len * 2 + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] && strchr("%_\\", text.data[i]))
			escaped[len++] = '\\';
		escaped[len++] = text.data[i];
	}
	buf_printf(body, ",[\"%s\",\"ilike\",", column);
	buf_add_json_string(body, (struct slice){ escaped, len });
	buf_add_char(body, ']');
}

static enum next ask_emails(struct push *push, struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	rpc_begin(&body, "model.party.contact_mechanism.search_read");
	buf_add_text(&body, "[[\"type\",\"=\",\"email\"],[\"party.active\",\"=\",true],[\"OR\"");
	for (size_t i = 0; i < push->n_items; i++)
		if (has_email(&push->items[i]))
			add_pattern(push, &body, "value", push->items[i].email);
	buf_add_text(&body, "]],0,null,[[\"id\",\"ASC\"]],[\"value\",\"party\"],");
	return rpc_send(request, push->arena, push->session, &body, NULL, err);
}

static enum next ask_names(struct push *push, struct http_request *request, struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	rpc_begin(&body, "model.party.party.search_read");
	buf_add_text(&body, "[[\"OR\"");
	for (size_t i = 0; i < push->n_items; i++) {
		struct slice name = change_value(&push->items[i], "name");
		struct person_name person = wanted_name(&push->items[i]);

		if (!has_name(&push->items[i]))
			continue;
		if (slice_is_empty(name)) {
			add_pattern(push, &body, "name", name_join(push->arena, person, SLICE("")));
			name = name_join(push->arena, person, SLICE(","));
		}
		add_pattern(push, &body, "name", name);
	}
	buf_add_text(&body, "]],0,null,[[\"id\",\"ASC\"]],[\"name\",\"contact_mechanisms.type\",\"contact_"
	                    "mechanisms.value\","
	                    "\"contact_mechanisms.active\"],");
	return rpc_send(request, push->arena, push->session, &body, NULL, err);
}

static void end_search(struct push *push)
{
	for (size_t i = 0; i < push->n_items; i++)
		if (push->items[i].outcome == OUTCOME_PENDING)
			push->items[i].outcome = OUTCOME_DONE;
}

enum next party_find_ask(struct push *push, struct http_request *request, struct error *err)
{
	struct find *find = push->state;

	if (!find)
		find = push->state = arena_alloc(push->arena, sizeof(*find));
	if (find->phase == FIND_BY_EMAIL && !any_item(push, has_email))
		find->phase = FIND_BY_NAME;
	if (find->phase == FIND_BY_NAME && !any_item(push, has_name))
		find->phase = FIND_END;
	if (find->phase == FIND_BY_EMAIL)
		return ask_emails(push, request, err);
	if (find->phase == FIND_BY_NAME)
		return ask_names(push, request, err);
	end_search(push);
	return NEXT_DONE;
}

/* -- Reading -- */

static void found(struct push *push, struct push_item *item, struct slice id)
{
	item->remote_id = arena_slice(push->arena, id);
	item->outcome = OUTCOME_FOUND;
}

static void match_email(struct push *push, const json_t *row)
{
	struct slice value = slice_trim(json_text(row, "value")), party = json_text(row, "party");

	for (size_t i = 0; i < push->n_items && !slice_is_empty(party); i++)
		if (has_email(&push->items[i]) && slice_equal_nocase(slice_trim(push->items[i].email), value))
			found(push, &push->items[i], party);
}

static struct slice last_digits(struct arena *arena, struct slice phone)
{
	char *digits = arena_alloc(arena, phone.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < phone.len; i++)
		if (phone.data[i] >= '0' && phone.data[i] <= '9')
			digits[len++] = phone.data[i];
	return len < PHONE_DIGITS ? SLICE_NULL : (struct slice){ digits + len - PHONE_DIGITS, PHONE_DIGITS };
}

/* Any phone of the item against any of the party. */
static bool is_same_phone(struct push *push, const struct push_item *item, const struct party *party)
{
	static const struct {
		const char *field;
		int type;
	} phones[] = { { "phone", MECHANISM_PHONE }, { "mobile", MECHANISM_MOBILE } };

	for (size_t i = 0; i < ARRAY_SIZE(phones) * ARRAY_SIZE(phones); i++) {
		struct slice ours = last_digits(push->arena, change_value(item, phones[i / 2].field));
		struct slice theirs = last_digits(push->arena, party->mechanisms[phones[i % 2].type].value);

		if (!slice_is_null(ours) && slice_equal(ours, theirs))
			return true;
	}
	return false;
}

static bool is_same_person(struct push *push, const struct push_item *item, const struct party *party)
{
	struct person_name ours = wanted_name(item), theirs = name_split(push->arena, party->name);
	struct slice whole = name_join(push->arena, ours, SLICE(""));

	if (!slice_equal_nocase(whole, name_join(push->arena, theirs, SLICE(""))))
		return false;
	return is_same_phone(push, item, party);
}

static void match_name(struct push *push, const struct party *party)
{
	for (size_t i = 0; i < push->n_items; i++) {
		struct push_item *item = &push->items[i];
		struct slice name = change_value(item, "name");

		if (!has_name(item))
			continue;
		if (slice_is_empty(name) ? is_same_person(push, item, party)
		                         : slice_equal_nocase(slice_trim(name), slice_trim(party->name)))
			found(push, item, party->id);
	}
}

static bool match_row(struct push *push, const json_t *row, enum find_phase phase, struct error *err)
{
	struct party party;

	if (phase == FIND_BY_EMAIL) {
		match_email(push, row);
		return true;
	}
	if (!party_read(row, &party, err))
		return false;
	match_name(push, &party);
	return true;
}

bool party_find_read(struct push *push, const struct http_response *response, struct error *err)
{
	struct find *find = push->state;
	struct slice *rows;
	size_t n;

	if (!rpc_rows(push->arena, response, &rows, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(json_decref_p) json_t *row = NULL;

		if (!json_item(push->arena, rows[i], &row, err) || !match_row(push, row, find->phase, err))
			return fail_in(err, "party");
	}
	find->phase++;
	return true;
}
