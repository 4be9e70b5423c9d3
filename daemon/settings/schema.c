/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include <stdarg.h>

#include "value.h"
#include "wording.h"

void schema_complain(const struct schema *schema, const struct node *node, const char *name, const char *fmt,
                     ...)
{
	va_list args;

	va_start(args, fmt);
	problems_add(schema->problems, schema->file, node->line, node->column, "%s%s: %s", schema->prefix,
	             name, arena_vprintf(schema->scratch, fmt, args));
	va_end(args);
}

/* -- Looking names up in the tables -- */

struct row {
	const struct schema_part *part;
	size_t index;
};

static const struct setting *row_setting(const struct row *row)
{
	return &row->part->table[row->index];
}

/* All rows of all parts, one after the other. */
static bool row_next(const struct schema *schema, struct row *row)
{
	if (!row->part)
		row->part = schema->parts;
	else
		row->index++;
	while (!row->part->table || row_setting(row)->type == SETTING_END) {
		row->index = 0;
		if (++row->part == schema->parts + ARRAY_SIZE(schema->parts))
			return false;
	}
	return true;
}

static bool row_find(const struct schema *schema, const char *name, struct row *ret)
{
	for (struct row row = { 0 }; row_next(schema, &row);)
		if (strcmp(row_setting(&row)->name, name) == 0) {
			*ret = row;
			return true;
		}
	return false;
}

/* The part of a row's name that follows `path` ("" or "auth."), NULL if the row is not under it. */
static const char *below(const struct setting *setting, const char *path)
{
	size_t len = strlen(path);

	return strncmp(setting->name, path, len) == 0 ? setting->name + len : NULL;
}

static bool is_group(const struct schema *schema, const char *name)
{
	const char *path = arena_printf(schema->scratch, "%s.", name);

	for (struct row row = { 0 }; row_next(schema, &row);)
		if (below(row_setting(&row), path))
			return true;
	return false;
}

static bool is_other(const struct schema *schema, const char *path, struct slice key)
{
	for (size_t i = 0; !path[0] && schema->others && schema->others[i]; i++)
		if (slice_equal_text(key, schema->others[i]))
			return true;
	return false;
}

/* Keys that may stand in the mapping of a path: settings and groups, each once. */
static struct names keys_of(const struct schema *schema, const char *path)
{
	struct names names = { .arena = schema->scratch };

	for (struct row row = { 0 }; row_next(schema, &row);) {
		const char *rest = below(row_setting(&row), path);

		if (rest)
			names_add(&names, arena_strndup(schema->scratch, rest, strcspn(rest, ".")));
	}
	for (size_t i = 0; !path[0] && schema->others && schema->others[i]; i++)
		names_add(&names, schema->others[i]);
	return names;
}

/* -- Walking -- */

static void complain_of_key(const struct schema *schema, const char *path, const struct node *key)
{
	struct arena *scratch = schema->scratch;
	struct names names = keys_of(schema, path);
	const char *under = arena_printf(scratch, "%s%s", schema->prefix, path);
	const char *place =
	        under[0] ? arena_printf(scratch, " in \"%.*s\"", (int)strlen(under) - 1, under) : "";
	const char *dot = memchr(key->text.data, '.', key->text.len);
	struct row row;

	if (schema->takes_any)
		return;
	if (dot && row_find(schema, arena_printf(scratch, "%s%s", path, key->text.data), &row))
		problems_add(schema->problems, schema->file, key->line, key->column,
		             "unknown key %s%s; write it as %.*s: {%s: …}", text_print(scratch, key->text),
		             place, (int)(dot - key->text.data), key->text.data, dot + 1);
	else
		problems_add(schema->problems, schema->file, key->line, key->column, "unknown key %s%s; %s",
		             text_print(scratch, key->text), place, near_names(scratch, key->text, &names));
}

static bool read_row(const struct schema *schema, const struct row *row, const struct node *value)
{
	const struct setting *setting = row_setting(row);

	row->part->is_set[row->index] = true;
	return value_read(schema, setting, setting->name, value, (char *)row->part->target + setting->offset);
}

/* Where two tables have the name, the second one knows better what is allowed; both get the value. */
static void read_rows(const struct schema *schema, const struct row *first, const struct node *value)
{
	struct row second = *first;

	first->part->is_set[first->index] = true;
	while (row_next(schema, &second))
		if (strcmp(row_setting(&second)->name, row_setting(first)->name) == 0 &&
		    !read_row(schema, &second, value))
			return;
	(void)read_row(schema, first, value);
}

static void walk(const struct schema *schema, const char *path, const struct node *map);

static void walk_group(const struct schema *schema, const char *name, const struct node *value)
{
	const char *path = arena_printf(schema->scratch, "%s.", name);
	struct names names = keys_of(schema, path);

	if (value->is_bad || node_is_absent(value))
		return;
	if (value->kind == NODE_MAP)
		walk(schema, path, value);
	else /* its text may be a secret put in the wrong place */
		schema_complain(schema, value, name, "is no mapping; allowed: a mapping with %s",
		                list_print(schema->scratch, names.list));
}

static void walk(const struct schema *schema, const char *path, const struct node *map)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct node *key = map->pairs[i].key, *value = map->pairs[i].value;
		const char *name = arena_printf(schema->scratch, "%s%.*s", path, SLICE_ARGS(key->text));
		bool has_dot = memchr(key->text.data, '.', key->text.len);
		struct row row;

		if (key->is_bad || is_other(schema, path, key->text))
			continue;
		if (!has_dot && row_find(schema, name, &row))
			read_rows(schema, &row, value);
		else if (!has_dot && is_group(schema, name))
			walk_group(schema, name, value);
		else
			complain_of_key(schema, path, key);
	}
}

static void begin_part(const struct schema *schema, struct schema_part *part)
{
	size_t n = 0;

	for (; part->table && part->table[n].type != SETTING_END; n++)
		value_fallback(schema, &part->table[n], (char *)part->target + part->table[n].offset);
	part->is_set = arena_array(schema->arena, n + 1, sizeof(*part->is_set));
}

static void complain_of_missing(const struct schema *schema, const struct node *root)
{
	for (struct row row = { 0 }; row_next(schema, &row);) {
		const struct setting *setting = row_setting(&row);

		if (setting->required && !row.part->is_set[row.index])
			schema_complain(schema, schema_locate(root, setting->name), setting->name,
			                "is required; allowed: %s", value_allowed(schema->scratch, setting));
	}
}

void schema_read(struct schema *schema, const struct node *root)
{
	static const struct node nothing = { .kind = NODE_MAP, .line = 1, .column = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(schema->parts); i++)
		begin_part(schema, &schema->parts[i]);
	if (!root)
		root = &nothing;
	if (root->is_bad)
		return;
	if (root->kind != NODE_MAP && !node_is_absent(root)) {
		problems_add(schema->problems, schema->file, root->line, root->column,
		             "%sis no mapping; allowed: "
		             "lines of the form \"key: value\"",
		             schema->prefix[0]
		                     ? arena_printf(schema->scratch,
		                                    "%.*s: ", (int)strlen(schema->prefix) - 1, schema->prefix)
		                     : "this ");
		return;
	}
	walk(schema, "", root);
	complain_of_missing(schema, root);
}

bool schema_is_set(const struct schema *schema, const char *name)
{
	struct row row;

	return row_find(schema, name, &row) && row.part->is_set[row.index];
}

const struct node *schema_locate(const struct node *root, const char *name)
{
	static const struct node nowhere = { .kind = NODE_MAP, .line = 1, .column = 1 };
	const struct node *node = root ? root : &nowhere, *next;

	for (size_t len; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		next = node_member(node, (struct slice){ name, len });
		if (!next)
			break;
		node = next;
	}
	return node;
}
