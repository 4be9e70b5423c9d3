/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Employees are few, and what we want of one stands in three models (employee, party, user), each with stamps
 * of its own: so every pass reads them all, a page of employees and then the users of that page.
 */
#include "clock.h"
#include "names.h"
#include "party.h"
#include "rpc.h"
#include "tryton.h"

struct employees {
	struct walk walk; /* first: pull->state is both */
	bool wants_users; /* the page's users are to be asked for */
	size_t first;     /* of the page's records in the batch */
};

static bool is_derived(const char *field)
{
	static const char *const names[] = { "first_name", "last_name", "email", "is_active" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(field, names[i]) == 0)
			return true;
	return false;
}

/* By the last day of work; a day that is today still counts. */
static bool is_employed(struct arena *arena, const json_t *row, int64_t now_us)
{
	struct slice end = SLICE_NULL;
	struct error ignored = { 0 };
	int64_t end_us;

	if (!rpc_text(arena, json_object_get(row, "end_date"), &end, &ignored) || slice_is_empty(end))
		return true;
	return !time_parse(end, &end_us) || end_us + 86400 * US_PER_S > now_us;
}

static struct slice value_of(struct pull *pull, const json_t *row, const struct party *party,
                             const char *field)
{
	struct person_name name = name_split(pull->batch->arena, party->name);

	if (strcmp(field, "first_name") == 0)
		return name.first;
	if (strcmp(field, "last_name") == 0)
		return name.last;
	if (strcmp(field, "is_active") == 0)
		return is_employed(pull->batch->arena, row, pull->now_us) ? SLICE("true") : SLICE("false");
	if (!party->shows_mechanisms)
		return SLICE_NULL;
	return slice_is_null(party->mechanisms[MECHANISM_EMAIL].id)
	               ? SLICE("")
	               : party->mechanisms[MECHANISM_EMAIL].value;
}

static bool employee_row(struct pull *pull, const json_t *row, struct slice id, struct error *err)
{
	struct slice *values = arena_array(pull->batch->arena, pull->n_fields, sizeof(*values));
	struct row_times times;
	struct party party;

	if (!row_times(row, &times, err))
		return false;
	if (!party_read(json_object_get(row, "party."), &party, err))
		return fail_in(err, "employee %.*s", SLICE_ARGS(id));
	for (size_t i = 0; i < pull->n_fields; i++) {
		if (is_derived(pull->fields[i]))
			values[i] = value_of(pull, row, &party, pull->fields[i]);
		else if (!rpc_text(pull->batch->arena, rpc_member(row, pull->fields[i]), &values[i], err))
			return fail_in(err, "field %s", pull->fields[i]);
	}
	walk_add(pull, "employee", ENTITY_USER, id, &times, values);
	return true;
}

static const char *const row_fields[] = {
	"party",
	"party.name",
	"party.contact_mechanisms.type",
	"party.contact_mechanisms.value",
	"party.contact_mechanisms.active",
	"start_date",
	"end_date",
	"write_date",
	"create_date",
	NULL,
};

static const struct source employees = {
	.object = "employee",
	.model = "company.employee",
	.fields = row_fields,
	.is_derived = is_derived,
	.row = employee_row,
};

/* -- Users -- */

static enum next ask_users(struct employees *state, struct pull *pull, struct http_request *request,
                           struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	rpc_begin(&body, "model.res.user.search_read");
	buf_add_text(&body, "[[\"employee\",\"in\",[");
	for (size_t i = state->first; i < pull->batch->n_records; i++)
		buf_printf(&body, "%s%.*s", i > state->first ? "," : "",
		           SLICE_ARGS(pull->batch->records[i]->id));
	buf_add_text(&body, "]],[\"active\",\"in\",[true,false]]],0,null,[[\"id\",\"ASC\"]],[\"employee\","
	                    "\"active\",\"email\"],");
	return rpc_send(request, pull->batch->arena, pull->session, &body, NULL, err);
}

static void set_field(struct pull *pull, struct record *record, const char *field, struct slice value)
{
	for (size_t i = 0; i < pull->n_fields; i++)
		if (strcmp(pull->fields[i], field) == 0)
			batch_set(pull->batch, record, i, value);
}

static bool is_blank(struct pull *pull, const struct record *record, const char *field)
{
	for (size_t i = 0; i < pull->n_fields; i++)
		if (strcmp(pull->fields[i], field) == 0)
			return slice_is_empty(record->values[i]);
	return false;
}

/* What is known of the users of one employee. */
struct user_state {
	bool has_user, has_active;
};

static void take_user(struct pull *pull, const json_t *row, struct user_state *states, size_t first)
{
	struct slice email = json_text(row, "email");
	struct record *record = batch_find(pull->batch, "employee", json_text(row, "employee"));

	for (size_t i = first; record && i < pull->batch->n_records; i++) {
		if (pull->batch->records[i] != record)
			continue;
		states[i - first].has_user = true;
		states[i - first].has_active |= json_is_true(json_object_get(row, "active"));
		if (!slice_is_empty(email) && is_blank(pull, record, "email"))
			set_field(pull, record, "email", email);
	}
}

/* An employee all of whose users are switched off cannot act on anything; one without a user may. */
static void close_inactive(struct pull *pull, const struct user_state *states, size_t first)
{
	for (size_t i = first; i < pull->batch->n_records; i++)
		if (states[i - first].has_user && !states[i - first].has_active)
			set_field(pull, pull->batch->records[i], "is_active", SLICE("false"));
}

static bool read_users(struct employees *state, struct pull *pull, const struct http_response *response,
                       struct error *err)
{
	struct arena *arena = pull->batch->arena;
	struct user_state *states =
	        arena_array(arena, pull->batch->n_records - state->first + 1, sizeof(*states));
	struct slice *rows;
	size_t n;

	if (!rpc_rows(arena, response, &rows, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(json_decref_p) json_t *row = NULL;

		if (!json_item(arena, rows[i], &row, err))
			return fail_in(err, "user");
		take_user(pull, row, states, state->first);
	}
	close_inactive(pull, states, state->first);
	return true;
}

/* -- The stream -- */

static enum next employee_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	struct employees *state = pull->state;

	if (!state) {
		state = arena_alloc(pull->run_arena, sizeof(*state));
		state->walk.source = &employees;
		pull->state = state;
	}
	if (state->wants_users)
		return ask_users(state, pull, request, err);
	state->first = pull->batch->n_records;
	return walk_ask(&state->walk, pull, request, err);
}

static bool employee_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	struct employees *state = pull->state;

	if (state->wants_users) {
		if (!read_users(state, pull, response, err))
			return false;
		state->wants_users = false;
		pull->is_open = false;
		return true;
	}
	if (!walk_read(&state->walk, pull, response, err))
		return false;
	state->wants_users = pull->batch->n_records > state->first;
	pull->is_open = state->wants_users;
	return true;
}

static const struct field_map employee_map[] = {
	{ "first_name", "first_name", MAP_PULL },
	{ "last_name", "last_name", MAP_PULL },
	{ "email", "email", MAP_PULL },
	{ "is_active", "is_active", MAP_PULL },
	{ NULL, NULL, MAP_BOTH },
};

static const struct derived_field derived[] = {
	{ "first_name", "char", false },
	{ "last_name", "char", false },
	{ "email", "char", false },
	{ "is_active", "boolean", false },
	{ 0 },
};

static enum next employee_describe_ask(struct describe *describe, struct http_request *request,
                                       struct error *err)
{
	return describe_model_ask(describe, "company.employee", request, err);
}

static bool employee_describe_read(struct describe *describe, const struct http_response *response,
                                   struct error *err)
{
	return describe_model_read(describe, derived, response, err);
}

const struct stream_ops tryton_employee = {
	.name = "employee",
	.entity = ENTITY_USER,
	.help = "employees, who own opportunities",
	.fields = employee_map,
	.ids_max = TRYTON_IDS_MAX,
	.ask = employee_ask,
	.read = employee_read,
	.describe_ask = employee_describe_ask,
	.describe_read = employee_describe_read,
};
