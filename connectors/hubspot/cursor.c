/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "json.h"

bool hubspot_cursor_read(const char *cursor, json_t **ret, struct error *err)
{
	struct error detail = { 0 };
	json_t *tree = NULL;

	if (!cursor || !*cursor) {
		*ret = json_object();
		return true;
	}
	if (!json_read(slice_of(cursor), &tree, &detail) || !json_is_object(tree)) {
		json_decref(tree);
		return fail(err, ERROR_RECORD, "the stored cursor \"%.200s\" cannot be read", cursor);
	}
	*ret = tree;
	return true;
}

int64_t hubspot_cursor_int(const json_t *cursor, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(cursor, name);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

const char *hubspot_cursor_print(struct pull *pull, json_t *cursor)
{
	char *text = json_dumps(cursor, JSON_COMPACT);
	const char *copy = arena_strdup(pull->run_arena, text);

	free(text);
	json_decref(cursor);
	return copy;
}
