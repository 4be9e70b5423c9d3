/* SPDX-License-Identifier: Apache-2.0 */
#include "case.h"

#include "number.h"

/* As it would be written in the file: text, or the text of a number or boolean. */
static struct slice value_text(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return (struct slice){ json_string_value(value), json_string_length(value) };
	if (json_is_boolean(value))
		return json_is_true(value) ? SLICE("true") : SLICE("false");
	if (json_is_integer(value))
		return slice_of(arena_printf(arena, "%lld", (long long)json_integer_value(value)));
	return SLICE_NULL;
}

static bool choice_set(const struct setting *row, struct slice text, int *place)
{
	for (int i = 0; row->choices[i]; i++) {
		if (slice_equal_text(text, row->choices[i])) {
			*place = i;
			return true;
		}
	}
	return false;
}

static const char *const *list_of_json(struct arena *arena, const json_t *array)
{
	size_t n = json_array_size(array);
	const char **list = arena_array(arena, n + 1, sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = arena_strdup(arena, json_string_value(json_array_get(array, i)));
	return list;
}

/* A fallback of a list is written with commas. */
static const char *const *list_of_text(struct arena *arena, struct slice text)
{
	const char **list = arena_array(arena, text.len + 2, sizeof(*list));
	size_t n = 0;

	while (!slice_is_empty(text)) {
		struct slice item, rest;

		if (!slice_split(text, ',', &item, &rest))
			rest = SLICE("");
		item = slice_trim(item);
		list[n++] = arena_strndup(arena, item.data, item.len);
		text = rest;
	}
	return list;
}

static bool setting_set(struct arena *arena, const struct setting *row, struct slice text, void *place)
{
	switch (row->type) {
	case SETTING_TEXT:
	case SETTING_URL:
		*(const char **)place = arena_strndup(arena, text.data, text.len);
		return true;
	case SETTING_SECRET:
		*(struct slice *)place = arena_slice(arena, text);
		return true;
	case SETTING_INT:
	case SETTING_SIZE:
		return parse_int64(text, INT64_MIN, INT64_MAX, place);
	case SETTING_BOOL:
		return parse_bool(text, place);
	case SETTING_DURATION:
		return parse_duration(text, place);
	case SETTING_PERCENT:
		return parse_percent(text, place);
	case SETTING_CHOICE:
		return choice_set(row, text, place);
	case SETTING_LIST:
		*(const char *const **)place = list_of_text(arena, text);
		return true;
	case SETTING_END:
		break;
	}
	return false;
}

static bool row_fill(struct test_case *one, const struct setting *row, struct error *err)
{
	const json_t *value = json_object_get(one->settings, row->name);
	void *place = (char *)one->config + row->offset;
	struct slice text = value ? value_text(one->arena, value) : slice_of(row->fallback);

	if (row->type == SETTING_LIST && json_is_array(value)) {
		*(const char *const **)place = list_of_json(one->arena, value);
		return true;
	}
	if (!value && row->required)
		return fail(err, ERROR_CONFIG, "config.json lacks \"%s\"", row->name);
	if (!value && !row->fallback && row->type != SETTING_LIST)
		return true;
	if (!setting_set(one->arena, row, slice_is_null(text) ? SLICE("") : text, place))
		return fail(err, ERROR_CONFIG, "config.json: \"%.*s\" is no value for \"%s\"",
			    SLICE_ARGS(text), row->name);
	return true;
}

static bool setting_is_known(const struct connector_ops *ops, const char *name)
{
	for (const struct setting *row = ops->settings; row && row->type != SETTING_END; row++)
		if (strcmp(row->name, name) == 0)
			return true;
	return strcmp(name, "base_url") == 0;
}

bool case_configure(struct test_case *one, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(one->settings, name, value)
		if (!setting_is_known(one->ops, name))
			return fail(err, ERROR_CONFIG, "config.json: connector \"%s\" has no setting \"%s\"",
				    one->ops->name, name);
	one->config = arena_alloc(one->arena, one->ops->config_size ? one->ops->config_size : 1);
	one->base_url = spec_text(one, one->settings, "base_url", one->ops->default_base_url);
	if (!one->base_url)
		return fail(err, ERROR_CONFIG, "config.json lacks \"base_url\"");
	for (const struct setting *row = one->ops->settings; row && row->type != SETTING_END; row++)
		if (!row_fill(one, row, err))
			return false;
	return true;
}
