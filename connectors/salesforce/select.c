/* SPDX-License-Identifier: Apache-2.0 */
/* Which columns a pull asks for: what the stream needs itself, what is mapped, less what the org does not know. */
#include "salesforce.h"

static bool is_selected(const struct scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->n_selected; i++)
		if (slice_equal_nocase(slice_of(scan->selected[i].column.name), slice_of(name)))
			return true;
	return false;
}

static void select_column(struct scan *scan, const struct column *column)
{
	if (!is_selected(scan, column->name))
		scan->selected[scan->n_selected++].column = *column;
}

bool select_columns(struct pull *pull, struct scan *scan, struct error *err)
{
	const struct sobject *object = sobject_of(pull->stream);
	size_t n = 2;

	while (object->columns[n - 2].name)
		n++;
	scan->selected = arena_array(pull->run_arena, n + pull->n_fields, sizeof(*scan->selected));
	select_column(scan, &(struct column){ .name = "Id" });
	select_column(scan, &(struct column){ .name = "SystemModstamp" });
	for (const struct column *column = object->columns; column->name; column++)
		select_column(scan, column);
	for (size_t i = 0; i < pull->n_fields; i++) {
		if (!soql_is_name(slice_of(pull->fields[i])))
			return fail(err, ERROR_CONFIG, "\"%s\" cannot be the API name of a field", pull->fields[i]);
		select_column(scan, &(struct column){ .name = pull->fields[i] });
	}
	return true;
}

/* Whether text stands in body behind `before`, and is not part of a longer name. */
static bool is_named(struct slice body, const char *before, const char *text)
{
	char c;

	for (size_t i = 0; i + strlen(before) + strlen(text) < body.len; i++) {
		if (memcmp(body.data + i, before, strlen(before)) != 0 ||
		    memcmp(body.data + i + strlen(before), text, strlen(text)) != 0)
			continue;
		c = body.data[i + strlen(before) + strlen(text)];
		if (!soql_is_name((struct slice){ (const char[]){ 'x', c }, 2 }))
			return true;
	}
	return false;
}

/* A message may blame the sub-select by its object or by one of its columns; it is tried without that first. */
static bool is_sub_select_named(const struct column *column, struct slice body, const char *before)
{
	if (!column->entity)
		return false;
	return is_named(body, before, column->entity) || (column->fallback && is_named(body, before, column->doubtful));
}

static struct selected *only_named(struct scan *scan, struct slice body, const char *before)
{
	struct selected *found = NULL;

	for (size_t i = 2; i < scan->n_selected; i++) {	/* not Id and SystemModstamp */
		struct selected *selected = &scan->selected[i];

		if (selected->is_dropped)
			continue;
		if (is_sub_select_named(&selected->column, body, before))
			return selected;
		if (!is_named(body, before, selected->column.name))
			continue;
		if (found)
			return NULL;
		found = selected;
	}
	return found;
}

bool select_drop(struct scan *scan, struct slice body)
{
	struct selected *selected = only_named(scan, body, "'");

	if (!selected)
		selected = only_named(scan, body, " ");
	if (!selected)
		return false;
	selected->is_dropped = !selected->column.fallback;
	selected->column.text = TAKE(selected->column.fallback);
	return true;
}

void select_add(const struct scan *scan, const struct sobject *object, struct buf *soql)
{
	const char *between = "SELECT ";

	for (size_t i = 0; i < scan->n_selected; i++) {
		const struct column *column = &scan->selected[i].column;

		if (scan->selected[i].is_dropped)
			continue;
		(void)buf_printf(soql, "%s%s", between, column->text ? column->text : column->name);
		between = ", ";
	}
	(void)buf_printf(soql, " FROM %s", object->name);
}
