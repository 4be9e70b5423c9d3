/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"
#include "commands_private.h"

/*
 * How one line of the story is made of its row: {name} is a member's text, {name:12} padded to 12, and what
 * stands in [ ] is left out when a member in it is null, false, 0 or empty (true prints nothing). A line
 * break starts another line.
 */
static const struct section {
	const char *member, *title, *line;
} sections[] = {
	{ "golden", "values, and where each comes from",
	  "  {field:15} {value}[   ({rule}[: {connector}/{object}/{id}])]" },
	{ "records", "records",
	  "  {connector}/{object}/{id}[  changed {modified}][  seen {seen}][  owner {owner}][  account "
	  "{account}]"
	  "[{deleted}  deleted over there][{read_only}  cannot be written over there][{foreign}  connector "
	  "not configured]" },
	{ "links", "links, and why",
	  "  {decided}  {connector}/{object}/{id} by {rule}[ \"{evidence}\"][, before: {from}]  (decided by "
	  "{actor})" },
	{ "people", "people", "  {id}  {label}" },
	{ "opportunities", "opportunities",
	  "  {id}  {name}[, {stage}][, {amount}][{closed}, closed][{won}, won][, owner {owner}]  "
	  "({connector}/{object}/{external},"
	  " by {by})" },
	{ "activities", "activities", "  {occurred}  {activity}[ \"{title}\"]  ({connector}/{object}/{id})" },
	{ "alerts", "alerts",
	  "  {created}  to {user}[ ({step})]: {subject}\n    why: {why}\n    {state}[ {sent}][ as "
	  "{connector}/{object}/{remote}][: {error}]" },
	{ "pushes", "writes",
	  "  {pushed}  {verb} {connector}/{object}[/{id}]: {outcome}[ - {changed}][ ({error})]" },
	{ "marks", "waiting to be looked at",
	  "  {connector}: marked {marked}, due {due}[, tried {attempts} times][{uncertain}, a create of "
	  "unknown outcome]" },
	{ "differences", "differences still open",
	  "  {connector}/{object}[/{id}][{new} (new)]  {field}: \"{from}\" → \"{to}\"[ from "
	  "{source}][{frozen} (frozen: it was turned back"
	  " again and again)][  waits: {barrier}]" },
	{ "parked", "set aside",
	  "  {parked}  {kind} {connector}/{object}[/{id}]: {reason}  ({times} times, last {last})" },
};

static bool is_there(const json_t *value)
{
	if (json_is_string(value))
		return json_string_length(value) > 0;
	if (json_is_integer(value))
		return json_integer_value(value) != 0;
	return json_is_true(value);
}

static void add_value(struct buf *to, const json_t *value)
{
	if (json_is_string(value))
		buf_add(to, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		buf_printf(to, "%lld", (long long)json_integer_value(value));
	else if (!json_is_true(value))
		buf_add_char(to, '-');
}

/* "{name}" or "{name:12}" at `at`; returns what follows it. */
static const char *add_member(struct buf *to, const char *at, const json_t *row, bool *is_whole)
{
	const char *end = strchr(at, '}'), *colon = memchr(at, ':', (size_t)(end - at));
	CLEANUP(free_pointer)
	char *name = alloc_printf("%.*s", (int)((colon ? colon : end) - at - 1), at + 1);
	const json_t *value = json_object_get(row, name);
	size_t before = to->len, width = 0;

	for (const char *c = colon ? colon + 1 : end; c < end; c++)
		width = width * 10 + (size_t)(*c - '0');
	*is_whole = *is_whole && is_there(value);
	add_value(to, value);
	while (to->len - before < width && buf_add_char(to, ' '))
		;
	return end + 1;
}

static const char *add_optional(struct buf *to, const char *at, const json_t *row);

/* Up to the end, or the bracket that closes this part. */
static const char *add_part(struct buf *to, const char *at, const json_t *row, bool *is_whole)
{
	while (*at && *at != ']') {
		if (*at == '{')
			at = add_member(to, at, row, is_whole);
		else if (*at == '[')
			at = add_optional(to, at, row);
		else
			buf_add_char(to, *at++);
	}
	return at;
}

static const char *add_optional(struct buf *to, const char *at, const json_t *row)
{
	size_t before = to->len;
	bool is_whole = true;

	at = add_part(to, at + 1, row, &is_whole);
	if (!is_whole)
		to->len = before;
	return at + (*at == ']');
}

static void tell_row(json_t *story, const char *line, const json_t *row)
{
	CLEANUP(buf_done) struct buf text;
	struct slice part, rest;
	bool is_whole = true;

	buf_init(&text, 1 << 20);
	(void)add_part(&text, line, row, &is_whole);
	rest = buf_slice(&text);
	/* only the template's own breaks begin a line: a value's are shown by tandemctl */
	for (const char *at = line; (at = strchr(at, '\n')) && slice_split(rest, '\n', &part, &rest); at++)
		story_line(story, "%.*s", SLICE_ARGS(part));
	story_line(story, "%.*s", SLICE_ARGS(rest));
}

void story_tell(json_t *story)
{
	const char *label = json_string_value(json_object_get(story, "label"));

	story_line(story, "%s %s%s%s", json_string_value(json_object_get(story, "kind")),
	           json_string_value(json_object_get(story, "id")), label ? "  " : "", label ? label : "");
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		const json_t *rows = json_object_get(story, sections[i].member);

		if (!json_array_size(rows))
			continue;
		story_line(story, "%s", "");
		story_line(story, "%s", sections[i].title);
		for (size_t r = 0; r < json_array_size(rows); r++)
			tell_row(story, sections[i].line, json_array_get(rows, r));
	}
}
