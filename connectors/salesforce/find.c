/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for records that are these entities: first by our key, then by e-mail address; lists are cut to fit a GET. */
#include "salesforce.h"

#include "json.h"

enum find_by { BY_KEY, BY_EMAIL, BY_END };

/* How well a record fits: ours by its key, nobody's, another entity's. */
enum fit { FIT_OWN, FIT_FREE, FIT_FOREIGN, FIT_NONE };

struct match {
	enum fit fit;
	struct record_id id;
};

struct find_state {
	enum find_by by;
	size_t at, end;				/* items of the running query */
	const char *next_url;
	bool is_asked;
	struct match *matches;			/* one an item */
};

static struct slice wanted(const struct push *push, enum find_by by, const struct push_item *item)
{
	const struct sobject *object = sobject_of(push->stream);
	struct slice value = by == BY_EMAIL ? item->email : slice_of(item->key);

	if (item->outcome != OUTCOME_PENDING || (by == BY_EMAIL ? !object->has_email : !push->has_key_field))
		return SLICE_NULL;
	return soql_is_text(value) ? value : SLICE_NULL;	/* no record has an address that is no text */
}

static void find_begin(struct push *push)
{
	struct find_state *state = arena_alloc(push->arena, sizeof(*state));

	state->matches = arena_array(push->arena, push->n_items + 1, sizeof(*state->matches));
	for (size_t i = 0; i < push->n_items; i++)
		state->matches[i].fit = FIT_NONE;
	push->state = state;
}

/* Moves to the next item that is to be looked for. */
static bool find_more(const struct push *push, struct find_state *state)
{
	for (; state->by < BY_END; state->by++, state->at = 0)
		for (; state->at < push->n_items; state->at++)
			if (!slice_is_empty(wanted(push, state->by, &push->items[state->at])))
				return true;
	return false;
}

static void add_condition(const struct push *push, struct find_state *state, struct buf *soql)
{
	const char *between = " IN (";
	size_t url_bytes = 0;

	(void)buf_printf(soql, " WHERE %s", state->by == BY_EMAIL ? "Email" : push_key_field(push));
	for (state->end = state->at; state->end < push->n_items; state->end++) {
		struct slice value = wanted(push, state->by, &push->items[state->end]);

		if (slice_is_empty(value))
			continue;
		url_bytes += soql_url_length(value);
		if (url_bytes > URL_SAFE_BYTES - 1000 && state->end > state->at)
			break;
		(void)buf_add_text(soql, between);
		soql_text(soql, value);
		between = ",";
	}
	(void)buf_add_char(soql, ')');
	if (sobject_of(push->stream)->has_converted)	/* such a lead lives on as a contact */
		(void)buf_add_text(soql, " AND IsConverted = false");
}

static void find_over(struct push *push)
{
	for (size_t i = 0; i < push->n_items; i++)
		if (push->items[i].outcome == OUTCOME_PENDING)
			push->items[i].outcome = OUTCOME_DONE;
}

enum next find_ask(struct push *push, struct http_request *request, struct error *err)
{
	struct caller caller = push_caller(push);
	CLEANUP(buf_done) struct buf soql = { 0 };
	struct find_state *state;

	if (!push->state)
		find_begin(push);
	state = push->state;
	if (state->is_asked)			/* that failed: a locator is not used twice */
		state->next_url = NULL;
	if (!find_more(push, state)) {
		find_over(push);
		return NEXT_DONE;
	}
	state->is_asked = true;
	if (state->next_url) {
		query_ask_more(request, &caller, state->next_url);
		return NEXT_REQUEST;
	}
	buf_init(&soql, SOQL_MAX);
	(void)buf_add_text(&soql, "SELECT Id");
	if (sobject_of(push->stream)->has_email)
		(void)buf_add_text(&soql, ", Email");
	if (push->has_key_field)
		(void)buf_printf(&soql, ", %s", push_key_field(push));
	(void)buf_printf(&soql, " FROM %s", sobject_of(push->stream)->name);
	add_condition(push, state, &soql);
	return query_ask(request, &caller, &soql, false, 0, err) ? NEXT_REQUEST : NEXT_FAILED;
}

static enum fit fit_of(const struct push *push, const struct push_item *item, const json_t *row)
{
	struct slice key = push->has_key_field ? row_value(row, push_key_field(push)) : SLICE_NULL;

	if (slice_is_empty(key))
		return FIT_FREE;
	return slice_equal_nocase(key, slice_of(item->key)) ? FIT_OWN : FIT_FOREIGN;
}

/* The better fit wins; of equal ones the lower id, so that the answer's order decides nothing. */
static void offer(struct match *match, enum fit fit, const struct record_id *id)
{
	if (fit > match->fit || (fit == match->fit && strcmp(id->text, match->id.text) >= 0))
		return;
	*match = (struct match){ fit, *id };
}

static bool read_row(const struct push *push, struct find_state *state, struct slice raw, struct error *err)
{
	CLEANUP(json_decref_p) json_t *row = NULL;
	struct record_id id;
	struct slice value;

	if (!json_item(push->arena, raw, &row, err))
		return false;
	if (!record_id_parse(row_value(row, "Id"), &id))
		return fail(err, ERROR_RECORD, "a record that was found has no readable Id");
	value = row_value(row, state->by == BY_EMAIL ? "Email" : push_key_field(push));
	for (size_t i = state->at; i < state->end; i++)
		if (value.len && slice_equal_nocase(value, wanted(push, state->by, &push->items[i])))
			offer(&state->matches[i], fit_of(push, &push->items[i], row), &id);
	return true;
}

static void settle(struct push *push, struct find_state *state)
{
	for (size_t i = state->at; i < state->end; i++) {
		if (state->matches[i].fit == FIT_NONE)
			continue;
		push->items[i].outcome = OUTCOME_FOUND;
		push->items[i].remote_id = arena_slice(push->arena, record_id_slice(&state->matches[i].id));
	}
	state->at = state->end;
}

bool find_read(struct push *push, const struct http_response *response, struct error *err)
{
	struct find_state *state = push->state;
	struct query_page page;

	if (!query_read(push->arena, response->body, &page, err))
		return false;
	for (size_t i = 0; i < page.n_rows; i++)
		if (!read_row(push, state, page.rows[i], err))
			return false;
	state->is_asked = false;
	state->next_url = page.next_url;
	if (!page.next_url)
		settle(push, state);
	return true;
}
