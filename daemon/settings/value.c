/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include <inttypes.h>

#include "number.h"
#include "wording.h"

static bool in_bounds(const struct setting *setting, int64_t value)
{
	return (setting->min == 0 && setting->max == 0) || (value >= setting->min && value <= setting->max);
}

struct reading {
	const struct schema *schema;
	const struct setting *setting;
	const char *name;
	const struct node *node;
};

static bool refuse(const struct reading *reading, const char *is_not)
{
	struct arena *scratch = reading->schema->scratch;

	schema_complain(reading->schema, reading->node, reading->name, "%s %s; allowed: %s",
	                node_print(scratch, reading->node), is_not, value_allowed(scratch, reading->setting));
	return false;
}

static bool has_control(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	return false;
}

static bool read_text(const struct reading *reading, void *member)
{
	struct slice text = reading->node->text;

	if (reading->node->kind != NODE_SCALAR)
		return refuse(reading, "is no text");
	if (has_control(text))
		return refuse(reading, "holds a control character");
	if (text.len == 0 && reading->setting->required)
		return refuse(reading, "is empty");
	*(const char **)member = arena_slice(reading->schema->arena, text).data;
	return true;
}

static bool read_choice(const struct reading *reading, void *member)
{
	struct arena *scratch = reading->schema->scratch;
	struct names names = { .arena = scratch };

	for (size_t i = 0; reading->setting->choices[i]; i++) {
		names_add(&names, reading->setting->choices[i]);
		if (reading->node->kind != NODE_SCALAR ||
		    !slice_equal_text(reading->node->text, reading->setting->choices[i]))
			continue;
		*(int *)member = (int)i;
		return true;
	}
	return refuse(reading, "is not known");
}

/* "010" is 8 to some readers of YAML and 10 to others. */
static bool has_leading_zero(struct slice text)
{
	if (slice_starts(text, "-") || slice_starts(text, "+"))
		text = slice_sub(text, 1, text.len);
	return text.len > 1 && text.data[0] == '0' && text.data[1] >= '0' && text.data[1] <= '9';
}

static bool read_int(const struct reading *reading, void *member)
{
	const struct node *node = reading->node;
	int64_t value;

	if (node->kind == NODE_SCALAR && !node->is_plain)
		return refuse(reading, "in quotes is text");
	if (node->kind == NODE_SCALAR && has_leading_zero(node->text))
		return refuse(reading, "begins with a zero, which may mean octal");
	if (node->kind != NODE_SCALAR || !parse_int64(node->text, INT64_MIN, INT64_MAX, &value))
		return refuse(reading, "is no whole number");
	if (!in_bounds(reading->setting, value))
		return refuse(reading, "is out of range");
	*(int64_t *)member = value;
	return true;
}

static bool read_bool(const struct reading *reading, void *member)
{
	const struct node *node = reading->node;
	bool value;

	if (node->kind == NODE_SCALAR && !node->is_plain)
		return refuse(reading, "in quotes is text");
	if (node->kind != NODE_SCALAR || !parse_bool(node->text, &value))
		return refuse(reading, "is neither true nor false");
	*(bool *)member = value;
	return true;
}

static bool read_duration(const struct reading *reading, void *member)
{
	int64_t value;

	if (reading->node->kind != NODE_SCALAR || has_leading_zero(reading->node->text) ||
	    !parse_duration(reading->node->text, &value))
		return refuse(reading, "is no duration");
	if (!in_bounds(reading->setting, value))
		return refuse(reading, "is out of range");
	*(int64_t *)member = value;
	return true;
}

static bool read_percent(const struct reading *reading, void *member)
{
	double value;

	if (reading->node->kind != NODE_SCALAR || has_leading_zero(reading->node->text) ||
	    !parse_percent(reading->node->text, &value))
		return refuse(reading, "is no percentage");
	if (!(value >= 0 && value <= 1))
		return refuse(reading, "is out of range");
	*(double *)member = value;
	return true;
}

static bool read_url(const struct reading *reading, void *member)
{
	struct slice url = reading->node->text;
	const char *reason;

	if (reading->node->kind != NODE_SCALAR)
		return refuse(reading, "is no URL");
	if (!url_check(url, &reason))
		return refuse(reading, reason);
	while (slice_ends(url, "/")) /* paths are joined to it and bring their own */
		url.len--;
	*(const char **)member = arena_slice(reading->schema->arena, url).data;
	return true;
}

static bool refuse_secret(const struct reading *reading, const char *text)
{
	schema_complain(reading->schema, reading->node, reading->name, "%s; allowed: %s", text,
	                value_allowed(reading->schema->scratch, reading->setting));
	return false;
}

static bool read_secret(const struct reading *reading, void *member)
{
	const struct node *node = reading->node;
	const struct pair *pair = node->pairs;
	enum secret_source source;
	struct error err;

	if (node->kind == NODE_SCALAR)
		return refuse_secret(reading, "a secret does not stand here itself, only where it is");
	if (node->kind != NODE_MAP || node->n != 1 || !secret_source_parse(pair->key->text, &source))
		return refuse_secret(reading, "does not say where the secret is");
	if (pair->value->kind != NODE_SCALAR || has_control(pair->value->text))
		return refuse_secret(reading, "does not say where the secret is");
	if (secret_read(reading->schema->secrets, source,
	                arena_slice(reading->schema->arena, pair->value->text).data, member, &err))
		return true;
	schema_complain(reading->schema, pair->value, reading->name, "%s", err.text);
	return false;
}

static bool is_choice(const struct setting *setting, struct slice text)
{
	if (!setting->choices)
		return true;
	for (size_t i = 0; setting->choices[i]; i++)
		if (slice_equal_text(text, setting->choices[i]))
			return true;
	return false;
}

static bool read_item(const struct reading *list, const struct node *node, const char **ret)
{
	struct setting setting = *list->setting;
	struct reading reading = *list;

	reading.node = node;
	reading.setting = &setting;
	setting.type = setting.choices ? SETTING_CHOICE : SETTING_TEXT;
	setting.required = true;
	if (node->is_bad)
		return false;
	if (node->kind == NODE_SCALAR && !is_choice(&setting, node->text))
		return refuse(&reading, "is not known");
	return read_text(&reading, ret);
}

static bool read_list(const struct reading *reading, void *member)
{
	const struct node *node = reading->node;
	const char **list;
	bool ok = true;

	if (node->kind != NODE_LIST)
		return refuse(reading, "is no list");
	list = arena_array(reading->schema->arena, node->n + 1, sizeof(*list));
	for (size_t i = 0; i < node->n; i++)
		ok &= read_item(reading, node->items[i], &list[i]);
	if (ok)
		*(const char *const **)member = list;
	return ok;
}

static bool read_size(const struct reading *reading, void *member)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	struct slice text = reading->node->text;
	int64_t value;
	int shift = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units) && !shift; i++) {
		if (!slice_ends(text, units[i].name))
			continue;
		shift = units[i].shift;
		text = slice_trim(slice_sub(text, 0, text.len - strlen(units[i].name)));
	}
	if (reading->node->kind != NODE_SCALAR || has_leading_zero(text) ||
	    !parse_int64(text, 0, INT64_MAX >> 30, &value))
		return refuse(reading, "is no size");
	if (!in_bounds(reading->setting, value << shift))
		return refuse(reading, "is out of range");
	*(int64_t *)member = value << shift;
	return true;
}

static const struct {
	bool (*read)(const struct reading *reading, void *member);
	bool is_text; /* the member is a const char *: fallbacks are taken as they are */
} types[] = {
	[SETTING_TEXT] = { read_text, true },
	[SETTING_CHOICE] = { read_choice, false },
	[SETTING_INT] = { read_int, false },
	[SETTING_BOOL] = { read_bool, false },
	[SETTING_DURATION] = { read_duration, false },
	[SETTING_PERCENT] = { read_percent, false },
	[SETTING_URL] = { read_url, true },
	[SETTING_SECRET] = { read_secret, false },
	[SETTING_LIST] = { read_list, false },
	[SETTING_SIZE] = { read_size, false },
};

bool value_read(const struct schema *schema, const struct setting *setting, const char *name,
                const struct node *node, void *member)
{
	const struct reading reading = { schema, setting, name, node };

	if (node->is_bad)
		return false;
	if (node_is_absent(node)) {
		schema_complain(schema, node, name, "has no value; allowed: %s%s",
		                value_allowed(schema->scratch, setting),
		                setting->required ? "" : "; leave the line out for the default");
		return false;
	}
	return types[setting->type].read(&reading, member);
}

/* Fallbacks are written as in a file, so they are read as one: "[form, download]", whose brackets may be left
 * out. */
static const struct node *fallback_node(const struct schema *schema, const struct setting *setting)
{
	bool needs_brackets = setting->type == SETTING_LIST && setting->fallback[0] != '[';
	const char *text = arena_printf(schema->scratch, needs_brackets ? "[%s]" : "%s", setting->fallback);

	return node_read(schema->scratch, slice_of(text), setting->name, schema->problems);
}

void value_fallback(const struct schema *schema, const struct setting *setting, void *member)
{
	static const char *const empty[] = { NULL };
	const struct node *node;

	if (setting->type == SETTING_LIST)
		*(const char *const **)member = empty;
	if (!setting->fallback)
		return;
	if (types[setting->type].is_text) {
		*(const char **)member = setting->fallback;
		return;
	}
	node = fallback_node(schema, setting);
	if (!node || !value_read(schema, setting, setting->name, node, member))
		problems_add(schema->problems, schema->file, 1, 1,
		             "%s%s: the default \"%s\" of this program is wrong", schema->prefix,
		             setting->name, setting->fallback);
}
