/* SPDX-License-Identifier: Apache-2.0 */
#include "push.h"

#include "json.h"

#define GROUP_MAX 100

struct push_state {
	const struct push_round *const *rounds;
	size_t round;
	bool is_begun;				/* the groups of this round are made */
	struct push_group *groups;		/* still to be sent, the next one first */
};

const struct hubspot_object *hubspot_push_object(const struct push *push)
{
	return hubspot_object_of(push->stream);
}

const char *hubspot_push_key_field(const struct push *push)
{
	return push->has_key_field ? hubspot_key_field(push->config, hubspot_push_object(push)) : NULL;
}

void hubspot_push_begin_batch(const struct push *push, struct http_request *request, const char *tail)
{
	hubspot_begin(request, push->arena, push->session, "POST", PLACE_OBJECTS,
		      SEGMENTS(hubspot_push_object(push)->path, tail));
}

const char *hubspot_push_trace_id(const struct push *push, size_t item)
{
	return arena_printf(push->arena, "row-%zu", item + 1);
}

struct push_item *hubspot_push_alone(const struct push *push, const struct push_group *group)
{
	return group->n == 1 ? &push->items[group->items[0]] : NULL;
}

void hubspot_push_done(const struct push *push, struct push_item *item, const json_t *result)
{
	struct slice id = hubspot_text(result, "id");

	if (!slice_is_empty(id))
		item->remote_id = arena_slice(push->arena, id);
	if (!slice_is_empty(item->remote_id))
		item->outcome = OUTCOME_DONE;
}

/* -- Errors of one item -- */

bool hubspot_push_is_missing(int status, const json_t *error)
{
	struct slice category = hubspot_text(error, "category");

	return status == 404 || slice_equal_text(category, "OBJECT_NOT_FOUND") ||
		slice_equal_text(category, "NOT_FOUND");
}

static bool names_property(const json_t *detail, const char *field)
{
	const json_t *listed = json_path(detail, "context.propertyName");
	const json_t *one = json_is_array(listed) ? json_array_get(listed, 0) : listed;

	return slice_equal_text(hubspot_text(detail, "in"), field) || slice_equal_text(json_scalar(one), field);
}

static bool quotes_property(struct slice message, const char *field, struct arena *arena)
{
	const char *quoted = arena_printf(arena, "\"%s\"", field);

	return message.len > 0 && memmem(message.data, message.len, quoted, strlen(quoted));
}

/* Which of the item's fields the error is about; NULL if it does not say. */
static const char *field_named(const struct push *push, const struct push_item *item, const json_t *error)
{
	const json_t *details = json_object_get(error, "errors"), *detail;
	size_t n;

	for (size_t i = 0; i < item->n_changes; i++) {
		const char *field = item->changes[i].field;

		if (names_property(error, field) || quotes_property(hubspot_text(error, "message"), field,
								    push->arena))
			return field;
		json_array_foreach(details, n, detail)
			if (names_property(detail, field) ||
			    quotes_property(hubspot_text(detail, "message"), field, push->arena))
				return field;
	}
	return NULL;
}

void hubspot_push_item_fail(const struct push *push, struct push_item *item, int status, const json_t *error)
{
	const json_t *detail = json_array_get(json_object_get(error, "errors"), 0);
	struct slice category = hubspot_text(error, "category"), message = hubspot_text(error, "message");
	struct slice more = hubspot_text(detail, "message"), code = hubspot_text(detail, "code");
	CLEANUP(buf_done) struct buf text = { 0 };

	buf_init(&text, HUBSPOT_BODY_MAX);
	if (status != 0)
		buf_printf(&text, "status %d ", status);
	buf_add_slice(&text, slice_is_empty(category) ? SLICE("refused") : category);
	if (!slice_is_empty(message))
		buf_printf(&text, ": %.*s", SLICE_ARGS(message));
	if (!slice_is_empty(code) || !slice_is_empty(more))
		buf_printf(&text, ": %.*s %.*s", SLICE_ARGS(code), SLICE_ARGS(more));
	item->outcome = OUTCOME_FAILED;
	item->err_field = field_named(push, item, error);
	fail(&item->err, ERROR_RECORD, "%s", text.data);
}

static bool has_value(const json_t *value, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach(value, i, one)
		if (slice_equal_text(json_scalar(one), text))
			return true;
	return json_is_string(value) && slice_equal_text(json_scalar(value), text);
}

/* An error names its items in its context: {"ids":["7"]}, {"objectWriteTraceId":["row-2"]}. */
static bool is_named(const struct push *push, const struct push_round *round, size_t item, const json_t *error)
{
	json_t *context = json_object_get(error, "context"), *value;
	struct slice id = round->id ? round->id(&push->items[item]) : SLICE_NULL;
	const char *id_text = arena_strndup(push->arena, id.data ? id.data : "", id.len);
	const char *name;

	json_object_foreach(context, name, value)
		if (has_value(value, hubspot_push_trace_id(push, item)) ||
		    (*id_text && has_value(value, id_text)))
			return true;
	return false;
}

static bool error_take(const struct push *push, const struct push_round *round, const struct push_group *group,
		       const json_t *error)
{
	struct push_item *alone = hubspot_push_alone(push, group);
	bool is_taken = false;

	for (size_t i = 0; i < group->n; i++) {
		if (!is_named(push, round, group->items[i], error))
			continue;
		round->refused(push, &push->items[group->items[i]], 0, error);
		is_taken = true;
	}
	if (!is_taken && alone && alone->outcome == OUTCOME_PENDING) {
		round->refused(push, alone, 0, error);
		is_taken = true;
	}
	return is_taken || (!round->changes && hubspot_push_is_missing(0, error));
}

/* True: every error found its item, or says no more than that something looked for is not there. */
static bool errors_take(const struct push *push, const struct push_round *round, const struct push_group *group,
			struct slice body)
{
	static const char *const path[] = { "errors", NULL };
	struct error ignored;
	struct slice *items;
	size_t n;
	bool are_taken = true;

	if (!json_split(push->arena, body, path, &items, &n, NULL, &ignored))
		return true;
	for (size_t i = 0; i < n; i++) {
		json_t *error = NULL;

		if (!json_item(push->arena, items[i], &error, &ignored) ||
		    !error_take(push, round, group, error))
			are_taken = false;
		json_decref(error);
	}
	return are_taken;
}

/* -- Groups -- */

static struct push_group *group_new(const struct push *push, const size_t *items, size_t n,
				    struct push_group *next)
{
	struct push_group *group = arena_alloc(push->arena, sizeof(*group) + n * sizeof(group->items[0]));

	memcpy(group->items, items, n * sizeof(group->items[0]));
	group->n = n;
	group->next = next;
	return group;
}

static bool has_id(const struct push *push, const struct push_round *round, const size_t *items, size_t n,
		   size_t item)
{
	for (size_t i = 0; round->id && i < n; i++)
		if (slice_equal(round->id(&push->items[items[i]]), round->id(&push->items[item])))
			return true;
	return false;
}

static void groups_make(const struct push *push, struct push_state *state, const struct push_round *round)
{
	bool *is_taken = arena_array(push->arena, push->n_items + 1, sizeof(*is_taken));
	struct push_group **tail = &state->groups;

	for (;;) {
		size_t items[GROUP_MAX], n = 0;

		for (size_t i = 0; i < push->n_items && n < GROUP_MAX; i++) {
			if (is_taken[i] || !round->wants(push, &push->items[i]) ||
			    has_id(push, round, items, n, i))
				continue;
			is_taken[i] = true;
			items[n++] = i;
		}
		if (n == 0)
			return;
		*tail = group_new(push, items, n, NULL);
		tail = &(*tail)->next;
	}
}

static void group_halve(const struct push *push, struct push_state *state)
{
	struct push_group *group = state->groups;
	size_t half = group->n / 2;
	struct push_group *second = group_new(push, group->items + half, group->n - half, group->next);

	state->groups = group_new(push, group->items, half, second);
}

/* Errors that name nobody: what is still open goes alone, and then the error is its own. */
static void group_single_out(const struct push *push, struct push_state *state, const struct push_group *group)
{
	for (size_t i = group->n; i-- > 0;)
		if (push->items[group->items[i]].outcome == OUTCOME_PENDING)
			state->groups = group_new(push, &group->items[i], 1, state->groups);
}

/* -- Asking and reading -- */

static const struct push_round *const *const rounds_of[] = {
	[PUSH_FIND] = hubspot_push_find_rounds,
	[PUSH_CREATE] = hubspot_push_create_rounds,
	[PUSH_UPDATE] = hubspot_push_update_rounds,
};

/* The stage of life only moves forward at HubSpot, so writing it loops: the field is refused before it is sent. */
static void items_check(struct push *push)
{
	for (size_t i = 0; i < push->n_items; i++) {
		struct push_item *item = &push->items[i];

		if (push->verb == PUSH_UPDATE && item->n_changes == 0)
			item->outcome = OUTCOME_DONE;
		for (size_t n = 0; n < item->n_changes && push->verb != PUSH_FIND; n++) {
			if (strcmp(item->changes[n].field, "lifecyclestage") != 0)
				continue;
			item->outcome = OUTCOME_FAILED;
			item->err_field = item->changes[n].field;
			fail(&item->err, ERROR_RECORD, "lifecyclestage is not written: HubSpot moves it forward only");
		}
	}
}

static struct push_state *push_begin(struct push *push)
{
	struct push_state *state = arena_alloc(push->arena, sizeof(*state));

	state->rounds = rounds_of[push->verb];
	items_check(push);
	push->state = state;
	return state;
}

static void push_end(struct push *push)
{
	for (size_t i = 0; i < push->n_items; i++)
		if (push->verb == PUSH_FIND && push->items[i].outcome == OUTCOME_PENDING)
			push->items[i].outcome = OUTCOME_DONE;
}

enum next hubspot_push_ask(struct push *push, struct http_request *request, struct error *err)
{
	struct push_state *state = push->state ? push->state : push_begin(push);

	while (!state->groups && state->rounds[state->round]) {
		if (!state->is_begun)
			groups_make(push, state, state->rounds[state->round]);
		else
			state->round++;
		state->is_begun = !state->is_begun;
	}
	if (!state->groups) {
		push_end(push);
		return NEXT_DONE;
	}
	if (!state->rounds[state->round]->ask(push, state->groups, request, err))
		return NEXT_FAILED;
	request->changes = state->rounds[state->round]->changes;
	return NEXT_REQUEST;
}

/* The whole call was refused: 400 for the sake of one item, 404, 409. */
static bool group_refused(struct push *push, struct push_state *state, const struct http_response *response,
			  struct error *err)
{
	struct push_item *alone = hubspot_push_alone(push, state->groups);
	struct error ignored;
	json_t *error = NULL;

	if (response->status == 403 || !hubspot_is_error(response))
		return hubspot_refusal(response, err);
	if (!alone) {
		group_halve(push, state);
		return true;
	}
	if (!json_item(push->arena, response->body, &error, &ignored))
		return hubspot_refusal(response, err);
	state->rounds[state->round]->refused(push, alone, response->status, error);
	json_decref(error);
	state->groups = state->groups->next;
	return true;
}

static void results_take(const struct push *push, const struct push_round *round,
			 const struct push_group *group,
			 const struct hubspot_page *page)
{
	for (size_t i = 0; i < page->n_items && round->result; i++) {
		struct error ignored;
		json_t *result = NULL;

		/* A result that cannot be read leaves its item pending: it will be looked up. */
		if (json_item(push->arena, page->items[i], &result, &ignored))
			round->result(push, group, result);
		json_decref(result);
	}
}

bool hubspot_push_read(struct push *push, const struct http_response *response, struct error *err)
{
	struct push_state *state = push->state;
	const struct push_round *round = state->rounds[state->round];
	struct push_group *group = state->groups;
	struct hubspot_page page = { 0 };

	if (response->status >= 400)
		return group_refused(push, state, response, err);
	if (round->result && !hubspot_page_read(push->arena, response, &page, err)) {
		if (round->changes)
			err->kind = ERROR_UNCERTAIN;
		return false;
	}
	results_take(push, round, group, &page);
	state->groups = group->next;
	if (!errors_take(push, round, group, response->body) && group->n > 1)
		group_single_out(push, state, group);
	return true;
}
